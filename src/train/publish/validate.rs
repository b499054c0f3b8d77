//! Measuring a net on photos it never saw, quickly, during training.

use burn::tensor::Device;

use crate::train::batch::loader::{self, Framing};
use crate::train::data::Photo;
use crate::train::fit::FitPlan;
use crate::train::forge::{Method, PostProcessing};
use crate::train::net::{Lae, MAP_CELLS};
use crate::train::publish::export;
use crate::train::publish::export::Views;
use crate::train::{Error, data};
use std::path::Path;

use crate::base::Rect;
use crate::eval::{MaskPair, Scored, face_prior, localization, roc_auc};
use crate::prep;

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
            export::reference(model, form, Views::One, input, crate::train::net::INPUT_PX, device);
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

/// Figures of what the wide mix adds.
#[derive(Debug, Clone, Copy)]
pub struct Wide {
    auc_one_shot: f64,
    iou_one_shot: f64,
    auc_decoded: f64,
    iou_decoded: f64,
    /// Share of reals through trained codecs above the plain reals' 95th percentile.
    coded_alarms: f64,
    /// The same for codecs that are not trained on.
    unseen_alarms: f64,
    n: [usize; 3],
}

impl Wide {
    /// Columns of [`Wide::row`].
    pub const HEADER: &'static str = "auc_one_shot,iou_one_shot,auc_decoded,iou_decoded,\
        coded_alarms,unseen_alarms,pairs,n_coded,n_unseen";

    /// The figures as CSV.
    pub fn row(&self) -> String {
        let [pairs, coded, unseen] = self.n;
        format!(
            "{:.4},{:.4},{:.4},{:.4},{:.4},{:.4},{pairs},{coded},{unseen}",
            self.auc_one_shot,
            self.iou_one_shot,
            self.auc_decoded,
            self.iou_decoded,
            self.coded_alarms,
            self.unseen_alarms
        )
    }
}

/// Measures one-shot swaps, decoder residue and coded reals of validation photos.
///
/// # Errors
///
/// As [`quick`].
pub fn wide(model: &Lae, photos: &[Photo], plan: &FitPlan, device: &Device) -> Result<Wide, Error> {
    let form = plan.objective.form;
    let ask = |input: Vec<f32>| {
        export::reference(model, form, Views::One, input, crate::train::net::INPUT_PX, device)
    };
    let pairs = plan.validation_pairs;
    let of = |method: Method| -> Result<(f64, f64), Error> {
        let (mut scored, mut maps) = (Vec::new(), Vec::new());
        for index in 0..pairs {
            let made = loader::make_pair_with(
                photos,
                Some(method),
                PostProcessing::Varied,
                VALIDATION_SEED,
                index,
            );
            let (pair, mut rng) = made?;
            let crop = loader::crop_of(&pair, Framing::Centered, &mut rng);
            let mut input = loader::input_of(&pair.real, &crop);
            input.extend(loader::input_of(&pair.forged, &crop));
            let export::Reference { logits, maps: map, .. } = ask(input);
            scored.push(Scored { score: logits[0], forged: false });
            scored.push(Scored { score: logits[1], forged: true });
            let truth = truth_of(&pair.mask.pooled(&crop, MAP_CELLS));
            maps.push(MaskPair { map: map[MAP_CELLS * MAP_CELLS..].to_vec(), truth });
        }
        Ok((roc_auc(&scored), localization(&maps, 0.5).iou))
    };
    let (auc_one_shot, iou_one_shot) = of(Method::OneShot)?;
    let (auc_decoded, iou_decoded) = of(Method::Decoded)?;
    let score = |photo: &Photo, path: &Path| -> Result<f32, Error> {
        let portrait = data::decode_version(photo, path)?;
        let picture = portrait.picture.to_rgb();
        let crop = prep::crop_rect(&portrait.face, export::CROP_SCALE, &picture.bounds());
        Ok(ask(loader::input_of(&picture, &crop)).logits[0])
    };
    let (mut plain, mut coded, mut unseen) = (Vec::new(), Vec::new(), Vec::new());
    for photo in photos.iter().take(2 * pairs as usize) {
        plain.push(score(photo, &photo.path)?);
        let Some(versions) = &photo.versions else { continue };
        for path in versions.coded_for_training() {
            coded.push(score(photo, path)?);
        }
        for path in versions.coded_for_measuring() {
            unseen.push(score(photo, path)?);
        }
    }
    plain.sort_by(f32::total_cmp);
    let line = plain.get(plain.len() * 95 / 100).copied().unwrap_or(f32::INFINITY);
    let above =
        |scores: &[f32]| scores.iter().filter(|s| **s > line).count() as f64 / scores.len() as f64;
    Ok(Wide {
        auc_one_shot,
        iou_one_shot,
        auc_decoded,
        iou_decoded,
        coded_alarms: above(&coded),
        unseen_alarms: above(&unseen),
        n: [pairs as usize, coded.len(), unseen.len()],
    })
}

/// The threshold of the heat map that gives the best mean F1 on these pairs, in steps of 0.05.
pub fn best_map_threshold(maps: &[MaskPair]) -> f32 {
    let candidates = (2..=16).map(|i| i as f32 * 0.05);
    let f1 = |t: &f32| localization(maps, *t).f1;
    candidates.max_by(|a, b| f1(a).total_cmp(&f1(b))).unwrap_or(0.5)
}

/// The same pictures as the face-center baseline marks them.
pub(in crate::train) fn center_baseline(maps: &[MaskPair]) -> Vec<MaskPair> {
    let side = MAP_CELLS as f32;
    let face = side / export::CROP_SCALE;
    let edge = (side - face) / 2.0;
    let prior = face_prior(MAP_CELLS, MAP_CELLS, &Rect::new(edge, edge, face, face));
    maps.iter().map(|pair| MaskPair { map: prior.clone(), truth: pair.truth.clone() }).collect()
}

/// Which cells were forged, from the shares of them that were; `None` in doubt.
pub(in crate::train) fn truth_of(shares: &[f32]) -> Vec<Option<bool>> {
    shares
        .iter()
        .map(|share| match *share {
            s if s >= FORGED_SHARE => Some(true),
            s if s <= DOUBTFUL_SHARE => Some(false),
            _ => None,
        })
        .collect()
}

pub(in crate::train) fn marked_share(map: &[f32], threshold: f32) -> f64 {
    map.iter().filter(|v| **v >= threshold).count() as f64 / map.len().max(1) as f64
}
