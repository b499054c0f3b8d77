//! Cells, rows and columns that the sections share.

use std::collections::BTreeSet;

use crate::train::experiment::claims::Columns;
use crate::train::experiment::design::SETS;
use crate::train::experiment::figures::{Figure, Measure, spread};
use crate::train::experiment::record::{Answers, Record};
use crate::train::experiment::table::Row;
use crate::train::experiment::test_set::{N_COUNTED, qualities};

pub(super) fn table(page: &mut String, heads: &[String], lines: impl Iterator<Item = Vec<String>>) {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    page.push_str(&line(heads));
    page.push_str(&line(&vec!["---".to_owned(); heads.len()]));
    for cells in lines {
        page.push_str(&line(&cells));
    }
    page.push('\n');
}

/// The rows of the table that were measured.
pub(super) fn rows(records: &[Record]) -> Vec<(String, String)> {
    let measured = |word: &String| records.iter().any(|r| r.row == *word);
    let all = Row::ALL.iter().map(|row| (row.word(), row.title()));
    all.filter(|(word, _)| measured(word)).collect()
}

pub(super) fn n_of(records: &[Record], column: &str) -> usize {
    records.iter().filter_map(|r| r.columns.get(column)).map(Answers::n).max().unwrap_or(0)
}

/// What the records say of something, each once, separated by commas.
pub(super) fn distinct(records: &[&Record], text_of: impl Fn(&Record) -> String) -> String {
    let all: BTreeSet<String> = records.iter().map(|record| text_of(record)).collect();
    all.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
}

pub(super) fn short(commit: &str) -> String {
    commit.chars().take(9).collect()
}

pub(super) fn native() -> Vec<String> {
    SETS.iter().map(|(name, _)| (*name).to_owned()).collect()
}

/// The columns of one quality.
fn under(quality: &str) -> Vec<String> {
    native().into_iter().map(|set| format!("{set}/{quality}")).collect()
}

pub(super) fn columns_of(records: &[Record]) -> Columns {
    let ending =
        |end: &str| -> Vec<String> { native().into_iter().filter(|n| n.ends_with(end)).collect() };
    let measured = measured_qualities(records);
    Columns {
        seen: ending("-seen"),
        unseen: ending("-unseen"),
        degraded: measured.iter().filter(|q| counts(q)).flat_map(|q| under(q)).collect(),
        degraded_native: under("native"),
    }
}

/// Whether claims and means are about this quality.
pub(super) fn counts(quality: &str) -> bool {
    qualities().iter().take(N_COUNTED).any(|q| q == quality)
}

pub(super) fn measured_qualities(records: &[Record]) -> Vec<String> {
    let has = |q: &String| {
        records.iter().any(|r| r.columns.keys().any(|c| c.ends_with(&format!("/{q}"))))
    };
    qualities().into_iter().filter(has).collect()
}

/// Value of a measure for a row: mean over seeds, with extremes when there are several.
pub(super) fn cell(records: &[Record], row: &str, measure: &Measure) -> String {
    let values: Vec<f64> =
        records.iter().filter(|r| r.row == row).map(|r| measure.value(r)).collect();
    mean_cell(&values)
}

/// Mean over seeds of a fact of a row's trainings.
pub(super) fn fact_cell(records: &[Record], row: &str, name: &str, digits: usize) -> String {
    let own = records.iter().filter(|r| r.row == row);
    let values: Vec<f64> = own.filter_map(|r| r.facts.get(name).copied()).collect();
    spread(&values).map_or_else(|| "–".to_owned(), |(mean, ..)| format!("{mean:.digits$}"))
}

pub(super) fn mean_cell(values: &[f64]) -> String {
    match spread(values) {
        None => "–".to_owned(),
        Some((mean, ..)) if values.len() < 2 => format!("{mean:.3}"),
        Some((mean, low, high)) => format!("{mean:.3} ({low:.3}–{high:.3})"),
    }
}

/// AUC of the pairs that are measured under every quality: native, under each, the mean of those
/// that count, and what is lost.
pub(super) fn quality_cells(records: &[Record], word: &str) -> Vec<String> {
    let columns = columns_of(records);
    let auc = |columns: &[String]| cell(records, word, &Measure::new(Figure::Auc, columns));
    let clean = Measure::new(Figure::Auc, &columns.degraded_native);
    let coarse = Measure::new(Figure::Auc, &columns.degraded);
    let losses: Vec<f64> = records
        .iter()
        .filter(|r| r.row == word)
        .map(|r| clean.value(r) - coarse.value(r))
        .collect();
    let mut cells = vec![auc(&columns.degraded_native)];
    cells.extend(measured_qualities(records).iter().map(|q| auc(&under(q))));
    cells.extend([auc(&columns.degraded), mean_cell(&losses)]);
    cells
}

/// Heads of [`map_cells`].
pub(super) const MAP_HEADS: [&str; 4] = ["IoU", "F1", "pixel AUC", "false area on reals"];

/// How well the maps of a row mark forged pixels, over the sets at native quality.
pub(super) fn map_cells(records: &[Record], word: &str) -> [String; 4] {
    let figures = [Figure::Iou, Figure::F1, Figure::PixelAuc, Figure::FalseArea];
    figures.map(|figure| cell(records, word, &Measure::new(figure, &native())))
}

/// Heads of [`training_cells`].
pub(super) const TRAINING_HEADS: [&str; 5] =
    ["σ reals", "σ forgeries", "accuracy clean", "accuracy changed", "processor s"];

/// What the trainings of a row were.
pub(super) fn training_cells(records: &[Record], word: &str) -> [String; 5] {
    [
        ("sigma_mean_real", 2),
        ("sigma_mean_forged", 2),
        ("accuracy_clean", 2),
        ("accuracy_changed", 2),
        ("cpu_secs_train", 0),
    ]
    .map(|(name, digits)| fact_cell(records, word, name, digits))
}

/// A row of heads.
pub(super) fn heads(groups: &[&[&str]]) -> Vec<String> {
    groups.concat().into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::train::experiment::record::tests::planted;

    /// A record in which forgeries of seen and unseen sets score above reals by these shifts.
    pub(in super::super) fn record(row: &str, seed: u64, seen: f32, unseen: f32) -> Record {
        let noise = |i: usize, k: usize| ((i * 7919 + k * 104_729) % 1000) as f32 / 500.0;
        let mut record = Record { threshold: 1.2, ..planted(row, seed) };
        for (s, (set, _)) in SETS.iter().enumerate() {
            let shift = if set.ends_with("-seen") { seen } else { unseen };
            let answers = Answers {
                real: (0..120).map(|i| noise(i, s)).collect(),
                forged: (0..120).map(|i| noise(i, s + 9) + shift).collect(),
                iou: (0..120).map(|i| Some(0.2 * shift + 0.05 * noise(i, s))).collect(),
                f1: vec![Some(0.3 * shift); 120],
                pixel_auc: vec![Some(0.8); 120],
                false_area: vec![0.01; 120],
                groups: Vec::new(),
            };
            record.columns.insert((*set).to_owned(), answers);
        }
        record
    }
}
