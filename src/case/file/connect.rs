//! Connections to the SQLite file, and paths of cases.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::case::Error;
use crate::case::items::real_folder;

/// How long a change waits for other programs that hold the file, before it fails with
/// [`Error::Busy`].
const BUSY_TIMEOUT: Duration = Duration::from_secs(20);
/// Prepared statements kept per connection.
const N_CACHED_STATEMENTS: usize = 64;

/// What a file from elsewhere may not do: write to the tables of the schema by SQL, run functions
/// from its schema, bring views, take a text in double quotes for a name, or have other files
/// attached.
const SETTINGS: [(DbConfig, bool); 8] = [
    (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
    (DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, false),
    (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
    (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
    (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
    (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
    (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, false),
    (DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, false),
];

/// Connects to an existing case.
pub(super) fn connect(path: &Path, is_read_only: bool) -> Result<Connection, Error> {
    // A connection that only reads may still roll back what a killed program left half done: if it
    // could not, nobody without the lock could read the case.
    let mode = if is_read_only {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE
    };
    let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    open_with(path, flags)
}

/// Creates an empty database.
pub(super) fn connect_new(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    open_with(path, flags)
}

fn open_with(path: &Path, flags: OpenFlags) -> Result<Connection, Error> {
    let connection = Connection::open_with_flags(path, flags).map_err(not_opened)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(N_CACHED_STATEMENTS);
    for (setting, is_on) in SETTINGS {
        connection.set_db_config(setting, is_on)?;
    }
    // FULL: a transaction is on the disk when it has ended. `mmap_size`: a file that another
    // program cuts off while it is read is an error, not the end of this program.
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON; \
         PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000;",
    )?;
    Ok(connection)
}

/// SQLite says only that it could not open the file.
fn not_opened(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::CannotOpen) => Error::Io {
            source: std::io::Error::new(std::io::ErrorKind::PermissionDenied, error.to_string()),
        },
        _ => error.into(),
    }
}

/// The absolute path of a file that need not exist, with the links among its folders resolved.
pub(super) fn absolute_path(path: &Path) -> Result<PathBuf, Error> {
    let path = std::path::absolute(path)?;
    let name = path.file_name().ok_or(Error::NotAFile)?;
    Ok(folder_of(&path).join(name))
}

/// The folder of a file, with links resolved.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    real_folder(path.parent().unwrap_or_else(|| Path::new("/")))
}
