//! `inspect` on videos.
//!
//! * **In**: a path and options. **Out**: a report, PNG files of the most suspicious frames, an
//!   annotated copy.
//! * **Not here**: the examination itself (`pipeline::video`), pictures (`inspect::still`).

mod annotated;
mod examine;
mod files;
pub(super) mod json;
mod overlay;
pub(super) mod text;

pub(super) use examine::{VideoResult, examine, is_video};
