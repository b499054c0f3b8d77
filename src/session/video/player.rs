//! The player thread and the way to it.
//!
//! A request replaces the one before; of what happened, only the newest is kept. This is no `Worker`:
//! the next request interrupts the one being granted, and between two frames the thread waits until
//! the second one is due or a request comes.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use super::player_state::{PlayerEvents, PlayerRequest, PlayerState};
use super::show;
use crate::session::worker::{Wake, join_within};

/// How long the end of the program waits for the decoder.
const MAX_JOIN: Duration = Duration::from_secs(2);

/// The thread and the way to it.
pub(super) struct Player {
    shared: Arc<PlayerState>,
    thread: Option<JoinHandle<()>>,
}

impl Player {
    pub(super) fn start(wake: Wake) -> std::io::Result<Self> {
        let shared = Arc::new(PlayerState::new(wake));
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("player".into()).spawn(move || {
            show::run(&theirs);
        })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Replaces the request; the number of the new one.
    pub(super) fn request(&self, request: PlayerRequest) -> u64 {
        self.shared.request(request)
    }

    /// What happened since the last call.
    pub(super) fn take_events(&self) -> Option<PlayerEvents> {
        self.shared.take_events()
    }
}

impl Drop for Player {
    /// A decoder that does not end in time is left behind: the program ends all the same.
    fn drop(&mut self) {
        self.shared.close();
        if let Some(thread) = self.thread.take()
            && !join_within(thread, MAX_JOIN, "player")
        {
            tracing::warn!("the player thread did not end in time");
        }
    }
}
