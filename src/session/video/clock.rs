//! The clock by which clips are played.

use std::time::Instant;

/// The clock by which clips are played.
pub(in crate::session) enum Clock {
    System,
    /// One that moves only when it is waited for, and when a test moves it.
    #[cfg(test)]
    Fake(FakeTime),
}

impl Clock {
    pub(super) fn now(&self) -> Instant {
        match self {
            Self::System => Instant::now(),
            #[cfg(test)]
            Self::Fake(time) => time.now(),
        }
    }
}

/// A point in time that tests move.
#[cfg(test)]
#[derive(Debug, Clone)]
pub(in crate::session) struct FakeTime(std::sync::Arc<parking_lot::Mutex<Instant>>);

#[cfg(test)]
impl FakeTime {
    pub(in crate::session) fn new() -> Self {
        Self(std::sync::Arc::new(parking_lot::Mutex::new(Instant::now())))
    }

    pub(in crate::session) fn now(&self) -> Instant {
        *self.0.lock()
    }

    /// Moves on to this point, never back.
    pub(in crate::session) fn reach(&self, then: Instant) {
        let mut now = self.0.lock();
        *now = then.max(*now);
    }

    pub(in crate::session) fn pass(&self, time: std::time::Duration) {
        *self.0.lock() += time;
    }
}
