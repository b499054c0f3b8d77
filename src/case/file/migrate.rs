//! Formats of the case file: how one is recognized, and how an older one becomes the newest.
//!
//! Step `n` leads from format `n` to `n + 1`. Creating a case runs all steps from nothing, so that
//! a migrated case and a new one have the same tables.

use rusqlite::Connection;

use super::{schema_v1, schema_v2};
use crate::case::Error;

/// "PTMO", for `file` and other tools that look.
const APPLICATION_ID: i64 = 0x5054_4d4f;

/// Runs inside a transaction of the caller.
type Step = fn(&Connection) -> rusqlite::Result<()>;
const STEPS: [Step; 2] = [schema_v1::create, schema_v2::create];

/// The format that this program writes.
pub const NEWEST: i64 = STEPS.len() as i64;

/// The format of a file.
///
/// # Errors
///
/// [`Error::Foreign`] or [`Error::Newer`]; the file is not written to.
pub(super) fn format_of(connection: &Connection) -> Result<i64, Error> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    check_format(number("application_id")?, number("user_version")?)
}

/// The format that these two numbers of a database header stand for.
///
/// # Errors
///
/// [`Error::Foreign`] or [`Error::Newer`].
pub(super) const fn check_format(application_id: i64, version: i64) -> Result<i64, Error> {
    if application_id != APPLICATION_ID || version < 1 {
        return Err(Error::Foreign);
    }
    if version > NEWEST {
        return Err(Error::Newer { version, known: NEWEST });
    }
    Ok(version)
}

/// Brings the tables from a format to the newest one; 0 is an empty database.
pub(super) fn migrate(tx: &Connection, from: i64) -> rusqlite::Result<()> {
    for step in STEPS.iter().skip(from.max(0) as usize) {
        step(tx)?;
    }
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", NEWEST)
}

/// Refuses a file whose tables, indices and triggers are not those of its format: without them
/// nothing enforces what they promise.
pub(in crate::case) fn check_tables(connection: &Connection) -> Result<(), Error> {
    let format = format_of(connection)?;
    let mut pattern = Connection::open_in_memory()?;
    let tx = pattern.transaction()?;
    for step in STEPS.iter().take(format.max(0) as usize) {
        step(&tx)?;
    }
    tx.commit()?;
    let (found, wanted) = (tables(connection)?, tables(&pattern)?);
    if let Some((name, _)) = wanted.iter().find(|table| !found.contains(table)) {
        return Err(Error::damaged(format!("its part {name:?} is missing or was altered")));
    }
    match found.iter().find(|table| !wanted.contains(table)) {
        Some((name, _)) => Err(Error::damaged(format!("it has a foreign part {name:?}"))),
        None => Ok(()),
    }
}

/// Name and definition of every table, index and trigger but SQLite's own statistics.
fn tables(connection: &Connection) -> rusqlite::Result<Vec<(String, Option<String>)>> {
    let sql =
        "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%' ORDER BY name";
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
