//! The player thread: shows the frame asked for, or plays by a wall clock.
//!
//! * **In**: a [`Wish`], which replaces the one before. **Out**: [`News`], of which only the newest
//!   is kept; a call of `wake` for each.
//! * **Not here**: what a person sees of it (`video`), decoding (`clip`).
//!
//! A frame that was asked for comes twice where the video is large: small at once, then in full.
//! Frames that come too late are dropped and counted.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::base::{Cancel, Frame, Orientation, RgbImage, TaskCtx};
use crate::session::examine::prepare;
use crate::session::examine::worker::Wake;
use crate::session::video::frames::Frames;
use crate::session::worker::farewell::farewell;
use crate::session::{Clip, DocumentId, ExamineError, Picture};

/// Longer side of frames while they move.
pub(in crate::session) const MOVING_PX: u32 = 1280;
/// Bytes of decoded frames kept round the position.
const KEPT_BYTES: usize = 192 << 20;
/// Rest before the neighbors of a frame are decoded too.
const REST: Duration = Duration::from_millis(150);
/// Frames decoded before and after the one that is looked at.
const NEIGHBORS: (usize, usize) = (12, 6);
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

/// A clip and whose it is.
#[derive(Debug, Clone)]
pub(in crate::session) struct Reel {
    pub(in crate::session) document: DocumentId,
    pub(in crate::session) clip: Arc<dyn Clip>,
}

/// What is wanted.
#[derive(Debug, Clone)]
pub(in crate::session) enum Wish {
    /// Nothing.
    Rest,
    /// This frame, exactly.
    Show { reel: Reel, frame: usize },
    /// To play from here to there, both included.
    Play { reel: Reel, from: usize, to: usize, speed: f32 },
}

/// A frame to be seen.
pub(in crate::session) struct Shown {
    pub(in crate::session) document: DocumentId,
    pub(in crate::session) frame: usize,
    pub(in crate::session) picture: Arc<Picture>,
    /// Part of playing, not asked for by number.
    pub(in crate::session) is_moving: bool,
}

/// What happened since it was last asked for.
#[derive(Default)]
pub(in crate::session) struct News {
    /// The newest frame.
    pub(in crate::session) shown: Option<Shown>,
    /// Frames not shown because they came too late.
    pub(in crate::session) n_dropped: u64,
    /// The wish of this number was played to its end.
    pub(in crate::session) ended: Option<u64>,
    /// Why the wish of this number cannot be granted.
    pub(in crate::session) problem: Option<(u64, String)>,
}

struct Desk {
    wish: Wish,
    /// Counts wishes.
    number: u64,
    /// Stops what is being decoded for the wish.
    cancel: Cancel,
    /// A wish for another frame lets the decoding going on finish: something is seen while one
    /// scrubs.
    is_preview: bool,
    is_closing: bool,
    news: Option<News>,
}

struct Shared {
    desk: Mutex<Desk>,
    changed: Condvar,
    wake: Wake,
}

/// The thread and the way to it.
pub(in crate::session) struct Player {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Player {
    pub(in crate::session) fn start(wake: Wake) -> std::io::Result<Self> {
        let desk = Desk {
            wish: Wish::Rest,
            number: 0,
            cancel: Cancel::default(),
            is_preview: false,
            is_closing: false,
            news: None,
        };
        let shared = Arc::new(Shared { desk: Mutex::new(desk), changed: Condvar::new(), wake });
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("player".into()).spawn(move || {
            run(&theirs);
        })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Replaces the wish; its number.
    pub(in crate::session) fn wish(&self, wish: Wish) -> u64 {
        let mut desk = self.shared.lock();
        let goes_on = desk.is_preview
            && matches!((&desk.wish, &wish), (Wish::Show { reel: old, .. }, Wish::Show { reel, .. })
                if old.document == reel.document);
        if !goes_on {
            desk.cancel.cancel();
        }
        desk.wish = wish;
        desk.number += 1;
        let number = desk.number;
        drop(desk);
        self.shared.changed.notify_one();
        number
    }

    pub(in crate::session) fn take(&self) -> Option<News> {
        self.shared.lock().news.take()
    }
}

impl Drop for Player {
    /// A decoder that does not hear in time is left behind: the program ends all the same.
    fn drop(&mut self) {
        let mut desk = self.shared.lock();
        desk.is_closing = true;
        desk.cancel.cancel();
        drop(desk);
        self.shared.changed.notify_one();
        farewell(self.thread.take(), "player");
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, change: impl FnOnce(&mut News)) {
        change(self.lock().news.get_or_insert_default());
        (self.wake)();
    }

    /// Puts a frame out. A moving one that nobody took in time was dropped.
    fn show(&self, shown: Shown) {
        self.tell(|news| {
            if shown.is_moving && news.shown.as_ref().is_some_and(|old| old.is_moving) {
                news.n_dropped += 1;
            }
            news.shown = Some(shown);
        });
    }

    fn is_superseded(&self, number: u64) -> bool {
        let desk = self.lock();
        desk.number != number || desk.is_closing
    }

    /// Waits until then; false when another wish came before.
    fn wait_until(&self, then: Instant, number: u64) -> bool {
        let mut desk = self.lock();
        loop {
            if desk.number != number || desk.is_closing {
                return false;
            }
            let left = then.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            let waited = self.changed.wait_timeout(desk, left);
            desk = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The stop switch for the next decoding; thrown already when another wish has come.
    fn begin(&self, number: u64, is_preview: bool) -> Cancel {
        let mut desk = self.lock();
        desk.cancel = Cancel::default();
        desk.is_preview = is_preview;
        if desk.is_closing || desk.number != number && !is_preview {
            desk.cancel.cancel();
        }
        desk.cancel.clone()
    }
}

fn run(shared: &Shared) {
    let mut frames = Frames::new(KEPT_BYTES);
    let mut last = None;
    let mut granted = 0;
    loop {
        let mut desk = shared.lock();
        while desk.number == granted && !desk.is_closing {
            desk = shared.changed.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
        if desk.is_closing {
            return;
        }
        let (wish, number) = (desk.wish.clone(), desk.number);
        drop(desk);
        granted = number;
        let document = match &wish {
            Wish::Show { reel, .. } | Wish::Play { reel, .. } => Some(reel.document),
            Wish::Rest => None,
        };
        if let Some(left) = last.filter(|left| Some(*left) != document) {
            frames.forget(left);
        }
        last = document;
        let worked = catch_unwind(AssertUnwindSafe(|| match wish {
            Wish::Rest => Ok(()),
            Wish::Show { reel, frame } => show(shared, &mut frames, &reel, frame, number),
            Wish::Play { reel, from, to, speed } => {
                let mut reel = Playing { shared, frames: &mut frames, reel, to, speed, number };
                reel.play(from)
            }
        }));
        let crashed = "the player crashed; this is a fault of the program".to_owned();
        match worked.unwrap_or(Err(ExamineError::Failed(crashed))) {
            Ok(()) | Err(ExamineError::Cancelled(_)) => {}
            Err(e) => shared.tell(|news| news.problem = Some((number, e.to_string()))),
        }
    }
}

/// A picture as it stands for a frame of the clip, whatever its own size.
fn picture(clip: &dyn Clip, image: RgbImage) -> Result<Arc<Picture>, ExamineError> {
    let info = clip.info();
    let frame = Frame::new(image, Orientation::UPRIGHT);
    let full_px = [info.width_px, info.height_px];
    Ok(prepare::picture(frame, Some(full_px), &Cancel::default())?)
}

fn show(
    shared: &Shared,
    frames: &mut Frames,
    reel: &Reel,
    frame: usize,
    number: u64,
) -> Result<(), ExamineError> {
    let key = (reel.document, frame);
    let tell = |picture: &Arc<Picture>| {
        let picture = Arc::clone(picture);
        shared.show(Shown { document: reel.document, frame, picture, is_moving: false });
    };
    let mut best = frames.get(key);
    if let Some(kept) = &best {
        tell(kept);
    }
    // A small video is whole at the first go.
    for max_side_px in [Some(MOVING_PX), None] {
        let is_preview = max_side_px.is_some();
        let is_known = best.as_ref().is_some_and(|picture| is_preview || picture.is_exact());
        if is_known {
            continue;
        }
        let ctx = TaskCtx { cancel: shared.begin(number, is_preview), on_progress: &|_| {} };
        let image = reel.clip.frame_at(frame, max_side_px, &ctx)?;
        let picture = picture(reel.clip.as_ref(), image)?;
        frames.put(key, &picture);
        tell(&picture);
        best = Some(picture);
        if shared.is_superseded(number) {
            return Ok(());
        }
    }
    if shared.wait_until(Instant::now() + REST, number) {
        // What fails here was not asked for.
        fetch_neighbors(shared, frames, reel, frame, number).ok();
    }
    Ok(())
}

/// Decodes what lies round a frame, so that stepping is at once.
fn fetch_neighbors(
    shared: &Shared,
    frames: &mut Frames,
    reel: &Reel,
    frame: usize,
    number: u64,
) -> Result<(), ExamineError> {
    let last = reel.clip.frames().len().saturating_sub(1);
    let (first, last) = (frame.saturating_sub(NEIGHBORS.0), (frame + NEIGHBORS.1).min(last));
    let is_missing = |frames: &Frames, at| !frames.contains((reel.document, at));
    let Some(from) = (first..=last).find(|at| is_missing(frames, *at)) else { return Ok(()) };
    let Some(to) = (from..=last).rev().find(|at| is_missing(frames, *at)) else { return Ok(()) };
    let ctx = TaskCtx { cancel: shared.begin(number, false), on_progress: &|_| {} };
    let mut stream = reel.clip.play(from, 1, Some(MOVING_PX))?;
    while let Some((time, image)) = stream.next(&ctx)? {
        if time.index > to || shared.is_superseded(number) {
            break;
        }
        if is_missing(frames, time.index) {
            frames.put((reel.document, time.index), &picture(reel.clip.as_ref(), image)?);
        }
    }
    Ok(())
}

/// One playing, until its end or another wish.
struct Playing<'a> {
    shared: &'a Shared,
    frames: &'a mut Frames,
    reel: Reel,
    to: usize,
    speed: f32,
    number: u64,
}

/// Seconds that a file may have made up.
fn wait(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(FAR).min(FAR)
}

/// How a stream ended.
enum Outcome {
    Superseded,
    Ended,
    /// Too late: go on from this frame.
    Leap(usize),
}

impl Playing<'_> {
    fn play(&mut self, from: usize) -> Result<(), ExamineError> {
        let mut from = from;
        let mut clock = None;
        loop {
            match self.stream(from, &mut clock)? {
                Outcome::Superseded => return Ok(()),
                Outcome::Leap(to) => from = to,
                Outcome::Ended => {
                    let number = self.number;
                    self.shared.tell(|news| news.ended = Some(number));
                    return Ok(());
                }
            }
        }
    }

    /// When a frame is due, by a clock that began at the first frame.
    fn due(&self, clock: (Instant, f64), frame: usize) -> Instant {
        let clip = &self.reel.clip;
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
    ) -> Result<Outcome, ExamineError> {
        let clip = Arc::clone(&self.reel.clip);
        let every = (clip.info().fps * f64::from(self.speed) / MAX_FPS).floor().max(1.0) as usize;
        let ctx = TaskCtx { cancel: self.shared.begin(self.number, false), on_progress: &|_| {} };
        let mut stream = clip.play(from, every, Some(MOVING_PX))?;
        let mut last_shown = None::<Instant>;
        let mut last_frame = None;
        while let Some((time, image)) = stream.next(&ctx)? {
            if self.shared.is_superseded(self.number) {
                return Ok(Outcome::Superseded);
            }
            if time.index > self.to {
                break;
            }
            let started = *clock.get_or_insert_with(|| (Instant::now(), time.t_s));
            last_frame = Some(time.index);
            let late = self.due(started, time.index).elapsed();
            // A decoder that begins slowly would be late with every first frame, and nothing be seen.
            let has_shown = last_shown.is_some();
            if late >= LEAP_FROM
                && has_shown
                && let Some(leap) = self.leap(started, time.index)
            {
                let skipped = (leap - time.index) / every;
                self.shared.tell(|news| news.n_dropped += skipped as u64);
                return Ok(Outcome::Leap(leap));
            }
            if late >= if has_shown { SLIP_FROM } else { LEAP_FROM } {
                *clock = Some((Instant::now(), time.t_s));
            }
            let is_over = self.due(started, time.index + every) <= Instant::now();
            if is_over && last_shown.is_some_and(|at| at.elapsed() < MAX_STILL) {
                self.shared.tell(|news| news.n_dropped += 1);
                continue;
            }
            let picture = picture(clip.as_ref(), image)?;
            self.frames.put((self.reel.document, time.index), &picture);
            if !self.shared.wait_until(self.due(started, time.index), self.number) {
                return Ok(Outcome::Superseded);
            }
            last_shown = Some(Instant::now());
            let document = self.reel.document;
            self.shared.show(Shown { document, frame: time.index, picture, is_moving: true });
        }
        if last_frame.is_none() {
            let what = "no frame could be decoded from here on".to_owned();
            return Err(ExamineError::Unreadable(what));
        }
        // The last frame stays as long as it lasts.
        if let (Some(started), Some(frame)) = (*clock, last_frame)
            && !self.shared.wait_until(self.due(started, frame + 1), self.number)
        {
            return Ok(Outcome::Superseded);
        }
        Ok(Outcome::Ended)
    }

    /// The last key frame between a frame and the one that should be shown now.
    fn leap(&self, started: (Instant, f64), frame: usize) -> Option<usize> {
        let now_s = started.1 + started.0.elapsed().as_secs_f64() * f64::from(self.speed);
        let frames = self.reel.clip.frames();
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
