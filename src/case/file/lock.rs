//! The write lock of a case: a lock of the operating system on a file beside it.
//!
//! The system releases it when the process ends, also when it is killed, so that no stale lock has to
//! be removed by hand. The text in the lock file is for people only. SQLite's own locks order
//! transactions; they do not keep a second program from writing between two of them.
//!
//! The lock goes with the name of the case, symbolic links resolved: two hard links of one case have two
//! locks. The case file itself cannot carry the lock. On network file systems it would be the same kind
//! of lock as SQLite's and keep SQLite out, and closing it would drop SQLite's locks of the process. A
//! lock named by device and inode would have to lie in one place for all machines that share the case.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::case::now;

/// Whether an open case can be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// It can.
    Write,
    /// It cannot.
    ReadOnly {
        /// Why: a sentence without capital letter and full stop.
        reason: String,
    },
}

/// The content of the lock file.
#[derive(Debug, Serialize, Deserialize)]
struct Holder {
    pid: u32,
    host: String,
    since: String,
    author: String,
}

/// The exclusive right to write to a case, until it is dropped.
#[derive(Debug)]
pub(super) struct WriteLock {
    path: PathBuf,
    /// The lock ends when this is closed.
    _file: File,
}

/// Bytes read of a lock file at most.
const MAX_BYTES: u64 = 4096;
/// How often the lock file may vanish between opening and locking it before this gives up.
const MAX_TRIES: usize = 16;

impl WriteLock {
    /// Takes the lock of a case, or returns the reason why it cannot be had.
    pub(super) fn take(case: &Path, author: &str) -> Result<Self, String> {
        let path = lock_path(case);
        for _ in 0..MAX_TRIES {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            let mut file = options.open(&path).map_err(|e| no_lock_file(&e))?;
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
            // The previous holder may have removed the file between our opening and our locking it.
            if !is_same_file(&file, &path) {
                continue;
            }
            // The lock holds even if its holder cannot be written down.
            write_holder(&mut file, author).ok();
            return Ok(Self { path, _file: file });
        }
        Err("its lock file comes and goes; another program opens the case again and again".into())
    }
}

impl Drop for WriteLock {
    fn drop(&mut self) {
        // Removed while still locked, so that nobody else can have taken it. Where the system does not
        // let an open file be removed, it stays, which does no harm.
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

fn no_lock_file(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "its folder cannot be written to".to_owned()
        }
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        _ => format!("its lock file cannot be made ({error})"),
    }
}

#[cfg(unix)]
fn is_same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |m: fs::Metadata| (m.dev(), m.ino());
    let (Ok(open), Ok(named)) = (file.metadata(), fs::metadata(path)) else { return false };
    id(open) == id(named)
}

/// Other systems do not let a locked file be removed.
#[cfg(not(unix))]
fn is_same_file(_file: &File, _path: &Path) -> bool {
    true
}

fn write_holder(file: &mut File, author: &str) -> io::Result<()> {
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
        let first = WriteLock::take(&case, "Ada").unwrap();
        let reason = WriteLock::take(&case, "Bob").unwrap_err();
        let pid = std::process::id().to_string();
        assert!(
            reason.contains(&pid) && reason.contains("Ada") && reason.contains("since"),
            "{reason}"
        );
        drop(first);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
        drop(WriteLock::take(&case, "Bob").unwrap());
    }

    #[test]
    fn what_a_killed_holder_left_does_not_lock() {
        let folder = tempfile::tempdir().unwrap();
        let case = folder.path().join("a.pentimento");
        fs::write(lock_path(&case), "{\"pid\": 1, rubbish that is longer than the next").unwrap();
        let _lock = WriteLock::take(&case, "Ada").unwrap();
        let reason = WriteLock::take(&case, "Bob").unwrap_err();
        assert!(reason.contains("Ada"), "what stood there before is gone: {reason}");
    }

    #[test]
    fn a_missing_folder_is_a_reason() {
        assert!(WriteLock::take(Path::new("/nowhere/a.pentimento"), "Ada").is_err());
    }
}
