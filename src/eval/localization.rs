//! Localization: how well a heat map agrees with a mask.

use super::{Scored, roc_auc};
use crate::base::Rect;

/// A heat map and the truth on the same grid. Cells with `None` are not counted (the band of
/// doubt round a derived mask).
#[derive(Debug, Clone, PartialEq)]
pub struct MaskPair {
    /// Probabilities.
    pub map: Vec<f32>,
    /// Whether the cell was forged.
    pub truth: Vec<Option<bool>>,
}

/// Means over the pictures of a set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalizationScores {
    /// Forged pictures counted.
    pub n: usize,
    /// Intersection over union at the threshold.
    pub iou: f64,
    /// F1 of the cells at the threshold.
    pub f1: f64,
    /// Area under the ROC curve of the cells, per picture.
    pub pixel_auc: f64,
}

/// Compares maps of forged pictures with their masks; a cell at or above `threshold` is marked.
///
/// Pictures without a forged cell that counts are left out; those without an untouched one count
/// for IoU and F1, not for the AUC.
pub fn localization(pairs: &[MaskPair], threshold: f32) -> LocalizationScores {
    let (mut n, mut iou, mut f1, mut auc, mut n_auc) = (0u32, 0.0, 0.0, 0.0, 0.0);
    for pair in pairs {
        // A silent map would be right about a forgery too small for the grid.
        if !pair.truth.contains(&Some(true)) {
            continue;
        }
        n += 1;
        let (mut both, mut marked, mut forged) = (0.0, 0.0, 0.0);
        let mut cells = Vec::with_capacity(pair.map.len());
        for (value, truth) in pair.map.iter().zip(&pair.truth) {
            let Some(truth) = *truth else { continue };
            let hit = *value >= threshold;
            both += f64::from(u8::from(hit && truth));
            marked += f64::from(u8::from(hit));
            forged += f64::from(u8::from(truth));
            cells.push(Scored { score: *value, forged: truth });
        }
        let union = marked + forged - both;
        iou += both / union;
        f1 += 2.0 * both / (marked + forged);
        let picture_auc = roc_auc(&cells);
        if picture_auc.is_finite() {
            auc += picture_auc;
            n_auc += 1.0;
        }
    }
    let count = f64::from(n);
    LocalizationScores { n: n as usize, iou: iou / count, f1: f1 / count, pixel_auc: auc / n_auc }
}

/// The face-center baseline: a map that does not depend on the picture.
///
/// High in the middle of the face, 0.5 on the ellipse in the face box, falling outwards. On aligned faces it does surprisingly well, so every figure of
/// localization is to be read beside its figure.
///
/// Returns `[height, width]` for a grid whose cell `i` covers `i..i + 1`; `face` in the same units.
pub fn face_prior(width: usize, height: usize, face: &Rect) -> Vec<f32> {
    let center = face.center();
    let (a, b) = ((face.w / 2.0).max(0.5), (face.h / 2.0).max(0.5));
    let mut map = Vec::with_capacity(width * height);
    for y in 0..height {
        let dy = (y as f32 + 0.5 - center.y) / b;
        map.extend((0..width).map(|x| {
            let dx = (x as f32 + 0.5 - center.x) / a;
            1.0 / (1.0 + dx * dx + dy * dy)
        }));
    }
    map
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prior_marks_the_ellipse_in_the_face_box() {
        let map = face_prior(10, 10, &Rect::new(2.0, 2.0, 6.0, 6.0));
        let marked = map.iter().filter(|v| **v >= 0.5).count();
        // A disk of radius 3 has an area of 28.3 cells.
        assert!((24..=32).contains(&marked), "{marked} cells");
        assert!(map[5 * 10 + 5] > map[0], "the middle is higher than the corner");
    }

    #[test]
    fn doubtful_cells_do_not_count() {
        let pair = MaskPair {
            map: vec![0.9, 0.8, 0.1, 0.7],
            truth: vec![Some(true), Some(false), Some(false), None],
        };
        let scores = localization(&[pair], 0.5);
        assert_eq!((scores.n, scores.iou, scores.pixel_auc), (1, 0.5, 1.0));
        assert!((scores.f1 - 2.0 / 3.0).abs() < 1e-9, "{scores:?}");
    }

    #[test]
    fn a_silent_map_earns_nothing_where_no_forged_cell_counts() {
        let of = |truth| MaskPair { map: vec![0.1, 0.1], truth };
        let pairs = [of(vec![Some(false), None]), of(vec![Some(true), Some(false)])];
        let scores = localization(&pairs, 0.5);
        assert_eq!((scores.n, scores.iou, scores.f1), (1, 0.0, 0.0));
    }
}
