//! Whether a case is what its log says, and the log what it was.
//!
//! * **In**: an open case. **Out**: a [`Verification`]: counts, the head, and every fault in words.
//! * **Not here**: mending anything.
//!
//! First the file itself (SQLite's own checks), then the chain of the log, then everything else: the
//! log is played back, and what it leads to must be what is stored. Whoever changes a finding, a
//! mask, a state or an entry with another program is told of, unless they also write every entry of
//! the log from there on anew; that shows in the head, if it was written down elsewhere.

mod compare;
mod media;
mod replay;

use rusqlite::OptionalExtension as _;

pub use media::MediaCheck;

use super::log::{self, LogEntry};
use super::{Case, Error, migrate};
use crate::base::{Phase, TaskCtx};
use replay::Expected;

/// What a fault is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The file as such.
    File,
    /// The audit log.
    Log,
    /// An item, its state or the time spent on it.
    Item,
    /// What a model said.
    Finding,
    /// What a person drew.
    Mask,
    /// The order of the queue.
    Queue,
    /// A word about the whole case.
    Note,
}

impl Part {
    /// The stable word of JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Log => "log",
            Self::Item => "item",
            Self::Finding => "finding",
            Self::Mask => "mask",
            Self::Queue => "queue",
            Self::Note => "note",
        }
    }
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub part: Part,
    /// What, without capital letter and full stop.
    pub what: String,
}

/// What was checked, and what came out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verification {
    /// Entries of the log.
    pub n_entries: u64,
    /// Hash of the newest entry.
    pub head: String,
    /// Items.
    pub n_items: u64,
    /// Findings.
    pub n_findings: u64,
    /// Masks.
    pub n_masks: u64,
    /// The first of what is wrong, see [`Self::n_faults`].
    pub faults: Vec<Fault>,
    /// How much is wrong.
    pub n_faults: u64,
    /// The files of the items, if they were looked at.
    pub media: Option<MediaCheck>,
}

/// Faults that are kept in words; a file full of rubbish has endless ones.
const MAX_FAULTS: usize = 1000;
/// Faults of the file itself that SQLite is asked for.
const MAX_FILE_FAULTS: i64 = 100;

impl Verification {
    /// Whether nothing is wrong with the case, nor with the media if they were looked at.
    pub fn is_sound(&self) -> bool {
        self.n_faults == 0 && self.media.as_ref().is_none_or(MediaCheck::is_sound)
    }

    fn fault(&mut self, part: Part, what: impl Into<String>) {
        self.n_faults += 1;
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(Fault { part, what: what.into() });
        }
    }

    /// A check that cannot be done to the end is a fault, unless it was stopped.
    fn run(&mut self, check: impl FnOnce(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        match check(self) {
            Err(Error::Damaged { what } | Error::Store(what)) => self.fault(Part::File, what),
            Err(Error::Foreign) => self.fault(Part::File, "its beginning is not that of a case"),
            other => return other,
        }
        Ok(())
    }
}

impl Case {
    /// Checks the whole case, and with `check_media` also whether the files of its items are there
    /// and have the hashes that the case knows.
    ///
    /// # Errors
    ///
    /// [`Error::Cancelled`], or when the file cannot be read at all. Damage is no error here.
    pub fn verify(&self, check_media: bool, ctx: &TaskCtx<'_>) -> Result<Verification, Error> {
        let mut out = Verification::default();
        out.run(|out| self.check_file(out))?;
        ctx.step(Phase::Reading, 0, 0)?;
        // One view of the file for the log and for what the log tells of.
        let view = self.connection().unchecked_transaction()?;
        out.run(|out| {
            let expected = self.check_chain(out, ctx)?;
            self.compare(&expected, out, ctx)
        })?;
        drop(view);
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
        let said = statement.query_map([], |row| row.get::<_, String>(0))?;
        for what in said.collect::<Result<Vec<_>, _>>()? {
            if what != "ok" {
                out.fault(Part::File, what);
            }
        }
        let mut statement = self.connection().prepare("PRAGMA foreign_key_check")?;
        let said = statement.query_map([], |row| row.get::<_, String>(0))?;
        for table in said.collect::<Result<Vec<_>, _>>()? {
            out.fault(
                Part::File,
                format!("a row of {table} points to something that is not there"),
            );
        }
        migrate::check_tables(self.connection())
    }

    /// Checks every entry of the log and plays it back.
    fn check_chain(&self, out: &mut Verification, ctx: &TaskCtx<'_>) -> Result<Expected, Error> {
        let sql = format!("SELECT {} FROM log ORDER BY seq", log::COLUMNS);
        let mut statement = self.connection().prepare(&sql)?;
        let mut expected = Expected::default();
        log::BEGINNING.clone_into(&mut out.head);
        let n = self.n_entries()? as u64;
        for entry in statement.query_map([], LogEntry::of_row)? {
            let entry = entry?;
            if entry.seq % 1024 == 0 {
                ctx.step(Phase::Reading, out.n_entries, n)?;
            }
            out.n_entries += 1;
            let seq = entry.seq;
            if seq != out.n_entries as i64 {
                out.fault(Part::Log, format!("entries before entry {seq} are missing"));
                out.n_entries = seq.max(0) as u64;
            }
            if entry.previous != out.head {
                out.fault(Part::Log, format!("entry {seq} does not follow on the one before"));
            }
            if entry.hash != entry.computed_hash() {
                out.fault(Part::Log, format!("entry {seq} was changed after it was written"));
            }
            if !expected.play(&entry) {
                out.fault(Part::Log, format!("entry {seq} cannot be understood"));
            }
            out.head.clone_from(&entry.hash);
        }
        Ok(expected)
    }
}
