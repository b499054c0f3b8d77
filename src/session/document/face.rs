//! A face of the picture or frame shown, with what was tried on it.

use std::sync::Arc;

use crate::base::{Affine, FaceFinding, Heatmap, Rect, RgbImage, Sample};
use crate::detect::{Degradation, MapAgreement, SERIES};

/// The autoencoder's view of a face, placed in the picture.
#[derive(Debug, Clone)]
pub struct FacePatch {
    /// What the network saw.
    pub input: Arc<RgbImage>,
    /// The reconstruction by the network.
    pub output: Arc<RgbImage>,
    /// Colored residual.
    pub residual: Arc<RgbImage>,
    /// Takes the patch's pixels to upright positions.
    pub upright_from_patch: Affine,
}

/// One face or region of a document.
#[derive(Debug, Clone)]
pub struct FaceItem {
    /// What was found.
    pub finding: FaceFinding,
    /// The box as a person sees it.
    pub upright_box: Rect,
    /// The heat map with the map that takes upright positions to its cells.
    pub map: Option<(Arc<Heatmap>, Affine)>,
    /// The autoencoder's view.
    pub patch: Option<FacePatch>,
    /// A small upright picture of the face.
    pub thumbnail: Arc<RgbImage>,
    /// What was tried on it.
    pub robustness: Robustness,
    /// Number of the face in a video; `None` for stills and drawn regions.
    pub track: Option<u32>,
}

/// A heat map with the map that takes upright positions to its cells; `None` when it has no inverse.
pub(in crate::session) fn placed_map(
    map: Option<&Heatmap>,
    image_from_upright: &Affine,
) -> Option<(Arc<Heatmap>, Affine)> {
    let map_from_image = map?.image_from_map.inverse()?;
    Some((Arc::new(map?.clone()), map_from_image.after(image_from_upright)))
}

impl FaceItem {
    /// The face of a track in one frame of a video, whose stored and upright grid are one.
    pub(in crate::session) fn from_sample(
        sample: &Sample,
        track: u32,
        thumbnail: Arc<RgbImage>,
    ) -> Self {
        let heatmap = sample.map.as_ref().map(|map| map.heatmap());
        let map = placed_map(heatmap.as_ref(), &Affine::IDENTITY);
        let finding = FaceFinding {
            face: sample.face.clone(),
            score: sample.score,
            verdict: sample.verdict,
            reason: sample.reason.clone(),
            heatmap,
            reliability: None,
            region: None,
            quality: None,
            caveats: sample.caveats.clone(),
            reconstruction: None,
            embedding: None,
            reference: None,
        };
        let upright_box = finding.face.box_px;
        let robustness = Robustness::default();
        Self { finding, upright_box, map, patch: None, thumbnail, robustness, track: Some(track) }
    }
}

/// What was tried on a face.
#[derive(Debug, Clone, Default)]
pub struct Robustness {
    /// The steps of the series done so far, in its order.
    pub series: Vec<Arc<DegradedFace>>,
    /// Steps are being done, or wait.
    pub is_running: bool,
    /// What is looked at instead of the original.
    pub trial: Option<Trial>,
}

/// A degradation that a person tries on a face.
#[derive(Debug, Clone)]
pub struct Trial {
    /// What is wanted.
    pub degradation: Degradation,
    /// The newest result; for a moment that of an earlier request.
    pub shown: Option<Arc<DegradedFace>>,
}

/// A degraded copy of a face and the detector's finding on it.
#[derive(Debug, Clone)]
pub struct DegradedFace {
    /// What was done to the copy.
    pub degradation: Degradation,
    /// What the detector finds on the copy.
    pub finding: FaceFinding,
    /// How its map agrees with that of the original.
    pub agreement: MapAgreement,
    /// Its map with the map that takes upright positions to cells.
    pub map: Option<(Arc<Heatmap>, Affine)>,
    /// The degraded surroundings of the face, no larger than is shown.
    pub copy: Arc<RgbImage>,
    /// Takes pixels of the copy to upright positions.
    pub upright_from_copy: Affine,
    /// A small picture of the degraded face.
    pub thumbnail: Arc<RgbImage>,
}

impl Robustness {
    /// Whether all steps of the series are there.
    pub fn is_complete(&self) -> bool {
        self.series.len() == SERIES.len()
    }

    /// The series is tried, from its first step on.
    pub(in crate::session) fn begin_series(&mut self) {
        self.series.clear();
        self.is_running = true;
    }

    /// A step of the series was done.
    pub(in crate::session) fn take_step(&mut self, step: Arc<DegradedFace>) {
        self.series.push(step);
    }

    /// No step of the series runs or waits any more.
    pub(in crate::session) const fn end_series(&mut self) {
        self.is_running = false;
    }

    /// This is looked at from now on; `None` is the original. Until the result comes, the last one
    /// stays.
    pub(in crate::session) fn look_at(&mut self, degradation: Option<Degradation>) {
        let shown = self.trial.take().and_then(|trial| trial.shown);
        self.trial = degradation.map(|degradation| Trial { degradation, shown });
    }

    /// What is looked at was done, unless the original was wanted back meanwhile.
    pub(in crate::session) fn take_trial(&mut self, result: Arc<DegradedFace>) {
        if let Some(trial) = &mut self.trial {
            trial.shown = Some(result);
        }
    }
}
