//! Changing a case: by transactions, each with its entry of the log.
//!
//! * **In**: a change. **Out**: it is on the disk, whole, or nothing was changed.
//! * **Not here**: what is changed (`items`, `findings`, `masks`, `queue`), opening (`file`).
//!
//! One process may have several handles of a case ([`Case::beside`]); their transactions come one
//! after the other, by turns.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use super::file::PATIENCE;
use super::log::{self, Event};
use super::turns::{First, Turn};
use super::{Access, Case, Error};

/// Long work changes a case no longer than this at a stretch, the disk's own time not counted: then
/// its transaction ends, and others get a turn.
pub const STRETCH: Duration = Duration::from_millis(100);

impl Case {
    /// Changes the case in one transaction. When `change` fails nothing was changed.
    pub(super) fn write<T>(
        &mut self,
        change: impl FnOnce(&Change<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.require_access()?;
        if self.is_together {
            let point = self.connection.savepoint()?;
            let out = change(&Change { tx: &point, author: &self.author })?;
            point.commit()?;
            return Ok(out);
        }
        // Given back after the transaction is over, whatever becomes of it.
        let _turn = self.turn()?;
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let out = change(&Change { tx: &tx, author: &self.author })?;
        tx.commit()?;
        Ok(out)
    }

    /// Does many changes in one transaction: all of them are made, or, when `work` fails, none. Each
    /// has its own entry in the log all the same. For thousands of small changes, for instance an
    /// import, this is many times faster, because the disk is waited for once. Others can neither
    /// read nor write meanwhile: not for work that takes long, see [`STRETCH`].
    ///
    /// # Errors
    ///
    /// What `work` says, or when the file cannot be written.
    pub fn together<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.is_together {
            return work(self);
        }
        self.require_access()?;
        let turn = self.turn()?;
        let run = |case: &Self, sql| case.connection.execute_batch(sql).map_err(Error::from);
        run(self, "BEGIN IMMEDIATE")?;
        self.is_together = true;
        let together = Together { case: self, _turn: turn };
        let done = work(together.case)?;
        run(together.case, "COMMIT")?;
        Ok(done)
    }

    /// Keeps handles beside this one ([`Self::beside`]) from beginning their next change until what
    /// is returned is dropped: what is done meanwhile waits for one transaction of theirs at most.
    #[must_use]
    pub fn first(&self) -> First {
        self.turns.first()
    }

    fn require_access(&self) -> Result<(), Error> {
        match &self.access {
            Access::Write => Ok(()),
            Access::ReadOnly { reason } => Err(Error::ReadOnly { reason: reason.clone() }),
        }
    }

    fn turn(&self) -> Result<Turn, Error> {
        Arc::clone(&self.turns).take(self.stands_back, PATIENCE).ok_or(Error::Busy)
    }
}

/// The transaction of [`Case::together`]. What was not committed when it is dropped is taken back,
/// also when the work panicked.
struct Together<'a> {
    case: &'a mut Case,
    /// Given back after that.
    _turn: Turn,
}

impl Drop for Together<'_> {
    fn drop(&mut self) {
        self.case.is_together = false;
        // A full disk may have ended it already.
        if !self.case.connection.is_autocommit()
            && let Err(error) = self.case.connection.execute_batch("ROLLBACK")
        {
            tracing::warn!("a change of the case could not be taken back: {error}");
        }
    }
}

/// What a transaction may do besides its own statements.
pub(super) struct Change<'a> {
    pub(super) tx: &'a Connection,
    pub(super) author: &'a str,
}

impl Change<'_> {
    /// Every change is told by one entry of the log.
    pub(super) fn log(&self, event: &Event) -> Result<(), Error> {
        log::append(self.tx, self.author, event)
    }

    pub(super) fn set_fact(&self, key: &str, value: &str) -> Result<(), Error> {
        let sql = "INSERT INTO fact (key, value) VALUES (?1, ?2) \
                   ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        self.tx.prepare_cached(sql)?.execute([key, value])?;
        Ok(())
    }
}

#[cfg(test)]
#[path = "change_tests.rs"]
mod tests;
