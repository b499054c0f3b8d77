//! What a file says about itself, judged by programs that others wrote.
//!
//! The files with answers lie beside the project, in `../shared/evidence`; their README says who gave
//! each answer. Without them the tests say `SKIPPED`.

mod ai;
mod bombs;
mod bound;
mod cli;
mod credential;
mod exiftool;
mod exiftool_out;
mod hostile;
mod jpeg;
mod mediainfo;
mod mutations;
mod packets;
mod pixels;
mod values;
mod video;

use std::path::PathBuf;

use pentimento::base::Limits;
use pentimento::metadata::{Metadata, read_metadata};
use serde_json::Value;

use crate::support::{shared, shared_path};

/// A path among the files with answers; `None`, said aloud, where they are absent.
pub(super) fn evidence(inner: &str) -> Option<PathBuf> {
    shared(&format!("evidence/{inner}"))
}

/// The files of a folder, sorted; folders in it are left out.
pub(super) fn files(folder: &str) -> Vec<PathBuf> {
    let Some(folder) = evidence(folder) else { return Vec::new() };
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

/// Fails where a loop over the files of a folder tested fewer than expected. Without the folder, `files`
/// has said `SKIPPED` and there is nothing to count.
pub(super) fn assert_tested(n: usize, at_least: usize, folder: &str) {
    let is_absent = !shared_path(&format!("evidence/{folder}")).exists();
    assert!(n >= at_least || is_absent, "{n} of at least {at_least} were tested in {folder}");
}

pub(super) fn read(path: &std::path::Path) -> Metadata {
    read_metadata(path, &Limits::default())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The same of a file that may be of a kind that is not read.
pub(super) fn read_any(path: &std::path::Path) -> Option<Metadata> {
    read_metadata(path, &Limits::default()).ok()
}

/// A file of answers in JSON.
pub(super) fn answers(inner: &str) -> Option<Value> {
    let text = std::fs::read_to_string(evidence(inner)?).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}
