//! Figures of pictures: scores, and heat maps against masks.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, bail};

use super::figures::round;
use crate::base::text::visible_path;
use crate::base::{Frame, Limits, MediaReport, Rect, TaskCtx};
use crate::bundle::Thresholds;
use crate::eval::{MaskPair, Scored, detection, face_prior, localization, pixel_pair};
use crate::media;

/// Width of the uncounted band along the edges of a mask, in pixels: the masks of the development
/// sets are blurred differences.
const BAND_PX: usize = 6;

#[derive(Debug, Default)]
pub(super) struct StillResults {
    scored: Vec<Scored>,
    maps: Vec<MaskPair>,
    /// For comparison: the middle of the face, marked without looking at the picture.
    blind_maps: Vec<MaskPair>,
    false_areas: Vec<f64>,
    not_examined: usize,
}

impl StillResults {
    pub(super) fn add(
        &mut self,
        forged: bool,
        report: &MediaReport,
        frame: Option<&Frame>,
        mask: Option<&Path>,
        thresholds: &Thresholds,
    ) -> anyhow::Result<()> {
        let (Some(score), Some(frame)) = (report.score, frame) else {
            self.not_examined += 1;
            return Ok(());
        };
        self.scored.push(Scored { score, forged });
        let (width, height) = (frame.image.width_px, frame.image.height_px);
        let mut map = vec![0u8; width as usize * height as usize];
        let mut examined = vec![false; map.len()];
        for heat in report.faces.iter().filter_map(|f| f.heatmap.as_ref()) {
            for (sum, value) in map.iter_mut().zip(heat.rasterize(width, height)) {
                *sum = (*sum).max(value);
            }
            let cells = Rect::new(0.0, 0.0, heat.width as f32, heat.height as f32);
            let area = heat.image_from_map.apply_rect(&cells);
            for y in area.y.max(0.0) as u32..((area.y + area.h) as u32).min(height) {
                let row = y as usize * width as usize;
                let end = ((area.x + area.w) as u32).min(width) as usize;
                examined[row + area.x.max(0.0) as usize..row + end].fill(true);
            }
        }
        if !forged {
            let seen = examined.iter().filter(|e| **e).count().max(1);
            let limit = (thresholds.map * 255.0) as u8;
            let marked = map.iter().zip(&examined).filter(|(v, e)| **e && **v >= limit).count();
            self.false_areas.push(marked as f64 / seen as f64);
        } else if let Some(mask) = mask {
            let mask = media::open_still(mask, &Limits::default(), &TaskCtx::silent())
                .with_context(|| format!("cannot read the mask {}", visible_path(mask)))?
                .frame
                .image;
            if (mask.width_px, mask.height_px) != (width, height) {
                bail!(
                    "a mask is {} x {} px, its picture {width} x {height}",
                    mask.width_px,
                    mask.height_px
                );
            }
            let red: Vec<u8> = mask.pixels.iter().step_by(3).copied().collect();
            let size = (width as usize, height as usize);
            let pair = pixel_pair(size, &map, &red, &examined, BAND_PX);
            let mut prior = vec![0.0f32; map.len()];
            for face in &report.faces {
                let face_area = face_prior(size.0, size.1, &face.face.box_px);
                for (sum, value) in prior.iter_mut().zip(face_area) {
                    *sum = sum.max(value);
                }
            }
            self.blind_maps.push(MaskPair { map: prior, truth: pair.truth.clone() });
            self.maps.push(pair);
        }
        Ok(())
    }

    pub(super) fn figures(&self, thresholds: &Thresholds) -> BTreeMap<String, f64> {
        let (upper, lower) = (thresholds.traces_found, thresholds.no_trace_found);
        let score = detection(&self.scored, upper, lower);
        let place = localization(&self.maps, thresholds.map);
        let blind = localization(&self.blind_maps, 0.5);
        let n_areas = self.false_areas.len() as f64;
        let pairs = [
            ("n_real", score.n_real as f64),
            ("n_forged", score.n_forged as f64),
            ("not_examined", self.not_examined as f64),
            ("auc", score.auc),
            ("ap", score.ap),
            ("eer", score.eer),
            ("balanced_accuracy", score.balanced_accuracy),
            ("false_positive_rate", score.false_positive_rate),
            ("detection_rate", score.detection_rate),
            ("miss_rate", score.miss_rate),
            ("n_masks", self.maps.len() as f64),
            ("iou", place.iou),
            ("f1", place.f1),
            ("pixel_auc", place.pixel_auc),
            ("iou_face_prior", blind.iou),
            ("pixel_auc_face_prior", blind.pixel_auc),
            ("false_positive_area", self.false_areas.iter().sum::<f64>() / n_areas),
        ];
        pairs.into_iter().map(|(name, value)| (name.to_owned(), round(value))).collect()
    }
}
