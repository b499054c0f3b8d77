//! What every row of a table is measured on: pairs of test photos, made once, the same for all.
//!
//! * **In**: test photos, a forger. **Out**: [`Exams`] in memory; [`sit`] puts a detector through
//!   them and gives [`Answers`].
//! * **Not here**: figures (`super::figures`), third-party sets (`cli`).
//!
//! Columns are named `swap-seen`, `swap-unseen` and so on for pairs at native quality, and
//! `swap-seen/jpeg-30` for the first of those pairs under an unseen quality, both partners alike;
//! `swap-seen/native` repeats the native answers to those first pairs.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::lab::Extent;
use super::pool::{Forger, Made};
use super::record::Answers;
use super::video::{self, Coding};
use crate::base::{Phase, Rect, RgbImage, TaskCtx};
use crate::detect::Degradation;
use crate::eval::{MaskPair, face_prior, localization};
use crate::prep;
use crate::train::forge::{Method, Pair};
use crate::train::net::CELL_PX;
use crate::train::{Error, export, validate};

/// Pairs forged before progress is told.
const CHUNK: usize = 32;

/// The six sets at native quality, and the generators of each.
pub const SETS: [(&str, &[Method]); 6] = [
    ("swap-seen", &[Method::SelfBlend, Method::PersonSwap]),
    ("swap-unseen", &[Method::MeshSwap]),
    ("attribute-seen", &[Method::Attribute]),
    ("attribute-unseen", &[Method::Resynthesis]),
    ("inpainting-seen", &[Method::Inpaint]),
    ("inpainting-unseen", &[Method::PatchFill]),
];

/// Names of the unseen qualities, video codings last. Means are over the first [`N_COUNTED`].
pub fn qualities() -> Vec<String> {
    let names = Degradation::UNSEEN.iter().map(ToString::to_string);
    names.chain(Coding::MEASURED.map(Coding::name)).collect()
}

/// JPEG, blur, scaling and H.264 at a rate factor of 35: the four that targets and claims are about.
/// Two milder codings are shown beside them.
pub const N_COUNTED: usize = 4;

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct ExamPlan {
    /// Side of the input.
    pub px: usize,
    /// Pairs a set.
    pub pairs: usize,
    /// The first so many of them are measured under every unseen quality, too.
    pub quality_pairs: usize,
    /// Whether video codings are among the qualities.
    pub h264: bool,
}

/// A pair as a net sees it.
#[derive(Debug, Clone, PartialEq)]
struct Item {
    real: RgbImage,
    forged: RgbImage,
    truth: Vec<Option<bool>>,
    group: u32,
}

/// All columns.
#[derive(Debug, PartialEq)]
pub struct Exams {
    px: usize,
    columns: BTreeMap<String, Vec<Item>>,
    facts: BTreeMap<String, f64>,
}

/// What a detector says to one input: the logit and the heat map.
pub type Ask<'a> = dyn FnMut(Vec<f32>) -> Result<(f32, Vec<f32>), Error> + 'a;

impl Exams {
    /// Forges all columns. The forger gets every set's pairs under indices of their own.
    ///
    /// # Errors
    ///
    /// What forger and `ffmpeg` say; cancellation.
    pub fn make(
        sets: &[(&str, &[Method])],
        plan: &ExamPlan,
        forger: &Forger<'_>,
        ctx: &TaskCtx<'_>,
    ) -> Result<Self, Error> {
        let mut columns = BTreeMap::new();
        let (mut ceilings, mut scales) = (Vec::new(), Vec::new());
        let (mut swaps, mut triangles) = (0.0, 0.0);
        let total = (sets.len() * plan.pairs) as u64;
        for (s, (name, methods)) in sets.iter().enumerate() {
            let mut items = Vec::with_capacity(plan.pairs);
            let mut kept: Vec<(Made, Rect)> = Vec::new();
            while items.len() < plan.pairs {
                let done = items.len();
                ctx.step(Phase::Evaluating, (s * plan.pairs + done) as u64, total)?;
                let made: Vec<(Made, Rect)> = (done..plan.pairs.min(done + CHUNK))
                    .into_par_iter()
                    .map(|i| {
                        let index = (s * 1_000_000 + i) as u64;
                        let made = forger(methods[i % methods.len()], index)?;
                        let pair = &made.pair;
                        let crop =
                            prep::crop_rect(&pair.face, export::CROP_SCALE, &pair.real.bounds());
                        Ok((made, crop))
                    })
                    .collect::<Result<_, Error>>()?;
                for (made, crop) in &made {
                    let pair = &made.pair;
                    items.push(item(made, (&pair.real, &pair.forged), crop, plan.px));
                    ceilings.extend(ceiling(pair, crop, plan.px));
                    scales.push(plan.px as f64 / f64::from(crop.w));
                    if pair.method == Method::MeshSwap {
                        swaps += 1.0;
                        triangles += f64::from(u8::from(pair.steps.contains(&"triangles")));
                    }
                }
                let wanted = plan.quality_pairs.saturating_sub(kept.len());
                kept.extend(made.into_iter().take(wanted));
            }
            for (quality, coded) in degraded(&kept, plan.h264)? {
                let items = kept.iter().zip(&coded).map(|((made, crop), (real, forged))| {
                    item(made, (real, forged), crop, plan.px)
                });
                columns.insert(format!("{name}/{quality}"), items.collect());
            }
            columns.insert((*name).to_owned(), items);
        }
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
        scales.sort_by(f64::total_cmp);
        let facts = [
            ("iou_ceiling", mean(&ceilings)),
            ("net_px_per_photo_px", scales.get(scales.len() / 2).copied().unwrap_or(f64::NAN)),
            ("mesh_swaps_with_triangles", triangles / swaps),
        ];
        let facts = facts.into_iter().filter(|(_, v)| v.is_finite());
        let facts = facts.map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(Self { px: plan.px, columns, facts })
    }

    /// Facts about the pairs: the mean IoU of the masks with themselves after the map's grid, input
    /// pixels per photo pixel (median), the share of mesh swaps that were warped by triangles.
    pub const fn facts(&self) -> &BTreeMap<String, f64> {
        &self.facts
    }

    /// Number of inputs.
    pub fn n_inputs(&self) -> u64 {
        2 * self.columns.values().map(Vec::len).sum::<usize>() as u64
    }

    /// The map of a predictor that never looks: the ellipse in the face box, whatever the picture
    /// shows.
    fn prior(&self) -> Vec<f32> {
        let cells = self.px / CELL_PX;
        let face = cells as f32 / export::CROP_SCALE;
        let edge = (cells as f32 - face) / 2.0;
        face_prior(cells, cells, &Rect::new(edge, edge, face, face))
    }

    /// What that predictor gets, and its map threshold, chosen on `validation` as for the others.
    pub fn answers_of_the_blind(&self, validation: &Self) -> (BTreeMap<String, Answers>, f32) {
        let prior = self.prior();
        let items = validation.columns.values().flatten();
        let maps: Vec<MaskPair> =
            items.map(|item| MaskPair { map: prior.clone(), truth: item.truth.clone() }).collect();
        let threshold = validate::best_map_threshold(&maps);
        let native = self.columns.iter().filter(|(name, _)| !name.contains('/'));
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
}

impl Answers {
    fn locate(&mut self, map: Vec<f32>, truth: &[Option<bool>], threshold: f32) {
        let place = localization(&[MaskPair { map, truth: truth.to_vec() }], threshold);
        let some = |v: f64| v.is_finite().then_some(v as f32);
        self.iou.push(some(place.iou));
        self.f1.push(some(place.f1));
        self.pixel_auc.push(some(place.pixel_auc));
    }
}

/// Puts a detector through the columns. Cells at or above `map_threshold` are marked.
///
/// # Errors
///
/// What the detector says; cancellation.
pub fn sit(
    ask: &mut Ask<'_>,
    exams: &Exams,
    extent: Extent,
    map_threshold: f32,
    ctx: &TaskCtx<'_>,
) -> Result<BTreeMap<String, Answers>, Error> {
    let mut out = BTreeMap::new();
    let mut done = 0;
    let wanted = |name: &str| extent == Extent::Full || !name.contains('/');
    for (name, items) in exams.columns.iter().filter(|(name, _)| wanted(name)) {
        let mut answers = Answers::default();
        for item in items {
            ctx.step(Phase::Evaluating, done, exams.n_inputs())?;
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
/// As [`sit`].
pub fn thresholds(
    ask: &mut Ask<'_>,
    validation: &Exams,
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

impl Answers {
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

/// Four digits are enough, and keep the lines short.
fn rounded(logit: f32) -> f32 {
    (logit * 1e4).round() / 1e4
}

fn input(picture: &RgbImage) -> Vec<f32> {
    prep::to_tensor(picture, &export::input_spec()).data
}

fn item(made: &Made, (real, forged): (&RgbImage, &RgbImage), crop: &Rect, px: usize) -> Item {
    let of = |picture: &RgbImage| prep::resample(picture, crop, px as u32, px as u32);
    let truth = validate::truth_of(&made.pair.mask.pooled(crop, px / CELL_PX));
    Item { real: of(real), forged: of(forged), truth, group: made.group }
}

/// IoU of a mask at the input's size with itself brought to the map's grid and back: no map on that
/// grid can do better. `None` when the mask is empty.
fn ceiling(pair: &Pair, crop: &Rect, px: usize) -> Option<f64> {
    let cells = px / CELL_PX;
    let fine = pair.mask.pooled(crop, px);
    let coarse = pair.mask.pooled(crop, cells);
    let (mut both, mut either) = (0.0, 0.0);
    for (i, share) in fine.iter().enumerate() {
        let cell = coarse[i / px / CELL_PX * cells + i % px / CELL_PX] >= 0.5;
        let own = *share >= 0.5;
        both += f64::from(u8::from(own && cell));
        either += f64::from(u8::from(own || cell));
    }
    (either > 0.0).then_some(both / either)
}

type Partners = Vec<(RgbImage, RgbImage)>;

fn degraded(pairs: &[(Made, Rect)], h264: bool) -> Result<Vec<(String, Partners)>, Error> {
    let mut out: Vec<(String, Partners)> = Degradation::UNSEEN
        .iter()
        .map(|degradation| {
            let both = |(Made { pair: p, .. }, _): &(Made, Rect)| {
                (degradation.apply(&p.real), degradation.apply(&p.forged))
            };
            (degradation.to_string(), pairs.par_iter().map(both).collect())
        })
        .collect();
    if h264 && !pairs.is_empty() {
        let frames: Vec<RgbImage> =
            pairs.iter().flat_map(|(m, _)| [m.pair.real.clone(), m.pair.forged.clone()]).collect();
        for coding in Coding::MEASURED {
            let coded = video::through(&frames, coding)?;
            let both = coded.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
            out.push((coding.name(), both.collect()));
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::pool::tests::drawn;
    use super::*;

    const DRAWN: [(&str, &[Method]); 2] =
        [("swap-seen", &[Method::SelfBlend]), ("inpainting-seen", &[Method::Inpaint])];

    fn exams() -> Exams {
        let plan = ExamPlan { px: 32, pairs: 5, quality_pairs: 2, h264: false };
        Exams::make(&DRAWN, &plan, &drawn, &TaskCtx::silent()).unwrap()
    }

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
        let exams = exams();
        let ctx = TaskCtx::silent();
        let (threshold, map_threshold) = thresholds(&mut ask, &exams, &ctx).unwrap();
        assert!(threshold > 0.0, "{threshold}");
        let answers = sit(&mut ask, &exams, Extent::Full, map_threshold, &ctx).unwrap();
        let native = sit(&mut ask, &exams, Extent::Native, map_threshold, &ctx).unwrap();
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
        let (blind, _) = exams.answers_of_the_blind(&exams);
        let blind = &blind["swap-seen"];
        let iou = blind.iou[0].unwrap();
        assert!((0.1..1.0).contains(&iou) && blind.real.is_empty(), "{blind:?}");
        let ceiling = exams.facts()["iou_ceiling"];
        assert!((0.3..1.0).contains(&ceiling), "a square off the grid: {ceiling}");
        assert!(!exams.facts().contains_key("mesh_swaps_with_triangles"), "there were none");
    }

    #[test]
    fn the_threshold_parts_the_classes() {
        let t = best_threshold(&[0.0, 0.1, 0.2, 5.0], &[0.8, 0.9, 7.0]);
        assert!((0.2..0.8).contains(&t), "{t}");
    }

    #[test]
    fn degradations_change_both_partners() {
        let exams = exams();
        for name in ["swap-seen/jpeg-30", "swap-seen/blur-2"] {
            let (native, coarse) = (&exams.columns["swap-seen"][0], &exams.columns[name][0]);
            assert_ne!(native.real, coarse.real, "{name}");
            assert_ne!(native.forged, coarse.forged, "{name}");
            assert_eq!(native.truth, coarse.truth, "{name}: the mask stays");
        }
    }
}
