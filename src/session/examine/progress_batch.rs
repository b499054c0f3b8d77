//! Results of a clip while it is examined, gathered into batches: ten a second at most.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::base::{Damage, Sample};
use crate::pipeline::video::VideoEvent;

/// Shortest time between two batches.
const INTERVAL: Duration = Duration::from_millis(100);

/// What is new since the last batch.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The quick look goes on, not the full pass.
    pub(super) is_quick: bool,
    /// Per track, in frame order.
    pub(super) samples: BTreeMap<u32, Vec<Sample>>,
    /// Frames that are done.
    pub(super) examined: Vec<usize>,
    pub(super) cuts: Vec<usize>,
    pub(super) damage: Vec<Damage>,
    /// Done and to do.
    pub(super) progress: Option<(usize, usize)>,
}

impl Batch {
    fn add(&mut self, event: VideoEvent) {
        match event {
            VideoEvent::Progress { done, total, frame } => {
                self.examined.push(frame);
                self.progress = Some((done, total));
            }
            VideoEvent::Cut { frame } => self.cuts.push(frame),
            VideoEvent::Samples { track, samples } => {
                self.samples.entry(track).or_default().extend(samples);
            }
            VideoEvent::Damage(damage) => self.damage.push(damage),
        }
    }
}

/// Gathers events into batches.
pub(super) struct Batcher {
    is_quick: bool,
    batch: Batch,
    is_empty: bool,
    last: Option<Instant>,
}

impl Batcher {
    pub(super) fn new(is_quick: bool) -> Self {
        Self { is_quick, batch: Batch { is_quick, ..Batch::default() }, is_empty: true, last: None }
    }

    pub(super) fn add(&mut self, event: VideoEvent) {
        self.batch.add(event);
        self.is_empty = false;
    }

    /// A batch when there is one and it is time. The first one comes at once.
    pub(super) fn due(&mut self, now: Instant) -> Option<Batch> {
        let is_time = self.last.is_none_or(|at| now.duration_since(at) >= INTERVAL);
        (is_time && !self.is_empty).then(|| {
            self.last = Some(now);
            self.take()
        })
    }

    /// What was gathered since the last batch.
    pub(super) fn take(&mut self) -> Batch {
        self.is_empty = true;
        let next = Batch { is_quick: self.is_quick, ..Batch::default() };
        std::mem::replace(&mut self.batch, next)
    }

    /// Puts back what could not be delivered.
    pub(super) fn put_back(&mut self, batch: Batch) {
        self.is_empty = false;
        let newer = std::mem::replace(&mut self.batch, batch);
        for (track, samples) in newer.samples {
            self.batch.samples.entry(track).or_default().extend(samples);
        }
        self.batch.examined.extend(newer.examined);
        self.batch.cuts.extend(newer.cuts);
        self.batch.damage.extend(newer.damage);
        self.batch.progress = newer.progress.or(self.batch.progress);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_in_batches_and_none_is_lost() {
        let mut batcher = Batcher::new(true);
        let event = |frame| VideoEvent::Progress { done: frame + 1, total: 9, frame };
        let start = Instant::now();
        assert!(batcher.due(start).is_none(), "nothing yet");
        batcher.add(event(0));
        let first = batcher.due(start).unwrap();
        batcher.add(event(1));
        assert!(batcher.due(start + INTERVAL / 2).is_none(), "not so soon");
        assert_eq!(batcher.due(start + INTERVAL).map(|batch| batch.examined), Some(vec![1]));
        batcher.add(event(1));
        batcher.put_back(first);
        batcher.add(VideoEvent::Cut { frame: 2 });
        let rest = batcher.take();
        assert!(rest.is_quick);
        assert_eq!((rest.examined, rest.progress), (vec![0, 1], Some((2, 9))));
        assert_eq!(rest.cuts, [2]);
    }
}
