//! The program as a user runs it.

mod inspect;
mod measure;
mod models;
mod network;
mod video;
