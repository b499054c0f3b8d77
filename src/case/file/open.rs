//! Opening an existing case.

use std::fs;
use std::path::{Path, PathBuf};

use super::connect::{absolute_path, connect, folder_of};
use super::handle::Case;
use super::header::OpenGuard;
use super::lock::{Access, WriteLock};
use super::migrate;
use crate::base::release::PROGRAM;
use crate::case::Error;
use crate::case::items::{absolute_path_of, stored_path};
use crate::case::log::Event;

/// Items whose files are looked for to decide whether the media were moved together with the case.
const N_PROBED_ITEMS: i64 = 8;

impl Case {
    /// Opens a case: for writing when the file permits it and no other program writes, otherwise
    /// for reading only, see [`Self::access`].
    ///
    /// # Errors
    ///
    /// The file is missing, not a case, damaged, or made by a newer program. It is not changed
    /// then.
    pub fn open(path: impl AsRef<Path>, author: &str) -> Result<Self, Error> {
        let (path, writable) = existing_case(path.as_ref())?;
        let lock = writable.clone().and_then(|()| WriteLock::take(&path, author));
        Self::open_locked(path, author, lock, writable.is_err())
    }

    /// Opens a case for reading only. Other programs can still open it for writing.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, Error> {
        let (path, writable) = existing_case(path.as_ref())?;
        Self::open_locked(path, "", Err(only_reads()), writable.is_err())
    }

    /// `lock`, or why there is none. `is_read_only`: the file or its folder is marked read-only.
    pub(super) fn open_locked(
        path: PathBuf,
        author: &str,
        lock: Result<WriteLock, String>,
        is_read_only: bool,
    ) -> Result<Self, Error> {
        let guard = OpenGuard::check(&path)?;
        let (mut access, lock) = match lock {
            Ok(lock) => (Access::Write, Some(lock)),
            Err(reason) => (Access::ReadOnly { reason }, None),
        };
        let connection = connect(&path, is_read_only)?;
        let format = migrate::format_of(&connection)?;
        if access == Access::Write && connection.is_readonly("main")? {
            access = Access::ReadOnly { reason: "the file cannot be written to".to_owned() };
        }
        if access == Access::Write {
            // Another program may have switched the file to another journal mode.
            connection.pragma_update(None, "journal_mode", "delete")?;
        }
        let mut case = Self {
            connection,
            folder: folder_of(&path),
            path,
            id: String::new(),
            author: author.to_owned(),
            access,
            format,
            is_in_batch: false,
            _guard: guard,
            _lock: lock,
        };
        case.migrate()?;
        migrate::check_tables(&case.connection)?;
        case.check_length()?;
        case.id = case.note("id")?.ok_or_else(|| Error::damaged("it has no identity"))?;
        case.find_folder()?;
        Ok(case)
    }

    /// A second handle of this case that only reads, for work on another thread. It does not hold
    /// the lock.
    ///
    /// # Errors
    ///
    /// [`Error::Elsewhere`] when the file was moved or replaced since it was opened, or it cannot
    /// be read.
    pub fn reader(&self) -> Result<Self, Error> {
        if !self.path.is_file() {
            return Err(Error::Elsewhere);
        }
        let guard = OpenGuard::check(&self.path)?;
        let reader = Self {
            connection: connect(&self.path, self.connection.is_readonly("main")?)?,
            path: self.path.clone(),
            folder: self.folder.clone(),
            id: self.id.clone(),
            author: self.author.clone(),
            access: Access::ReadOnly { reason: only_reads() },
            format: self.format,
            is_in_batch: false,
            _guard: guard,
            _lock: None,
        };
        if reader.note("id")?.as_ref() == Some(&self.id) {
            Ok(reader)
        } else {
            Err(Error::Elsewhere)
        }
    }

    /// Brings the tables to the newest format. A case that cannot be written is read as it is.
    fn migrate(&mut self) -> Result<(), Error> {
        let from = self.format;
        if from == migrate::NEWEST || self.access != Access::Write {
            return Ok(());
        }
        // What is not of its format is not brought to another one.
        migrate::check_tables(&self.connection)?;
        self.write(|change| {
            migrate::migrate(change.tx, from)?;
            let program = PROGRAM.to_owned();
            change.log(&Event::Migrated { from, to: migrate::NEWEST, program })
        })?;
        self.format = migrate::NEWEST;
        Ok(())
    }

    /// Refuses a file that was cut off, before the missing part is read one day.
    fn check_length(&self) -> Result<(), Error> {
        let pages: i64 = self.connection.pragma_query_value(None, "page_count", |r| r.get(0))?;
        let page: i64 = self.connection.pragma_query_value(None, "page_size", |r| r.get(0))?;
        let (wanted, found) = (pages.saturating_mul(page) as u64, fs::metadata(&self.path)?.len());
        if found < wanted {
            let what = format!("it has {found} bytes and should have {wanted}");
            return Err(Error::damaged(what));
        }
        Ok(())
    }

    /// Decides which folder relative paths start from: the folder in which the case was before,
    /// until media are found in the folder where it is now.
    fn find_folder(&mut self) -> Result<(), Error> {
        let now = folder_of(&self.path);
        let before = self.note("folder")?.map(PathBuf::from);
        let Some(before) = before.filter(|before| *before != now) else { return Ok(()) };
        let sql = "SELECT inside, path FROM item WHERE inside = 1 ORDER BY id LIMIT ?1";
        let mut statement = self.connection.prepare(sql)?;
        let paths = statement.query_map([N_PROBED_ITEMS], |row| stored_path(row, 0))?;
        let paths = paths.collect::<Result<Vec<_>, _>>()?;
        drop(statement);
        let any_in = |folder: &Path| {
            let mut paths = paths.iter().filter_map(|path| absolute_path_of(path, folder).ok());
            paths.any(|path| path.exists())
        };
        if !paths.is_empty() && !any_in(&now) {
            self.folder = before;
        } else if self.access == Access::Write {
            let folder = now.to_string_lossy().into_owned();
            self.write(|change| {
                change.set_fact("folder", &folder)?;
                change.log(&Event::Moved { folder: folder.clone() })
            })?;
        }
        Ok(())
    }
}

fn only_reads() -> String {
    "it was opened for reading only".to_owned()
}

/// The real path of an existing case, and why it must not be written, if so.
fn existing_case(path: &Path) -> Result<(PathBuf, Result<(), String>), Error> {
    let metadata = fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::Missing,
        _ => Error::Io { source: error },
    })?;
    if !metadata.is_file() {
        return Err(Error::NotAFile);
    }
    // A link is resolved, so that the lock is on the case itself, by whatever name it is opened.
    let path = if cfg!(windows) { absolute_path(path)? } else { path.canonicalize()? };
    let writable = if is_marked_read_only(&path) {
        Err("the file is marked read-only".to_owned())
    } else if cfg!(unix) && is_marked_read_only(&folder_of(&path)) {
        Err("its folder cannot be written to".to_owned())
    } else {
        Ok(())
    };
    Ok((path, writable))
}

/// The mark is respected even for users, such as root, whom the system lets write anyway.
fn is_marked_read_only(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().readonly())
}
