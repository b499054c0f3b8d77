//! Videos in the session, without a window and without a decoder.

use std::time::{Duration, Instant};

use pentimento::base::{Rect, Verdict};
use pentimento::detect::Degradation;
use pentimento::session::{Command, DocumentState, OpenVideo, Pass, View};

use crate::session::picture::Bench;
use crate::support::fake_clip::{
    CUT, FPS, LOST, N_FRAMES, QUICK_EVERY, SEEN, STUCK_AT, WORST, color, decoded,
};
use crate::support::gate::gate;

fn video<'a>(view: &View<'a>) -> &'a OpenVideo {
    view.document().and_then(|document| document.video.as_ref()).expect("a video is shown")
}

fn shows(view: &View<'_>, frame: usize) -> bool {
    let Some(document) = view.document() else { return false };
    let Some(video) = &document.video else { return false };
    let picture = document.picture.as_ref();
    video.shown == Some(frame)
        && picture.is_some_and(|p| p.is_exact() && p.frame.upright.get(9, 9) == color(frame))
}

fn opened(name: &str) -> Bench {
    let mut bench = Bench::new(None);
    bench.open(&[name]);
    bench.until_idle();
    bench
}

/// A clip whose full pass has come to a halt.
fn stuck() -> Bench {
    let mut bench = Bench::new(None);
    bench.open(&["stuck-clip.mp4"]);
    bench.until("stuck", |view| {
        let video = view.document().and_then(|d| d.video.as_ref());
        video.is_some_and(|video| {
            video.pass == Pass::Full && video.progress == Some((STUCK_AT, N_FRAMES))
        })
    });
    bench
}

fn seek(bench: &mut Bench, frame: usize) {
    bench.session.apply(Command::Seek(frame));
    bench.until("the frame", |view| shows(view, frame));
}

#[test]
fn a_video_is_looked_at_then_examined_whole() {
    let bench = opened("clip.mp4");
    let document = bench.document("clip.mp4");
    assert_eq!(document.state, DocumentState::Done);
    assert_eq!((document.verdict, document.score), (Some(Verdict::TracesFound), Some(0.9)));
    assert!(document.thumbnail.is_some(), "for the list");
    let video = video(&bench.session.view());
    assert_eq!((video.pass, video.n_examined()), (Pass::Done, N_FRAMES));
    assert_eq!(video.tracks.iter().map(|t| t.id).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(video.tracks[0].span(), Some(SEEN));
    assert_eq!(video.tracks[0].n_full, SEEN.1 - SEEN.0 + 1, "all of the full pass");
    assert_eq!(video.cuts, [CUT]);
    assert_eq!(video.selected_track, Some(1), "the most suspicious face");
    assert!(video.report.as_ref().is_some_and(|report| !report.is_quick));
    let recent = &bench.session.view().recent;
    assert!(recent.iter().any(|path| path.ends_with("clip.mp4")), "remembered");
}

#[test]
fn the_faces_are_those_of_the_frame_shown() {
    let mut bench = opened("clip.mp4");
    let faces = |bench: &Bench| -> Vec<Option<u32>> {
        bench.document("clip.mp4").faces.iter().map(|face| face.track).collect()
    };
    seek(&mut bench, 5);
    assert_eq!(faces(&bench), [Some(2)], "the other face is not there yet");
    assert_eq!(bench.document("clip.mp4").selected_face, None);
    seek(&mut bench, WORST[0]);
    assert_eq!(faces(&bench), [Some(1), Some(2)]);
    let document = bench.document("clip.mp4");
    assert_eq!(document.selected_face, Some(0));
    let face = &document.faces[0];
    assert_eq!(face.finding.score, Some(0.97), "of this frame");
    let (map, map_from_upright) = face.map.as_ref().expect("the map of this frame");
    let at = |x, y| map.sample(map_from_upright.apply(pentimento::base::Point { x, y }));
    assert_eq!((at(124.0, 96.0), at(60.0, 96.0)), (Some(1.0), Some(0.0)));
}

#[test]
fn playing_follows_the_wall_clock_and_ends_at_the_last_frame() {
    let mut bench = opened("clip.mp4");
    let start = Instant::now();
    bench.session.apply(Command::PlayPause);
    assert!(video(&bench.session.view()).is_playing, "at once");
    bench.until("a second", |view| video(view).position.index >= 25);
    // A busy machine shows it later, none earlier; `session::video::play_tests` says how late.
    let elapsed = start.elapsed().as_secs_f64();
    assert!(elapsed >= 0.95, "25 frames at {FPS} a second took {elapsed} s");
    bench.session.apply(Command::PlayPause);
    assert!(!video(&bench.session.view()).is_playing);
    let at = video(&bench.session.view()).position.index;
    bench.until("the frame in full", |view| shows(view, at));
    std::thread::sleep(Duration::from_millis(120));
    bench.session.poll();
    assert_eq!(video(&bench.session.view()).position.index, at, "it stays");
    seek(&mut bench, N_FRAMES - 5);
    bench.session.apply(Command::PlayPause);
    bench.until("the end", |view| !video(view).is_playing);
    assert_eq!(video(&bench.session.view()).position.index, N_FRAMES - 1);
    bench.session.apply(Command::PlayPause);
    let at = video(&bench.session.view()).position.index;
    assert_eq!(at, 0, "from the beginning once more");
}

#[test]
fn speed_changes_how_fast_it_goes() {
    let mut bench = opened("clip.mp4");
    let mut time = |speed: f32, frames: usize| {
        bench.session.apply(Command::SetSpeed(speed));
        bench.session.apply(Command::Seek(0));
        bench.session.apply(Command::PlayPause);
        let start = Instant::now();
        bench.until("so far", |view| video(view).position.index >= frames);
        bench.session.apply(Command::Pause);
        start.elapsed().as_secs_f64()
    };
    let (slow, fast) = (time(0.25, 4), time(4.0, 80));
    // A busy machine shows them later, none earlier; `session::video::play_tests` says how late.
    assert!(slow >= 0.6, "4 frames at a quarter of the speed: {slow} s");
    assert!(fast >= 0.75, "80 frames four times as fast: {fast} s");
    bench.session.apply(Command::SetSpeed(99.0));
    assert_eq!(video(&bench.session.view()).speed, 4.0, "held");
}

#[test]
fn it_goes_round_and_round() {
    let mut bench = opened("clip.mp4");
    bench.session.apply(Command::SetSpeed(4.0));
    bench.session.apply(Command::SetLoopRange(Some((20, 12))));
    assert!(video(&bench.session.view()).is_looping);
    bench.session.apply(Command::PlayPause);
    let mut before = 0;
    let mut rounds = 0;
    let start = Instant::now();
    while rounds < 3 && start.elapsed() < Duration::from_secs(10) {
        bench.session.poll();
        let at = video(&bench.session.view()).position.index;
        assert!((12..=20).contains(&at), "{at}");
        rounds += usize::from(at < before);
        before = at;
        std::thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(rounds, 3, "three times round");
    assert!(video(&bench.session.view()).is_playing);
    bench.session.apply(Command::SetLoopRange(None));
    bench.session.apply(Command::Seek(N_FRAMES - 4));
    bench.until("round the whole", |view| video(view).position.index < 12);
    bench.session.apply(Command::ToggleLoop);
    bench.session.apply(Command::Seek(N_FRAMES - 4));
    bench.until("the end", |view| !video(view).is_playing);
}

#[test]
fn frames_that_come_too_late_are_counted() {
    let name = "slowest-decoding-clip.mp4";
    let mut bench = opened(name);
    assert_eq!(video(&bench.session.view()).n_dropped, 0);
    let n_before = decoded(name).len();
    bench.session.apply(Command::PlayPause);
    bench.until("the end", |view| !video(view).is_playing);
    let dropped = video(&bench.session.view()).n_dropped;
    // 160 ms a frame where 40 are due. A busy machine decodes more slowly still, and leaves out more.
    let n_decoded = decoded(name).len() - n_before;
    assert!(n_decoded < 60, "real time is kept by leaving out: {n_decoded} frames were decoded");
    assert!((15..N_FRAMES as u64).contains(&dropped), "{dropped} dropped");
    bench.session.apply(Command::PlayPause);
    assert_eq!(video(&bench.session.view()).n_dropped, 0, "counted anew");
}

/// Every first frame is too late then; who leaps from it leaps for ever.
#[test]
fn a_decoder_that_begins_slowly_is_seen_all_the_same() {
    let mut bench = opened("slow-start-slow-decoding-clip.mp4");
    bench.session.apply(Command::PlayPause);
    let seen = std::cell::RefCell::new(std::collections::BTreeSet::new());
    bench.until("the end", |view| {
        seen.borrow_mut().extend(video(view).shown);
        !video(view).is_playing
    });
    let seen = seen.into_inner();
    // How many depends on the machine; `session::video::play_tests` counts them.
    assert!(seen.range(40..).next().is_some(), "nothing was seen after the first leap: {seen:?}");
}

#[test]
fn steps_are_exact_both_ways_and_stop_at_the_ends() {
    let mut bench = opened("large-clip.mp4");
    for (steps, frame) in [(1, 1), (1, 2), (5, 7), (-1, 6), (-2, 4), (-9, 0), (-1, 0)] {
        bench.session.apply(Command::Step(steps));
        assert_eq!(video(&bench.session.view()).position.index, frame, "at once");
        bench.until("the frame", |view| shows(view, frame));
    }
    bench.session.apply(Command::Skip(1.0));
    assert_eq!(video(&bench.session.view()).position.index, 25);
    bench.session.apply(Command::Seek(usize::MAX));
    bench.until("the last", |view| shows(view, N_FRAMES - 1));
    bench.session.apply(Command::Step(1));
    assert_eq!(video(&bench.session.view()).position.index, N_FRAMES - 1);
}

#[test]
fn of_many_wishes_the_newest_is_granted_and_none_blocks() {
    let name = "gated-seek-clip.mp4";
    let mut bench = opened(name);
    // Their frames are decoded, too.
    bench.until("small pictures of the faces", |view| {
        video(view).tracks.iter().all(|track| track.thumbnail.is_some())
    });
    // From here on the decoder stands still. Whoever waited for it would wait for ever.
    gate(name).allow(0);
    let n_before = decoded(name).len();
    for frame in 0..90 {
        bench.session.apply(Command::Seek(frame));
        bench.session.poll();
        assert_eq!(video(&bench.session.view()).position.index, frame, "at once");
    }
    gate(name).open();
    bench.until("the last wish", |view| shows(view, 89));
    // Neighbors of the last wish are decoded, too. Of the others one was at the gate, and another one
    // may have been behind it.
    let others = decoded(name).split_off(n_before).into_iter().filter(|at| !(77..=95).contains(at));
    let others: Vec<usize> = others.collect();
    assert!(others.len() <= 2, "decoded for wishes that had gone by: {others:?}");
}

#[test]
fn stepping_back_is_at_once_after_a_rest() {
    let name = "step-slow-decoding-clip.mp4";
    let mut bench = opened(name);
    seek(&mut bench, 40);
    // A rest, then twelve neighbors before it and six behind it.
    bench.until("the neighbors", |_| decoded(name).contains(&46));
    let n_before = decoded(name).len();
    for frame in (35..40).rev() {
        bench.session.apply(Command::Step(-1));
        bench.until("the frame", |view| shows(view, frame));
    }
    let again = decoded(name).split_off(n_before);
    assert!(again.iter().all(|at| !(35..40).contains(at)), "decoded again: {again:?}");
}

#[test]
fn results_arrive_while_one_looks() {
    let bench = stuck();
    let view = bench.session.view();
    let document = bench.document("stuck-clip.mp4");
    assert_eq!(document.state, DocumentState::Working);
    assert_eq!(document.verdict, Some(Verdict::TracesFound), "so far");
    let video = video(&view);
    assert!(video.examined[..STUCK_AT].iter().all(|done| *done), "the full pass");
    let further = (STUCK_AT..N_FRAMES).filter(|i| video.examined[*i]).collect::<Vec<_>>();
    let quick: Vec<usize> = (STUCK_AT..N_FRAMES).step_by(QUICK_EVERY).collect();
    assert_eq!(further, quick, "the quick look");
    let track = video.track(1).expect("the forged face");
    assert_eq!(track.n_full, STUCK_AT - SEEN.0);
    assert_eq!(track.worst.first().map(|m| m.frame), Some(WORST[0]));
    assert!(track.at(50).is_some() && track.at(51).is_none());
}

#[test]
fn one_looks_round_while_it_is_examined() {
    let mut bench = stuck();
    seek(&mut bench, STUCK_AT + 1);
    assert!(bench.document("stuck-clip.mp4").faces.is_empty(), "not examined yet");
    seek(&mut bench, STUCK_AT + QUICK_EVERY);
    assert_eq!(bench.document("stuck-clip.mp4").faces.len(), 2, "of the quick look");
    bench.session.apply(Command::PlayPause);
    bench.until("it plays", |view| video(view).position.index > STUCK_AT + QUICK_EVERY + 3);
}

#[test]
fn a_stop_keeps_what_is_there_and_can_be_taken_up_again() {
    let mut bench = stuck();
    bench.session.apply(Command::Cancel);
    bench.until_idle();
    let document = bench.document("stuck-clip.mp4");
    assert_eq!(document.state, DocumentState::Cancelled);
    let before = video(&bench.session.view());
    assert_eq!(before.pass, Pass::Stopped);
    assert!(before.track(1).is_some_and(|t| t.at(50).is_some()), "the quick look stays");
    assert!(before.report.as_ref().is_some_and(|report| report.is_partial));
    let id = document.id;
    bench.session.apply(Command::ExamineAgain(id));
    bench.until("at it again", |view| video(view).pass == Pass::Full);
    let again = video(&bench.session.view());
    assert!(again.track(1).is_some_and(|t| t.at(50).is_some()), "nothing is lost meanwhile");
    bench.session.apply(Command::Cancel);
    bench.until_idle();
}

#[test]
fn a_failure_in_the_middle_says_so_and_keeps_what_is_there() {
    let bench = opened("half-broken-clip.mp4");
    let document = bench.document("half-broken-clip.mp4");
    assert_eq!(document.state, DocumentState::Failed("the engine gave up".to_owned()));
    let video = video(&bench.session.view());
    assert_eq!(video.pass, Pass::Stopped);
    assert_eq!(video.tracks.len(), 2);
    assert!(document.picture.is_some());
}

#[test]
fn a_file_that_changed_keeps_nothing_of_the_old_video() {
    let mut bench = opened("clip.mp4");
    bench.examine_changed("clip.mp4", "calm-clip.mp4");
    bench.until_idle();
    let document = bench.document("clip.mp4");
    assert_eq!(document.verdict, Some(Verdict::NoTraceFound));
    assert_eq!(video(&bench.session.view()).tracks.len(), 1);
    bench.examine_changed("clip.mp4", "a.png");
    bench.until_idle();
    let document = bench.document("clip.mp4");
    assert!(document.video.is_none() && document.faces.len() == 2, "a still now");
    bench.examine_changed("clip.mp4", "unreadable-clip.mp4");
    bench.until_idle();
    let document = bench.document("clip.mp4");
    assert_eq!(document.verdict, Some(Verdict::NotExamined));
    assert_eq!(document.reason.as_deref(), Some("this video has no picture"));
    assert!(document.picture.is_none() && document.faces.is_empty());
}

#[test]
fn moments_and_faces_are_jumped_to() {
    let mut bench = opened("clip.mp4");
    for (direction, frame) in [(1, WORST[0]), (1, WORST[1]), (1, WORST[0]), (-1, WORST[1])] {
        bench.session.apply(Command::NextMoment(direction));
        bench.until("the moment", |view| shows(view, frame));
        assert_eq!(video(&bench.session.view()).selected_track, Some(1));
    }
    bench.session.apply(Command::SelectTrack(Some(2)));
    bench.until("its worst moment", |view| shows(view, 0));
    assert_eq!(bench.document("clip.mp4").selected_face, Some(0), "the only one there");
    bench.session.apply(Command::SelectTrack(Some(1)));
    bench.until("its worst moment", |view| shows(view, WORST[0]));
    bench.session.apply(Command::SelectTrack(None));
    assert_eq!(bench.document("clip.mp4").selected_face, None);
    let mut calm = opened("calm-clip.mp4");
    calm.session.apply(Command::NextMoment(1));
    assert_eq!(video(&calm.session.view()).position.index, 0);
    let notices = &calm.session.view().notices;
    assert!(notices.iter().any(|n| n.text.contains("No moment of this video stands out:")));
}

#[test]
fn a_damaged_frame_says_so_and_the_rest_is_seen() {
    let mut bench = opened("damaged-clip.mp4");
    assert_eq!(video(&bench.session.view()).damage.len(), 1);
    bench.session.apply(Command::Seek(LOST.start + 1));
    bench.until("the reason", |view| video(view).problem.is_some());
    let now = video(&bench.session.view());
    assert_eq!(now.problem.as_deref(), Some("this frame is damaged"));
    assert_eq!(now.shown, Some(0), "the picture is still that of another frame");
    seek(&mut bench, LOST.end);
    assert_eq!(video(&bench.session.view()).problem, None);
    seek(&mut bench, LOST.start - 2);
    bench.session.apply(Command::PlayPause);
    bench.until("over the gap", |view| video(view).position.index > LOST.end);
}

#[test]
fn stills_and_regions_go_before_the_full_pass_of_a_video() {
    let mut bench = Bench::new(None);
    bench.open(&["slow-clip.mp4", "b-clip.mp4", "c.png"]);
    bench.until("all were looked at", |view| {
        let looked_at = |video: &OpenVideo| video.has_quick_look;
        view.documents.iter().filter_map(|d| d.video.as_ref()).all(looked_at)
            && view.documents.iter().filter(|d| d.video.is_some()).count() == 2
            && view.documents.iter().any(|d| d.state == DocumentState::Done)
    });
    for name in ["slow-clip.mp4", "b-clip.mp4"] {
        assert_ne!(bench.document(name).state, DocumentState::Done, "{name}");
    }
    assert_eq!(bench.document("c.png").state, DocumentState::Done);
    bench.until_idle();
    assert!(bench.session.view().documents.iter().all(|d| d.state == DocumentState::Done));
}

#[test]
fn a_region_belongs_to_its_frame() {
    let mut bench = opened("no-face-clip.mp4");
    let document = bench.document("no-face-clip.mp4");
    assert_eq!(document.verdict, Some(Verdict::NotExamined));
    assert_eq!(document.reason.as_deref(), Some("no face was found"));
    seek(&mut bench, 33);
    bench.session.apply(Command::ExamineRegion(Rect::new(10.0, 20.0, 64.0, 64.0)));
    bench.until_idle();
    let document = bench.document("no-face-clip.mp4");
    assert_eq!((document.faces.len(), document.verdict), (1, Some(Verdict::Inconclusive)));
    seek(&mut bench, 34);
    assert!(bench.document("no-face-clip.mp4").faces.is_empty(), "another frame");
    seek(&mut bench, 33);
    assert_eq!(bench.document("no-face-clip.mp4").faces.len(), 1, "there it is");
}

#[test]
fn what_is_tried_on_a_face_ends_with_its_frame() {
    let mut bench = opened("clip.mp4");
    seek(&mut bench, WORST[0]);
    bench.session.apply(Command::TryDegraded(0, Some(Degradation::Blur(1.0))));
    let trial = |view: &View<'_>| {
        let face = view.document()?.faces.first()?;
        face.robustness.trial.as_ref()?.shown.as_ref().map(|item| item.degradation)
    };
    bench.until("the trial", |view| trial(view).is_some());
    seek(&mut bench, WORST[0] + 1);
    assert!(trial(&bench.session.view()).is_none(), "another frame");
}

#[test]
fn small_pictures_come_when_asked_for_and_are_few() {
    let mut bench = opened("clip.mp4");
    bench.until("the faces", |view| video(view).tracks.iter().all(|t| t.thumbnail.is_some()));
    for frame in 0..N_FRAMES {
        bench.session.apply(Command::HoverThumbnail(frame));
    }
    bench.until("the newest", |view| video(view).thumbnails.contains_key(&(N_FRAMES - 1)));
    let video = video(&bench.session.view());
    assert!(video.thumbnails.len() < N_FRAMES / 2, "wishes of before are dropped");
    let pixels = &video.thumbnails[&(N_FRAMES - 1)];
    assert_eq!(pixels.get(0, 0), color(N_FRAMES - 1));
    assert!(pixels.width_px <= 192, "{}", pixels.width_px);
}

#[test]
fn another_document_pauses_the_video_and_it_comes_back() {
    let mut bench = Bench::new(None);
    bench.session.keep_pictures(1);
    bench.open(&["clip.mp4", "a.png"]);
    bench.until_idle();
    seek(&mut bench, 42);
    bench.session.apply(Command::PlayPause);
    bench.select("a.png");
    let clip = bench.document("clip.mp4");
    assert!(clip.video.as_ref().is_some_and(|video| !video.is_playing));
    assert!(clip.picture.is_none(), "put away");
    bench.until_idle();
    bench.select("clip.mp4");
    bench.until("the same frame", |view| shows(view, 42));
    bench.session.apply(Command::Close(bench.document("clip.mp4").id));
    assert!(bench.session.view().documents.iter().all(|d| d.video.is_none()));
}

#[test]
fn what_is_short_goes_before_a_full_pass_that_runs() {
    let mut bench = stuck();
    bench.session.apply(Command::ExamineRegion(Rect::new(10.0, 20.0, 64.0, 64.0)));
    assert!(
        bench.session.view().job.as_ref().is_some_and(|job| !job.stopping),
        "nobody asked for a stop"
    );
    bench.until("the region", |view| {
        view.document().is_some_and(|d| d.faces.iter().any(|face| face.track.is_none()))
    });
    bench.open(&["a.png"]);
    bench.until("the still", |view| {
        view.document().is_some_and(|d| d.name() == "a.png" && d.state == DocumentState::Done)
    });
    bench.select("stuck-clip.mp4");
    let is_back = |view: &View<'_>| {
        let document = view.document().expect("a document");
        let video = document.video.as_ref().expect("a video");
        document.state == DocumentState::Working
            && video.progress == Some((STUCK_AT, N_FRAMES))
            && video.track(1).is_some_and(|t| t.n_full == STUCK_AT - SEEN.0)
    };
    bench.until("at it again", is_back);
    let track = video(&bench.session.view()).track(1).expect("the forged face");
    let mut frames: Vec<usize> = track.samples.iter().map(|s| s.frame).collect();
    let n = frames.len();
    frames.dedup();
    assert_eq!(frames.len(), n, "no frame twice");
    assert!(frames.is_sorted() && frames.contains(&50), "and none lost");
}
