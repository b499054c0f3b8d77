//! What the session and the player thread share: the newest request, and what happened.

use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

use super::clip::Clip;
use super::clock::Clock;
use crate::base::Cancel;
use crate::session::document::id::DocumentId;
use crate::session::document::open::Picture;
use crate::session::worker::Wake;

#[derive(Debug, Clone)]
pub(super) struct PlayedClip {
    pub(super) document: DocumentId,
    pub(super) clip: Arc<dyn Clip>,
}

/// What the player is to do.
#[derive(Debug, Clone)]
pub(super) enum PlayerRequest {
    /// Nothing.
    Rest,
    /// Show exactly this frame.
    Show { played: PlayedClip, frame: usize },
    /// Play from here to there, both included.
    Play { played: PlayedClip, from: usize, to: usize, speed: f32 },
}

pub(super) struct ShownFrame {
    pub(super) document: DocumentId,
    pub(super) frame: usize,
    pub(super) picture: Arc<Picture>,
    /// Part of playing, not asked for by number.
    pub(super) is_moving: bool,
}

/// What happened since it was last asked for.
#[derive(Default)]
pub(super) struct PlayerEvents {
    /// The newest frame.
    pub(super) shown: Option<ShownFrame>,
    /// Frames not shown because they came too late.
    pub(super) n_dropped: u64,
    /// The request of this number was played to its end.
    pub(super) ended: Option<u64>,
    /// Why the request of this number cannot be granted.
    pub(super) problem: Option<(u64, String)>,
}

struct RequestState {
    request: PlayerRequest,
    number: u64,
    /// Stops what is being decoded for the request.
    cancel: Cancel,
    /// A request for another frame lets the present decoding finish, so that a person who scrubs
    /// sees frames.
    is_preview: bool,
    is_closing: bool,
    events: Option<PlayerEvents>,
}

/// What the session and the player thread share.
pub(super) struct PlayerState {
    state: Mutex<RequestState>,
    changed: Condvar,
    clock: Clock,
    wake: Wake,
}

/// The session's side.
impl PlayerState {
    pub(super) fn new(clock: Clock, wake: Wake) -> Self {
        let state = RequestState {
            request: PlayerRequest::Rest,
            number: 0,
            cancel: Cancel::default(),
            is_preview: false,
            is_closing: false,
            events: None,
        };
        Self { state: Mutex::new(state), changed: Condvar::new(), clock, wake }
    }

    /// Replaces the request; the number of the new one.
    pub(super) fn request(&self, request: PlayerRequest) -> u64 {
        let mut state = self.state.lock();
        let is_same_clip = match (&state.request, &request) {
            (PlayerRequest::Show { played: old, .. }, PlayerRequest::Show { played, .. }) => {
                old.document == played.document
            }
            _ => false,
        };
        if !(state.is_preview && is_same_clip) {
            state.cancel.cancel();
        }
        state.request = request;
        state.number += 1;
        let number = state.number;
        drop(state);
        self.changed.notify_one();
        number
    }

    /// What happened since the last call.
    pub(super) fn take_events(&self) -> Option<PlayerEvents> {
        self.state.lock().events.take()
    }

    /// No request comes any more.
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        state.is_closing = true;
        state.cancel.cancel();
        drop(state);
        self.changed.notify_one();
    }
}

/// The thread's side.
impl PlayerState {
    /// Waits for a request that is newer than this number; `None` at the end.
    pub(super) fn next_request(&self, granted: u64) -> Option<(PlayerRequest, u64)> {
        let mut state = self.state.lock();
        self.changed.wait_while(&mut state, |state| state.number == granted && !state.is_closing);
        (!state.is_closing).then(|| (state.request.clone(), state.number))
    }

    /// Changes the events that wait to be taken, and wakes the front end.
    pub(super) fn send(&self, change: impl FnOnce(&mut PlayerEvents)) {
        change(self.state.lock().events.get_or_insert_default());
        (self.wake)();
    }

    /// Sends a frame. A moving one that nobody took in time was dropped.
    pub(super) fn show(&self, shown: ShownFrame) {
        self.send(|events| {
            if shown.is_moving && events.shown.as_ref().is_some_and(|old| old.is_moving) {
                events.n_dropped += 1;
            }
            events.shown = Some(shown);
        });
    }

    /// Whether a newer request has come.
    pub(super) fn is_superseded(&self, number: u64) -> bool {
        let state = self.state.lock();
        state.number != number || state.is_closing
    }

    pub(super) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Waits until then; false when a newer request came before.
    pub(super) fn wait_until(&self, then: Instant, number: u64) -> bool {
        let mut state = self.state.lock();
        loop {
            if state.number != number || state.is_closing {
                return false;
            }
            if then <= self.clock.now() {
                return true;
            }
            match &self.clock {
                Clock::System => {
                    self.changed.wait_until(&mut state, then);
                }
                #[cfg(test)]
                Clock::Fake(time) => time.reach(then),
            }
        }
    }

    /// The stop switch for the next decoding; thrown already when a newer request has come.
    pub(super) fn begin(&self, number: u64, is_preview: bool) -> Cancel {
        let mut state = self.state.lock();
        state.cancel = Cancel::default();
        state.is_preview = is_preview;
        if state.is_closing || state.number != number && !is_preview {
            state.cancel.cancel();
        }
        state.cancel.clone()
    }
}
