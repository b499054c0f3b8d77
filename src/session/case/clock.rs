//! Time that a person spends on an item: a stopwatch.

use std::time::{Duration, Instant};

use crate::case::ItemId;
use crate::session::document::id::DocumentId;

/// A person who does nothing for longer is not at work.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// Time spent on the item of a document that was not handed to the case yet.
pub(super) struct Clock {
    pub(super) document: DocumentId,
    pub(super) item: ItemId,
    /// When something was done last.
    last: Instant,
    pub(super) seconds: f64,
}

impl Clock {
    pub(super) fn start(document: DocumentId, item: ItemId) -> Self {
        Self { document, item, last: Instant::now(), seconds: 0.0 }
    }

    /// Something was done, with this document and item shown. What is done in other files is not time
    /// spent on the item.
    pub(super) fn count(&mut self, shown: Option<(DocumentId, ItemId)>) {
        let passed = self.last.elapsed().min(LONGEST_PAUSE);
        self.last = Instant::now();
        if shown == Some((self.document, self.item)) {
            self.seconds += passed.as_secs_f64();
        }
    }
}
