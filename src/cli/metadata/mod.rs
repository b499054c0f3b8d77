//! `metadata`: prints what files say about themselves.
//!
//! * **In**: files and options. **Out**: JSON lines or text on stdout, an exit code.
//! * **Not here**: reading (`crate::metadata`), what pixels say to that, and the JSON keys
//!   (`crate::pipeline::described`).

mod run;
mod text;

pub(super) use run::{MetadataArgs, line, run};
