//! Looks for runs of frames that come again later in a clip.
//!
//! Frames are compared as gray pictures of 48 pixels, by the mean difference of their pixels. Two frames
//! count as the same where they differ less than half as much as each differs from the frames beside it.
//! So a scene that stands still says nothing: there every frame resembles every other one.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use super::gray::Gray;
use crate::base::text::counted;
use crate::base::{Phase, TaskCtx};

/// Longer side in pixels of the pictures that are compared.
pub(super) const SIDE: u32 = 48;
/// Frames that are compared: 20 minutes at 25 a second.
pub(super) const MAX_FRAMES: usize = 30_000;
/// Frames that differ less from a neighbor stand still; 1 is the difference of black and white.
const LEAST_MOTION: f32 = 0.004;
/// Two frames are the same that differ by less than this share of the motion around them.
const SAME: f32 = 0.5;
/// So many frames in a row have to come again.
const LEAST_RUN: usize = 6;
/// Frames in a row that may be missing within a run.
const MAX_GAP: usize = 2;
/// Pairs and spans that are kept.
const MAX_PAIRS: usize = 1 << 20;
const MAX_SPANS: usize = 100;
/// Blocks of a frame across and down, whose means tell most pairs apart.
const BLOCKS: usize = 4;

/// A run of frames that comes again. Frames count from 0 in the order of showing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RepeatedSpan {
    /// The first and the last frame that come again.
    pub original: (usize, usize),
    /// The first and the last frame that repeat them.
    pub copy: (usize, usize),
    /// Frames that are the same; others between them stand still or differ more.
    pub n_same: usize,
}

/// What was found in a clip.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Repeats {
    /// The runs, in the order of their copies.
    pub spans: Vec<RepeatedSpan>,
    /// Frames that were compared.
    pub n_frames: usize,
    /// Frames that stand still: whether they were repeated cannot be told.
    pub n_still: usize,
    /// There were more frames or spans than are looked at.
    pub is_cut: bool,
}

impl Repeats {
    /// What was found, as a sentence.
    pub fn sentence(&self) -> String {
        let Self { spans, n_frames, n_still, is_cut } = self;
        let n = counted(*n_frames as u64, "frame");
        let found = match spans.len() {
            0 => format!("No run of frames comes again among {n}"),
            1 => format!("One run of frames comes again among {n}"),
            more => format!("{more} runs of frames come again among {n}"),
        };
        let still = match n_still {
            0 => String::new(),
            still => format!("; {still} of them stand still, of which this cannot be told"),
        };
        let cut = if *is_cut { "; there are more than were looked at" } else { "" };
        let hint = if spans.is_empty() {
            ""
        } else {
            " What moves in a loop before the camera looks alike."
        };
        format!("{found}{still}{cut}.{hint}")
    }
}

/// A frame, made small.
pub(super) struct SmallFrame {
    values: Vec<f32>,
    blocks: [f32; BLOCKS * BLOCKS],
    mean: f32,
}

impl SmallFrame {
    pub(super) fn new(gray: &Gray) -> Self {
        let coarse = gray.averaged(BLOCKS, BLOCKS);
        let blocks = std::array::from_fn(|i| coarse.values.get(i).copied().unwrap_or(0.0));
        let mean = blocks.iter().sum::<f32>() / blocks.len() as f32;
        Self { values: gray.values.clone(), blocks, mean }
    }

    fn difference(&self, other: &Self) -> f32 {
        mean_difference(&self.values, &other.values)
    }

    /// No more than the difference.
    fn least_difference(&self, other: &Self) -> f32 {
        mean_difference(&self.blocks, &other.blocks)
    }
}

fn mean_difference(a: &[f32], b: &[f32]) -> f32 {
    let sum: f32 = a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum();
    sum / a.len().max(1) as f32
}

/// The runs that come again in frames given in the order of showing. Stops when it is cancelled.
///
/// # Errors
///
/// [`Cancelled`](crate::base::Cancelled).
pub(super) fn find_repeats(
    frames: &[SmallFrame],
    ctx: &TaskCtx<'_>,
) -> Result<Repeats, crate::base::Cancelled> {
    let motion = motion(frames);
    let n_still = motion.iter().filter(|motion| **motion < LEAST_MOTION).count();
    let mut repeats = Repeats { n_frames: frames.len(), n_still, is_cut: false, spans: Vec::new() };
    // Only frames of about the same brightness are compared.
    let mut order: Vec<(f32, usize)> = frames
        .iter()
        .zip(&motion)
        .enumerate()
        .filter(|(_, (_, motion))| **motion >= LEAST_MOTION)
        .map(|(i, (frame, _))| (frame.mean, i))
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    // By the distance of two frames: the earlier ones of the pairs.
    let mut pairs: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    let mut n_pairs = 0usize;
    for (place, (mean, i)) in order.iter().enumerate() {
        if place.is_multiple_of(64) {
            ctx.step(Phase::Examining, place as u64, order.len() as u64)?;
        }
        let (Some(frame), Some(near)) = (frames.get(*i), motion.get(*i)) else { continue };
        for (other_mean, j) in order.iter().skip(place.saturating_add(1)) {
            if other_mean - mean > near * SAME {
                break;
            }
            let (Some(other), Some(other_near)) = (frames.get(*j), motion.get(*j)) else {
                continue;
            };
            let most = near.min(*other_near) * SAME;
            if i.abs_diff(*j) > 1
                && frame.least_difference(other) < most
                && frame.difference(other) < most
                && n_pairs < MAX_PAIRS
            {
                n_pairs = n_pairs.saturating_add(1);
                pairs.entry(i.abs_diff(*j)).or_default().push(*i.min(j));
            }
        }
    }
    repeats.is_cut = n_pairs >= MAX_PAIRS;
    for (distance, mut starts) in pairs {
        starts.sort_unstable();
        runs(&starts, distance, &mut repeats);
    }
    repeats.spans.sort_by_key(|span| (span.copy.0, span.original.0));
    Ok(repeats)
}

/// How much each frame differs from the neighbor that it resembles more.
fn motion(frames: &[SmallFrame]) -> Vec<f32> {
    let steps: Vec<f32> =
        frames.iter().zip(frames.iter().skip(1)).map(|(a, b)| a.difference(b)).collect();
    (0..frames.len())
        .map(|i| {
            let before = i.checked_sub(1).and_then(|i| steps.get(i)).copied();
            let behind = steps.get(i).copied();
            before.unwrap_or(f32::MAX).min(behind.unwrap_or(f32::MAX))
        })
        .collect()
}

/// Adds the runs of pairs at one distance. A run whose copy is known as that of frames nearer to it, as in
/// a loop, is left out.
fn runs(starts: &[usize], distance: usize, repeats: &mut Repeats) {
    let mut run: Vec<usize> = Vec::new();
    let mut last = None::<usize>;
    for start in starts.iter().map(Some).chain([None]) {
        let follows = last
            .zip(start)
            .is_some_and(|(last, start)| start.saturating_sub(last) <= MAX_GAP.saturating_add(1));
        if !follows {
            if let (Some(first), Some(end)) = (run.first(), run.last())
                && run.len() >= LEAST_RUN
            {
                let copy = (first.saturating_add(distance), end.saturating_add(distance));
                let n_same = run.len();
                keep(RepeatedSpan { original: (*first, *end), copy, n_same }, repeats);
            }
            run.clear();
        }
        run.extend(start);
        last = start.copied();
    }
}

fn keep(span: RepeatedSpan, repeats: &mut Repeats) {
    let is_known = repeats
        .spans
        .iter()
        .any(|known| known.copy.0 <= span.copy.0 && span.copy.1 <= known.copy.1);
    if is_known {
        return;
    }
    if repeats.spans.len() < MAX_SPANS { repeats.spans.push(span) } else { repeats.is_cut = true }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "tests may panic")]
mod tests {
    use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

    use super::*;

    /// Frames of a bright square that wanders over a pattern, with noise as of a coder.
    fn frames(places: impl Iterator<Item = (usize, usize)>, seed: u64) -> Vec<SmallFrame> {
        let mut rng = StdRng::seed_from_u64(seed);
        let frame = |(px, py): (usize, usize)| {
            let values = (0..48 * 32usize).map(|i| {
                let (x, y) = (i % 48, i / 48);
                let is_square = x.abs_diff(px) < 8 && y.abs_diff(py) < 8;
                let pattern = (x * 7 + y * 13) % 17;
                let value = if is_square { 0.9 } else { 0.2 + pattern as f32 / 40.0 };
                value + rng.random_range(-0.004..0.004)
            });
            SmallFrame::new(&Gray { width: 48, height: 32, values: values.collect() })
        };
        places.map(frame).collect()
    }

    /// A path that never comes back.
    fn place(i: usize) -> (usize, usize) {
        (i % 48, (i / 3 + i * i / 90) % 32)
    }

    fn found(frames: &[SmallFrame]) -> Repeats {
        find_repeats(frames, &TaskCtx::silent()).unwrap()
    }

    #[test]
    fn a_run_that_comes_again_is_found_and_its_neighbors_are_not() {
        for seed in 0..5 {
            let path = (0..100).map(|i| place(if (60..80).contains(&i) { i - 35 } else { i }));
            let repeats = found(&frames(path, seed));
            let [span] = repeats.spans.as_slice() else { panic!("{repeats:?}") };
            assert_eq!((span.original, span.copy), ((25, 44), (60, 79)), "{repeats:?}");
            let plain = found(&frames((0..100).map(place), seed));
            assert_eq!(plain.spans, [], "{seed}");
        }
    }

    #[test]
    fn a_scene_that_stands_still_is_no_repetition() {
        let still = found(&frames((0..100).map(|_| (20, 10)), 1));
        assert_eq!(still.spans, []);
        // The noise of the coder is all that moves.
        assert!(still.n_frames == 100, "{still:?}");
        let black = Gray { width: 48, height: 32, values: vec![0.0; 48 * 32] };
        let black: Vec<SmallFrame> = (0..50).map(|_| SmallFrame::new(&black)).collect();
        let black = found(&black);
        assert_eq!((black.n_still, black.spans.len()), (50, 0));
    }

    #[test]
    fn a_loop_is_told_once() {
        let repeats = found(&frames((0..100).map(|i| place(i % 20)), 3));
        let [span] = repeats.spans.as_slice() else { panic!("{repeats:?}") };
        assert_eq!(span.copy.0 - span.original.0, 20, "{repeats:?}");
        assert!(span.copy.1 >= 97, "{repeats:?}");
    }
}
