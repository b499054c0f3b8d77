//! The program as a user runs it.

mod engine_setup;
pub(crate) mod inspect;
mod measure;
mod models;
mod names;
mod network;
mod planted;
mod reference;
#[cfg(feature = "remote")]
mod remote;
mod scan;
mod version;
pub(crate) mod video;
