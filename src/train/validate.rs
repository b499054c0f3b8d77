//! Measuring a net on photos it never saw: quickly during training, fully at the end.
//!
//! * **In**: a net or a finished [`Detector`], held-out photos. **Out**: figures,
//!   calibration, thresholds.
//! * **Not here**: third-party sets (`cli::eval`); nothing is tuned on those.

use std::collections::BTreeMap;

use burn::tensor::Device;

use super::data::Photo;
use super::fit::FitPlan;
use super::forge::Method;
use super::loader::{self, Framing};
use super::net::{Lae, MAP_CELLS};
use super::{Error, export};
use crate::base::{Phase, Rect, TaskCtx, Tensor};
use crate::detect::Detector;
use crate::eval::{MaskPair, Scored, face_prior, localization, roc_auc};

/// Seed of validation pairs; another one than any training seed would reach.
const VALIDATION_SEED: u64 = 0x5eed_0a11;
/// A cell counts as forged when at least this share of it was.
const FORGED_SHARE: f32 = 0.5;
/// Cells with a share between this and [`FORGED_SHARE`] are left out.
const DOUBTFUL_SHARE: f32 = 0.1;

/// Figures of a quick look during training.
#[derive(Debug, Clone, Copy)]
pub struct Quick {
    auc: f64,
    iou: f64,
    f1: f64,
    pixel_auc: f64,
    false_area: f64,
    pairs: u64,
}

impl Quick {
    /// Columns of [`Quick::row`].
    pub const HEADER: &'static str = "auc,iou,f1,pixel_auc,false_area,pairs";

    /// The figures as CSV.
    pub fn row(&self) -> String {
        let Self { auc, iou, f1, pixel_auc, false_area, pairs } = self;
        format!("{auc:.4},{iou:.4},{f1:.4},{pixel_auc:.4},{false_area:.4},{pairs}")
    }
}

/// Measures a burn model on a fixed series of pairs of validation photos.
///
/// # Errors
///
/// As [`loader::make_pair`].
pub fn quick(
    model: &Lae,
    photos: &[Photo],
    plan: &FitPlan,
    device: &Device,
) -> Result<Quick, Error> {
    let (mut scored, mut maps, mut false_area) = (Vec::new(), Vec::new(), 0.0);
    for index in 0..plan.validation_pairs {
        let (pair, mut rng) = loader::make_pair(photos, None, VALIDATION_SEED, index)?;
        let crop = loader::crop_of(&pair, Framing::Centered, &mut rng);
        let mut input = loader::input_of(&pair.real, &crop);
        input.extend(loader::input_of(&pair.forged, &crop));
        let form = plan.objective.form;
        let export::Reference { logits, maps: map, .. } =
            export::reference(model, form, input, super::net::INPUT_PX, device);
        let cells = MAP_CELLS * MAP_CELLS;
        scored.push(Scored { score: logits[0], forged: false });
        scored.push(Scored { score: logits[1], forged: true });
        false_area += marked_share(&map[..cells], 0.5);
        maps.push(MaskPair {
            map: map[cells..].to_vec(),
            truth: truth_of(&pair.mask.pooled(&crop, MAP_CELLS)),
        });
    }
    let place = localization(&maps, 0.5);
    Ok(Quick {
        auc: roc_auc(&scored),
        iou: place.iou,
        f1: place.f1,
        pixel_auc: place.pixel_auc,
        false_area: false_area / plan.validation_pairs as f64,
        pairs: plan.validation_pairs,
    })
}

/// Scores and maps of one detector on pairs of one split.
#[derive(Debug, Default)]
pub struct Measured {
    /// Raw logits of reals and forgeries, by method; reals stand under the method of their
    /// partner.
    pub scored: BTreeMap<Method, Vec<Scored>>,
    /// Heat maps of the forgeries with their masks.
    pub maps: BTreeMap<Method, Vec<MaskPair>>,
    /// Heat maps of the reals.
    pub real_maps: Vec<Vec<f32>>,
}

impl Measured {
    /// All scores together.
    pub fn all_scored(&self) -> Vec<Scored> {
        self.scored.values().flatten().copied().collect()
    }

    /// All map pairs together.
    pub fn all_maps(&self) -> Vec<MaskPair> {
        self.maps.values().flatten().cloned().collect()
    }

    /// Mean share of cells of real pictures marked at a threshold.
    pub fn false_area(&self, threshold: f32) -> f64 {
        let sum: f64 = self.real_maps.iter().map(|m| marked_share(m, threshold)).sum();
        sum / self.real_maps.len().max(1) as f64
    }
}

/// Runs a finished bundle over `pairs_per_method` pairs of every method.
///
/// # Errors
///
/// Undecodable photos, a failing engine, cancellation.
pub fn measure(
    detector: &mut Detector,
    photos: &[Photo],
    pairs_per_method: u64,
    stream: u64,
    ctx: &TaskCtx<'_>,
) -> Result<Measured, Error> {
    let mut out = Measured::default();
    let total = pairs_per_method * Method::TRAINED.len() as u64;
    for (m, method) in Method::TRAINED.into_iter().enumerate() {
        for i in 0..pairs_per_method {
            let done = m as u64 * pairs_per_method + i;
            ctx.step(Phase::Evaluating, done, total)?;
            let seed = VALIDATION_SEED + 1 + stream;
            let (pair, mut rng) = loader::make_pair(photos, Some(method), seed, done)?;
            let crop = loader::crop_of(&pair, Framing::Centered, &mut rng);
            let mut run = |picture| {
                let data = loader::input_of(picture, &crop);
                let side = super::net::INPUT_PX;
                detector.raw(&Tensor { shape: vec![1, 3, side, side], data })
            };
            let (real, forged) = (run(&pair.real)?, run(&pair.forged)?);
            let scored = out.scored.entry(pair.method).or_default();
            scored.push(Scored { score: real.logit, forged: false });
            scored.push(Scored { score: forged.logit, forged: true });
            out.maps.entry(pair.method).or_default().push(MaskPair {
                map: forged.map,
                truth: truth_of(&pair.mask.pooled(&crop, MAP_CELLS)),
            });
            out.real_maps.push(real.map);
        }
    }
    Ok(out)
}

/// The threshold of the heat map that gives the best mean F1 on these pairs, in steps of 0.05.
pub fn best_map_threshold(maps: &[MaskPair]) -> f32 {
    let candidates = (2..=16).map(|i| i as f32 * 0.05);
    let f1 = |t: &f32| localization(maps, *t).f1;
    candidates.max_by(|a, b| f1(a).total_cmp(&f1(b))).unwrap_or(0.5)
}

/// The same pictures as a predictor that never looks would mark them.
pub(super) fn blindly(maps: &[MaskPair]) -> Vec<MaskPair> {
    let side = MAP_CELLS as f32;
    let face = side / export::CROP_SCALE;
    let edge = (side - face) / 2.0;
    let prior = face_prior(MAP_CELLS, MAP_CELLS, &Rect::new(edge, edge, face, face));
    maps.iter().map(|pair| MaskPair { map: prior.clone(), truth: pair.truth.clone() }).collect()
}

fn truth_of(shares: &[f32]) -> Vec<Option<bool>> {
    shares
        .iter()
        .map(|share| match *share {
            s if s >= FORGED_SHARE => Some(true),
            s if s <= DOUBTFUL_SHARE => Some(false),
            _ => None,
        })
        .collect()
}

fn marked_share(map: &[f32], threshold: f32) -> f64 {
    map.iter().filter(|v| **v >= threshold).count() as f64 / map.len().max(1) as f64
}
