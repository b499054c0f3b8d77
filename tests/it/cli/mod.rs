//! The program as a user runs it.

pub(crate) mod inspect;
mod measure;
mod models;
mod names;
mod network;
mod planted;
mod reference;
pub(crate) mod video;
