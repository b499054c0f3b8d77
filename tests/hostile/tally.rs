//! What was counted of a format.

use std::time::Duration;

use crate::run::Outcome;

/// What counts as too long and too much.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// No output for so long counts as hanging. Of a clip every part is bounded by itself.
    pub(crate) file_time: Duration,
    /// Memory of the largest process.
    pub(crate) memory_bytes: u64,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) n: usize,
    pub(crate) crashes: usize,
    pub(crate) hangs: usize,
    pub(crate) over_memory: usize,
    pub(crate) sockets: usize,
    pub(crate) written: usize,
    pub(crate) peak_bytes: u64,
    pub(crate) slowest: Duration,
}

impl Tally {
    /// Adds what became of a process; whether something is wrong.
    pub(crate) fn add(&mut self, outcome: &Outcome, limits: &Limits) -> bool {
        let is_large = outcome.peak_bytes > limits.memory_bytes;
        self.crashes += usize::from(outcome.crash.is_some());
        self.hangs += usize::from(outcome.is_hanging);
        self.over_memory += usize::from(is_large);
        self.sockets += usize::from(!outcome.sockets.is_empty());
        self.written += usize::from(!outcome.written.is_empty());
        self.peak_bytes = self.peak_bytes.max(outcome.peak_bytes);
        self.slowest = self.slowest.max(outcome.slowest);
        let is_alone = outcome.sockets.is_empty() && outcome.written.is_empty();
        outcome.crash.is_some() || outcome.is_hanging || is_large || !is_alone
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.crashes += other.crashes;
        self.hangs += other.hangs;
        self.over_memory += other.over_memory;
        self.sockets += other.sockets;
        self.written += other.written;
        self.peak_bytes = self.peak_bytes.max(other.peak_bytes);
        self.slowest = self.slowest.max(other.slowest);
    }

    pub(crate) const fn is_clean(&self) -> bool {
        self.crashes + self.hangs + self.over_memory + self.sockets + self.written == 0
    }

    pub(crate) fn row(&self, format: &str) -> String {
        format!(
            "| {format} | {} | {} | {} | {} | {} | {} | {} | {:.1} |",
            self.n,
            self.crashes,
            self.hangs,
            self.over_memory,
            self.sockets,
            self.written,
            self.peak_bytes >> 20,
            self.slowest.as_secs_f64()
        )
    }
}
