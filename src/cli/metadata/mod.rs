//! `metadata`: prints what files say about themselves.
//!
//! * **In**: files and options. **Out**: JSON lines or text on stdout, an exit code.
//! * **Not here**: reading (`crate::metadata`).
//!
//! `json` is also what `inspect --json` adds for each file.

mod json;
mod run;
mod text;

pub(super) use json::{SaidObject, said_of_file};
pub(super) use run::{MetadataArgs, run};
