//! Replaying the log: what a case must hold if every entry of its log is true.

use std::collections::BTreeMap;

use crate::case::log::{Event, LogEntry};

/// The state that an item must have.
#[derive(Debug, Default)]
pub(super) struct ExpectedItem {
    pub(super) state: Option<String>,
    pub(super) seconds: f64,
    /// The first that was logged stays.
    pub(super) sha256: Option<String>,
    pub(super) finding: Option<i64>,
    pub(super) failure: Option<String>,
}

/// What a finding must hold.
#[derive(Debug)]
pub(super) struct ExpectedFinding {
    pub(super) item: i64,
    pub(super) sha256: String,
    pub(super) verdict: String,
    pub(super) score: Option<f32>,
}

/// What a case must hold.
#[derive(Debug, Default)]
pub(super) struct ExpectedCase {
    pub(super) id: Option<String>,
    pub(super) folder: Option<String>,
    /// First and last number of the items that were added in one transaction, and their hash.
    pub(super) added: Vec<(i64, i64, String)>,
    /// Items that were changed after they were added.
    pub(super) items: BTreeMap<i64, ExpectedItem>,
    pub(super) findings: BTreeMap<i64, ExpectedFinding>,
    /// Item and hash of each description.
    pub(super) descriptions: BTreeMap<i64, (i64, String)>,
    /// Hashes by item, frame and author.
    pub(super) masks: BTreeMap<(i64, i64, String), String>,
    /// Number and hash of the newest ranks.
    pub(super) ranks: Option<(i64, String)>,
    pub(super) notes: BTreeMap<String, String>,
}

impl ExpectedCase {
    /// Applies an entry; `false` when this program does not understand it.
    pub(super) fn replay(&mut self, entry: &LogEntry) -> bool {
        let Some(event) = Event::from_entry(entry) else { return false };
        if entry.subject != event.subject() {
            return false;
        }
        match event {
            Event::Created { id, folder, .. } => {
                // A case is created once.
                if entry.seq != 1 {
                    return false;
                }
                self.id = Some(id);
                self.folder = Some(folder);
            }
            Event::Moved { folder } => self.folder = Some(folder),
            Event::Migrated { .. } => {}
            Event::Added { first, last, sha256 } => self.added.push((first, last, sha256)),
            Event::Identified { item, sha256 } => self.item(item).identify(sha256),
            Event::Found { item, finding, sha256, media_sha256, verdict, score, .. } => {
                self.findings.insert(finding, ExpectedFinding { item, sha256, verdict, score });
                let item = self.item(item);
                item.identify(media_sha256);
                item.found(finding);
            }
            Event::FoundAgain { item, finding } => self.item(item).found(finding),
            Event::Failed { item, sha256, reason } => {
                let item = self.item(item);
                item.failure = Some(reason);
                if let Some(sha256) = sha256 {
                    item.identify(sha256);
                }
            }
            Event::Described { item, description, sha256, media_sha256, .. } => {
                self.descriptions.insert(description, (item, sha256));
                self.item(item).identify(media_sha256);
            }
            Event::Drawn { item, frame, author, sha256, .. }
            | Event::Reviewed { item, frame, author, sha256, .. } => {
                self.masks.insert((item, frame, author), sha256);
            }
            Event::State { item, state } => self.item(item).state = Some(state),
            Event::Worked { item, seconds } => self.item(item).seconds += seconds,
            Event::Ranked { n, sha256, .. } => self.ranks = Some((n, sha256)),
            Event::Noted { key, value } => {
                self.notes.insert(key, value);
            }
        }
        true
    }

    fn item(&mut self, number: i64) -> &mut ExpectedItem {
        self.items.entry(number).or_default()
    }
}

impl ExpectedItem {
    fn identify(&mut self, sha256: String) {
        self.sha256.get_or_insert(sha256);
    }

    fn found(&mut self, finding: i64) {
        self.finding = Some(finding);
        self.failure = None;
    }
}
