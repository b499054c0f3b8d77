//! The Locality-Aware AutoEncoder as a detector.

use super::output::{self, RawOutput};
use super::{Aligner, Error, looks, quality, region, scope};
use crate::base::{
    Affine, Cancel, EngineInfo, Face, FaceFinding, Frame, Heatmap, ModelRef, Quality,
    Reconstruction, Rect, Reliability, Tensor, Verdict,
};
use crate::bundle::{Bundle, Calibration, Card, InputSize, ModelKind, Thresholds};
use crate::infer::{Engine, ModelSession};
use crate::prep;

/// Most looks at a face, the first included.
const MAX_LOOKS: usize = 4;
/// Longest side of the input, in pixels; a card can ask for more memory than there is.
const MAX_SIDE_PX: u32 = 1024;

/// A loaded detector. One per thread: running it takes `&mut self`.
pub struct Detector {
    session: Box<dyn ModelSession>,
    card: Card,
    model: ModelRef,
    side_px: u32,
    crop_scale: f32,
    calibration: Calibration,
    thresholds: Thresholds,
}

impl Detector {
    /// Loads a bundle into the engine.
    ///
    /// # Errors
    ///
    /// [`Error::Card`] when the bundle is no detector, [`Error::Engine`] when it does not load.
    pub fn load(engine: &Engine, bundle: &Bundle) -> Result<Self, Error> {
        Self::new(bundle.card.clone(), || Ok(engine.load_for_crops(bundle)?))
    }

    /// Checks the card, then takes the session that `open` makes.
    fn new(
        card: Card,
        open: impl FnOnce() -> Result<Box<dyn ModelSession>, Error>,
    ) -> Result<Self, Error> {
        let wrong = |what: &str| Error::Card { name: card.name.clone(), what: what.to_owned() };
        if card.kind != ModelKind::Lae {
            return Err(wrong("its kind is not lae"));
        }
        for name in ["logit", "map"] {
            if !card.outputs.iter().any(|n| n == name) {
                return Err(wrong(&format!("it has no output {name}")));
            }
        }
        let InputSize::SquarePx(side_px) = card.input.size else {
            return Err(wrong("its input is no square of fixed size"));
        };
        let crop_scale = card.input.crop_scale.ok_or_else(|| wrong("crop_scale is missing"))?;
        if side_px > MAX_SIDE_PX {
            return Err(wrong(&format!("its input is larger than {MAX_SIDE_PX} px a side")));
        }
        if side_px == 0 || !crop_scale.is_finite() || crop_scale <= 0.0 {
            return Err(wrong("its input has no size"));
        }
        let is_tighter = |scale: &f32| *scale > 0.0 && *scale < crop_scale;
        if card.input.looks.len() >= MAX_LOOKS || !card.input.looks.iter().all(is_tighter) {
            return Err(wrong("its looks are too many, or wider than the crop"));
        }
        let calibration = card.calibration.ok_or_else(|| wrong("calibration is missing"))?;
        let thresholds = card.thresholds.ok_or_else(|| wrong("thresholds are missing"))?;
        let model = ModelRef { name: card.name.clone(), sha256: card.file.sha256.clone() };
        if card.correction.is_some_and(|correction| !correction.is_finite()) {
            return Err(wrong("its correction holds values that are no numbers"));
        }
        let session = open()?;
        Ok(Self { session, card, model, side_px, crop_scale, calibration, thresholds })
    }

    pub fn model(&self) -> ModelRef {
        self.model.clone()
    }

    /// Lets this flag stop the runs that follow.
    pub fn stop_with(&mut self, cancel: Cancel) {
        self.session.stop_with(cancel);
    }

    /// The engine that runs it.
    pub fn engine(&self) -> &EngineInfo {
        self.session.engine()
    }

    /// Why it examines nothing any more: the model server that runs it is gone, or was refused.
    pub fn lost(&self) -> Option<Error> {
        self.session.lost().map(Error::Engine)
    }

    /// The model card.
    pub const fn card(&self) -> &Card {
        &self.card
    }

    /// The thresholds from score to words.
    pub const fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    /// Prepares faces for this detector, also on another thread.
    pub fn aligner(&self) -> Aligner {
        Aligner {
            spec: self.card.input.clone(),
            side_px: self.side_px,
            crop_scale: self.crop_scale,
        }
    }

    /// Runs the network on several faces at once, `[n × looks, 3, side, side]`.
    ///
    /// # Errors
    ///
    /// As [`Detector::raw`].
    pub fn raw_batch(&mut self, input: &Tensor) -> Result<Vec<RawOutput>, Error> {
        let n = input.shape.first().copied().unwrap_or(0);
        let outputs = self.session.run(input)?;
        let raws = (0..n)
            .map(|i| RawOutput::read(output::item_of_batch(&outputs, i, n)?, &self.card.outputs))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(looks::merged(raws, 1 + self.card.input.looks.len()))
    }

    /// Side of the crop in multiples of the face.
    pub(super) const fn crop_scale(&self) -> f32 {
        self.crop_scale
    }

    /// Runs the network on the looks at one face, `[looks, 3, side, side]`, or on one of them.
    ///
    /// # Errors
    ///
    /// [`Error::Engine`] when the run fails, [`Error::Output`] when the answer makes no sense.
    pub fn raw(&mut self, input: &Tensor) -> Result<RawOutput, Error> {
        if input.shape.first() == Some(&1) {
            return RawOutput::read(self.session.run(input)?, &self.card.outputs);
        }
        let found = self.raw_batch(input)?.into_iter().next();
        found.ok_or_else(|| Error::Output("there is no answer".to_owned()))
    }

    /// A logit without what the quality of its picture did to it, if the card knows.
    pub fn corrected(&self, logit: f32, quality: &Quality) -> f32 {
        self.card.correction.map_or(logit, |correction| correction.apply(logit, quality))
    }

    /// The verdict for a calibrated score.
    pub fn verdict(&self, score: f32) -> Verdict {
        if score >= self.thresholds.traces_found {
            Verdict::TracesFound
        } else if score < self.thresholds.no_trace_found {
            Verdict::NoTraceFound
        } else {
            Verdict::Inconclusive
        }
    }

    /// Examines one face or drawn region. `face` is in image space, as is the answer.
    ///
    /// Deterministic for one engine and provider. The crop is taken from the upright picture and
    /// never leaves it.
    ///
    /// # Errors
    ///
    /// As [`Detector::raw`].
    pub fn examine(&mut self, frame: &Frame, face: &Face) -> Result<FaceFinding, Error> {
        let upright_box = frame.upright_from_image().apply_rect(&face.box_px);
        let (bounds, spec) = (frame.upright.bounds(), &self.card.input);
        let crops = looks::crops(&upright_box, &bounds, self.crop_scale, spec);
        let crop = prep::crop_rect(&upright_box, self.crop_scale, &bounds);
        let input = looks::prepared(&frame.upright, &crops, self.side_px, spec);
        let mut raw = self.raw(&input)?;
        let tensor = raw.reconstruction.take();
        let finding = self.interpret(frame, face, &crop, raw);
        let reconstruction = tensor.and_then(|t| self.reconstruction(frame, &crop, &t));
        Ok(FaceFinding { reconstruction, ..finding })
    }

    /// Makes a finding of the network's outputs for the square `crop` (upright space).
    pub(super) fn interpret(
        &self,
        frame: &Frame,
        face: &Face,
        crop: &Rect,
        raw: RawOutput,
    ) -> FaceFinding {
        let upright_from_image = frame.upright_from_image();
        let upright_box = upright_from_image.apply_rect(&face.box_px);
        let quality = quality::measure(frame, &face.box_px);
        let score = self.calibration.apply(self.corrected(raw.logit, &quality));
        let (verdict, caveats) =
            scope::downgrade_verdict(self.verdict(score), &quality, self.card.scope.as_ref());
        let grid = Rect::new(0.0, 0.0, raw.map_width as f32, raw.map_height as f32);
        let upright_from_map = Affine::rect_to_rect(&grid, crop);
        let region = matches!(verdict, Verdict::TracesFound | Verdict::Inconclusive)
            .then(|| {
                let landmarks = face.landmarks.map(|l| l.map(|p| upright_from_image.apply(p)));
                let place = region::MapPlacement { upright_box, landmarks, upright_from_map };
                region::describe(&raw.map, raw.map_width, self.thresholds.map, &place)
            })
            .flatten();
        let placed = |values| Heatmap {
            width: raw.map_width as u32,
            height: raw.map_height as u32,
            values,
            image_from_map: frame.image_from_upright().after(&upright_from_map),
        };
        // An estimate whose quality was not measured is not passed on.
        let reliability = raw
            .reliability
            .zip(self.card.reliability)
            .map(|(values, facts)| self.reliability(&raw.map, placed(values), facts.threshold));
        let heatmap = placed(raw.map);
        FaceFinding {
            face: face.clone(),
            score: Some(score),
            verdict,
            reason: None,
            heatmap: Some(heatmap),
            reliability,
            region,
            quality: Some(quality),
            caveats,
            reconstruction: None,
            embedding: raw.embedding,
            reference: None,
        }
    }

    /// The model's estimate of its own map, with the threshold of the card.
    fn reliability(&self, map: &[f32], reliability: Heatmap, threshold: f32) -> Reliability {
        let cells = map.iter().zip(&reliability.values);
        let marked = cells.filter(|(value, _)| **value >= self.thresholds.map).map(|(_, r)| *r);
        let (n_marked, sum) = marked.fold((0u32, 0.0), |(n, sum), r| (n + 1, sum + r));
        let in_marked = (n_marked > 0).then(|| sum / n_marked as f32);
        let n_cells = reliability.values.len().max(1) as f32;
        let n_below = reliability.values.iter().filter(|r| **r < threshold).count();
        let untrusted_share = n_below as f32 / n_cells;
        Reliability { map: reliability, threshold, in_marked, untrusted_share }
    }

    /// Input and reconstruction of the autoencoder, both at the size of the reconstruction.
    fn reconstruction(
        &self,
        frame: &Frame,
        crop: &Rect,
        tensor: &Tensor,
    ) -> Option<Reconstruction> {
        let output = output::picture(tensor, &self.card.input)?;
        let input = prep::resample(&frame.upright, crop, output.width_px, output.height_px);
        let residual = output::residual(&input, &output);
        Some(Reconstruction { input, output, residual })
    }
}

#[cfg(test)]
#[path = "lae_tests.rs"]
mod tests;
