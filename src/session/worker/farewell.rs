//! The end of a thread of the session.
//!
//! * **In**: a thread that was told to end. **Out**: it has ended, or is left behind.
//! * **Not here**: telling it.

use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How long the end of the program waits for a thread to hear of it.
const MAX_FAREWELL: Duration = Duration::from_secs(2);

/// Waits for a thread. One that does not hear in time is left behind: the program ends all the same.
pub(in crate::session) fn farewell(thread: Option<JoinHandle<()>>, name: &str) {
    let Some(thread) = thread else { return };
    let start = Instant::now();
    while !thread.is_finished() && start.elapsed() < MAX_FAREWELL {
        std::thread::sleep(Duration::from_millis(2));
    }
    if thread.is_finished() && thread.join().is_err() {
        tracing::error!("the {name} thread crashed");
    }
}
