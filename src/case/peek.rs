//! The first bytes of a file, read before SQLite touches it: a file that is no case is left alone.
//!
//! * **In**: a path. **Out**: leave to open it, or what is wrong with it.
//! * **Not here**: the tables (`migrate`).
//!
//! Opening a foreign database could already change it: SQLite would take back what another program
//! was in the middle of. On the other hand, closing any handle of a file drops all of this process's
//! POSIX locks on it, SQLite's among them. So the program remembers which cases it has open, and
//! reads the bytes itself only of others.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{Error, migrate};

/// How every SQLite database begins.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
const HEADER_BYTES: usize = 100;
/// Where a database keeps its format and whose it is, big-endian.
const USER_VERSION_AT: usize = 60;
const APPLICATION_ID_AT: usize = 68;

/// Cases that this process has open, once for each opening.
static OPEN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Leave to open a case, until dropped.
#[derive(Debug)]
pub(super) struct Leave(PathBuf);

impl Leave {
    /// Looks at the beginning of a file, unless it is open already.
    ///
    /// # Errors
    ///
    /// [`Error::Foreign`], [`Error::Newer`], or when the file cannot be read.
    pub(super) fn ask(path: &Path) -> Result<Self, Error> {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        if !open.iter().any(|other| other == path) {
            check_header(path)?;
        }
        open.push(path.to_owned());
        Ok(Self(path.to_owned()))
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
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
    if !header.starts_with(MAGIC) {
        return Err(Error::Foreign);
    }
    let number = |at: usize| {
        let bytes = header.get(at..at + 4).unwrap_or_default();
        bytes.iter().fold(0i64, |value, byte| value << 8 | i64::from(*byte))
    };
    migrate::check_format(number(APPLICATION_ID_AT), number(USER_VERSION_AT)).map(|_| ())
}
