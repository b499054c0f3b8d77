//! Tracks while they grow: the quick look's samples give way to those of the full pass.
//!
//! Both passes number faces on their own. A track of the quick look is taken for one of the full
//! pass when both have a face at the same place of the same frame.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use super::video::FaceTrack;
use crate::base::{Damage, FrameTime, Sample, Track, Verdict};
use crate::bundle::Thresholds;
use crate::pipeline::video::{TrackAggregate, aggregate_track};

/// Overlap, as a share of the union, from which on two boxes are of the same face.
const SAME_FACE_IOU: f32 = 0.4;

/// Takes new samples of a pass in; the tracks that changed. `selected` follows a track that gets
/// another number.
pub(super) fn add(
    tracks: &mut Vec<FaceTrack>,
    selected: &mut Option<u32>,
    is_quick: bool,
    new: BTreeMap<u32, Vec<Sample>>,
) -> Vec<u32> {
    let mut changed = Vec::new();
    for (id, samples) in new {
        if samples.is_empty() {
            continue;
        }
        let at = find_or_make(tracks, selected, is_quick, id, &samples);
        let track = &mut tracks[at];
        if is_quick {
            track.samples.extend(samples);
            track.samples.sort_by_key(|s| s.frame);
        } else {
            put_full(track, samples);
        }
        changed.push(id);
    }
    tracks.sort_by_key(|track| track.id);
    changed
}

/// Drops what only the quick look saw up to here: the full pass was there and saw otherwise.
pub(super) fn pass_over(tracks: &mut Vec<FaceTrack>, frame: usize) -> bool {
    let mut changed = false;
    for track in tracks.iter_mut() {
        let full = track.n_full;
        let stale = track.samples[full..].iter().take_while(|s| s.frame <= frame).count();
        track.samples.drain(full..full + stale);
        changed |= stale > 0;
    }
    let before = tracks.len();
    tracks.retain(|track| !track.samples.is_empty());
    changed || tracks.len() != before
}

/// Marks all samples as those of the quick pass, so that a new full pass replaces them.
pub(super) fn make_stale(tracks: &mut [FaceTrack]) {
    for track in tracks {
        track.n_full = 0;
    }
}

/// The tracks of a report; small pictures are kept where the same face had one.
pub(super) fn from_report(
    report: &[Track],
    old: &[FaceTrack],
    selected: &mut Option<u32>,
    is_quick: bool,
) -> Vec<FaceTrack> {
    let was_selected = selected.take();
    let by_id: BTreeMap<u32, &FaceTrack> = old.iter().map(|track| (track.id, track)).collect();
    let by_frame = LazyCell::new(|| by_frame(old));
    let new = report.iter().map(|track| {
        let namesake = by_id.get(&track.id).copied();
        let twin = namesake
            .filter(|other| is_same_face(other, &track.samples))
            .or_else(|| twin(&by_frame, &track.samples));
        if twin.is_some_and(|twin| Some(twin.id) == was_selected) {
            *selected = Some(track.id);
        }
        FaceTrack {
            id: track.id,
            n_full: if is_quick { 0 } else { track.samples.len() },
            samples: track.samples.clone(),
            score: track.score,
            verdict: track.verdict,
            reason: track.reason.clone(),
            worst: track.worst.clone(),
            thumbnail: twin.and_then(|twin| twin.thumbnail.clone()),
            thumbnail_frame: twin.and_then(|twin| twin.thumbnail_frame),
        }
    });
    new.collect()
}

/// By frame: its samples, each with its track.
type ByFrame<'a> = BTreeMap<usize, Vec<(&'a FaceTrack, &'a Sample)>>;

fn by_frame(tracks: &[FaceTrack]) -> ByFrame<'_> {
    let mut by_frame = ByFrame::new();
    for track in tracks {
        for sample in &track.samples {
            by_frame.entry(sample.frame).or_default().push((track, sample));
        }
    }
    by_frame
}

/// The first track that has a face at the place of one of these samples.
fn twin<'a>(by_frame: &ByFrame<'a>, samples: &[Sample]) -> Option<&'a FaceTrack> {
    samples.iter().find_map(|new| {
        let here = by_frame.get(&new.frame)?;
        let same = here.iter().find(|(_, old)| is_same_place(old, new));
        same.map(|(track, _)| *track)
    })
}

fn find_or_make(
    tracks: &mut Vec<FaceTrack>,
    selected: &mut Option<u32>,
    is_quick: bool,
    id: u32,
    samples: &[Sample],
) -> usize {
    let known = |track: &FaceTrack| track.id == id && (is_quick || track.n_full > 0);
    let own = tracks.iter().position(known);
    if is_quick {
        return own.unwrap_or_else(|| push(tracks, id));
    }
    // A track that only the quick look knows may turn out to be this one.
    let twin = tracks.iter().position(|t| t.n_full == 0 && is_same_face(t, samples));
    match (own, twin) {
        (Some(own), Some(twin)) => {
            let quick = tracks.remove(twin);
            follow(selected, quick.id, id);
            let own = if twin < own { own - 1 } else { own };
            let target = &mut tracks[own];
            let frontier = target.samples.last().map_or(0, |s| s.frame);
            target.samples.extend(quick.samples.into_iter().filter(|s| s.frame > frontier));
            target.samples[target.n_full..].sort_by_key(|s| s.frame);
            target.thumbnail = target.thumbnail.take().or(quick.thumbnail);
            own
        }
        (Some(own), None) => own,
        (None, Some(twin)) => {
            make_room(tracks, selected, id, twin);
            follow(selected, tracks[twin].id, id);
            tracks[twin].id = id;
            twin
        }
        (None, None) => {
            make_room(tracks, selected, id, usize::MAX);
            push(tracks, id)
        }
    }
}

/// Another track of this number, known from the quick look alone, gets a free one.
fn make_room(tracks: &mut [FaceTrack], selected: &mut Option<u32>, id: u32, but: usize) {
    let free = tracks.iter().map(|track| track.id).max().unwrap_or(0).max(id) + 1;
    let other = tracks.iter_mut().enumerate().find(|(i, track)| *i != but && track.id == id);
    if let Some((_, other)) = other {
        follow(selected, id, free);
        other.id = free;
    }
}

fn follow(selected: &mut Option<u32>, from: u32, to: u32) {
    if *selected == Some(from) {
        *selected = Some(to);
    }
}

fn push(tracks: &mut Vec<FaceTrack>, id: u32) -> usize {
    tracks.push(FaceTrack {
        id,
        samples: Vec::new(),
        n_full: 0,
        score: None,
        verdict: Verdict::NotExamined,
        reason: None,
        worst: Vec::new(),
        thumbnail: None,
        thumbnail_frame: None,
    });
    tracks.len() - 1
}

/// Samples of the full pass go before those of the quick look, which they replace as far as they
/// reach.
fn put_full(track: &mut FaceTrack, new: Vec<Sample>) {
    let rest = track.samples.split_off(track.n_full);
    track.samples.extend(new);
    track.n_full = track.samples.len();
    let frontier = track.samples.last().map_or(0, |s| s.frame);
    track.samples.extend(rest.into_iter().filter(|s| s.frame > frontier));
}

fn is_same_face(track: &FaceTrack, samples: &[Sample]) -> bool {
    samples.iter().any(|new| track.at(new.frame).is_some_and(|old| is_same_place(old, new)))
}

fn is_same_place(a: &Sample, b: &Sample) -> bool {
    #[cfg(test)]
    tests::N_COMPARED.set(tests::N_COMPARED.get() + 1);
    a.face.box_px.iou(&b.face.box_px) >= SAME_FACE_IOU
}

/// Score, verdict and moments of a track from the samples so far.
pub(super) fn settle(
    track: &mut FaceTrack,
    (damage, frames): (&[Damage], &[FrameTime]),
    thresholds: Option<&Thresholds>,
) {
    // A model without thresholds says nothing definite.
    let none = Thresholds {
        traces_found: f32::INFINITY,
        no_trace_found: f32::NEG_INFINITY,
        false_positive_rate: 1.0,
        miss_rate: 1.0,
        map: 0.5,
    };
    let TrackAggregate { score, verdict, reason, worst } =
        aggregate_track(&mut track.samples, damage, frames, thresholds.unwrap_or(&none));
    (track.score, track.verdict, track.reason, track.worst) = (score, verdict, reason, worst);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Face, FaceOrigin, Rect};

    thread_local! {
        /// Pairs of samples that were compared on this thread.
        pub(super) static N_COMPARED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }

    fn sample(frame: usize, x: f32, score: f32) -> Sample {
        Sample {
            frame,
            face: Face {
                box_px: Rect::new(x, 0.0, 10.0, 10.0),
                landmarks: None,
                confidence: 1.0,
                origin: FaceOrigin::Found,
            },
            score: Some(score),
            verdict: Verdict::Inconclusive,
            reason: None,
            caveats: Vec::new(),
            region: None,
            map: None,
        }
    }

    fn frames_of(track: &FaceTrack) -> Vec<usize> {
        track.samples.iter().map(|s| s.frame).collect()
    }

    #[test]
    fn the_full_pass_replaces_the_quick_look_as_far_as_it_is() {
        let (mut tracks, mut selected) = (Vec::new(), Some(1));
        let quick = |x| vec![sample(0, x, 0.5), sample(10, x, 0.5), sample(20, x, 0.5)];
        // The full pass meets the face at 50 first, so it numbers the other way round.
        add(&mut tracks, &mut selected, true, BTreeMap::from([(1, quick(0.0)), (2, quick(50.0))]));
        let full = |x| (0..12).map(|i| sample(i, x, 0.9)).collect::<Vec<_>>();
        add(&mut tracks, &mut selected, false, BTreeMap::from([(1, full(51.0))]));
        assert_eq!(tracks.iter().map(|t| t.id).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(selected, Some(3), "the selection follows its face");
        let mut expected: Vec<usize> = (0..12).collect();
        expected.push(20);
        assert_eq!(frames_of(&tracks[0]), expected);
        assert_eq!(tracks[0].n_full, 12);
        add(&mut tracks, &mut selected, false, BTreeMap::from([(2, full(1.0))]));
        assert_eq!(tracks.iter().map(|t| t.id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(selected, Some(2));
        assert_eq!(frames_of(&tracks[1]), expected);
    }

    fn track(id: u32, samples: Vec<Sample>) -> Track {
        let verdict = Verdict::Inconclusive;
        Track { id, samples, score: Some(0.5), verdict, reason: None, worst: Vec::new() }
    }

    #[test]
    fn a_report_renumbers_faces_and_the_selection_follows() {
        let (mut old, mut selected) = (Vec::new(), Some(1));
        let face = |x| vec![sample(0, x, 0.5), sample(10, x, 0.5)];
        add(&mut old, &mut None, true, BTreeMap::from([(1, face(0.0)), (2, face(50.0))]));
        let report = [track(1, face(50.0)), track(2, face(1.0)), track(3, face(90.0))];
        let new = from_report(&report, &old, &mut selected, false);
        assert_eq!(selected, Some(2), "where it was");
        assert_eq!(
            new.iter().map(|t| (t.id, t.n_full)).collect::<Vec<_>>(),
            [(1, 2), (2, 2), (3, 2)]
        );
    }

    /// Each with every other would be 10,000 times 10,000 times the samples.
    #[test]
    fn of_many_tracks_only_those_in_the_same_frames_are_compared() {
        let face = |id: u32| (0..4).map(|i| sample(id as usize * 4 + i, 0.0, 0.5)).collect();
        let n = 20_000;
        let (mut old, mut selected) = (Vec::new(), Some(n / 2));
        old.extend((0..n).map(|id| {
            let mut tracks = Vec::new();
            let at = push(&mut tracks, id);
            tracks[at].samples = face(id);
            tracks.remove(at)
        }));
        let report: Vec<Track> = (0..n).map(|id| track(id + 1, face(id))).collect();
        N_COMPARED.set(0);
        let new = from_report(&report, &old, &mut selected, false);
        assert_eq!((new.len(), selected), (n as usize, Some(n / 2 + 1)));
        assert!(N_COMPARED.get() <= 4 * n as usize, "{} samples", N_COMPARED.get());
    }

    #[test]
    fn what_the_full_pass_did_not_find_again_goes() {
        let (mut tracks, mut selected) = (Vec::new(), None);
        let quick = vec![sample(0, 0.0, 0.5), sample(10, 0.0, 0.5)];
        add(&mut tracks, &mut selected, true, BTreeMap::from([(1, quick)]));
        assert!(pass_over(&mut tracks, 4), "one sample");
        assert_eq!(frames_of(&tracks[0]), [10]);
        assert!(!pass_over(&mut tracks, 9), "nothing new");
        assert!(pass_over(&mut tracks, 10) && tracks.is_empty(), "the whole track");
    }

    fn frames(n: usize) -> Vec<FrameTime> {
        let time = |index: usize| FrameTime {
            index,
            packet: index,
            pts: index as i64,
            t_s: index as f64 / 25.0,
            is_key: index == 0,
        };
        (0..n).map(time).collect()
    }

    #[test]
    fn damage_weakens_the_verdict_before_the_report_does() {
        let thresholds = Thresholds {
            traces_found: 0.9,
            no_trace_found: 0.2,
            false_positive_rate: 0.02,
            miss_rate: 0.1,
            map: 0.5,
        };
        let (mut tracks, mut selected) = (Vec::new(), None);
        let samples =
            (0..100).map(|i| Sample { verdict: Verdict::NoTraceFound, ..sample(i, 0.0, 0.05) });
        add(&mut tracks, &mut selected, false, BTreeMap::from([(1, samples.collect())]));
        settle(&mut tracks[0], (&[], &frames(100)), Some(&thresholds));
        assert_eq!(tracks[0].verdict, Verdict::NoTraceFound);
        let damage = Damage { frame: 80, t_s: 3.2, what: "a packet is missing".to_owned() };
        settle(&mut tracks[0], (&[damage], &frames(100)), Some(&thresholds));
        assert_eq!(tracks[0].verdict, Verdict::Inconclusive);
        assert_eq!(tracks[0].reason.as_deref(), Some("20 of its 100 frames are damaged"));
    }

    #[test]
    fn without_thresholds_nothing_definite_is_reported() {
        let frames = frames(100);
        let (mut tracks, mut selected) = (Vec::new(), None);
        let samples = (0..100).map(|i| sample(i, 0.0, 0.99));
        add(&mut tracks, &mut selected, false, BTreeMap::from([(1, samples.collect())]));
        settle(&mut tracks[0], (&[], &frames), None);
        assert_eq!(tracks[0].verdict, Verdict::Inconclusive);
        assert!(!tracks[0].worst.is_empty(), "moments all the same");
    }
}
