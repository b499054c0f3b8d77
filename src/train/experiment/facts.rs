//! Facts of a training: what its log holds, and the processor time.

use std::collections::BTreeMap;
use std::path::Path;

use super::figures::mean;

/// Means over a run's steps of what `game.csv` holds: widths chosen, accuracy on changed copies.
pub(super) fn game_facts(path: &Path) -> BTreeMap<String, f64> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').skip(1).collect();
    let rows: Vec<Vec<f64>> = lines
        .map(|l| l.split(',').skip(1).filter_map(|v| v.parse().ok()).collect::<Vec<f64>>())
        .filter(|row| row.len() == names.len())
        .collect();
    if rows.is_empty() {
        return BTreeMap::new();
    }
    let of_column = |i: usize| mean(&rows.iter().map(|row| row[i]).collect::<Vec<_>>());
    names.iter().enumerate().map(|(i, name)| ((*name).to_owned(), of_column(i))).collect()
}

/// Processor time of this process; NaN where it cannot be told.
pub(super) fn cpu_secs() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> =
        stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(f64::NAN);
    (ticks(11) + ticks(12)) / 100.0
}
