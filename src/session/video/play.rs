//! Playing a clip by a clock. Frames that come too late are dropped and counted.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::clip::MOVING_PX;
use super::frames::{Frames, picture};
use super::player_state::{PlayedClip, PlayerState, ShownFrame};
use crate::base::TaskCtx;
use crate::session::examine::error::ExamineError;

/// However late frames are, one is shown this often.
const MAX_STILL: Duration = Duration::from_millis(250);
/// From this lateness on the player leaps to a later key frame, if there is one.
const LEAP_FROM: Duration = Duration::from_millis(500);
/// From this lateness on the clock gives way.
const SLIP_FROM: Duration = Duration::from_secs(1);
/// Nothing is waited for longer than this, whatever times a file tells.
const FAR: Duration = Duration::from_hours(30 * 24);
/// More frames a second than this are not asked for.
const MAX_FPS: f64 = 60.0;

/// One playing, until its end or the next request.
pub(super) struct Playing<'a> {
    pub(super) shared: &'a PlayerState,
    pub(super) frames: &'a mut Frames,
    pub(super) played: PlayedClip,
    /// The last frame.
    pub(super) to: usize,
    pub(super) speed: f32,
    /// Number of the request.
    pub(super) number: u64,
}

/// Waiting time. A file may state absurd times, so it is bounded.
fn wait(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(FAR).min(FAR)
}

/// How a stream ended.
enum StreamEnd {
    Superseded,
    Ended,
    /// Too late: go on from this frame.
    Leap(usize),
}

impl Playing<'_> {
    /// Plays from this frame on.
    pub(super) fn play(&mut self, from: usize) -> Result<(), ExamineError> {
        let mut from = from;
        let mut clock = None;
        loop {
            match self.stream(from, &mut clock)? {
                StreamEnd::Superseded => return Ok(()),
                StreamEnd::Leap(to) => from = to,
                StreamEnd::Ended => {
                    let number = self.number;
                    self.shared.send(|events| events.ended = Some(number));
                    return Ok(());
                }
            }
        }
    }

    /// When a frame is due, by a clock that began at the first frame.
    fn due(&self, clock: (Instant, f64), frame: usize) -> Instant {
        let clip = &self.played.clip;
        let t_s = match clip.frames().get(frame) {
            Some(time) => time.t_s,
            None => clip.info().duration_s,
        };
        let wait = wait((t_s - clock.1) / f64::from(self.speed));
        clock.0.checked_add(wait).unwrap_or(clock.0)
    }

    fn stream(
        &mut self,
        from: usize,
        clock: &mut Option<(Instant, f64)>,
    ) -> Result<StreamEnd, ExamineError> {
        let clip = Arc::clone(&self.played.clip);
        let every = (clip.info().fps * f64::from(self.speed) / MAX_FPS).floor().max(1.0) as usize;
        let ctx = TaskCtx { cancel: self.shared.begin(self.number, false), on_progress: &|_| {} };
        let mut stream = clip.play(from, every, Some(MOVING_PX))?;
        let mut last_shown = None::<Instant>;
        let mut last_frame = None;
        while let Some((time, image)) = stream.next(&ctx)? {
            if self.shared.is_superseded(self.number) {
                return Ok(StreamEnd::Superseded);
            }
            let now = self.shared.now();
            if time.index > self.to {
                break;
            }
            let started = *clock.get_or_insert_with(|| (now, time.t_s));
            last_frame = Some(time.index);
            let late = now.duration_since(self.due(started, time.index));
            // A decoder that begins slowly would be late with every first frame, and nothing be seen.
            let has_shown = last_shown.is_some();
            if late >= LEAP_FROM
                && has_shown
                && let Some(leap) = self.leap(started, time.index)
            {
                let skipped = (leap - time.index) / every;
                self.shared.send(|events| events.n_dropped += skipped as u64);
                return Ok(StreamEnd::Leap(leap));
            }
            if late >= if has_shown { SLIP_FROM } else { LEAP_FROM } {
                *clock = Some((now, time.t_s));
            }
            let is_over = self.due(started, time.index + every) <= now;
            if is_over && last_shown.is_some_and(|at| now.duration_since(at) < MAX_STILL) {
                self.shared.send(|events| events.n_dropped += 1);
                continue;
            }
            let picture = picture(clip.as_ref(), image)?;
            self.frames.insert((self.played.document, time.index), &picture);
            if !self.shared.wait_until(self.due(started, time.index), self.number) {
                return Ok(StreamEnd::Superseded);
            }
            last_shown = Some(self.shared.now());
            let document = self.played.document;
            self.shared.show(ShownFrame { document, frame: time.index, picture, is_moving: true });
        }
        if last_frame.is_none() {
            let what = "no frame could be decoded from here on".to_owned();
            return Err(ExamineError::Unreadable(what));
        }
        // The last frame stays as long as it lasts.
        if let (Some(started), Some(frame)) = (*clock, last_frame)
            && !self.shared.wait_until(self.due(started, frame + 1), self.number)
        {
            return Ok(StreamEnd::Superseded);
        }
        Ok(StreamEnd::Ended)
    }

    /// The last key frame between a frame and the one that should be shown now.
    fn leap(&self, started: (Instant, f64), frame: usize) -> Option<usize> {
        let now_s = started.1
            + self.shared.now().duration_since(started.0).as_secs_f64() * f64::from(self.speed);
        let frames = self.played.clip.frames();
        let between = frames.get(frame + 1..=self.to.min(frames.len().saturating_sub(1)))?;
        let passed = between.iter().take_while(|time| time.t_s <= now_s);
        passed.filter(|time| time.is_key).last().map(|time| time.index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_of_a_file_is_too_far() {
        assert_eq!(wait(1.5), Duration::from_millis(1500));
        assert_eq!([-1.0, f64::NAN].map(wait), [Duration::ZERO; 2]);
        assert_eq!([2e8, 4e28, f64::INFINITY].map(wait), [FAR; 3]);
        assert!(Instant::now().checked_add(FAR).is_some(), "it can be waited for");
    }
}
