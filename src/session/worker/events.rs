//! What a handler sends to its part: events, and the newest progress.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::base::Progress;

/// Shortest time between two calls of `wake` for progress alone: 20 a second.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(50);

/// Tells the front end that there is something new to poll.
pub(in crate::session) type Wake = Arc<dyn Fn() + Send + Sync>;

/// The newest progress of the job being done.
pub(super) type SharedProgress = Arc<Mutex<Option<Progress>>>;

/// Where a handler sends what comes of its jobs.
pub(in crate::session) struct EventSender<Event> {
    events: SyncSender<Event>,
    progress: SharedProgress,
    last_progress: Mutex<Option<Instant>>,
    wake: Wake,
}

impl<Event> EventSender<Event> {
    /// A sender, and where its events and its progress are taken. So many events may wait.
    pub(super) fn new(max_events: usize, wake: Wake) -> (Self, Receiver<Event>, SharedProgress) {
        let (events, taken) = sync_channel(max_events);
        let progress = SharedProgress::default();
        let theirs = Arc::clone(&progress);
        let last_progress = Mutex::new(None);
        (Self { events, progress: theirs, last_progress, wake }, taken, progress)
    }

    /// Tells the front end that there is something new.
    pub(super) fn wake(&self) {
        (self.wake)();
    }

    /// Sends an event; waits while too many wait to be taken. False when nobody takes events any
    /// more.
    pub(in crate::session) fn send(&self, event: Event) -> bool {
        let is_sent = self.events.send(event).is_ok();
        (self.wake)();
        is_sent
    }

    /// Sends an event unless too many wait to be taken; then it comes back.
    pub(in crate::session) fn try_send(&self, event: Event) -> Result<(), Event> {
        let sent = self.events.try_send(event);
        (self.wake)();
        match sent {
            Err(TrySendError::Full(event)) => Err(event),
            Ok(()) | Err(TrySendError::Disconnected(_)) => Ok(()),
        }
    }

    /// Replaces the progress shown. `wake` is called 20 times a second at most.
    pub(in crate::session) fn set_progress(&self, progress: Progress) {
        self.set_progress_at(progress, Instant::now());
    }

    fn set_progress_at(&self, progress: Progress, now: Instant) {
        *self.progress.lock() = Some(progress);
        let mut last = self.last_progress.lock();
        if last.is_none_or(|at| now.duration_since(at) >= PROGRESS_INTERVAL) {
            *last = Some(now);
            drop(last);
            (self.wake)();
        }
    }

    /// The work that told of its progress is over.
    pub(in crate::session) fn clear_progress(&self) {
        *self.progress.lock() = None;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::base::Phase;

    #[test]
    fn progress_is_the_newest_and_wakes_are_counted_out() {
        let woken = Arc::new(AtomicUsize::new(0));
        let theirs = Arc::clone(&woken);
        let wake = Arc::new(move || {
            theirs.fetch_add(1, Ordering::SeqCst);
        });
        let (sender, _taken, shown) = EventSender::<()>::new(1, wake);
        let start = Instant::now();
        for done in 0..1000 {
            let progress = Progress { phase: Phase::Examining, done, total: 1000 };
            sender.set_progress_at(progress, start + Duration::from_millis(done));
        }
        assert_eq!(shown.lock().map(|p| p.done), Some(999));
        assert_eq!(woken.load(Ordering::SeqCst), 20, "in one second");
        assert_eq!(sender.try_send(()), Ok(()));
        assert_eq!(sender.try_send(()), Err(()), "it comes back");
    }
}
