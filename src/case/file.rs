//! The case as a file: opening it.
//!
//! * **In**: a path, and who works. **Out**: a [`Case`].
//! * **Not here**: making a new one (`create`), changing it (`change`), what is in it (`items`,
//!   `findings`, `masks`, `queue`, `log`).

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::access::Lock;
use super::log::Event;
use super::peek::Leave;
use super::places::real_folder;
use super::turns::Turns;
use super::{Access, Error, migrate};

/// What the names of cases end in.
pub const EXTENSION: &str = "pentimento";

/// How long others may hold the case before a change is given up.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// Statements kept ready.
const N_STATEMENTS: usize = 64;
/// Items that are looked for to tell whether the media came along with a moved case.
const N_PROBES: i64 = 8;

/// An open case. Every method that changes something is one transaction; what it returned `Ok` for
/// is on the disk. It can be sent to another thread, and used by one at a time.
#[derive(Debug)]
pub struct Case {
    pub(super) connection: Connection,
    path: PathBuf,
    /// The folder that paths inside the case are relative to.
    folder: PathBuf,
    id: String,
    pub(super) author: String,
    pub(super) access: Access,
    /// A transaction of [`Case::together`] is open.
    pub(super) is_together: bool,
    /// Of all handles of this process that share the right to write.
    pub(super) turns: Arc<Turns>,
    /// Lets other handles go first.
    pub(super) stands_back: bool,
    /// Given back after the connection was closed: fields are dropped in this order.
    _leave: Leave,
    /// Given back with the last handle.
    lock: Option<Arc<Lock>>,
}

impl Case {
    /// Opens a case: for writing where that is possible and nobody else does, otherwise for reading
    /// only, see [`Self::access`].
    ///
    /// # Errors
    ///
    /// When there is no such file, it is no case, it is damaged, or a newer program made it. The
    /// file is not changed then.
    pub fn open(path: impl AsRef<Path>, author: &str) -> Result<Self, Error> {
        let (path, guard) = existing(path.as_ref())?;
        let lock = guard.clone().and_then(|()| Lock::take(&path, author));
        Self::open_locked(path, author, lock, guard.is_err())
    }

    /// Opens a case to look at it, without keeping anybody from writing.
    ///
    /// # Errors
    ///
    /// As [`Self::open`].
    pub fn look(path: impl AsRef<Path>) -> Result<Self, Error> {
        let (path, guard) = existing(path.as_ref())?;
        let lock = Err("it was opened to look at only".to_owned());
        Self::open_locked(path, "", lock, guard.is_err())
    }

    /// `is_marked`: the file or its folder says that nothing is to be written.
    pub(super) fn open_locked(
        path: PathBuf,
        author: &str,
        lock: Result<Lock, String>,
        is_marked: bool,
    ) -> Result<Self, Error> {
        let leave = Leave::ask(&path)?;
        let (mut access, lock) = match lock {
            Ok(lock) => (Access::Write, Some(Arc::new(lock))),
            Err(reason) => (Access::ReadOnly { reason }, None),
        };
        let connection = connect(&path, is_marked)?;
        let format = migrate::format_of(&connection)?;
        if access == Access::Write && connection.is_readonly("main")? {
            access = Access::ReadOnly { reason: "the file cannot be written to".to_owned() };
        }
        if access == Access::Write {
            // Another program may have set it otherwise, and that would stay.
            connection.pragma_update(None, "journal_mode", "delete")?;
        }
        let folder = folder_of(&path);
        let id = String::new();
        let author = author.to_owned();
        let mut case = Self {
            connection,
            path,
            folder,
            id,
            author,
            access,
            is_together: false,
            turns: Arc::default(),
            stands_back: false,
            _leave: leave,
            lock,
        };
        case.bring_up(format)?;
        migrate::check_tables(&case.connection)?;
        case.check_length()?;
        case.id = case.note("id")?.ok_or_else(|| Error::damaged("it has no identity"))?;
        case.find_folder()?;
        Ok(case)
    }

    /// Another handle of this case, for long work on another thread of this program. It may do what
    /// this one may, and it shares the right to write: other programs get that when the last of the
    /// handles is dropped. Its changes are transactions like all others; they stand back for those
    /// of this handle, which therefore waits for one of them at most.
    ///
    /// # Errors
    ///
    /// [`Error::Elsewhere`] when the file was moved since it was opened, or it cannot be read.
    pub fn beside(&self) -> Result<Self, Error> {
        if !self.path.is_file() {
            return Err(Error::Elsewhere);
        }
        let leave = Leave::ask(&self.path)?;
        let connection = connect(&self.path, self.connection.is_readonly("main")?)?;
        let beside = Self {
            connection,
            path: self.path.clone(),
            folder: self.folder.clone(),
            id: self.id.clone(),
            author: self.author.clone(),
            access: self.access.clone(),
            is_together: false,
            turns: Arc::clone(&self.turns),
            stands_back: true,
            _leave: leave,
            lock: self.lock.clone(),
        };
        if beside.note("id")?.as_ref() == Some(&self.id) {
            Ok(beside)
        } else {
            Err(Error::Elsewhere)
        }
    }

    fn bring_up(&mut self, from: i64) -> Result<(), Error> {
        if from == migrate::NEWEST {
            return Ok(());
        }
        if let Access::ReadOnly { reason } = &self.access {
            return Err(Error::Older { reason: reason.clone() });
        }
        self.write(|change| {
            migrate::bring_up(change.tx, from)?;
            let program = program();
            change.log(&Event::Migrated { from, to: migrate::NEWEST, program })
        })
    }

    /// A file that was cut off is told at once, not when the missing part is read one day.
    fn check_length(&self) -> Result<(), Error> {
        let pages: i64 = self.connection.pragma_query_value(None, "page_count", |r| r.get(0))?;
        let page: i64 = self.connection.pragma_query_value(None, "page_size", |r| r.get(0))?;
        let (wanted, found) = ((pages * page) as u64, fs::metadata(&self.path)?.len());
        if found < wanted {
            let what = format!("it has {found} bytes and should have {wanted}");
            return Err(Error::damaged(what));
        }
        Ok(())
    }

    /// Decides which folder paths inside the case are relative to: where the case was before, until
    /// media are found where it is now.
    fn find_folder(&mut self) -> Result<(), Error> {
        let now = folder_of(&self.path);
        let before = self.note("folder")?.map(PathBuf::from);
        let Some(before) = before.filter(|before| *before != now) else { return Ok(()) };
        let sql = "SELECT inside, path FROM item WHERE inside = 1 ORDER BY id LIMIT ?1";
        let mut statement = self.connection.prepare(sql)?;
        let places = statement.query_map([N_PROBES], |row| super::items::place(row, 0))?;
        let places = places.collect::<Result<Vec<_>, _>>()?;
        drop(statement);
        let any_in = |folder: &Path| {
            let mut paths = places.iter().filter_map(|p| super::places::path_of(p, folder).ok());
            paths.any(|path| path.exists())
        };
        if !places.is_empty() && !any_in(&now) {
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

    /// What may be done with it.
    pub const fn access(&self) -> &Access {
        &self.access
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A word of 32 hex digits that no other case has.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Who has it open.
    pub fn author(&self) -> &str {
        &self.author
    }

    /// The folder that paths inside the case are relative to.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) const fn connection(&self) -> &Connection {
        &self.connection
    }

    /// A word about the whole case, for instance its title.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn note(&self, key: &str) -> Result<Option<String>, Error> {
        let mut statement =
            self.connection.prepare_cached("SELECT value FROM fact WHERE key = ?1")?;
        Ok(statement.query_row([key], |row| row.get(0)).optional()?)
    }

    /// Sets a word about the whole case.
    ///
    /// # Errors
    ///
    /// When the key is one of the case's own, or the file cannot be written.
    pub fn set_note(&mut self, key: &str, value: &str) -> Result<(), Error> {
        if OWN_FACTS.contains(&key) {
            return Err(Error::Unfit { what: format!("the word {key:?} is the case's own") });
        }
        let (key, value) = (key.to_owned(), value.to_owned());
        self.write(|change| {
            change.set_fact(&key, &value)?;
            change.log(&Event::Noted { key, value })
        })
    }
}

/// Facts that are not to be set from outside.
pub(super) const OWN_FACTS: [&str; 2] = ["id", "folder"];

/// The true path of a case that should be there, and why it must not be written, if so.
fn existing(path: &Path) -> Result<(PathBuf, Result<(), String>), Error> {
    let facts = fs::metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::Missing,
        _ => Error::Io { source: error },
    })?;
    if !facts.is_file() {
        return Err(Error::NotAFile);
    }
    // Through a link the case itself is locked, whatever the name it was opened by.
    let path = if cfg!(windows) { whole_path(path)? } else { path.canonicalize()? };
    let guard = if is_marked_read_only(&path) {
        Err("the file is marked read-only".to_owned())
    } else if cfg!(unix) && is_marked_read_only(&folder_of(&path)) {
        Err("its folder cannot be written to".to_owned())
    } else {
        Ok(())
    };
    Ok((path, guard))
}

/// `is_marked`: nothing is to be written to it.
fn connect(path: &Path, is_marked: bool) -> Result<Connection, Error> {
    // Also who only looks takes back what a killed program was in the middle of, where that is
    // possible: otherwise nobody could look.
    let way = if is_marked {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE
    };
    let flags = way | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags).map_err(refused)?;
    set_up(&connection)?;
    Ok(connection)
}

/// Whoever may write to everything is held to what a person said of the file, too.
fn is_marked_read_only(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|facts| facts.permissions().readonly())
}

/// What holds for every connection.
pub(super) fn set_up(connection: &Connection) -> Result<(), Error> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(N_STATEMENTS);
    // A transaction is on the disk when it is over. A file from elsewhere may not run functions.
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; \
         PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000;",
    )?;
    Ok(())
}

/// SQLite does not say more than that it could not open the file.
pub(super) fn refused(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::CannotOpen) => Error::Io {
            source: std::io::Error::new(std::io::ErrorKind::PermissionDenied, error.to_string()),
        },
        _ => error.into(),
    }
}

pub(super) fn program() -> String {
    format!("pentimento {}", env!("CARGO_PKG_VERSION"))
}

/// The path of a file that need not be there, in the folder that is.
pub(super) fn whole_path(path: &Path) -> Result<PathBuf, Error> {
    let path = std::path::absolute(path)?;
    let name = path.file_name().ok_or(Error::NotAFile)?;
    Ok(folder_of(&path).join(name))
}

pub(super) fn folder_of(path: &Path) -> PathBuf {
    real_folder(path.parent().unwrap_or_else(|| Path::new("/")))
}

/// A case can be sent to another thread.
const _: () = {
    const fn can_be_sent<T: Send>() {}
    can_be_sent::<Case>();
};
