//! What processes are seen to do.

use std::path::{Component, Path, PathBuf};

/// A call of a watched process: what it opens, or where it changes something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Socket(String),
    Changed(PathBuf),
    /// A place that could not be read.
    Unknown(String),
}

/// Without steps upwards.
pub(crate) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}
