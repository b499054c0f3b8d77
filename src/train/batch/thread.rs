//! A thread beside the optimizer that makes the batches of the steps to come.

use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};

use rayon::prelude::*;

use super::Batch;
use crate::train::Error;

/// Where there are more threads than this for a batch, several are made at once: its last pairs
/// would leave the others idle.
const THREADS_PER_BATCH: usize = 4;

/// The thread ends when this is dropped.
pub(in crate::train) struct BatchThread {
    name: &'static str,
    ready: Receiver<Result<Batch, Error>>,
}

impl BatchThread {
    /// Starts making the batches of `steps`; `n_queued` of them wait for the optimizer.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] where the system has no more threads.
    pub(in crate::train) fn start(
        name: &'static str,
        n_queued: usize,
        steps: std::ops::Range<u64>,
        make: impl Fn(u64) -> Result<Batch, Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let (sender, ready) = sync_channel(n_queued);
        let io = |e| Error::io("a thread", Path::new(name))(e);
        // A pool of its own: a pair in the optimizer's would hold up whole tensors.
        let pool = rayon::ThreadPoolBuilder::new()
            .thread_name(move |_| name.to_owned())
            .build()
            .map_err(|e| io(std::io::Error::other(e)))?;
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let mut steps = steps;
                let together = (pool.current_num_threads() / THREADS_PER_BATCH).max(1);
                while !steps.is_empty() {
                    let these: Vec<u64> = steps.by_ref().take(together).collect();
                    let batches: Vec<_> =
                        pool.install(|| these.into_par_iter().map(&make).collect());
                    for batch in batches {
                        let failed = batch.is_err();
                        if sender.send(batch).is_err() || failed {
                            return;
                        }
                    }
                }
            })
            .map_err(io)?;
        Ok(Self { name, ready })
    }

    /// The batch of the next step.
    ///
    /// # Errors
    ///
    /// What kept it from being made; [`Error::TooLittle`] where the thread has ended.
    pub(in crate::train) fn next(&self, step: u64) -> Result<Batch, Error> {
        let stopped = |_| {
            Error::TooLittle(format!("the thread of the {} ended before step {step}", self.name))
        };
        self.ready.recv().map_err(stopped)?
    }
}
