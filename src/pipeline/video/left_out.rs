//! Parts of a clip that were not examined, and which frames cannot be relied on.

use std::ops::Range;

use crate::base::text::{counted, time_code};
use crate::base::{Damage, FrameTime, NotExamined, Sample, Track, Verdict};
use crate::faces::Finder;
use crate::pipeline::video::plan::VideoPlan;

/// Damage is reported at the last frame before the decoder met it, and decoders work ahead by up to
/// so many frames.
const AHEAD: usize = 16;
/// Damaged stretches that are listed one by one.
const MAX_LISTED: usize = 5;

/// Frames whose pixels cannot be relied on: from each place of damage to the next key frame.
pub(super) fn damaged_frames(damage: &[Damage], frames: &[FrameTime]) -> Vec<Range<usize>> {
    let mut stretches: Vec<Range<usize>> = Vec::new();
    for place in damage {
        let after = place.frame.saturating_add(AHEAD);
        let is_end = |frame: &FrameTime| frame.is_key && frame.index > after;
        let end = frames.iter().find(|frame| is_end(frame)).map_or(frames.len(), |f| f.index);
        match stretches.last_mut() {
            Some(last) if place.frame <= last.end => last.end = last.end.max(end),
            _ => stretches.push(place.frame..end),
        }
    }
    stretches
}

/// Whether so many frames may hold what the others do not: the score of a face is that of a tenth
/// of its frames.
pub(super) const fn is_large_part(n: usize, of: usize) -> bool {
    n > 0 && n.saturating_mul(10) >= of
}

/// Takes the scores of samples in damaged frames away.
pub(super) fn drop_damaged(samples: &mut [Sample], stretches: &[Range<usize>]) {
    for sample in samples {
        if stretches.iter().any(|stretch| stretch.contains(&sample.frame)) {
            sample.score = None;
            sample.verdict = Verdict::NotExamined;
            sample.reason = Some("the video is damaged there".to_owned());
            sample.map = None;
        }
    }
}

/// The damaged stretches, the first ones one by one.
pub(super) fn of_damage(
    damage: &[Damage],
    stretches: &[Range<usize>],
    frames: &[FrameTime],
) -> Vec<NotExamined> {
    let t_s = |frame: usize| frames.get(frame).or_else(|| frames.last()).map_or(0.0, |f| f.t_s);
    let part = |stretch: &Range<usize>| {
        let what = damage.iter().find(|d| stretch.contains(&d.frame) || d.frame == stretch.start);
        let what = what.map(|d| format!(": {}", d.what)).unwrap_or_default();
        NotExamined::new(
            counted(stretch.len().max(1) as u64, "frame"),
            format!("{} to {}", time_code(t_s(stretch.start)), time_code(t_s(stretch.end))),
            format!("the video is damaged there{what}"),
        )
    };
    let mut parts: Vec<NotExamined> = stretches.iter().take(MAX_LISTED).map(part).collect();
    if let Some(rest) = stretches.get(MAX_LISTED..).filter(|rest| !rest.is_empty()) {
        let n: usize = rest.iter().map(ExactSizeIterator::len).sum();
        let from = rest.first().map_or(0, |stretch| stretch.start);
        parts.push(NotExamined::new(
            counted(n as u64, "further frame"),
            format!("in {} from {} on", counted(rest.len() as u64, "place"), time_code(t_s(from))),
            "the video is damaged there",
        ));
    }
    parts
}

/// Frames that the plan leaves out. `n_planned`: those that it does not.
pub(super) fn left_out_by_plan(
    plan: &VideoPlan,
    n_planned: usize,
    frames: &[FrameTime],
) -> Option<NotExamined> {
    let n = frames.len().saturating_sub(n_planned);
    let mut why = Vec::new();
    if plan.is_quick {
        why.push("a quick look examines few frames".to_owned());
    } else {
        if plan.every > 1 {
            why.push(format!("one frame in {} was asked for", plan.every));
        }
        if let Some(most) = plan.max_frames {
            why.push(format!("at most {} were asked for", counted(most as u64, "frame")));
        }
    }
    let mut place = "spread over the video".to_owned();
    if let Some((from_s, to_s)) = plan.range {
        let end_s = frames.last().map_or(0.0, |frame| frame.t_s);
        let part = format!("{} to {}", time_code(from_s), time_code(to_s.min(end_s)));
        if why.is_empty() {
            place = format!("outside {part}");
        }
        why.push(format!("only {part} was asked for"));
    }
    let what = format!("{} of {}", n, counted(frames.len() as u64, "frame"));
    (n > 0).then(|| NotExamined::new(what, place, why.join(", and ")))
}

/// Frames behind the place at which the examination stopped, of those that were planned.
pub(super) fn left_out_at_stop(
    n_done: usize,
    planned: &[usize],
    frames: &[FrameTime],
) -> Option<NotExamined> {
    let rest = planned.get(n_done..).filter(|rest| !rest.is_empty())?;
    let t_s = |frame: usize| frames.get(frame).map_or(0.0, |frame| frame.t_s);
    let place = match n_done.checked_sub(1).and_then(|last| planned.get(last)) {
        Some(last) => format!("behind {}", time_code(t_s(*last))),
        None => "everywhere".to_owned(),
    };
    let what = counted(rest.len() as u64, "frame");
    Some(NotExamined::new(what, place, "the examination stopped before the end"))
}

/// Faces of which no frame was examined.
pub(super) fn of_faces<'a>(
    tracks: &'a [Track],
    frames: &'a [FrameTime],
) -> impl Iterator<Item = NotExamined> + 'a {
    let t_s = |frame: usize| frames.get(frame).map_or(0.0, |f| f.t_s);
    tracks.iter().filter(|track| track.score.is_none()).map(move |track| {
        let (from, to) = (t_s(track.first_frame()), t_s(track.last_frame()));
        NotExamined::new(
            format!("face {}", track.id),
            format!("{} to {}", time_code(from), time_code(to)),
            track.reason.clone().unwrap_or_else(|| "none of its frames was examined".to_owned()),
        )
    })
}

/// Faces that are too small to be found at the size to which frames are brought.
pub(super) fn too_small_to_find(longer_side_px: u32, min_face_px: f32) -> Option<NotExamined> {
    let found_from = Finder::least_face_px(longer_side_px);
    (found_from > min_face_px + 0.5).then(|| {
        NotExamined::new(
            format!("faces smaller than {found_from:.0} px"),
            "in all frames",
            "frames of this size are reduced to find faces; save a frame as a picture to have \
             smaller ones found",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(n: usize, gop: usize) -> Vec<FrameTime> {
        let frame = |index: usize| FrameTime {
            index,
            packet: index,
            pts: index as i64,
            t_s: index as f64 / 25.0,
            is_key: index.is_multiple_of(gop),
        };
        (0..n).map(frame).collect()
    }

    fn damage(at: &[usize]) -> Vec<Damage> {
        at.iter().map(|frame| Damage { frame: *frame, t_s: 0.0, what: "gone".to_owned() }).collect()
    }

    #[test]
    fn damage_lasts_to_a_key_frame_that_the_decoder_had_not_reached() {
        let frames = frames(200, 25);
        assert_eq!(
            damaged_frames(&damage(&[30]), &frames).as_slice(),
            std::slice::from_ref(&(30..50))
        );
        assert_eq!(damaged_frames(&damage(&[30, 40, 120]), &frames), [30..75, 120..150]);
        let to_the_end = damaged_frames(&damage(&[190]), &frames);
        assert_eq!(to_the_end.as_slice(), std::slice::from_ref(&(190..200)));
        assert!(damaged_frames(&[], &frames).is_empty(), "nothing is damaged");
    }

    #[test]
    fn many_places_are_summed_up() {
        let frames = frames(1000, 20);
        let damage = damage(&(0..10).map(|i| i * 100).collect::<Vec<_>>());
        let stretches = damaged_frames(&damage, &frames);
        let parts = of_damage(&damage, &stretches, &frames);
        assert_eq!(parts.len(), 6);
        assert_eq!(parts[0].what, "20 frames");
        assert!(parts[0].why.ends_with("there: gone"), "{}", parts[0]);
        assert!(parts[5].place.starts_with("in 5 places from 00:20.000"), "{}", parts[5]);
    }

    #[test]
    fn frames_that_a_plan_leaves_out_are_reported() {
        let frames = frames(100, 25);
        let why = |plan: VideoPlan, n: usize| {
            left_out_by_plan(&plan, n, &frames).map(|part| part.to_string()).unwrap_or_default()
        };
        assert_eq!(why(VideoPlan::default(), 100), "");
        let part = why(VideoPlan { max_frames: Some(4), ..VideoPlan::default() }, 4);
        assert!(part.contains("96 of 100 frames (spread over the video)"), "{part}");
        assert!(part.contains("at most 4 frames were asked for"), "{part}");
        let part = why(VideoPlan { every: 2, range: Some((1.0, 2.0)), ..VideoPlan::default() }, 13);
        assert!(part.contains("one frame in 2 was asked for, and only 00:01.000 to"), "{part}");
        let part = why(VideoPlan { range: Some((1.0, f64::INFINITY)), ..VideoPlan::default() }, 75);
        assert!(part.contains("(outside 00:01.000 to 00:03.960)"), "{part}");
        let part = why(VideoPlan { is_quick: true, ..VideoPlan::default() }, 24);
        assert!(part.contains("a quick look"), "{part}");
    }

    #[test]
    fn frames_behind_a_stop_are_reported() {
        let frames = frames(100, 25);
        let planned: Vec<usize> = (0..100).step_by(2).collect();
        let part = left_out_at_stop(10, &planned, &frames).unwrap();
        assert_eq!((part.what.as_str(), part.place.as_str()), ("40 frames", "behind 00:00.720"));
        assert_eq!(left_out_at_stop(50, &planned, &frames), None);
        assert_eq!(left_out_at_stop(0, &planned, &frames).unwrap().place, "everywhere");
    }

    #[test]
    fn very_large_frames_hide_small_faces() {
        assert_eq!(too_small_to_find(1920, 48.0), None);
        let part = too_small_to_find(7680, 48.0).unwrap();
        assert_eq!(part.what, "faces smaller than 96 px");
    }
}
