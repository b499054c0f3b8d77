//! Measuring a net on photos it never saw, quickly, during training.
//!
//! * **In**: a net, held-out photos. **Out**: figures for the log, of one look ([`Views::One`]).
//! * **Not here**: the full measurement of a finished bundle (`train::measure`).

use burn::tensor::Device;

use super::data::Photo;
use super::export::Views;
use super::fit::FitPlan;
use super::loader::{self, Framing};
use super::net::{Lae, MAP_CELLS};
use super::{Error, export};
use crate::base::Rect;
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
            export::reference(model, form, Views::One, input, super::net::INPUT_PX, device);
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

/// Which cells were forged, from the shares of them that were; `None` in doubt.
pub(super) fn truth_of(shares: &[f32]) -> Vec<Option<bool>> {
    shares
        .iter()
        .map(|share| match *share {
            s if s >= FORGED_SHARE => Some(true),
            s if s <= DOUBTFUL_SHARE => Some(false),
            _ => None,
        })
        .collect()
}

pub(super) fn marked_share(map: &[f32], threshold: f32) -> f64 {
    map.iter().filter(|v| **v >= threshold).count() as f64 / map.len().max(1) as f64
}
