//! What a verification returns: plain values.

use strum::IntoStaticStr;

use super::media::MediaCheck;
use crate::case::Error;

/// The part of a case in which a fault is. JSON has the names in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum CasePart {
    /// The SQLite file as such.
    File,
    /// The audit log.
    Log,
    /// An item, its state or the time spent on it.
    Item,
    Finding,
    /// What the file of an item says about itself.
    Description,
    Mask,
    /// The ranks of the queue.
    Queue,
    /// A note about the whole case.
    Note,
}

impl CasePart {
    /// The name in JSON.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A difference between the case and its log, or damage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it is.
    pub part: CasePart,
    /// What it is, without capital letter and full stop.
    pub what: String,
}

/// The result of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verification {
    /// Number of log entries.
    pub n_entries: u64,
    /// Hash of the newest entry.
    pub head: String,
    pub n_items: u64,
    pub n_findings: u64,
    pub n_descriptions: u64,
    pub n_masks: u64,
    /// The first 1000 faults.
    pub faults: Vec<Fault>,
    pub n_faults: u64,
    /// The check of the items' files, if it was asked for.
    pub media: Option<MediaCheck>,
}

/// Faults that are listed at most: a damaged file may have any number.
const MAX_FAULTS: usize = 1000;

impl Verification {
    /// Whether the case has no fault, nor the media if they were checked.
    pub fn is_sound(&self) -> bool {
        self.n_faults == 0 && self.media.as_ref().is_none_or(MediaCheck::is_sound)
    }

    pub(super) fn fault(&mut self, part: CasePart, what: impl Into<String>) {
        self.n_faults = self.n_faults.saturating_add(1);
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(Fault { part, what: what.into() });
        }
    }

    /// Runs a check. One that damage stops is a fault, one that a person stops is an error.
    pub(super) fn run(
        &mut self,
        check: impl FnOnce(&mut Self) -> Result<(), Error>,
    ) -> Result<(), Error> {
        match check(self) {
            Err(Error::Damaged { what } | Error::Store(what)) => self.fault(CasePart::File, what),
            Err(Error::Foreign) => {
                self.fault(CasePart::File, "its beginning is not that of a case");
            }
            other => return other,
        }
        Ok(())
    }
}
