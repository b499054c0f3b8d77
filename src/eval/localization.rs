//! Localization: how well a heat map agrees with a mask.

use super::{Scored, roc_auc};

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

/// Compares maps of forged pictures with their masks; a cell is marked when it is at or above
/// `threshold`. Pictures whose truth has only one value count for IoU and F1, not for the AUC.
pub fn localization(pairs: &[MaskPair], threshold: f32) -> LocalizationScores {
    let (mut iou, mut f1, mut auc, mut n_auc) = (0.0, 0.0, 0.0, 0.0);
    for pair in pairs {
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
        iou += if union > 0.0 { both / union } else { 1.0 };
        f1 += if marked + forged > 0.0 { 2.0 * both / (marked + forged) } else { 1.0 };
        let picture_auc = roc_auc(&cells);
        if picture_auc.is_finite() {
            auc += picture_auc;
            n_auc += 1.0;
        }
    }
    let n = pairs.len() as f64;
    LocalizationScores { n: pairs.len(), iou: iou / n, f1: f1 / n, pixel_auc: auc / n_auc }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
