//! Changes by long work: bounded batches, between which other changes are made.

use std::sync::mpsc::sync_channel;
use std::time::Duration;

use crate::case::{Access, Case, Error};

/// How long one batch may change a case, the disk's own time not counted.
pub(crate) const MAX_BATCH_TIME: Duration = Duration::from_millis(100);

/// Changes of at most `MAX_BATCH_TIME`.
pub type Batch = Box<dyn FnOnce(&mut Case) + Send>;

/// A case as long work sees it: it reads by a handle of its own, and hands in its changes batch by
/// batch. A [`Case`] runs a batch at once; where another thread owns the case, that thread runs it.
pub trait BatchWriter {
    /// Handle to read from. It sees what finished batches have changed.
    fn reader(&self) -> &Case;

    /// Whether the case can be changed.
    fn is_writable(&self) -> bool;

    /// Hands in a batch. It is dropped without being run when the case was closed.
    fn submit(&mut self, batch: Batch);
}

impl dyn BatchWriter + '_ {
    /// Hands in a batch and waits for what it returns.
    ///
    /// # Errors
    ///
    /// What the batch returns, or [`Error::Closed`] when it was not run.
    pub fn write<T: Send + 'static>(
        &mut self,
        batch: impl FnOnce(&mut Case) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (sender, receiver) = sync_channel(1);
        self.submit(Box::new(move |case| {
            // The receiver below waits for it.
            sender.send(batch(case)).ok();
        }));
        receiver.recv().map_err(|_dropped| Error::Closed)?
    }
}

impl BatchWriter for Case {
    fn reader(&self) -> &Case {
        self
    }

    fn is_writable(&self) -> bool {
        *self.access() == Access::Write
    }

    fn submit(&mut self, batch: Batch) {
        batch(self);
    }
}
