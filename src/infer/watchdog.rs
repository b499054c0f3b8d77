//! Stops an engine that is asked to, or that takes too long.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use crate::base::Cancel;

/// How often cancellation is looked for.
const POLL: Duration = Duration::from_millis(20);

/// Why work was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopped {
    /// On request.
    Cancelled,
    /// It took too long.
    TooLong,
}

/// When work is stopped.
#[derive(Debug, Clone)]
pub(super) struct StopRule {
    pub(super) cancel: Cancel,
    pub(super) limit: Duration,
}

impl StopRule {
    pub(super) fn after(limit: Duration) -> Self {
        Self { cancel: Cancel::default(), limit }
    }
}

/// Does work on this thread while another calls `stop` once if the rule says so. Returns whether it
/// was called. The work decides what it makes of it.
pub(super) fn guarded<T>(
    rule: &StopRule,
    stop: impl FnOnce() + Send,
    work: impl FnOnce() -> T,
) -> (T, Option<Stopped>) {
    let deadline = Instant::now() + rule.limit;
    let (done, is_done) = sync_channel::<()>(1);
    let watch = move || {
        loop {
            match is_done.recv_timeout(POLL) {
                Ok(()) | Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => {}
            }
            let why = if rule.cancel.is_cancelled() {
                Stopped::Cancelled
            } else if Instant::now() >= deadline {
                Stopped::TooLong
            } else {
                continue;
            };
            stop();
            return Some(why);
        }
    };
    std::thread::scope(|scope| {
        let watcher = std::thread::Builder::new().name("watchdog".to_owned());
        // Without a thread to spare the work goes on unwatched.
        let watcher = watcher.spawn_scoped(scope, watch).ok();
        // Dropped also when the work panics, or the watcher would wait for ever.
        let done = done;
        let out = work();
        drop(done);
        (out, watcher.and_then(|watcher| watcher.join().ok()).flatten())
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    /// Work that goes on until it is stopped. Whether it was, why, and after how long.
    fn endless(rule: &StopRule) -> (Option<Stopped>, Duration) {
        let is_stopped = AtomicBool::new(false);
        let begun = Instant::now();
        let stop = || is_stopped.store(true, Ordering::Relaxed);
        let ((), why) = guarded(rule, stop, || {
            while !is_stopped.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(1));
            }
        });
        (why, begun.elapsed())
    }

    #[test]
    fn endless_work_is_stopped_at_the_limit_and_on_request() {
        let (why, took) = endless(&StopRule::after(Duration::from_millis(50)));
        assert_eq!(why, Some(Stopped::TooLong));
        assert!(took >= Duration::from_millis(50), "{took:?}");
        let rule = StopRule::after(Duration::from_mins(10));
        rule.cancel.cancel();
        assert_eq!(endless(&rule).0, Some(Stopped::Cancelled));
    }

    #[test]
    fn work_that_ends_is_left_alone() {
        let rule = StopRule::after(Duration::from_mins(10));
        assert_eq!(guarded(&rule, || panic!("it was in time"), || 7), (7, None));
    }
}
