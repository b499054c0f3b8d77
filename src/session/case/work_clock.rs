//! A stopwatch for the time that a person spends on an item.

use std::time::{Duration, Instant};

use crate::case::ItemId;
use crate::session::document::id::DocumentId;

/// Longer pauses between two commands do not count as work.
const MAX_PAUSE: Duration = Duration::from_mins(1);
/// Counted time that is sent to the case at once.
const SAVE_EVERY_S: f64 = 20.0;

/// Time spent on the item of a document that was not sent to the case yet.
pub(super) struct WorkClock {
    document: DocumentId,
    item: ItemId,
    last_command: Instant,
    seconds: f64,
}

impl WorkClock {
    pub(super) fn start(document: DocumentId, item: ItemId) -> Self {
        Self { document, item, last_command: Instant::now(), seconds: 0.0 }
    }

    /// Counts the time since the last command if this item was shown meanwhile. True when the time is
    /// to be sent to the case.
    pub(super) fn count(&mut self, shown: Option<(DocumentId, ItemId)>) -> bool {
        let passed = self.last_command.elapsed().min(MAX_PAUSE);
        self.last_command = Instant::now();
        if shown == Some((self.document, self.item)) {
            self.seconds += passed.as_secs_f64();
        }
        self.seconds >= SAVE_EVERY_S
    }

    pub(super) const fn document(&self) -> DocumentId {
        self.document
    }

    /// The item and the seconds spent on it.
    pub(super) const fn stop(self) -> (ItemId, f64) {
        (self.item, self.seconds)
    }
}
