//! Tests of playing by a clock that moves only when the player waits or decodes.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;

use super::clock::{Clock, FakeTime};
use super::frames::Frames;
use super::play::Playing;
use super::player_state::{PlayedClip, PlayerRequest, PlayerState};
use crate::session::document::id::DocumentId;
use crate::session::test_support::{TestClip, TestDecoder};

const MS: Duration = Duration::from_millis(1);

/// What was seen of a clip that was played to its end, by milliseconds since the start.
#[derive(Default)]
struct PlayedFrames {
    frames: Vec<(usize, u128)>,
    n_dropped: u64,
    ended: Option<u128>,
}

/// Plays frames of the test clip, which has 25 a second. A decoder takes `start` before the first
/// frame of a stream and `frame` for each.
fn play(from: usize, to: usize, speed: f32, [start, frame]: [Duration; 2]) -> PlayedFrames {
    let time = FakeTime::new();
    let begun = time.now();
    let seen = Arc::new(Mutex::new(PlayedFrames::default()));
    let shared = Arc::new(OnceLock::<Arc<PlayerState>>::new());
    let wake = {
        let (seen, shared, time) = (Arc::clone(&seen), Arc::clone(&shared), time.clone());
        Arc::new(move || {
            let events = shared.get().and_then(|shared| shared.take_events()).unwrap();
            let at = time.now().duration_since(begun).as_millis();
            let mut seen = seen.lock();
            seen.frames.extend(events.shown.map(|shown| (shown.frame, at)));
            seen.n_dropped += events.n_dropped;
            seen.ended = seen.ended.or_else(|| events.ended.map(|_| at));
        })
    };
    let state = Arc::new(PlayerState::new(Clock::Fake(time.clone()), wake));
    shared.set(Arc::clone(&state)).ok();
    let number = state.request(PlayerRequest::Rest);
    let clip = Arc::new(TestClip::new(Some(TestDecoder { time, start, frame })));
    let played = PlayedClip { document: DocumentId(1), clip };
    let mut frames = Frames::new(1 << 20);
    let mut playing = Playing { shared: &state, frames: &mut frames, played, to, speed, number };
    playing.play(from).unwrap();
    std::mem::take(&mut *seen.lock())
}

#[test]
fn frames_are_shown_when_they_are_due_at_every_speed() {
    for (speed, ms_a_frame) in [(0.25, 160), (1.0, 40), (4.0, 10)] {
        let seen = play(0, 24, speed, [Duration::ZERO; 2]);
        let due = (0..25).map(|frame| (frame, frame as u128 * ms_a_frame));
        assert_eq!(seen.frames, due.collect::<Vec<_>>(), "at speed {speed}");
        assert_eq!((seen.n_dropped, seen.ended), (0, Some(25 * ms_a_frame)));
    }
}

#[test]
fn a_decoder_that_is_fast_enough_delays_nothing_but_the_start() {
    let seen = play(50, 99, 1.0, [300 * MS, 30 * MS]);
    let due = (50..100).map(|frame| (frame, 330 + (frame as u128 - 50) * 40));
    assert_eq!(seen.frames, due.collect::<Vec<_>>());
    assert_eq!((seen.n_dropped, seen.ended), (0, Some(330 + 50 * 40)));
}

#[test]
fn real_time_is_kept_by_leaving_out_frames() {
    // Four times as long as there is time: all frames would take 16 s. Behind the last key frame, ten
    // from the end, there is none to leap to.
    let seen = play(0, 99, 1.0, [Duration::ZERO, 160 * MS]);
    let ended = seen.ended.unwrap();
    assert!((4000..=4000 + 10 * 160).contains(&ended), "4 s of film took {ended} ms");
    assert!((15..100).contains(&seen.n_dropped), "{} dropped", seen.n_dropped);
    for pair in seen.frames.windows(2) {
        assert!(pair[0].0 < pair[1].0, "{pair:?} goes on");
        // A quarter of a second late, the frame that shows it, and the first one behind the leap.
        assert!(pair[1].1 - pair[0].1 <= 250 + 2 * 160, "{pair:?}: something is seen all the time");
    }
}

/// Every first frame is too late then; who leaps from it leaps for ever.
#[test]
fn a_decoder_that_begins_slowly_is_seen_all_the_same() {
    let seen = play(0, 99, 1.0, [600 * MS, 60 * MS]);
    let later = seen.frames.iter().filter(|(frame, _)| *frame >= 40).count();
    assert!(later >= 10, "after the first leap {later} frames were seen: {:?}", seen.frames);
    assert!(seen.ended.is_some());
}
