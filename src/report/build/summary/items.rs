//! The order of items on page 1, and their names in its sentences.

use crate::report::build::words::verdict_from;
use crate::report::record::ReportItem;

/// Items and parts that page 1 names one by one.
pub(super) const MAX_NAMED: usize = 12;

/// The items by their verdicts; equals stay in their order.
pub fn most_suspicious_first(items: &[ReportItem]) -> Vec<&ReportItem> {
    let mut named: Vec<&ReportItem> = items.iter().collect();
    named.sort_by_key(|item| std::cmp::Reverse(verdict_from(&item.findings.verdict).rank()));
    named
}

/// The item that tells most: that of the worst verdict, among equals that of the highest score.
pub fn most_telling(items: &[ReportItem]) -> Option<&ReportItem> {
    let score = |item: &ReportItem| item.findings.score.unwrap_or(-1.0);
    most_suspicious_first(items).into_iter().reduce(|best, item| {
        let is_alike = item.findings.verdict == best.findings.verdict;
        if is_alike && score(item) > score(best) { item } else { best }
    })
}

/// The item in a sentence about several.
pub(super) fn name(item: &ReportItem, items: &[ReportItem]) -> String {
    match items {
        [_] => String::new(),
        // A name may read like a sentence of the report.
        _ => format!("Item {} ({:?}): ", item.number, item.name),
    }
}
