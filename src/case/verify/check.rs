//! The checks: SQLite's own, the chain of the log, then everything against the replayed log.

use rusqlite::OptionalExtension as _;

use super::replay::ExpectedCase;
use super::verification::{CasePart, Verification};
use crate::base::{Phase, TaskCtx};
use crate::case::file::check_tables;
use crate::case::log::{self, LogEntry};
use crate::case::{Case, Error};

/// Faults that SQLite is asked to list at most.
const MAX_FILE_FAULTS: i64 = 100;

impl Case {
    /// Checks the whole case, and with `check_media` also whether the files of its items exist and
    /// have the hashes that are stored.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`], or when the file cannot be read at all. Damage is a fault, not an error.
    pub fn verify(&self, check_media: bool, ctx: &TaskCtx<'_>) -> Result<Verification, Error> {
        let mut out = Verification::default();
        out.run(|out| self.check_file(out))?;
        ctx.step(Phase::Reading, 0, 0)?;
        // One read transaction, so that the log and the tables are of the same moment.
        let snapshot = self.connection().unchecked_transaction()?;
        out.run(|out| {
            let expected = self.check_chain(out, ctx)?;
            self.compare(&expected, out, ctx)
        })?;
        drop(snapshot);
        if check_media {
            out.media = Some(self.check_media(ctx)?);
        }
        Ok(out)
    }

    /// Number of the entry with this hash: the head of the case at an earlier time.
    ///
    /// # Errors
    ///
    /// When the file cannot be read.
    pub fn entry_of_head(&self, hash: &str) -> Result<Option<i64>, Error> {
        let mut statement = self.connection().prepare("SELECT seq FROM log WHERE hash = ?1")?;
        Ok(statement.query_row([hash], |row| row.get(0)).optional()?)
    }

    fn check_file(&self, out: &mut Verification) -> Result<(), Error> {
        let sql = format!("PRAGMA integrity_check({MAX_FILE_FAULTS})");
        let mut statement = self.connection().prepare(&sql)?;
        let messages = statement.query_map([], |row| row.get::<_, String>(0))?;
        for what in messages.collect::<Result<Vec<_>, _>>()? {
            if what != "ok" {
                out.fault(CasePart::File, what);
            }
        }
        let mut statement = self.connection().prepare("PRAGMA foreign_key_check")?;
        let tables = statement.query_map([], |row| row.get::<_, String>(0))?;
        for table in tables.collect::<Result<Vec<_>, _>>()? {
            out.fault(
                CasePart::File,
                format!("a row of {table} points to something that is not there"),
            );
        }
        check_tables(self.connection())
    }

    /// Checks every entry of the log and replays it.
    fn check_chain(
        &self,
        out: &mut Verification,
        ctx: &TaskCtx<'_>,
    ) -> Result<ExpectedCase, Error> {
        let sql = format!("SELECT {} FROM log ORDER BY seq", log::COLUMNS);
        let mut statement = self.connection().prepare(&sql)?;
        let mut expected = ExpectedCase::default();
        log::FIRST_PREVIOUS.clone_into(&mut out.head);
        let n = self.n_entries()? as u64;
        for entry in statement.query_map([], LogEntry::from_row)? {
            let entry = entry?;
            if entry.seq.trailing_zeros() >= 10 {
                ctx.step(Phase::Reading, out.n_entries, n)?;
            }
            out.n_entries = out.n_entries.saturating_add(1);
            let seq = entry.seq;
            if seq != out.n_entries as i64 {
                out.fault(CasePart::Log, format!("entries before entry {seq} are missing"));
                out.n_entries = seq.max(0) as u64;
            }
            if entry.previous != out.head {
                out.fault(CasePart::Log, format!("entry {seq} does not follow on the one before"));
            }
            if entry.hash != entry.computed_hash() {
                out.fault(CasePart::Log, format!("entry {seq} was changed after it was written"));
            }
            if !expected.replay(&entry) {
                out.fault(CasePart::Log, format!("entry {seq} cannot be understood"));
            }
            out.head.clone_from(&entry.hash);
        }
        Ok(expected)
    }
}
