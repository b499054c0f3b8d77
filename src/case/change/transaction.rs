//! Transactions: each changes the case and writes the entry of the log that says so.

use rusqlite::{Connection, TransactionBehavior};

use crate::case::log::{self, Event};
use crate::case::{Access, Case, Error};

impl Case {
    /// Changes the case in one transaction. When `change` fails, nothing is changed.
    pub(in crate::case) fn write<T>(
        &mut self,
        change: impl FnOnce(&Change<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.require_write_access()?;
        if self.is_in_batch {
            let point = self.connection.savepoint()?;
            let out = change(&Change { tx: &point, author: &self.author })?;
            point.commit()?;
            return Ok(out);
        }
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let out = change(&Change { tx: &tx, author: &self.author })?;
        tx.commit()?;
        Ok(out)
    }

    /// Makes many changes in one transaction: all of them, or none when `work` fails. Each has its
    /// own entry in the log. For many small changes this is much faster, because the disk is waited
    /// for once. Other handles cannot read while it commits, so keep it short.
    ///
    /// # Errors
    ///
    /// What `work` returns, or when the file cannot be written.
    pub fn batch<T, E: From<Error>>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.is_in_batch {
            return work(self);
        }
        self.require_write_access()?;
        let run = |case: &Self, sql| case.connection.execute_batch(sql).map_err(Error::from);
        run(self, "BEGIN IMMEDIATE")?;
        self.is_in_batch = true;
        let open = OpenBatch { case: self };
        let out = work(open.case)?;
        run(open.case, "COMMIT")?;
        Ok(out)
    }

    fn require_write_access(&self) -> Result<(), Error> {
        match self.access() {
            Access::Write => Ok(()),
            Access::ReadOnly { reason } => Err(Error::ReadOnly { reason: reason.clone() }),
        }
    }
}

/// The transaction of [`Case::batch`]. When it is dropped before the commit, also by a panic, it is
/// rolled back.
struct OpenBatch<'a> {
    case: &'a mut Case,
}

impl Drop for OpenBatch<'_> {
    fn drop(&mut self) {
        self.case.is_in_batch = false;
        // SQLite itself ends a transaction that met a full disk.
        if !self.case.connection.is_autocommit()
            && let Err(error) = self.case.connection.execute_batch("ROLLBACK")
        {
            tracing::warn!("a change of the case could not be rolled back: {error}");
        }
    }
}

/// An open transaction.
pub(in crate::case) struct Change<'a> {
    pub(in crate::case) tx: &'a Connection,
    pub(in crate::case) author: &'a str,
}

impl Change<'_> {
    /// Writes the entry of the log. Every transaction that changes something writes at least one.
    pub(in crate::case) fn log(&self, event: &Event) -> Result<(), Error> {
        log::append(self.tx, self.author, event)
    }

    pub(in crate::case) fn set_fact(&self, key: &str, value: &str) -> Result<(), Error> {
        let sql = "INSERT INTO fact (key, value) VALUES (?1, ?2) \
                   ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        self.tx.prepare_cached(sql)?.execute([key, value])?;
        Ok(())
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
