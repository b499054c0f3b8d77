//! Tests of playing clips, without threads.

use std::sync::Arc;

use super::playback::Playback;
use super::player_state::{PlayerEvents, PlayerRequest};
use crate::base::{Face, FaceOrigin, Moment, Rect, Sample, Verdict};
use crate::session::document::video::FaceTrack;
use crate::session::test_support::with_clip;
use crate::session::workspace::Workspace;

fn playback() -> Playback {
    Playback::new(Arc::new(|| {}))
}

/// The newest request, in short.
fn newest(playback: &Playback) -> (&'static str, usize, usize) {
    match playback.requests.last() {
        Some(PlayerRequest::Show { frame, .. }) => ("show", *frame, *frame),
        Some(PlayerRequest::Play { from, to, .. }) => ("play", *from, *to),
        Some(PlayerRequest::Rest) | None => ("rest", 0, 0),
    }
}

fn position(ws: &Workspace) -> (usize, bool) {
    let video = ws.documents.active().unwrap().video.as_ref().unwrap();
    (video.position.index, video.is_playing)
}

/// The player has played to the end.
fn end(playback: &mut Playback, ws: &mut Workspace) {
    let ended = Some(playback.request_number);
    playback.take_in(ws, PlayerEvents { ended, ..PlayerEvents::default() });
}

#[test]
fn a_loop_begins_anew_at_its_end_and_playing_once_stops_there() {
    let (mut ws, _) = with_clip();
    let mut playback = playback();
    playback.set_loop_range(&mut ws, Some((40, 10)));
    playback.play_pause(&mut ws);
    assert_eq!(newest(&playback), ("play", 10, 40), "from before the range to its begin");
    end(&mut playback, &mut ws);
    assert_eq!(newest(&playback), ("play", 10, 40), "round and round");
    playback.toggle_loop(&mut ws);
    assert_eq!(newest(&playback), ("play", 10, 99), "to the end");
    end(&mut playback, &mut ws);
    assert!(!position(&ws).1, "once");
    assert_eq!(newest(&playback).0, "show");
}

#[test]
fn the_playhead_moves_at_once_and_stays_in_the_clip() {
    let (mut ws, _) = with_clip();
    let mut playback = playback();
    playback.go_to(&mut ws, 1000);
    assert_eq!((position(&ws), newest(&playback)), ((99, false), ("show", 99, 99)));
    playback.step(&mut ws, -3);
    playback.skip(&mut ws, -1.0);
    assert_eq!(position(&ws).0, 71);
    playback.play_pause(&mut ws);
    assert_eq!((position(&ws), newest(&playback)), ((71, true), ("play", 71, 99)));
    playback.set_speed(&mut ws, 100.0);
    assert!(matches!(playback.requests.last(), Some(PlayerRequest::Play { speed: 4.0, .. })));
    playback.pause(&mut ws);
    assert_eq!(newest(&playback), ("show", 71, 71));
}

#[test]
fn a_problem_of_an_earlier_request_is_not_told() {
    let (mut ws, _) = with_clip();
    let mut playback = playback();
    playback.request_number = 7;
    let problem = |number| PlayerEvents {
        problem: Some((number, "damaged".to_owned())),
        ..PlayerEvents::default()
    };
    let shown_problem =
        |ws: &Workspace| ws.documents.active().unwrap().video.as_ref().unwrap().problem.clone();
    playback.take_in(&mut ws, problem(6));
    assert_eq!(shown_problem(&ws), None);
    playback.take_in(&mut ws, problem(7));
    assert_eq!(shown_problem(&ws).as_deref(), Some("damaged"));
}

fn track(id: u32, frames: &[usize]) -> FaceTrack {
    let sample = |frame: &usize| Sample {
        frame: *frame,
        face: Face {
            box_px: Rect::new(1.0, 1.0, 9.0, 9.0),
            landmarks: None,
            confidence: 1.0,
            origin: FaceOrigin::Found,
        },
        score: Some(0.9),
        verdict: Verdict::TracesFound,
        reason: None,
        caveats: Vec::new(),
        region: None,
        map: None,
    };
    let moment = |frame: &usize| Moment { frame: *frame, score: 0.9, region: None };
    FaceTrack {
        id,
        samples: frames.iter().map(sample).collect(),
        n_full: 0,
        score: Some(0.9),
        verdict: Verdict::TracesFound,
        reason: None,
        worst: frames.iter().map(moment).collect(),
        thumbnail: None,
        thumbnail_frame: None,
    }
}

#[test]
fn moments_are_gone_through_in_order_and_around_the_ends() {
    let (mut ws, id) = with_clip();
    let mut playback = playback();
    playback.next_moment(&mut ws, 1);
    assert!(ws.notices.list()[0].text.contains("No moment"), "none is there");
    let video = ws.documents.get_mut(id).unwrap().video_mut().unwrap();
    video.set_tracks(vec![track(1, &[10, 60]), track(2, &[30])]);
    let mut seen = Vec::new();
    for direction in [1, 1, 1, 1, -1] {
        playback.next_moment(&mut ws, direction);
        let video = ws.documents.get(id).unwrap().video.as_ref().unwrap();
        seen.push((video.position.index, video.selected_track));
    }
    let expected = [(10, 1), (30, 2), (60, 1), (10, 1), (60, 1)];
    assert_eq!(seen, expected.map(|(frame, track)| (frame, Some(track))));
    playback.select_track(&mut ws, Some(2));
    assert_eq!(position(&ws), (30, false), "its most suspicious moment");
}
