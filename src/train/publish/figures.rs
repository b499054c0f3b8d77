//! The figures of a model card, from what the model said of test photos.
//!
//! `test-people` is everything of the plain conditions; `-native`, `-varied`, `-coded` and
//! `-coded-unseen` (HEVC, VP9) are its parts, `reals-…` the false alarms by quality of the picture,
//! `-seen` and `-unseen` those of the methods that were and were not trained on, then each method,
//! then each unseen quality on native pictures.

use std::collections::BTreeMap;

use crate::base::Quality;
use crate::bundle::{Calibration, Thresholds};
use crate::detect::Degradation;
use crate::eval::{
    Isotonic, Scored, TrustCell, calibration_error, detection, localization, log_loss, roc_auc,
    wilson,
};
use crate::train::forge::Method;
use crate::train::publish::measured::{Condition, Measured, MeasuredPair};
use crate::train::publish::validate;

/// Table name to figure name to value.
pub(in crate::train) type Tables = BTreeMap<String, BTreeMap<String, f64>>;

/// Logits as probabilities.
pub(in crate::train) fn calibrated(scored: &[Scored], calibration: Calibration) -> Vec<Scored> {
    scored.iter().map(|s| Scored { score: calibration.apply(s.score), ..*s }).collect()
}

/// All tables.
pub(in crate::train) fn all(
    measured: &Measured,
    calibration: Calibration,
    thresholds: &Thresholds,
    isotonic: &Isotonic,
    cells: &[TrustCell],
) -> Tables {
    let mut tables = Tables::new();
    let table = |which: &dyn Fn(&MeasuredPair) -> bool| {
        let scored = calibrated(&measured.scored(which), calibration);
        figures(measured, which, &scored, thresholds)
    };
    let mut put = |name: &str, figures: BTreeMap<String, f64>| {
        if !figures.is_empty() {
            tables.insert(name.to_owned(), figures);
        }
    };
    put("test-people", table(&MeasuredPair::is_plain));
    put("test-people-native", table(&|p| p.condition == Condition::Native));
    put("test-people-varied", table(&|p| p.condition == Condition::Varied));
    put("test-people-seen", table(&|p| p.is_plain() && p.method.is_seen()));
    put("test-people-unseen", table(&|p| p.is_plain() && !p.method.is_seen()));
    for is_unseen in [false, true] {
        let name = if is_unseen { "test-people-coded-unseen" } else { "test-people-coded" };
        put(name, table(&|p| p.condition == Condition::Coded { is_unseen }));
    }
    for (name, figures) in reals_by_quality(measured, calibration, thresholds) {
        put(&name, figures);
    }
    for method in Method::ALL {
        let name = format!("test-people-{}", method.as_str());
        put(&name, table(&|p| p.is_plain() && p.method == method));
    }
    let native = roc_auc(&measured.scored(|p| p.condition == Condition::Native));
    let mut losses = Vec::new();
    for degradation in Degradation::UNSEEN {
        let degraded = move |p: &MeasuredPair| p.condition == Condition::Degraded(degradation);
        let mut figures = table(&degraded);
        let loss = native - roc_auc(&measured.scored(degraded));
        if loss.is_finite() {
            losses.push(loss);
            figures.insert("auc_loss".to_owned(), rounded(loss));
        }
        put(&format!("test-people-{degradation}"), figures);
    }
    if !losses.is_empty() {
        let mean = losses.iter().sum::<f64>() / losses.len() as f64;
        put("unseen-quality", named(&[("mean_auc_loss", mean), ("n", losses.len() as f64)]));
    }
    put("calibration", calibration_figures(measured, calibration, isotonic));
    if !cells.is_empty() {
        put("reliability", reliability_figures(cells));
    }
    tables
}

fn figures(
    measured: &Measured,
    which: &dyn Fn(&MeasuredPair) -> bool,
    scored: &[Scored],
    thresholds: &Thresholds,
) -> BTreeMap<String, f64> {
    if scored.is_empty() {
        return BTreeMap::new();
    }
    let score = detection(scored, thresholds.traces_found, thresholds.no_trace_found);
    let interval = |rate: f64, n: usize| wilson((rate * n as f64).round() as usize, n);
    let [alarm_low, alarm_high] = interval(score.false_positive_rate, score.n_real);
    let [miss_low, miss_high] = interval(score.miss_rate, score.n_forged);
    let maps = measured.maps(which);
    let place = localization(&maps, thresholds.map);
    let blind = localization(&validate::center_baseline(&maps), 0.5);
    named(&[
        ("n_real", score.n_real as f64),
        ("n_forged", score.n_forged as f64),
        ("auc", score.auc),
        ("paired", measured.paired(which)),
        ("ap", score.ap),
        ("eer", score.eer),
        ("balanced_accuracy", score.balanced_accuracy),
        ("false_positive_rate", score.false_positive_rate),
        ("false_positive_rate_low", alarm_low),
        ("false_positive_rate_high", alarm_high),
        ("detection_rate", score.detection_rate),
        ("miss_rate", score.miss_rate),
        ("miss_rate_low", miss_low),
        ("miss_rate_high", miss_high),
        ("iou", place.iou),
        ("f1", place.f1),
        ("pixel_auc", place.pixel_auc),
        ("iou_face_prior", blind.iou),
        ("pixel_auc_face_prior", blind.pixel_auc),
        ("false_positive_area", measured.false_area(which, thresholds.map)),
    ])
}

/// Whether a picture of a quality is in a cell.
type InCell = fn(&Quality) -> bool;

/// Cells of quality in which false alarms are counted.
const CELLS: [(&str, InCell); 11] = [
    ("face-below-64", |q| q.face_px < 64.0),
    ("face-64-to-128", |q| (64.0..128.0).contains(&q.face_px)),
    ("face-from-128", |q| q.face_px >= 128.0),
    ("noise-below-1.2", |q| q.noise < 1.2),
    ("noise-1.2-to-5", |q| (1.2..5.0).contains(&q.noise)),
    ("noise-from-5", |q| q.noise >= 5.0),
    ("blur-below-0.35", |q| q.blur < 0.35),
    ("blur-0.35-to-0.55", |q| (0.35..0.55).contains(&q.blur)),
    ("blur-from-0.55", |q| q.blur >= 0.55),
    ("blocks-below-0.5", |q| q.blockiness < 0.5),
    ("blocks-from-0.5", |q| q.blockiness >= 0.5),
];

/// False alarms among real pictures, by cell of quality.
fn reals_by_quality(
    measured: &Measured,
    calibration: Calibration,
    thresholds: &Thresholds,
) -> Vec<(String, BTreeMap<String, f64>)> {
    let cell = |(name, contains): (&str, InCell)| {
        let of: Vec<_> = measured.reals().filter(|a| contains(&a.quality)).collect();
        let is_alarm = |logit: f32| calibration.apply(logit) >= thresholds.traces_found;
        let alarms = of.iter().filter(|a| is_alarm(a.logit)).count();
        let [low, high] = wilson(alarms, of.len());
        let rate = alarms as f64 / of.len() as f64;
        let figures = [
            ("n_real", of.len() as f64),
            ("false_positive_rate", rate),
            ("false_positive_rate_low", low),
            ("false_positive_rate_high", high),
        ];
        let figures = if of.is_empty() { BTreeMap::new() } else { named(&figures) };
        (format!("reals-{name}"), figures)
    };
    CELLS.map(cell).into()
}

/// Before: the raw logit taken as one. Isotonic: the control that the card does not use.
fn calibration_figures(
    measured: &Measured,
    calibration: Calibration,
    isotonic: &Isotonic,
) -> BTreeMap<String, f64> {
    let logits = measured.scored(MeasuredPair::is_plain);
    let raw = calibrated(&logits, Calibration { scale: 1.0, offset: 0.0 });
    let platt = calibrated(&logits, calibration);
    let steps: Vec<Scored> =
        logits.iter().map(|s| Scored { score: isotonic.apply(s.score), ..*s }).collect();
    named(&[
        ("ece_before", calibration_error(&raw)),
        ("ece_after", calibration_error(&platt)),
        ("ece_isotonic", calibration_error(&steps)),
        ("log_loss_before", log_loss(&raw)),
        ("log_loss_after", log_loss(&platt)),
        ("log_loss_isotonic", log_loss(&steps)),
    ])
}

/// How well the estimate tells right cells from wrong ones.
fn reliability_figures(cells: &[TrustCell]) -> BTreeMap<String, f64> {
    let scored: Vec<Scored> =
        cells.iter().map(|c| Scored { score: c.reliability, forged: c.right }).collect();
    let right = cells.iter().filter(|c| c.right).count() as f64 / cells.len() as f64;
    named(&[
        ("n_cells", cells.len() as f64),
        ("right", right),
        ("auc", roc_auc(&scored)),
        ("ece", calibration_error(&scored)),
    ])
}

/// To four places; what cannot be computed is left out.
fn named(figures: &[(&str, f64)]) -> BTreeMap<String, f64> {
    let known = figures.iter().filter(|(_, value)| value.is_finite());
    known.map(|(name, value)| ((*name).to_owned(), rounded(*value))).collect()
}

fn rounded(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
