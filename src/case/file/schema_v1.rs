//! Format 1 of the case file: its tables. Never edited; a later format is a step of its own in
//! `migrate`.

use rusqlite::Connection;

/// The tables.
///
/// * `fact`: key and value, about the case as a whole.
/// * `item`: one picture or clip. `path` is text where it is Unicode, else the bytes of the system;
///   with `inside` it is relative to the case's folder and its parts are separated by `/`.
///   `finding`, `verdict` and `score` are those of the newest finding, `failure` is why the last
///   examination gave none.
/// * `place`: the rank of an item in the queue.
/// * `finding`: the result of one examination. `facts`, `signals` and `report` are canonical JSON,
///   `embedding` 32-bit little-endian floats, `maps` as in `findings/maps.rs`. `sha256` is the hash
///   of all columns, `sameness` the same without the time.
/// * `mask`: a mask that a person drew. `frame` is -1 for a still picture; `bits` as in
///   `masks/bits.rs`.
/// * `log`: the audit log.
const TABLES: &str = "
CREATE TABLE fact (
    key TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE item (
    id INTEGER PRIMARY KEY,
    inside INTEGER NOT NULL CHECK (inside IN (0, 1)),
    path ANY NOT NULL,
    source TEXT,
    person TEXT,
    state TEXT NOT NULL DEFAULT 'to-do',
    seconds REAL NOT NULL DEFAULT 0,
    sha256 TEXT,
    finding INTEGER REFERENCES finding (id),
    verdict TEXT,
    score REAL,
    failure TEXT,
    UNIQUE (inside, path)
) STRICT;
CREATE INDEX item_waiting ON item (id) WHERE finding IS NULL AND failure IS NULL;

CREATE TABLE place (
    item INTEGER PRIMARY KEY REFERENCES item (id),
    rank INTEGER NOT NULL,
    strategy TEXT NOT NULL,
    why TEXT NOT NULL
) STRICT;

CREATE TABLE finding (
    id INTEGER PRIMARY KEY,
    item INTEGER NOT NULL REFERENCES item (id),
    sameness TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    facts TEXT NOT NULL,
    verdict TEXT NOT NULL,
    score REAL,
    signals TEXT NOT NULL,
    embedding BLOB NOT NULL,
    report TEXT NOT NULL,
    maps BLOB NOT NULL,
    UNIQUE (item, sameness)
) STRICT;

CREATE TABLE mask (
    item INTEGER NOT NULL REFERENCES item (id),
    frame INTEGER NOT NULL,
    author TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    facts TEXT NOT NULL,
    reviewer TEXT,
    width_px INTEGER NOT NULL,
    height_px INTEGER NOT NULL,
    bits BLOB NOT NULL,
    PRIMARY KEY (item, frame, author)
) STRICT;

CREATE TABLE log (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    author TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;

CREATE TRIGGER finding_stays BEFORE UPDATE ON finding
BEGIN SELECT RAISE(ABORT, 'findings never change'); END;
CREATE TRIGGER finding_is_kept BEFORE DELETE ON finding
BEGIN SELECT RAISE(ABORT, 'findings are never deleted'); END;
CREATE TRIGGER log_stays BEFORE UPDATE ON log
BEGIN SELECT RAISE(ABORT, 'the log never changes'); END;
CREATE TRIGGER log_is_kept BEFORE DELETE ON log
BEGIN SELECT RAISE(ABORT, 'the log is never deleted'); END;
CREATE TRIGGER item_stays BEFORE UPDATE OF id, inside, path, source, person ON item
BEGIN SELECT RAISE(ABORT, 'what an item is never changes'); END;
CREATE TRIGGER item_is_kept BEFORE DELETE ON item
BEGIN SELECT RAISE(ABORT, 'items are never deleted'); END;
CREATE TRIGGER item_is_one_file BEFORE UPDATE OF sha256 ON item
WHEN OLD.sha256 IS NOT NULL AND NEW.sha256 IS NOT OLD.sha256
BEGIN SELECT RAISE(ABORT, 'the hash of an item never changes'); END;
CREATE TRIGGER mask_is_kept BEFORE DELETE ON mask
BEGIN SELECT RAISE(ABORT, 'masks are never deleted'); END;
";

/// Creates the tables in an empty database.
pub(super) fn create(tx: &Connection) -> rusqlite::Result<()> {
    tx.execute_batch(TABLES)
}
