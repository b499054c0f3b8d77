//! The header of a file, checked before SQLite touches it: a file that is no case is left alone.
//!
//! Opening a foreign database could already change it: SQLite would roll back another program's
//! unfinished transaction. But closing any handle of a file drops all POSIX locks that this process
//! has on it, SQLite's among them. So the header is read only of files that are not open as cases.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use super::page_one::HEADER_BYTES;
use super::{journal, page_one};
use crate::case::Error;

/// Paths of the cases that this process has open, once for each handle.
static OPEN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Keeps a path in the list of open cases until it is dropped.
#[derive(Debug)]
pub(super) struct OpenGuard(PathBuf);

impl OpenGuard {
    /// Checks the header of a file, and what lies beside it for SQLite to apply, unless the file is
    /// open already.
    ///
    /// # Errors
    ///
    /// [`Error::Foreign`], [`Error::Newer`], [`Error::ForeignJournal`], or when the file cannot be read.
    pub(super) fn check(path: &Path) -> Result<Self, Error> {
        let mut open = OPEN.lock();
        if !open.iter().any(|other| other == path) {
            check_header(path)?;
        }
        open.push(path.to_owned());
        Ok(Self(path.to_owned()))
    }
}

impl Drop for OpenGuard {
    fn drop(&mut self) {
        let mut open = OPEN.lock();
        if let Some(at) = open.iter().position(|other| *other == self.0) {
            open.swap_remove(at);
        }
    }
}

fn check_header(path: &Path) -> Result<(), Error> {
    let mut header = [0; HEADER_BYTES];
    match File::open(path)?.read_exact(&mut header) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Err(Error::Foreign),
        other => other?,
    }
    page_one::check(&header)?;
    journal::check_beside(path, page_one::page_bytes(&header))
}
