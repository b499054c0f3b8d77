//! The program as a user runs it.

pub(crate) mod inspect;
mod measure;
mod models;
mod network;
pub(crate) mod video;
