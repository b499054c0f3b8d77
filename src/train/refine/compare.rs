//! Before and after: two detectors on the same pictures that neither learned from.

use serde::Serialize;

use super::{Corrected, Items};
use crate::annotate::Mask;
use crate::base::{Face, FaceOrigin, Heatmap, Phase, Point, TaskCtx};
use crate::detect::Detector;
use crate::eval::{MaskPair, Scored, auc_interval, detection, localization};
use crate::train::Error;
use crate::train::publish::validate::truth_of;

/// Looks along each side of a cell of the map, for the share of it that is forged.
const LOOKS: u32 = 4;

/// What a detector did on pictures of which the truth is known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Exam {
    /// Faces in which nothing is forged.
    pub n_real: usize,
    /// Faces with a mask.
    pub n_forged: usize,
    /// Area under the ROC curve; `None` without both classes.
    pub auc: Option<f64>,
    /// Its 95 % interval.
    pub auc_interval: [f64; 2],
    /// Mean of the shares on the right side of the upper threshold; `None` without both classes.
    pub balanced_accuracy: Option<f64>,
    /// Share of the forgeries called forged.
    pub detection_rate: Option<f64>,
    /// Share of the reals called forged.
    pub false_positive_rate: Option<f64>,
    /// Share of the forgeries called traceless.
    pub miss_rate: Option<f64>,
    /// Mean IoU of map and mask over the forgeries, cell by cell at the model's map threshold.
    pub iou: Option<f64>,
    /// Mean area under the ROC curve of the cells.
    pub pixel_auc: Option<f64>,
}

/// One detector and its figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// Name of the bundle.
    pub name: String,
    /// SHA-256 of its model, lower-case hex.
    pub sha256: String,
    /// On corrected pictures held out.
    pub held_out: Exam,
    /// On test photos and forgeries of them by all methods, as in the card; `None` where no photos
    /// are at hand.
    pub photos: Option<Exam>,
}

/// The old detector and the new one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The detector that was started from.
    pub before: Side,
    /// The retrained one.
    pub after: Side,
}

/// What there is to score: a face's score, and for a forgery its map and the truth of the cells.
#[derive(Debug, Default)]
struct Answers {
    scored: Vec<Scored>,
    maps: Vec<MaskPair>,
}

/// Examines held-out faces as a user would.
///
/// # Errors
///
/// Pictures that can no longer be read, a failing engine, cancellation.
pub fn compare(
    detector: &mut Detector,
    items: &Items,
    faces: &[Corrected],
    ctx: &TaskCtx<'_>,
) -> Result<Exam, Error> {
    let mut answers = Answers::default();
    for (done, item) in faces.iter().enumerate() {
        ctx.step(Phase::Evaluating, done as u64, faces.len() as u64)?;
        let (frame, mask, upright_box) = items.frame(item)?;
        let box_px = frame.image_from_upright().apply_rect(&upright_box);
        let face = Face { box_px, landmarks: None, confidence: 1.0, origin: FaceOrigin::Found };
        let finding = detector.examine(&frame, &face)?;
        let Some(score) = finding.score else { continue };
        answers.scored.push(Scored { score, forged: item.is_forged });
        if let Some(map) = finding.heatmap.filter(|_| item.is_forged) {
            let truth = truth_of(&shares(&map, &mask));
            answers.maps.push(MaskPair { map: map.values, truth });
        }
    }
    ctx.step(Phase::Evaluating, faces.len() as u64, faces.len() as u64)?;
    let thresholds = *detector.thresholds();
    let upper = (thresholds.traces_found, thresholds.no_trace_found);
    Ok(Exam::from_scores(&answers.scored, &answers.maps, upper, thresholds.map))
}

impl Exam {
    /// The figures of scores, and of maps against masks, at a detector's thresholds: those of the
    /// score, upper and lower, and that of the map.
    pub fn from_scores(
        scored: &[Scored],
        maps: &[MaskPair],
        (upper, lower): (f32, f32),
        map_threshold: f32,
    ) -> Self {
        let rates = detection(scored, upper, lower);
        let located = localization(maps, map_threshold);
        let number = |value: f64| value.is_finite().then_some(value);
        Self {
            n_real: rates.n_real,
            n_forged: rates.n_forged,
            auc: number(rates.auc),
            auc_interval: auc_interval(rates.auc, rates.n_forged, rates.n_real),
            balanced_accuracy: number(rates.balanced_accuracy),
            detection_rate: number(rates.detection_rate),
            false_positive_rate: number(rates.false_positive_rate),
            miss_rate: number(rates.miss_rate),
            iou: number(located.iou),
            pixel_auc: number(located.pixel_auc),
        }
    }

    /// The figures by the names of cards.
    pub fn figures(&self) -> std::collections::BTreeMap<String, f64> {
        let named = [
            ("n_real", Some(self.n_real as f64)),
            ("n_forged", Some(self.n_forged as f64)),
            ("auc", self.auc),
            ("balanced_accuracy", self.balanced_accuracy),
            ("detection_rate", self.detection_rate),
            ("false_positive_rate", self.false_positive_rate),
            ("miss_rate", self.miss_rate),
            ("iou", self.iou),
            ("pixel_auc", self.pixel_auc),
        ];
        named.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

impl Comparison {
    /// A table for people, and what it amounts to in a sentence.
    pub fn text(&self) -> String {
        let mut lines = vec![format!("{:<34} {:>10} {:>10}", "", "before", "after")];
        let mut part = |title: &str, before: &Exam, after: &Exam| {
            lines.push(format!("{title} ({} real, {} forged)", before.n_real, before.n_forged));
            let rows = [
                ("AUC", before.auc, after.auc),
                ("balanced accuracy", before.balanced_accuracy, after.balanced_accuracy),
                ("forgeries called forged", before.detection_rate, after.detection_rate),
                ("reals called forged", before.false_positive_rate, after.false_positive_rate),
                ("forgeries called traceless", before.miss_rate, after.miss_rate),
                ("IoU of the map", before.iou, after.iou),
                ("pixel AUC", before.pixel_auc, after.pixel_auc),
            ];
            for (name, before, after) in rows {
                let say = |v: Option<f64>| v.map_or_else(|| "–".to_owned(), |v| format!("{v:.3}"));
                lines.push(format!("  {name:<32} {:>10} {:>10}", say(before), say(after)));
            }
        };
        part("Corrected pictures held out", &self.before.held_out, &self.after.held_out);
        if let (Some(before), Some(after)) = (&self.before.photos, &self.after.photos) {
            part("Test photos, own forgeries", before, after);
        }
        lines.push(self.sentence());
        lines.join("\n")
    }

    /// What can be told from the figures, with care for how many pictures they rest on.
    pub fn sentence(&self) -> String {
        let (before, after) = (&self.before.held_out, &self.after.held_out);
        let n = before.n_real + before.n_forged;
        let (Some(a), Some(b)) = (before.auc, after.auc) else {
            return "No picture of one of the two kinds was held out, so whether the new detector \
                    is better cannot be told."
                .to_owned();
        };
        // A difference counts when neither figure lies in the other's interval.
        let is_in = |value: f64, [low, high]: [f64; 2]| (low..=high).contains(&value);
        let overlap = is_in(a, after.auc_interval) || is_in(b, before.auc_interval);
        let difference = match (overlap, b > a) {
            (true, _) => format!("With {n} pictures held out no difference in AUC can be told"),
            (false, true) => format!("On {n} pictures held out the new detector is better"),
            (false, false) => format!("On {n} pictures held out the new detector is worse"),
        };
        match (&self.before.photos, &self.after.photos) {
            (Some(Exam { auc: Some(a), .. }), Some(Exam { auc: Some(b), .. }))
                if *b < *a - 0.01 =>
            {
                format!(
                    "{difference}; it has forgotten some of what it knew (AUC {a:.3} to {b:.3})."
                )
            }
            (Some(_), Some(_)) => {
                format!("{difference}; nothing it knew was seen to be forgotten.")
            }
            _ => format!("{difference}; whether it forgot anything was not measured (no photos)."),
        }
    }
}

/// The share of every cell of a map that is in a mask.
fn shares(map: &Heatmap, mask: &Mask) -> Vec<f32> {
    let (width, height) = (mask.width_px() as f32, mask.height_px() as f32);
    let is_set = |p: Point| {
        let is_inside = p.x >= 0.0 && p.y >= 0.0 && p.x < width && p.y < height;
        is_inside && mask.get(p.x as u32, p.y as u32)
    };
    let look = |i: u32| (i as f32 + 0.5) / LOOKS as f32;
    let share = |x: u32, y: u32| {
        let looks = (0..LOOKS * LOOKS).filter(|i| {
            let at = Point { x: x as f32 + look(i % LOOKS), y: y as f32 + look(i / LOOKS) };
            is_set(map.image_from_map.apply(at))
        });
        looks.count() as f32 / (LOOKS * LOOKS) as f32
    };
    (0..map.height).flat_map(|y| (0..map.width).map(move |x| share(x, y))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Affine, Rect};

    fn exam(auc: f64, n: usize) -> Exam {
        Exam {
            n_real: n,
            n_forged: n,
            auc: Some(auc),
            auc_interval: auc_interval(auc, n, n),
            balanced_accuracy: Some(auc),
            detection_rate: Some(0.5),
            false_positive_rate: Some(0.0),
            miss_rate: Some(0.1),
            iou: Some(0.3),
            pixel_auc: Some(0.9),
        }
    }

    fn comparison(held_out: &[Exam; 2], photos: Option<&[Exam; 2]>) -> Comparison {
        let side = |name: &str, i: usize| Side {
            name: name.to_owned(),
            sha256: String::new(),
            held_out: held_out[i],
            photos: photos.map(|p| p[i]),
        };
        Comparison { before: side("a", 0), after: side("b", 1) }
    }

    #[test]
    fn a_few_pictures_tell_nothing_and_forgetting_is_reported() {
        let few = comparison(&[exam(0.7, 8), exam(0.8, 8)], None).sentence();
        assert!(few.contains("no difference") && few.contains("not measured"), "{few}");
        let better = [exam(0.7, 500), exam(0.9, 500)];
        let many = comparison(&better, Some(&[exam(0.85, 300), exam(0.8, 300)])).sentence();
        assert!(many.contains("is better") && many.contains("forgotten"), "{many}");
        let worse = comparison(&[exam(0.9, 500), exam(0.7, 500)], None).text();
        assert!(worse.contains("is worse") && worse.contains("balanced accuracy"), "{worse}");
    }

    #[test]
    fn cells_are_compared_where_the_map_lies() {
        let mut bytes = vec![0; 100];
        (0..100).filter(|i| i % 10 >= 6 && i / 10 < 4).for_each(|i| bytes[i] = 255);
        let mask = Mask::from_bytes(10, 10, &bytes).unwrap();
        let grid = Rect::new(0.0, 0.0, 2.0, 2.0);
        let place = Affine::rect_to_rect(&grid, &Rect::new(2.0, 0.0, 8.0, 8.0));
        let map = Heatmap { width: 2, height: 2, values: vec![0.0; 4], image_from_map: place };
        assert_eq!(shares(&map, &mask), [0.0, 1.0, 0.0, 0.0]);
    }
}
