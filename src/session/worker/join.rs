//! Waiting for the end of a thread.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Waits for a thread; false when it does not end within `limit`. Then it is left running, and the
/// end of the program ends it.
pub(in crate::session) fn join_within(thread: JoinHandle<()>, limit: Duration, name: &str) -> bool {
    let start = Instant::now();
    while !thread.is_finished() {
        if start.elapsed() >= limit {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    if thread.join().is_err() {
        tracing::error!("the {name} thread crashed");
    }
    true
}
