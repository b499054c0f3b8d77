//! One score and one verdict for a face from the scores of its frames.
//!
//! A single frame may err, and a forgery may last for a part of a clip only. So scores are averaged
//! as log-odds over half a second to either side, and over five frames at least. The track has the
//! score that a tenth of those averages, and at least two of them, reach. A single high frame moves it
//! little; a forged stretch of more than a tenth of the face's time decides. A real face has more
//! chances to score high here than in a photo. [`crate::bundle::Thresholds`] do not account for that; the model card states
//! what was measured.

use std::ops::Range;

use super::left_out::{damaged_frames, drop_damaged, is_large_part};
use crate::base::{Damage, FrameTime, MIN_DEFINITE_FRAMES, Moment, Sample, Verdict, sigmoid};
use crate::bundle::Thresholds;

/// Half the width of the window, in seconds.
const HALF_WINDOW_S: f64 = 0.5;
/// Frames of an average at least: the nearest. A quick look has one frame in some seconds, and averages
/// of single frames would let the noise of the highest ones decide.
const MIN_AVERAGED: usize = 5;
/// Share of the averages that lie above the track's score.
const SHARE_ABOVE: f64 = 0.1;
/// Moments are at least this far apart, in seconds.
const APART_S: f64 = 1.0;
/// Moments kept.
const MAX_MOMENTS: usize = 5;
/// Scores are kept away from 0 and 1 by this much before they become log-odds.
const EDGE: f32 = 1e-4;

/// Score and verdict of a track.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackAggregate {
    /// Robust aggregate; `None` when nothing was examined.
    pub score: Option<f32>,
    /// The verdict for this score.
    pub verdict: Verdict,
    /// Why nothing was examined, or why the verdict is not definite.
    pub reason: Option<String>,
    /// The worst first.
    pub worst: Vec<Moment>,
}

/// Aggregates the samples of a track, which come in display order. Samples in damaged frames lose
/// their scores first; where they are a tenth of the track or more, the absence of traces says
/// nothing.
pub fn aggregate_track(
    samples: &mut [Sample],
    damage: &[Damage],
    frames: &[FrameTime],
    thresholds: &Thresholds,
) -> TrackAggregate {
    aggregate_intact(samples, &damaged_frames(damage, frames), frames, thresholds)
}

/// As [`aggregate_track`], with the damaged stretches.
pub(super) fn aggregate_intact(
    samples: &mut [Sample],
    stretches: &[Range<usize>],
    frames: &[FrameTime],
    thresholds: &Thresholds,
) -> TrackAggregate {
    drop_damaged(samples, stretches);
    let mut track = aggregate(samples, frames, thresholds);
    let is_damaged = |s: &&Sample| stretches.iter().any(|r| r.contains(&s.frame));
    let (n, n_damaged) = (samples.len(), samples.iter().filter(is_damaged).count());
    if track.verdict == Verdict::NoTraceFound && is_large_part(n_damaged, n) {
        track.verdict = Verdict::Inconclusive;
        track.reason = Some(format!("{n_damaged} of its {n} frames are damaged"));
    }
    track
}

/// Aggregates samples as they are.
fn aggregate(samples: &[Sample], frames: &[FrameTime], thresholds: &Thresholds) -> TrackAggregate {
    let at = |frame: usize| frames.get(frame).map_or(0.0, |f| f.t_s);
    let known: Vec<(f64, f32, &Sample)> =
        samples.iter().filter_map(|s| Some((at(s.frame), log_odds(s.score?), s))).collect();
    if known.is_empty() {
        let reason = samples.iter().find_map(|s| s.reason.clone());
        return TrackAggregate {
            score: None,
            verdict: Verdict::NotExamined,
            reason,
            worst: Vec::new(),
        };
    }
    let means = moving_means(&known);
    let mut sorted = means.clone();
    sorted.sort_by(f32::total_cmp);
    // The smallest of the highest tenth, and of the highest two at least.
    let above = ((sorted.len() as f64 * SHARE_ABOVE).floor() as usize).max(2).min(sorted.len());
    let score = sigmoid(sorted[sorted.len() - above]);
    let (verdict, reason) = verdict_of(score, &known, thresholds);
    TrackAggregate { score: Some(score), verdict, reason, worst: worst(&known, &means) }
}

fn verdict_of(
    score: f32,
    known: &[(f64, f32, &Sample)],
    thresholds: &Thresholds,
) -> (Verdict, Option<String>) {
    let by_score = if score >= thresholds.traces_found {
        Verdict::TracesFound
    } else if score < thresholds.no_trace_found {
        Verdict::NoTraceFound
    } else {
        return (Verdict::Inconclusive, None);
    };
    if known.len() < MIN_DEFINITE_FRAMES {
        let what = format!("the face was examined in {} frames only", known.len());
        let what = if known.len() == 1 { what.replace("1 frames", "one frame") } else { what };
        return (Verdict::Inconclusive, Some(what));
    }
    // A frame beyond a limit of the model's test counts for less than its score; where that holds for
    // most frames that speak for the verdict, it holds for the track.
    let speaks = |s: &Sample| {
        let score = s.score.unwrap_or(0.0);
        match by_score {
            Verdict::TracesFound => score >= thresholds.traces_found,
            _ => score < thresholds.no_trace_found,
        }
    };
    let (mut n, mut n_downgraded, mut caveat) = (0, 0, None);
    for (_, _, sample) in known.iter().filter(|(_, _, s)| speaks(s)) {
        n += 1;
        if sample.verdict == Verdict::Inconclusive {
            n_downgraded += 1;
            caveat = caveat.or_else(|| sample.caveats.first().cloned());
        }
    }
    if n > 0 && 2 * n_downgraded > n {
        let why = caveat.unwrap_or_else(|| "the picture is beyond what was tested".to_owned());
        return (Verdict::Inconclusive, Some(format!("in most frames {why}")));
    }
    (by_score, None)
}

/// For every sample the mean of all within the window.
fn moving_means(known: &[(f64, f32, &Sample)]) -> Vec<f32> {
    let mut sums = vec![0.0f64];
    sums.extend(known.iter().scan(0.0, |sum, (_, value, _)| {
        *sum += f64::from(*value);
        Some(*sum)
    }));
    let mean = |(i, (t, _, _)): (usize, &(f64, f32, &Sample))| {
        let mut first = known[..i].partition_point(|k| k.0 < t - HALF_WINDOW_S);
        let mut end = i + known[i..].partition_point(|k| k.0 <= t + HALF_WINDOW_S);
        while end - first < MIN_AVERAGED.min(known.len()) {
            let is_nearer_before = first > 0
                && known.get(end).is_none_or(|after| t - known[first - 1].0 <= after.0 - t);
            if is_nearer_before {
                first -= 1;
            } else {
                end += 1;
            }
        }
        ((sums[end] - sums[first]) / (end - first) as f64) as f32
    };
    known.iter().enumerate().map(mean).collect()
}

/// The highest averages, each at the highest frame near it.
fn worst(known: &[(f64, f32, &Sample)], means: &[f32]) -> Vec<Moment> {
    let mut order: Vec<usize> = (0..known.len()).collect();
    order.sort_by(|a, b| means[*b].total_cmp(&means[*a]).then(a.cmp(b)));
    let mut taken: Vec<f64> = Vec::new();
    let mut moments = Vec::new();
    for i in order {
        if moments.len() >= MAX_MOMENTS {
            break;
        }
        let t = known[i].0;
        if taken.iter().any(|other| (other - t).abs() < APART_S) {
            continue;
        }
        let near = known.iter().filter(|(s, _, _)| (s - t).abs() <= HALF_WINDOW_S);
        let peak = near.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.total_cmp(&a.0)));
        if let Some((t, value, sample)) = peak
            && !taken.iter().any(|other| (other - t).abs() < APART_S)
        {
            taken.push(*t);
            let region = sample.region.clone();
            moments.push(Moment { frame: sample.frame, score: sigmoid(*value), region });
        }
    }
    moments.sort_by(|a, b| b.score.total_cmp(&a.score));
    moments
}

fn log_odds(score: f32) -> f32 {
    let p = score.clamp(EDGE, 1.0 - EDGE);
    (p / (1.0 - p)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Face, FaceOrigin, Rect};

    const THRESHOLDS: Thresholds = Thresholds {
        traces_found: 0.8,
        no_trace_found: 0.3,
        false_positive_rate: 0.05,
        miss_rate: 0.2,
        map: 0.5,
    };

    fn clock(n: usize) -> Vec<FrameTime> {
        let at = |index| FrameTime {
            index,
            packet: index,
            pts: index as i64,
            t_s: index as f64 / 25.0,
            is_key: index == 0,
        };
        (0..n).map(at).collect()
    }

    fn sample(frame: usize, score: Option<f32>) -> Sample {
        Sample {
            frame,
            face: Face {
                box_px: Rect::new(0.0, 0.0, 90.0, 90.0),
                landmarks: None,
                confidence: 0.9,
                origin: FaceOrigin::Found,
            },
            score,
            verdict: match score {
                None => Verdict::NotExamined,
                Some(s) if s >= 0.8 => Verdict::TracesFound,
                Some(s) if s < 0.3 => Verdict::NoTraceFound,
                Some(_) => Verdict::Inconclusive,
            },
            reason: score.is_none().then(|| "the face is 20 px".to_owned()),
            caveats: Vec::new(),
            region: (frame == 110).then(|| "mouth".to_owned()),
            map: None,
        }
    }

    fn aggregate_of(scores: impl Fn(usize) -> f32, n: usize) -> TrackAggregate {
        let samples: Vec<Sample> = (0..n).map(|i| sample(i, Some(scores(i)))).collect();
        aggregate(&samples, &clock(n), &THRESHOLDS)
    }

    #[test]
    fn one_high_frame_among_low_ones_is_not_believed() {
        let face = aggregate_of(|i| if i == 100 { 0.999 } else { 0.1 }, 250);
        assert_eq!(face.verdict, Verdict::NoTraceFound, "{face:?}");
        assert_eq!(face.worst[0].frame, 100, "but it is shown");
    }

    #[test]
    fn in_a_quick_look_single_high_frames_do_not_decide_either() {
        // Frames two seconds apart.
        let look = |high: &[usize]| {
            let score = |i| if high.contains(&i) { 0.99 } else { 0.1 };
            let samples: Vec<Sample> = (0..24).map(|i| sample(i * 50, Some(score(i)))).collect();
            aggregate(&samples, &clock(1200), &THRESHOLDS)
        };
        for high in [&[5][..], &[5, 17]] {
            let face = look(high);
            assert_ne!(face.verdict, Verdict::TracesFound, "{high:?} of 24: {face:?}");
            assert_eq!(face.worst[0].frame, 250, "but it is shown");
        }
        assert_eq!(look(&[8, 9, 10, 11, 12, 13]).verdict, Verdict::TracesFound, "a stretch does");
    }

    #[test]
    fn averages_are_over_the_frames_nearby() {
        let samples: Vec<Sample> = [0, 50, 100, 150, 200, 250, 300]
            .map(|frame| sample(frame, Some(if frame == 300 { 0.9 } else { 0.5 })))
            .into();
        let clock = clock(400);
        let known: Vec<_> =
            samples.iter().map(|s| (clock[s.frame].t_s, log_odds(s.score.unwrap()), s)).collect();
        let nine = log_odds(0.9) / 5.0;
        let expected = [0.0, 0.0, 0.0, 0.0, nine, nine, nine];
        let means = moving_means(&known);
        let differ = means.iter().zip(expected).any(|(a, b)| (a - b).abs() > 1e-5);
        assert!(!differ, "five frames at the edges, too: {means:?}");
    }

    #[test]
    fn a_forged_stretch_decides() {
        let face = aggregate_of(|i| if (100..150).contains(&i) { 0.97 } else { 0.1 }, 250);
        assert_eq!(face.verdict, Verdict::TracesFound, "{face:?}");
        assert!((100..150).contains(&face.worst[0].frame), "{face:?}");
        let face = aggregate_of(|i| if i == 110 { 0.99 } else { 0.1 }, 250);
        assert_eq!(face.worst[0].region.as_deref(), Some("mouth"), "of the frame that is shown");
    }

    #[test]
    fn moments_lie_apart_and_the_worst_comes_first() {
        let face = aggregate_of(|i| 0.2 + 0.5 * (i as f32 / 40.0).sin().abs(), 500);
        assert!(face.worst.len() > 1 && face.worst.len() <= 5, "{face:?}");
        assert!(face.worst.is_sorted_by(|a, b| a.score >= b.score), "{face:?}");
        for (i, a) in face.worst.iter().enumerate() {
            for b in &face.worst[i + 1..] {
                assert!(a.frame.abs_diff(b.frame) >= 25, "{face:?}");
            }
        }
    }

    #[test]
    fn constant_scores_come_out_as_they_went_in() {
        for score in [0.02, 0.5, 0.9] {
            let reached = aggregate_of(|_| score, 60).score.unwrap();
            assert!((reached - score).abs() < 1e-3, "{reached} for {score}");
        }
    }

    #[test]
    fn too_few_frames_and_poor_pictures_keep_it_from_being_definite() {
        let few = aggregate_of(|_| 0.95, 2);
        assert_eq!(few.verdict, Verdict::Inconclusive);
        assert!(few.reason.is_some_and(|r| r.contains("in 2 frames only")), "why");
        let poor: Vec<Sample> = (0..50)
            .map(|i| Sample {
                verdict: Verdict::Inconclusive,
                caveats: vec!["the face is blurred".to_owned()],
                ..sample(i, Some(0.95))
            })
            .collect();
        let face = aggregate(&poor, &clock(50), &THRESHOLDS);
        assert_eq!(face.verdict, Verdict::Inconclusive);
        assert_eq!(face.reason.as_deref(), Some("in most frames the face is blurred"));
    }

    #[test]
    fn nothing_examined_says_why() {
        let face = aggregate(&[sample(0, None)], &clock(1), &THRESHOLDS);
        assert_eq!((face.verdict, face.score), (Verdict::NotExamined, None));
        assert_eq!(face.reason.as_deref(), Some("the face is 20 px"));
    }
}
