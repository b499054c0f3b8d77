//! The player thread and the way to it.
//!
//! A request replaces the one before; of what happened, only the newest is kept. This is no `Worker`:
//! the next request interrupts the one being granted, and between two frames the thread waits until
//! the second one is due or a request comes.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use super::clock::Clock;
use super::player_state::PlayerState;
use super::show;
use crate::session::worker::{Wake, join_within};

/// How long the end of the program waits for the decoder.
const MAX_JOIN: Duration = Duration::from_secs(2);

/// The thread and the way to it.
pub(super) struct Player {
    pub(super) state: Arc<PlayerState>,
    thread: Option<JoinHandle<()>>,
}

impl Player {
    pub(super) fn start(wake: Wake) -> std::io::Result<Self> {
        let state = Arc::new(PlayerState::new(Clock::System, wake));
        let theirs = Arc::clone(&state);
        let thread = std::thread::Builder::new().name("player".into()).spawn(move || {
            show::run(&theirs);
        })?;
        Ok(Self { state, thread: Some(thread) })
    }
}

impl Drop for Player {
    /// A decoder that does not end in time is left behind: the program ends all the same.
    fn drop(&mut self) {
        self.state.close();
        if let Some(thread) = self.thread.take()
            && !join_within(thread, MAX_JOIN, "player")
        {
            tracing::warn!("the player thread did not end in time");
        }
    }
}
