//! The part that writes results as files: a picture with its overlay, a table of findings.
//!
//! * **In**: what is shown, and a path that a person chose. **Out**: a new file, and a notice about it.
//! * **Not here**: masks as files (`masks`), data sets (`dataset`).
//!
//! A file that is there is never replaced, so no original ever is.

pub(super) mod overlay_picture;
pub(super) mod writer;
