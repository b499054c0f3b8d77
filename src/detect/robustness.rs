//! Whether a finding survives degradations of the picture.
//!
//! Degraded is the face with its surroundings, in pixels of the picture as a person sees it: a blur
//! of 2 px takes much from a small face and little from a large one.

use super::{Degradation, Detector, Error, cut_around};
use crate::base::{
    Affine, FaceFinding, Frame, Orientation, Phase, Point, Rect, RgbImage, TaskCtx, Verdict, text,
};
use crate::prep;

/// The fixed series, each kind from mild to strong.
pub const SERIES: [Degradation; 10] = [
    Degradation::Jpeg(90),
    Degradation::Jpeg(70),
    Degradation::Jpeg(50),
    Degradation::Jpeg(30),
    Degradation::Blur(0.5),
    Degradation::Blur(1.0),
    Degradation::Blur(2.0),
    Degradation::Scale(0.75),
    Degradation::Scale(0.5),
    Degradation::Scale(0.33),
];

/// Degraded round the detector's crop, so that its edges are like the rest.
const MARGIN_PX: f32 = 32.0;

/// The finding on a degraded copy.
#[derive(Debug, Clone)]
pub struct Rescored {
    pub degradation: Degradation,
    /// The finding on the copy, at the same place of the stored picture.
    pub finding: FaceFinding,
    /// Agreement of its map with that of the original.
    pub agreement: MapAgreement,
    /// The degraded part of the picture.
    pub copy: RgbImage,
    /// Takes pixels of the copy to the upright picture.
    pub upright_from_copy: Affine,
}

/// Agreement of two maps of one face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapAgreement {
    /// Intersection over union of the marked cells; 1 when neither map marks any.
    pub iou: f32,
    /// Correlation of the values (Pearson's); `None` when one of the maps is flat.
    pub correlation: Option<f32>,
}

impl Detector {
    /// Examines a degraded copy of a face that was examined before.
    ///
    /// # Errors
    ///
    /// As [`Detector::examine`].
    pub fn rescore(
        &mut self,
        frame: &Frame,
        original: &FaceFinding,
        degradation: Degradation,
    ) -> Result<Rescored, Error> {
        let upright_from_image = frame.upright_from_image();
        let upright_box = upright_from_image.apply_rect(&original.face.box_px);
        let crop = prep::crop_rect(&upright_box, self.crop_scale(), &frame.upright.bounds());
        let (part, [x, y]) = cut_around(&frame.upright, &crop, MARGIN_PX);
        let (x, y) = (x as f32, y as f32);
        let copy = degradation.apply(&part);
        let jpeg_quality = match degradation {
            Degradation::Jpeg(quality) => Some(quality),
            Degradation::Blur(_) | Degradation::Scale(_) => None,
        };
        let degraded = Frame { jpeg_quality, ..Frame::new(copy.clone(), Orientation::UPRIGHT) };
        let mut face = original.face.clone();
        face.box_px = Rect::new(upright_box.x - x, upright_box.y - y, upright_box.w, upright_box.h);
        face.landmarks = face.landmarks.map(|landmarks| {
            landmarks.map(|p| {
                let p = upright_from_image.apply(p);
                Point { x: p.x - x, y: p.y - y }
            })
        });
        let mut finding = self.examine(&degraded, &face)?;
        finding.face = original.face.clone();
        let upright_from_copy = Affine { m: [1.0, 0.0, x, 0.0, 1.0, y] };
        let image_from_copy = frame.image_from_upright().after(&upright_from_copy);
        let maps =
            finding.heatmap.iter_mut().chain(finding.reliability.iter_mut().map(|r| &mut r.map));
        for map in maps {
            map.image_from_map = image_from_copy.after(&map.image_from_map);
        }
        let values = |finding: &FaceFinding| finding.heatmap.as_ref().map(|m| m.values.clone());
        let (before, after) = (values(original), values(&finding));
        let agreement = agreement(
            &before.unwrap_or_default(),
            &after.unwrap_or_default(),
            self.thresholds().map,
        );
        Ok(Rescored { degradation, finding, agreement, copy, upright_from_copy })
    }

    /// The whole [`SERIES`]. Cancelling stops before the next step.
    ///
    /// # Errors
    ///
    /// As [`Detector::examine`]; `None` when it was cancelled.
    pub fn rescore_series(
        &mut self,
        frame: &Frame,
        original: &FaceFinding,
        ctx: &TaskCtx<'_>,
    ) -> Result<Option<Vec<Rescored>>, Error> {
        let mut steps = Vec::with_capacity(SERIES.len());
        for (i, degradation) in SERIES.into_iter().enumerate() {
            if ctx.step(Phase::Examining, i as u64, SERIES.len() as u64).is_err() {
                return Ok(None);
            }
            steps.push(self.rescore(frame, original, degradation)?);
        }
        Ok(Some(steps))
    }
}

/// Summarizes a series in one sentence. `steps` come from mild to strong within each kind.
pub fn robustness_sentence(original: Verdict, steps: &[(Degradation, Verdict)]) -> String {
    let mut kinds: Vec<&str> = Vec::new();
    for (degradation, _) in steps {
        if !kinds.contains(&degradation.as_str()) {
            kinds.push(degradation.as_str());
        }
    }
    let (mut holds, mut lost) = (Vec::new(), Vec::new());
    for kind in kinds {
        let of_kind = || steps.iter().filter(|(d, _)| d.as_str() == kind);
        match of_kind().find(|(_, verdict)| *verdict != original) {
            Some((first, verdict)) => {
                lost.push(format!("{} ({})", first.label(), verdict.label().to_lowercase()));
            }
            None => holds.extend(of_kind().next_back().map(|(d, _)| up_to(*d))),
        }
    }
    let what = format!("\"{}\"", original.label());
    let verb = if original == Verdict::TracesFound { "is lost" } else { "changes" };
    match (holds.is_empty(), lost.is_empty()) {
        (true, true) => "Nothing was tried.".to_owned(),
        (false, true) => format!("{what} holds under all that was tried: {}.", text::list(&holds)),
        (true, false) => format!("{what} {verb} with {}.", text::list(&lost)),
        (false, false) => {
            format!(
                "{what} holds under {}; it {verb} with {}.",
                text::list(&holds),
                text::list(&lost)
            )
        }
    }
}

fn up_to(strongest: Degradation) -> String {
    match strongest {
        Degradation::Jpeg(quality) => format!("JPEG down to quality {quality}"),
        Degradation::Blur(sigma) => format!("blur up to {sigma} px"),
        Degradation::Scale(factor) => format!("scaling down to {:.0} %", factor * 100.0),
    }
}

fn agreement(before: &[f32], after: &[f32], threshold: f32) -> MapAgreement {
    let cells = || before.iter().zip(after);
    let count = |hit: &dyn Fn(bool, bool) -> bool| {
        cells().filter(|(a, b)| hit(**a >= threshold, **b >= threshold)).count() as f32
    };
    let union = count(&|a, b| a || b);
    let iou = if union > 0.0 { count(&|a, b| a && b) / union } else { 1.0 };
    let n = before.len().min(after.len()).max(1) as f64;
    let mean = |v: &[f32]| v.iter().map(|x| f64::from(*x)).sum::<f64>() / n;
    let (mean_a, mean_b) = (mean(before), mean(after));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in cells() {
        let (a, b) = (f64::from(*a) - mean_a, f64::from(*b) - mean_b);
        ab += a * b;
        aa += a * a;
        bb += b * b;
    }
    let is_flat = aa < 1e-9 * n || bb < 1e-9 * n;
    MapAgreement { iou, correlation: (!is_flat).then(|| (ab / (aa * bb).sqrt()) as f32) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_names_what_holds_and_where_it_is_lost() {
        use Verdict::{Inconclusive, NoTraceFound, TracesFound};
        let steps = |lost_from: &[(usize, Verdict)]| -> Vec<(Degradation, Verdict)> {
            let verdict = |i: usize| {
                lost_from.iter().find(|(at, _)| *at == i).map_or(TracesFound, |(_, v)| *v)
            };
            SERIES.into_iter().enumerate().map(|(i, d)| (d, verdict(i))).collect()
        };
        assert_eq!(
            robustness_sentence(TracesFound, &steps(&[])),
            "\"Traces of forgery found\" holds under all that was tried: JPEG down to quality 30, \
             blur up to 2 px and scaling down to 33 %."
        );
        assert_eq!(
            robustness_sentence(TracesFound, &steps(&[(2, Inconclusive), (3, NoTraceFound)])),
            "\"Traces of forgery found\" holds under blur up to 2 px and scaling down to 33 %; it is \
             lost with JPEG quality 50 (inconclusive)."
        );
        let all_lost = steps(&[(0, Inconclusive), (6, NoTraceFound), (7, Inconclusive)]);
        assert_eq!(
            robustness_sentence(TracesFound, &all_lost),
            "\"Traces of forgery found\" is lost with JPEG quality 90 (inconclusive), blur of 2 px \
             (no trace found) and scaling to 75 % and back (inconclusive)."
        );
        assert!(
            robustness_sentence(NoTraceFound, &steps(&[])).contains("changes with"),
            "nothing to lose"
        );
        assert_eq!(robustness_sentence(TracesFound, &[]), "Nothing was tried.");
    }

    #[test]
    fn maps_agree_with_themselves_and_not_with_their_opposite() {
        let map = [0.9, 0.8, 0.1, 0.0];
        let same = agreement(&map, &map, 0.5);
        assert_eq!(same.iou, 1.0);
        assert!((same.correlation.unwrap() - 1.0).abs() < 1e-6);
        let opposite = agreement(&map, &[0.0, 0.1, 0.8, 0.9], 0.5);
        assert!(opposite.iou == 0.0 && opposite.correlation.unwrap() < -0.9, "{opposite:?}");
        let half = agreement(&map, &[0.9, 0.2, 0.1, 0.0], 0.5);
        assert_eq!(half.iou, 0.5);
        let flat = agreement(&map, &[0.3; 4], 0.5);
        assert_eq!((flat.iou, flat.correlation), (0.0, None));
        assert_eq!(agreement(&[0.1; 4], &[0.2; 4], 0.5).iou, 1.0, "neither marks anything");
    }
}
