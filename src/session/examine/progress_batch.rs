//! Results of a clip while it is examined, gathered into batches: ten a second at most.

use std::time::{Duration, Instant};

use crate::pipeline::video::VideoEvent;
use crate::session::document::clip_findings::ClipBatch;

/// Shortest time between two batches.
const INTERVAL: Duration = Duration::from_millis(100);

/// Adds what a pass has found to a batch.
fn add(batch: &mut ClipBatch, event: VideoEvent) {
    match event {
        VideoEvent::Progress { done, total, frame } => {
            batch.examined.push(frame);
            batch.progress = Some((done, total));
        }
        VideoEvent::Cut { frame } => batch.cuts.push(frame),
        VideoEvent::Samples { track, samples } => {
            batch.samples.entry(track).or_default().extend(samples);
        }
        VideoEvent::Damage(damage) => batch.damage.push(damage),
    }
}

/// Gathers events into batches.
pub(super) struct Batcher {
    is_quick: bool,
    batch: ClipBatch,
    is_empty: bool,
    last: Option<Instant>,
}

impl Batcher {
    pub(super) fn new(is_quick: bool) -> Self {
        Self {
            is_quick,
            batch: ClipBatch { is_quick, ..ClipBatch::default() },
            is_empty: true,
            last: None,
        }
    }

    pub(super) fn add(&mut self, event: VideoEvent) {
        add(&mut self.batch, event);
        self.is_empty = false;
    }

    /// A batch when there is one and it is time. The first one comes at once.
    pub(super) fn due(&mut self, now: Instant) -> Option<ClipBatch> {
        let is_time = self.last.is_none_or(|at| now.duration_since(at) >= INTERVAL);
        (is_time && !self.is_empty).then(|| {
            self.last = Some(now);
            self.take()
        })
    }

    /// What was gathered since the last batch.
    pub(super) fn take(&mut self) -> ClipBatch {
        self.is_empty = true;
        let next = ClipBatch { is_quick: self.is_quick, ..ClipBatch::default() };
        std::mem::replace(&mut self.batch, next)
    }

    /// Puts back what could not be delivered.
    pub(super) fn put_back(&mut self, batch: ClipBatch) {
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
