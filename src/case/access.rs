//! Who may write: a lock of the operating system on a file beside the case.
//!
//! * **In**: the path of a case. **Out**: the lock, or the reason why it cannot be had.
//! * **Not here**: the case itself; SQLite has locks of its own, which only order transactions.
//!
//! The lock goes with the process that holds it, also when it is killed: nothing stays behind that
//! a person would have to remove. What stands in the lock file is for people only.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::clock::now;

/// What may be done with an open case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Everything.
    Write,
    /// Looking only.
    ReadOnly {
        /// Why, one sentence without capital letter and full stop.
        reason: String,
    },
}

/// Who holds a lock.
#[derive(Debug, Serialize, Deserialize)]
struct Holder {
    pid: u32,
    host: String,
    since: String,
    author: String,
}

/// The right to write, held until dropped.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    /// Closing it gives the lock back.
    _file: File,
}

/// Larger lock files are not ours.
const MAX_BYTES: u64 = 4096;
/// How often the lock file may vanish between opening and locking it.
const TRIES: usize = 16;

impl Lock {
    /// Takes the lock of a case, or says why not.
    pub(super) fn take(case: &Path, author: &str) -> Result<Self, String> {
        let path = lock_path(case);
        for _ in 0..TRIES {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            let mut file = options.open(&path).map_err(|e| not_made(&e))?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(held_by(&mut file)),
                Err(TryLockError::Error(error)) => {
                    return Err(format!(
                        "this file system has no locks, so a second writer could not be kept out \
                         ({error})"
                    ));
                }
            }
            // The holder before may have removed the file between our opening and our locking it.
            if !is_still(&file, &path) {
                continue;
            }
            // The lock holds even if nobody can read whose it is.
            note_holder(&mut file, author).ok();
            return Ok(Self { path, _file: file });
        }
        Err("its lock file comes and goes; another program opens the case again and again".into())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // While it is still locked, so that nobody else can have taken it. Where an open file cannot
        // be removed it stays, which harms nobody.
        fs::remove_file(&self.path).ok();
    }
}

/// `.NAME.lock`, beside the case.
fn lock_path(case: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(case.file_name().unwrap_or_default());
    name.push(".lock");
    case.with_file_name(name)
}

fn not_made(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "its folder cannot be written to".to_owned()
        }
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        _ => format!("its lock file cannot be made ({error})"),
    }
}

#[cfg(unix)]
fn is_still(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |m: fs::Metadata| (m.dev(), m.ino());
    let (Ok(open), Ok(named)) = (file.metadata(), fs::metadata(path)) else { return false };
    id(open) == id(named)
}

/// Elsewhere a locked file cannot be removed.
#[cfg(not(unix))]
fn is_still(_file: &File, _path: &Path) -> bool {
    true
}

fn note_holder(file: &mut File, author: &str) -> io::Result<()> {
    let (pid, host) = (std::process::id(), host());
    let holder = Holder { pid, host, since: now(), author: author.to_owned() };
    file.set_len(0)?;
    file.write_all(serde_json::to_string(&holder)?.as_bytes())
}

fn held_by(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.take(MAX_BYTES).read_to_string(&mut text));
    let holder = read.ok().and_then(|_| serde_json::from_str::<Holder>(&text).ok());
    match holder {
        Some(Holder { pid, host, since, author }) if pid == std::process::id() => format!(
            "this program has it open already (process {pid} on {host}, {author}, since {since})"
        ),
        Some(Holder { pid, host, since, author }) => format!(
            "another window or program has it open: process {pid} on {host}, {author}, since \
             {since}"
        ),
        None => "another window or program has it open".to_owned(),
    }
}

/// The name of this machine.
fn host() -> String {
    let named = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let named = named.or_else(|| std::env::var("COMPUTERNAME").ok());
    let named = named.or_else(|| std::env::var("HOSTNAME").ok());
    let named = named.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    named.unwrap_or_else(|| "this machine".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_the_other_hears_who_and_dropping_frees_it() {
        let folder = tempfile::tempdir().unwrap();
        let case = folder.path().join("a.pentimento");
        let first = Lock::take(&case, "Ada").unwrap();
        let said = Lock::take(&case, "Bob").unwrap_err();
        let pid = std::process::id().to_string();
        assert!(said.contains(&pid) && said.contains("Ada") && said.contains("since"), "{said}");
        drop(first);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
        drop(Lock::take(&case, "Bob").unwrap());
    }

    #[test]
    fn what_a_killed_holder_left_does_not_lock() {
        let folder = tempfile::tempdir().unwrap();
        let case = folder.path().join("a.pentimento");
        fs::write(lock_path(&case), "{\"pid\": 1, rubbish that is longer than the next").unwrap();
        let _lock = Lock::take(&case, "Ada").unwrap();
        let said = Lock::take(&case, "Bob").unwrap_err();
        assert!(said.contains("Ada"), "what stood there before is gone: {said}");
    }

    #[test]
    fn a_missing_folder_is_a_reason() {
        assert!(Lock::take(Path::new("/nowhere/a.pentimento"), "Ada").is_err());
    }
}
