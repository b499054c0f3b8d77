//! The program as a user runs it.

pub(crate) mod inspect;
mod measure;
mod models;
mod names;
mod network;
mod planted;
pub(crate) mod video;
