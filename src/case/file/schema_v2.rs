//! Format 2 of the case file: what files say about themselves. Never edited; a later format is a step
//! of its own in `migrate`.

use rusqlite::Connection;

/// The table and its triggers.
///
/// `description`: what the file of an item says about itself. `facts` and `said` are canonical JSON.
/// `sha256` is the hash of all columns, `sameness` the same without the time.
const TABLES: &str = "
CREATE TABLE description (
    id INTEGER PRIMARY KEY,
    item INTEGER NOT NULL REFERENCES item (id),
    sameness TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    facts TEXT NOT NULL,
    said TEXT NOT NULL,
    UNIQUE (item, sameness)
) STRICT;
CREATE TRIGGER description_stays BEFORE UPDATE ON description
BEGIN SELECT RAISE(ABORT, 'descriptions never change'); END;
CREATE TRIGGER description_is_kept BEFORE DELETE ON description
BEGIN SELECT RAISE(ABORT, 'descriptions are never deleted'); END;
";

/// Adds the table to a case of format 1.
pub(super) fn create(tx: &Connection) -> rusqlite::Result<()> {
    tx.execute_batch(TABLES)
}
