//! Creating a case: it is written beside its name, then renamed, so that a whole one exists or
//! none.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::TransactionBehavior;
use sha2::{Digest as _, Sha256};

use super::connect::{absolute_path, connect_new, folder_of};
use super::handle::Case;
use super::lock::WriteLock;
use super::migrate;
use crate::base::release::PROGRAM;
use crate::case::change::Change;
use crate::case::log::Event;
use crate::case::{Error, now};
use crate::files::sync_folder;

/// Hex digits of the identity of a case: 128 bits.
const ID_DIGITS: usize = 32;

impl Case {
    /// Creates a case and opens it.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] when the file exists, [`Error::NotMade`] when its folder does not let it
    /// be created, or when the file cannot be written.
    pub fn create(path: impl AsRef<Path>, author: &str) -> Result<Self, Error> {
        let path = absolute_path(path.as_ref())?;
        let folder = folder_of(&path);
        if !folder.is_dir() {
            return Err(Error::NotMade { reason: "there is no such folder".to_owned() });
        }
        if path.symlink_metadata().is_ok() {
            return Err(Error::Exists);
        }
        let lock = WriteLock::take(&path, author).map_err(|reason| Error::NotMade { reason })?;
        // Another program may have created it before the lock was taken.
        if path.symlink_metadata().is_ok() {
            return Err(Error::Exists);
        }
        let part = part_path(&path);
        // A killed program may have left a part; the lock is ours, so nobody writes it now.
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
            // The part may not exist.
            fs::remove_file(&part).ok();
            return Err(error);
        }
        Self::open_locked(path, author, Ok(lock), false)
    }
}

/// Writes the file of a new case: its tables and the first entry of the log.
fn write_new(part: &Path, folder: &Path, author: &str) -> Result<(), Error> {
    let mut connection = connect_new(part)?;
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    migrate::migrate(&tx, 0)?;
    let (id, folder) = (new_id(), folder.to_string_lossy().into_owned());
    let change = Change { tx: &tx, author };
    change.set_fact("id", &id)?;
    change.set_fact("folder", &folder)?;
    change.log(&Event::Created {
        id,
        format: migrate::NEWEST,
        program: PROGRAM.to_owned(),
        folder,
    })?;
    tx.commit()?;
    connection.close().map_err(|(_, error)| error)?;
    Ok(())
}

/// 128 random bits in hex.
fn new_id() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    // The standard library's hashers are keyed from the system's random numbers.
    let random = || RandomState::new().hash_one(std::process::id()).to_le_bytes();
    let seed = Sha256::new().chain_update(random()).chain_update(random());
    let digest = seed.chain_update(now()).finalize();
    format!("{digest:x}").chars().take(ID_DIGITS).collect()
}

/// `.NAME.part`, beside the case.
fn part_path(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
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
