//! A new case: made beside, then renamed, so that there is a whole one or none.
//!
//! * **In**: a path, and who works. **Out**: an open [`Case`]. **Not here**: its tables (`v1`).

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use sha2::{Digest as _, Sha256};

use super::access::Lock;
use super::change::Change;
use super::clock::now;
use super::file::{folder_of, program, refused, set_up, whole_path};
use super::log::Event;
use super::{Case, Error, migrate};
use crate::files::sync_folder;

/// Hex digits of the identity of a case: 128 bits.
const ID_DIGITS: usize = 32;

impl Case {
    /// Makes a new case and opens it.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] when the file is there, [`Error::NotMade`] when its folder does not let it be
    /// made, or when the file cannot be written.
    pub fn create(path: impl AsRef<Path>, author: &str) -> Result<Self, Error> {
        let path = whole_path(path.as_ref())?;
        let folder = folder_of(&path);
        if !folder.is_dir() {
            return Err(Error::NotMade { reason: "there is no such folder".to_owned() });
        }
        if path.symlink_metadata().is_ok() {
            return Err(Error::Exists);
        }
        let lock = Lock::take(&path, author).map_err(|reason| Error::NotMade { reason })?;
        // Somebody else may have made it meanwhile.
        if path.symlink_metadata().is_ok() {
            return Err(Error::Exists);
        }
        let part = part_of(&path);
        // Left by a program that was killed while it made this case; the lock is ours.
        match fs::remove_file(&part) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let written = write_new(&part, &folder, author).and_then(|()| {
            fs::rename(&part, &path)?;
            sync_folder(&folder);
            Ok(())
        });
        if let Err(error) = written {
            // What was never begun cannot be removed: nothing to be told.
            fs::remove_file(&part).ok();
            return Err(error);
        }
        Self::open_locked(path, author, Ok(lock), false)
    }
}

/// Makes the file of a new case, from its tables to the first entry of the log.
fn write_new(part: &Path, folder: &Path, author: &str) -> Result<(), Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(part, flags).map_err(refused)?;
    set_up(&connection)?;
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    migrate::bring_up(&tx, 0)?;
    let (id, folder) = (new_id(), folder.to_string_lossy().into_owned());
    let change = Change { tx: &tx, author };
    change.set_fact("id", &id)?;
    change.set_fact("folder", &folder)?;
    change.log(&Event::Created { id, format: migrate::NEWEST, program: program(), folder })?;
    tx.commit()?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// 128 bits that nobody else has.
fn new_id() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    // The standard library's hashers get their keys from the system's source of chance.
    let chance = || RandomState::new().hash_one(std::process::id()).to_le_bytes();
    let seed = Sha256::new().chain_update(chance()).chain_update(chance());
    let digest = seed.chain_update(now()).finalize();
    format!("{digest:x}").chars().take(ID_DIGITS).collect()
}

/// Where a new case is made before it gets its name.
fn part_of(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".part");
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ() {
        let (a, b) = (new_id(), new_id());
        assert!(a != b && a.len() == 32 && a.bytes().all(|c| c.is_ascii_hexdigit()), "{a} {b}");
    }
}
