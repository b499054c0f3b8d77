//! The figures of one trained row, as printed.

use crate::train::experiment::design::SETS;
use crate::train::experiment::figures::{Figure, Measure};
use crate::train::experiment::record::Record;

/// A JSON object, or a line of text.
pub(super) fn figures_line(record: &Record, json: bool) -> String {
    let names: Vec<String> = SETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let ending =
        |end: &str| -> Vec<String> { names.iter().filter(|n| n.ends_with(end)).cloned().collect() };
    let of = |figure, columns: &[String]| Measure::new(figure, columns).value(record);
    let figures = [
        ("auc_seen", of(Figure::Auc, &ending("-seen"))),
        ("auc_unseen", of(Figure::Auc, &ending("-unseen"))),
        ("accuracy_seen", of(Figure::Accuracy, &ending("-seen"))),
        ("accuracy_unseen", of(Figure::Accuracy, &ending("-unseen"))),
        ("iou", of(Figure::Iou, &names)),
        ("pixel_auc", of(Figure::PixelAuc, &names)),
        ("false_area", of(Figure::FalseArea, &names)),
    ];
    if json {
        let mut object = serde_json::Map::new();
        object.insert("row".to_owned(), record.row.clone().into());
        object.insert("seed".to_owned(), record.seed.into());
        let round = |v: f64| (v * 1e4).round() / 1e4;
        object
            .extend(figures.into_iter().map(|(k, v)| (k.to_owned(), serde_json::json!(round(v)))));
        return serde_json::Value::Object(object).to_string();
    }
    let figures: Vec<String> = figures
        .into_iter()
        .filter(|(_, v)| v.is_finite())
        .map(|(name, v)| format!("{name} {v:.3}"))
        .collect();
    format!("{} (seed {}): {}", record.row, record.seed, figures.join("  "))
}
