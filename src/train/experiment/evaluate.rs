//! Evaluates a detector on test sets.

use std::collections::BTreeMap;

use super::design::SETS;
use super::record::Answers;
use super::test_set::TestSets;
use crate::base::{Phase, Rect, RgbImage, TaskCtx};
use crate::detect::Degradation;
use crate::eval::{MaskPair, face_prior, localization};
use crate::prep;
use crate::train::Error;
use crate::train::net::CELL_PX;
use crate::train::publish::{export, validate};

/// How much of a row is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// All columns, and the development sets.
    Full,
    /// Pairs at native quality.
    Native,
}

/// Runs a detector on one input: gives the logit and the heat map.
pub type Ask<'a> = dyn FnMut(Vec<f32>) -> Result<(f32, Vec<f32>), Error> + 'a;

/// The map of the face-center baseline: the ellipse in the face box, whatever the picture
/// shows.
fn prior(px: usize) -> Vec<f32> {
    let cells = px / CELL_PX;
    let face = cells as f32 / export::CROP_SCALE;
    let edge = (cells as f32 - face) / 2.0;
    face_prior(cells, cells, &Rect::new(edge, edge, face, face))
}

/// Figures of the face-center baseline, and its map threshold, chosen on `validation` as for
/// the others.
pub fn answers_of_the_prior(
    test: &TestSets,
    validation: &TestSets,
) -> (BTreeMap<String, Answers>, f32) {
    let prior = prior(test.px);
    let items = validation.columns.values().flatten();
    let maps: Vec<MaskPair> =
        items.map(|item| MaskPair { map: prior.clone(), truth: item.truth.clone() }).collect();
    let threshold = validate::best_map_threshold(&maps);
    let native = test.columns.iter().filter(|(name, _)| !name.contains('/'));
    let columns = native
        .map(|(name, items)| {
            let mut answers = Answers::default();
            for item in items {
                answers.groups.push(item.group);
                answers.locate(prior.clone(), &item.truth, threshold);
                answers.false_area.push(validate::marked_share(&prior, threshold) as f32);
            }
            (name.clone(), answers)
        })
        .collect();
    (columns, threshold)
}

impl Answers {
    fn locate(&mut self, map: Vec<f32>, truth: &[Option<bool>], threshold: f32) {
        let place = localization(&[MaskPair { map, truth: truth.to_vec() }], threshold);
        let some = |v: f64| v.is_finite().then_some(v as f32);
        self.iou.push(some(place.iou));
        self.f1.push(some(place.f1));
        self.pixel_auc.push(some(place.pixel_auc));
    }

    fn first(&self, n: usize) -> Self {
        fn cut<T: Copy>(values: &[T], n: usize) -> Vec<T> {
            values[..n.min(values.len())].to_vec()
        }
        Self {
            real: cut(&self.real, n),
            forged: cut(&self.forged, n),
            iou: cut(&self.iou, n),
            f1: cut(&self.f1, n),
            pixel_auc: cut(&self.pixel_auc, n),
            false_area: cut(&self.false_area, n),
            groups: cut(&self.groups, n),
        }
    }
}

/// Runs a detector on every pair of the sets. Cells at or above `map_threshold` are marked.
///
/// # Errors
///
/// The detector; cancellation.
pub fn evaluate(
    ask: &mut Ask<'_>,
    sets: &TestSets,
    extent: Extent,
    map_threshold: f32,
    ctx: &TaskCtx<'_>,
) -> Result<BTreeMap<String, Answers>, Error> {
    let mut out = BTreeMap::new();
    let mut done = 0;
    let wanted = |name: &str| extent == Extent::Full || !name.contains('/');
    for (name, items) in sets.columns.iter().filter(|(name, _)| wanted(name)) {
        let mut answers = Answers::default();
        for item in items {
            ctx.step(Phase::Evaluating, done, sets.n_inputs())?;
            done += 2;
            let (logit, map) = ask(input(&item.real))?;
            answers.groups.push(item.group);
            answers.real.push(rounded(logit));
            answers.false_area.push(validate::marked_share(&map, map_threshold) as f32);
            let (logit, map) = ask(input(&item.forged))?;
            answers.forged.push(rounded(logit));
            answers.locate(map, &item.truth, map_threshold);
        }
        out.insert(name.clone(), answers);
    }
    // The native answers to the pairs that are measured under every quality.
    for (set, _) in SETS {
        let n = out.get(&format!("{set}/{}", Degradation::UNSEEN[0])).map(Answers::n);
        if let Some((n, native)) = n.zip(out.get(set)) {
            out.insert(format!("{set}/native"), native.first(n));
        }
    }
    Ok(out)
}

/// Image and map thresholds from validation pairs: the score that parts the classes best, and the
/// map threshold with the best mean F1.
///
/// # Errors
///
/// As [`evaluate`].
pub fn thresholds(
    ask: &mut Ask<'_>,
    validation: &TestSets,
    ctx: &TaskCtx<'_>,
) -> Result<(f32, f32), Error> {
    let (mut reals, mut forged, mut maps) = (Vec::new(), Vec::new(), Vec::new());
    for item in validation.columns.values().flatten() {
        ctx.step(Phase::Evaluating, reals.len() as u64 * 2, validation.n_inputs())?;
        reals.push(ask(input(&item.real))?.0);
        let (logit, map) = ask(input(&item.forged))?;
        forged.push(logit);
        maps.push(MaskPair { map, truth: item.truth.clone() });
    }
    Ok((best_threshold(&reals, &forged), validate::best_map_threshold(&maps)))
}

/// The threshold with the best balanced accuracy; in the middle of the gap where it lies between two
/// scores.
fn best_threshold(reals: &[f32], forged: &[f32]) -> f32 {
    let mut scores = [reals, forged].concat();
    scores.sort_by(f32::total_cmp);
    let share = |v: &[f32], t: f32| v.iter().filter(|s| **s < t).count() as f64 / v.len() as f64;
    let candidates = scores.windows(2).map(|w| f32::midpoint(w[0], w[1]));
    let quality = |t: &f32| share(reals, *t) - share(forged, *t);
    candidates.max_by(|a, b| quality(a).total_cmp(&quality(b))).unwrap_or_default()
}

/// Four digits are enough, and keep the lines short.
fn rounded(logit: f32) -> f32 {
    (logit * 1e4).round() / 1e4
}

fn input(picture: &RgbImage) -> Vec<f32> {
    prep::to_tensor(picture, &export::input_spec()).data
}

#[cfg(test)]
mod tests {
    use super::super::test_set::tests::drawn_sets;
    use super::*;

    /// Marks what is white: the drawn forgeries are white squares.
    #[expect(
        clippy::needless_pass_by_value,
        clippy::unnecessary_wraps,
        reason = "it stands in for a detector, which takes the input and may fail"
    )]
    fn ask(input: Vec<f32>) -> Result<(f32, Vec<f32>), Error> {
        let white = |i: usize| f32::from(u8::from(input[i] > 0.8));
        let map = (0..16).map(|cell| {
            let at = |i: usize| (cell / 4 * 8 + i / 8) * 32 + cell % 4 * 8 + i % 8;
            (0..64).map(|i| white(at(i))).sum::<f32>() / 64.0
        });
        let map: Vec<f32> = map.collect();
        Ok((map.iter().sum(), map))
    }

    #[test]
    fn a_detector_that_sees_all_gets_full_marks_in_every_column() {
        let sets = drawn_sets();
        let ctx = TaskCtx::silent();
        let (threshold, map_threshold) = thresholds(&mut ask, &sets, &ctx).unwrap();
        assert!(threshold > 0.0, "{threshold}");
        let answers = evaluate(&mut ask, &sets, Extent::Full, map_threshold, &ctx).unwrap();
        let native = evaluate(&mut ask, &sets, Extent::Native, map_threshold, &ctx).unwrap();
        assert_eq!(native.len(), 2, "two sets at native quality");
        let names: Vec<&str> = answers.keys().map(String::as_str).collect();
        for name in ["swap-seen", "swap-seen/native", "swap-seen/jpeg-30", "inpainting-seen/blur-2"]
        {
            assert!(names.contains(&name), "{name} is not among {names:?}");
        }
        let native = &answers["swap-seen"];
        assert_eq!((native.real.len(), answers["swap-seen/native"].real.len()), (5, 2));
        assert!(native.real.iter().all(|r| *r < threshold), "{:?}", native.real);
        assert!(native.forged.iter().all(|f| *f > threshold), "{:?}", native.forged);
        assert!(native.iou.iter().all(|v| *v == Some(1.0)), "{:?}", native.iou);
        assert_eq!(native.groups, [0, 1, 2, 0, 1], "the people of the pairs");
        assert!(native.false_area.iter().all(|v| *v == 0.0), "nothing on reals");
        let (blind, _) = answers_of_the_prior(&sets, &sets);
        let blind = &blind["swap-seen"];
        let iou = blind.iou[0].unwrap();
        assert!((0.1..1.0).contains(&iou) && blind.real.is_empty(), "{blind:?}");
        let ceiling = sets.facts()["iou_ceiling"];
        assert!((0.3..1.0).contains(&ceiling), "a square off the grid: {ceiling}");
        assert!(!sets.facts().contains_key("mesh_swaps_with_triangles"), "there were none");
    }

    #[test]
    fn the_threshold_parts_the_classes() {
        let t = best_threshold(&[0.0, 0.1, 0.2, 5.0], &[0.8, 0.9, 7.0]);
        assert!((0.2..0.8).contains(&t), "{t}");
    }
}
