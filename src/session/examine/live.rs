//! Results of a video while it is examined, gathered on the worker thread and sent in handfuls.
//!
//! * **In**: events of the pipeline. **Out**: a [`Batch`] ten times a second at most.
//! * **Not here**: what they do to the view (`video`).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::base::{Damage, Sample};
use crate::pipeline::video::VideoEvent;

/// Shortest time between two handfuls.
const INTERVAL: Duration = Duration::from_millis(100);

/// What is new.
#[derive(Debug, Default)]
pub(in crate::session) struct Batch {
    /// Of the quick look, not of the full pass.
    pub(in crate::session) is_quick: bool,
    /// Per track, in frame order.
    pub(in crate::session) samples: BTreeMap<u32, Vec<Sample>>,
    /// Frames that are done.
    pub(in crate::session) examined: Vec<usize>,
    pub(in crate::session) cuts: Vec<usize>,
    pub(in crate::session) damage: Vec<Damage>,
    /// Done and to do.
    pub(in crate::session) progress: Option<(usize, usize)>,
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

/// Gathers.
pub(in crate::session) struct Gatherer {
    is_quick: bool,
    batch: Batch,
    is_empty: bool,
    last: Option<Instant>,
}

impl Gatherer {
    pub(in crate::session) fn new(is_quick: bool) -> Self {
        Self { is_quick, batch: Batch { is_quick, ..Batch::default() }, is_empty: true, last: None }
    }

    pub(in crate::session) fn add(&mut self, event: VideoEvent) {
        self.batch.add(event);
        self.is_empty = false;
    }

    /// A handful when there is one and it is time. The first one comes at once.
    pub(in crate::session) fn due(&mut self) -> Option<Batch> {
        let is_time = self.last.is_none_or(|at| at.elapsed() >= INTERVAL);
        (is_time && !self.is_empty).then(|| self.take())
    }

    /// What is left.
    pub(in crate::session) fn take(&mut self) -> Batch {
        (self.last, self.is_empty) = (Some(Instant::now()), true);
        let next = Batch { is_quick: self.is_quick, ..Batch::default() };
        std::mem::replace(&mut self.batch, next)
    }

    /// Puts back what could not be delivered.
    pub(in crate::session) fn put_back(&mut self, batch: Batch) {
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
    fn events_come_in_handfuls_and_none_is_lost() {
        let mut gatherer = Gatherer::new(true);
        let event = |frame| VideoEvent::Progress { done: frame + 1, total: 9, frame };
        assert!(gatherer.due().is_none(), "nothing yet");
        gatherer.add(event(0));
        let first = gatherer.due().unwrap();
        gatherer.add(event(1));
        assert!(gatherer.due().is_none(), "not so soon");
        gatherer.put_back(first);
        gatherer.add(VideoEvent::Cut { frame: 2 });
        let rest = gatherer.take();
        assert!(rest.is_quick);
        assert_eq!((rest.examined, rest.progress), (vec![0, 1], Some((2, 9))));
        assert_eq!(rest.cuts, [2]);
    }
}
