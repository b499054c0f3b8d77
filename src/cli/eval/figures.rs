//! Figures as they are printed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Four decimals.
pub(super) fn round(v: f64) -> f64 {
    (v * 1e4).round() / 1e4
}

pub(super) fn figures_text(name: &str, figures: &BTreeMap<String, f64>) -> String {
    let figure = |key: &str| figures.get(key).copied().unwrap_or(f64::NAN);
    let mut text = String::new();
    let _infallible = write!(
        text,
        "{name}: {} real, {} forged, {} not examined\n  AUC {:.3}  AP {:.3}  EER {:.3}  balanced accuracy {:.3}  traces found in {:.3} of the real ones and {:.3} of the forgeries; no trace found in {:.3} of the forgeries",
        figure("n_real"),
        figure("n_forged"),
        figure("not_examined"),
        figure("auc"),
        figure("ap"),
        figure("eer"),
        figure("balanced_accuracy"),
        figure("false_positive_rate"),
        figure("detection_rate"),
        figure("miss_rate"),
    );
    if figures.contains_key("frames") {
        let _infallible = write!(text, "\n  {} frames examined", figure("frames"));
        return text;
    }
    if figure("n_masks") > 0.0 {
        let _infallible = write!(
            text,
            "\n  {} masks: IoU {:.3}  F1 {:.3}  pixel AUC {:.3}  (for comparison, the middle of each face: IoU {:.3}  pixel AUC {:.3})",
            figure("n_masks"),
            figure("iou"),
            figure("f1"),
            figure("pixel_auc"),
            figure("iou_face_prior"),
            figure("pixel_auc_face_prior"),
        );
    }
    let _infallible =
        write!(text, "\n  area marked in real pictures {:.4}", figure("false_positive_area"));
    text
}
