//! An open case: its connection and what is known of it. Everything else is an `impl` elsewhere.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::header::OpenGuard;
use super::lock::{Access, WriteLock};

/// An open case. Every method that changes something is one transaction, which is on the disk when
/// the method returns `Ok`. A case can be sent to another thread, and is used by one at a time.
#[derive(Debug)]
pub struct Case {
    pub(in crate::case) connection: Connection,
    pub(super) path: PathBuf,
    pub(super) folder: PathBuf,
    pub(super) id: String,
    pub(in crate::case) author: String,
    pub(super) access: Access,
    /// The format of the file; an older one than the newest where it cannot be written.
    pub(super) format: i64,
    /// A transaction of [`Case::batch`] is open.
    pub(in crate::case) is_in_batch: bool,
    /// Fields are dropped in this order: the connection is closed before these are given back.
    pub(super) _guard: OpenGuard,
    pub(super) _lock: Option<WriteLock>,
}

impl Case {
    /// Whether the case can be changed, and if not, why.
    pub const fn access(&self) -> &Access {
        &self.access
    }

    /// Absolute path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// 32 random hex digits that identify the case, also after it was moved or copied.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Name under which changes are logged.
    pub fn author(&self) -> &str {
        &self.author
    }

    /// Whether the file has a table of descriptions: from format 2 on.
    pub(in crate::case) const fn has_descriptions(&self) -> bool {
        self.format >= 2
    }

    /// The folder that stored relative paths start from.
    pub(in crate::case) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(in crate::case) const fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// A case can be sent to another thread.
const _: () = {
    const fn can_be_sent<T: Send>() {}
    can_be_sent::<Case>();
};
