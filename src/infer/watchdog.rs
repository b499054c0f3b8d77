//! Stops an engine that is asked to, or that takes too long or too much memory.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use crate::base::Cancel;

/// How often cancellation is looked for.
pub(super) const POLL: Duration = Duration::from_millis(20);
/// Memory that the program may take while a model runs, beyond what it had before. The largest batch of
/// the shipped detector takes a tenth.
const MEMORY_BYTES: u64 = 6 << 30;

/// Why work was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopped {
    /// On request.
    Cancelled,
    /// It took too long.
    TooLong,
    /// It took too much memory.
    TooLarge,
}

/// When work is stopped.
#[derive(Debug, Clone)]
pub(super) struct StopRule {
    pub(super) cancel: Cancel,
    pub(super) limit: Duration,
    /// Memory of the program beyond what it had at the beginning; looked at where the system tells.
    pub(super) memory_bytes: u64,
}

impl StopRule {
    pub(super) fn after(limit: Duration) -> Self {
        Self { cancel: Cancel::default(), limit, memory_bytes: MEMORY_BYTES }
    }
}

/// Why work was stopped, as a sentence for a person.
pub(super) fn stopped_by(why: Stopped, rule: &StopRule) -> String {
    match why {
        Stopped::TooLarge => {
            let mib = rule.memory_bytes >> 20;
            format!("it was stopped, since it took more than {mib} MiB of memory")
        }
        Stopped::TooLong | Stopped::Cancelled => {
            format!("it was stopped, since it took more than {} s", rule.limit.as_secs())
        }
    }
}

/// Memory that this program has; `None` where the system does not say.
fn memory() -> Option<u64> {
    memory_of("self")
}

/// Memory that a process has, by its number; `None` where the system does not say.
pub(super) fn memory_of(process: &str) -> Option<u64> {
    let status = if cfg!(target_os = "linux") {
        std::fs::read_to_string(format!("/proc/{process}/status")).ok()?
    } else {
        return None;
    };
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    kib.checked_mul(1024)
}

/// Does work on this thread while another calls `stop` once if the rule says so. Returns whether it
/// was called. The work decides what it makes of it.
pub(super) fn guarded<T>(
    rule: &StopRule,
    stop: impl FnOnce() + Send,
    work: impl FnOnce() -> T,
) -> (T, Option<Stopped>) {
    let deadline = Instant::now() + rule.limit;
    let most = memory().map(|before| before.saturating_add(rule.memory_bytes));
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
            } else if most.is_some_and(|most| memory().is_some_and(|now| now > most)) {
                Stopped::TooLarge
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

    #[cfg(target_os = "linux")]
    #[test]
    fn work_that_takes_more_and_more_memory_is_stopped() {
        let rule = StopRule { memory_bytes: 64 << 20, ..StopRule::after(Duration::from_mins(2)) };
        let is_stopped = AtomicBool::new(false);
        let mut taken: Vec<Vec<u8>> = Vec::new();
        let stop = || is_stopped.store(true, Ordering::Relaxed);
        let (n, why) = guarded(&rule, stop, || {
            while !is_stopped.load(Ordering::Relaxed) && taken.len() < 2000 {
                taken.push(vec![1; 4 << 20]);
                std::thread::sleep(Duration::from_millis(2));
            }
            taken.len()
        });
        assert_eq!(why, Some(Stopped::TooLarge), "after {n} pieces");
    }

    #[test]
    fn work_that_ends_is_left_alone() {
        let rule = StopRule::after(Duration::from_mins(10));
        assert_eq!(guarded(&rule, || panic!("it was in time"), || 7), (7, None));
    }
}
