//! The window and what it draws.

mod beside;
mod case;
mod case_far;
mod case_search;
mod gpu_twins;
mod manual;
mod masks;
mod metadata;
mod metadata_hostile;
mod picture;
mod questions;
mod report;
mod results;
mod room;
mod shaders;
mod snapshots;
mod table;
mod video;
mod window;
