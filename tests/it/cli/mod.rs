//! The program as a user runs it.

pub(crate) mod inspect;
mod measure;
mod models;
mod names;
mod network;
mod planted;
mod reference;
mod scan;
pub(crate) mod video;
