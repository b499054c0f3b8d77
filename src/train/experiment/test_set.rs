//! What every row of a table is measured on: pairs of test photos, made once, the same for all.
//!
//! Columns are named `swap-seen`, `swap-unseen` and so on for pairs at native quality, and
//! `swap-seen/jpeg-30` for the first of those pairs under an unseen quality, both partners alike;
//! `swap-seen/native` repeats the native answers to those first pairs. Where a cue is planted, a
//! seen set has two columns more: its forgeries with the cue, and its reals with it.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::cue::Cue;
use super::design::Set;
use super::figures::mean;
use super::pool::{ForgedPair, Forger};
use crate::base::{Phase, Rect, RgbImage, TaskCtx};
use crate::detect::Degradation;
use crate::prep;
use crate::train::Error;
use crate::train::data::coding::{self, Coding};
use crate::train::forge::{Method, Pair};
use crate::train::net::CELL_PX;
use crate::train::publish::{export, validate};

/// Pairs forged before progress is reported.
const CHUNK: usize = 32;

/// Video codings that are measured, by their names in columns. What messengers do, roughly: sides
/// shrunk to two thirds, as 1080p becomes 720p, and a coarse rate factor.
const CODINGS: [(&str, Coding); 3] = [
    ("h264-crf-35", Coding::h264(35)),
    ("h264-crf-23", Coding::h264(23)),
    ("messenger", Coding { scale: 2.0 / 3.0, ..Coding::h264(28) }),
];

/// Names of the unseen qualities, video codings last. Means are over the first [`N_COUNTED`].
pub fn qualities() -> Vec<String> {
    let names = Degradation::UNSEEN.iter().map(ToString::to_string);
    names.chain(CODINGS.map(|(name, _)| name.to_owned())).collect()
}

/// JPEG, blur, scaling and H.264 at a rate factor of 35: the four that targets and claims are
/// about. Two milder codings are shown beside them.
pub const N_COUNTED: usize = 4;

/// How much is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct TestPlan {
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
pub(super) struct TestPair {
    pub(super) real: RgbImage,
    pub(super) forged: RgbImage,
    pub(super) truth: Vec<Option<bool>>,
    pub(super) group: u32,
}

/// All columns.
#[derive(Debug, PartialEq)]
pub struct TestSets {
    pub(super) px: usize,
    pub(super) columns: BTreeMap<String, Vec<TestPair>>,
    pub(super) facts: BTreeMap<String, f64>,
}

impl TestSets {
    /// Forges all columns. The forger gets every set's pairs under indices of their own; a cue is
    /// planted in the seen sets alone.
    ///
    /// # Errors
    ///
    /// What forger and `ffmpeg` say; cancellation.
    pub fn make(
        sets: &[Set],
        plan: &TestPlan,
        cue: Option<Cue>,
        forger: &Forger<'_>,
        ctx: &TaskCtx<'_>,
    ) -> Result<Self, Error> {
        let mut columns = BTreeMap::new();
        let (mut ceilings, mut scales) = (Vec::new(), Vec::new());
        let (mut swaps, mut triangles) = (0.0, 0.0);
        let total = (sets.len() * plan.pairs) as u64;
        for (s, (name, methods)) in sets.iter().enumerate() {
            let mut items = Vec::with_capacity(plan.pairs);
            let mut kept: Vec<(ForgedPair, Rect)> = Vec::new();
            while items.len() < plan.pairs {
                let done = items.len();
                ctx.step(Phase::Evaluating, (s * plan.pairs + done) as u64, total)?;
                let forged: Vec<(ForgedPair, Rect)> = (done..plan.pairs.min(done + CHUNK))
                    .into_par_iter()
                    .map(|i| {
                        let index = (s * 1_000_000 + i) as u64;
                        let source = forger(methods[i % methods.len()], index)?;
                        let pair = &source.pair;
                        let crop =
                            prep::crop_rect(&pair.face, export::CROP_SCALE, &pair.real.bounds());
                        Ok((source, crop))
                    })
                    .collect::<Result<_, Error>>()?;
                for (source, crop) in &forged {
                    let pair = &source.pair;
                    items.push(item(source, (&pair.real, &pair.forged), crop, plan.px));
                    ceilings.extend(ceiling(pair, crop, plan.px));
                    scales.push(plan.px as f64 / f64::from(crop.w));
                    if pair.method == Method::MeshSwap {
                        swaps += 1.0;
                        triangles += f64::from(u8::from(pair.steps.contains(&"triangles")));
                    }
                }
                let wanted = plan.quality_pairs.saturating_sub(kept.len());
                kept.extend(forged.into_iter().take(wanted));
            }
            for (quality, coded) in degraded(&kept, plan.h264)? {
                let items = kept.iter().zip(&coded).map(|((source, crop), (real, forged))| {
                    item(source, (real, forged), crop, plan.px).pair
                });
                columns.insert(format!("{name}/{quality}"), items.collect());
            }
            if let Some(cue) = cue.filter(|_| name.ends_with("-seen")) {
                for (end, column) in planted(cue, &items) {
                    columns.insert(format!("{name}{end}"), column);
                }
            }
            columns.insert((*name).to_owned(), items.into_iter().map(|item| item.pair).collect());
        }
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

    pub fn n_inputs(&self) -> u64 {
        2 * self.columns.values().map(Vec::len).sum::<usize>() as u64
    }
}

/// A pair with the share of every pixel of the input that was forged.
struct Item {
    pair: TestPair,
    shares: Vec<f32>,
}

/// Both columns with the cue, by the ends of their names.
fn planted(cue: Cue, items: &[Item]) -> [(&'static str, Vec<TestPair>); 2] {
    let as_trained = |Item { pair, shares }: &Item| TestPair {
        forged: cue.planted(&pair.forged, shares),
        ..pair.clone()
    };
    let reversed = |Item { pair, shares }: &Item| TestPair {
        real: cue.planted(&pair.real, shares),
        ..pair.clone()
    };
    [
        (Cue::AS_TRAINED, items.iter().map(as_trained).collect()),
        (Cue::REVERSED, items.iter().map(reversed).collect()),
    ]
}

fn item(
    source: &ForgedPair,
    (real, forged): (&RgbImage, &RgbImage),
    crop: &Rect,
    px: usize,
) -> Item {
    let crop_of = |picture: &RgbImage| prep::resample(picture, crop, px as u32, px as u32);
    let truth = validate::truth_of(&source.pair.mask.pooled(crop, px / CELL_PX));
    let pair =
        TestPair { real: crop_of(real), forged: crop_of(forged), truth, group: source.group };
    Item { pair, shares: source.pair.mask.pooled(crop, px) }
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

fn degraded(pairs: &[(ForgedPair, Rect)], h264: bool) -> Result<Vec<(String, Partners)>, Error> {
    let mut out: Vec<(String, Partners)> = Degradation::UNSEEN
        .iter()
        .map(|degradation| {
            let both = |(ForgedPair { pair: p, .. }, _): &(ForgedPair, Rect)| {
                (degradation.apply(&p.real), degradation.apply(&p.forged))
            };
            (degradation.to_string(), pairs.par_iter().map(both).collect())
        })
        .collect();
    if h264 && !pairs.is_empty() {
        let frames: Vec<RgbImage> =
            pairs.iter().flat_map(|(m, _)| [m.pair.real.clone(), m.pair.forged.clone()]).collect();
        for (name, coding) in CODINGS {
            let coded = coding::through(&frames, coding)?;
            let both = coded.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
            out.push((name.to_owned(), both.collect()));
        }
    }
    Ok(out)
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::pool::tests::drawn;
    use super::*;

    const DRAWN: [Set; 2] =
        [("swap-seen", &[Method::SelfBlend]), ("inpainting-seen", &[Method::Inpaint])];

    /// Two sets of pairs that [`drawn`] makes.
    pub(in crate::train::experiment) fn drawn_sets() -> TestSets {
        let plan = TestPlan { px: 32, pairs: 5, quality_pairs: 2, h264: false };
        TestSets::make(&DRAWN, &plan, None, &drawn, &TaskCtx::silent()).unwrap()
    }

    #[test]
    fn degradations_change_both_partners() {
        let sets = drawn_sets();
        for name in ["swap-seen/jpeg-30", "swap-seen/blur-2"] {
            let (native, coarse) = (&sets.columns["swap-seen"][0], &sets.columns[name][0]);
            assert_ne!(native.real, coarse.real, "{name}");
            assert_ne!(native.forged, coarse.forged, "{name}");
            assert_eq!(native.truth, coarse.truth, "{name}: the mask stays");
        }
    }

    #[test]
    fn a_cue_stands_in_columns_of_its_own() {
        let plan = TestPlan { px: 32, pairs: 3, quality_pairs: 0, h264: false };
        let cue = Some(Cue { levels: 9, share: 1.0 });
        let sets = TestSets::make(&DRAWN, &plan, cue, &drawn, &TaskCtx::silent()).unwrap();
        let of = |end: &str| &sets.columns[&format!("swap-seen{end}")][0];
        let (plain, trained, reversed) = (of(""), of(Cue::AS_TRAINED), of(Cue::REVERSED));
        assert_eq!((&trained.real, &reversed.forged), (&plain.real, &plain.forged));
        assert_ne!(trained.forged, plain.forged);
        assert_ne!(reversed.real, plain.real);
        let at = |x: usize, y: usize| (y * 32 + x) * 3;
        assert_eq!(
            trained.forged.pixels[at(16, 16)],
            plain.forged.pixels[at(16, 16)],
            "the middle"
        );
        assert_ne!(trained.forged.pixels[at(1, 31)], plain.forged.pixels[at(1, 31)], "the frame");
    }
}
