//! What a reader can do next.

use super::cautions::is_bad;
use crate::report::record::{ReportItem, SummaryRecord};

pub(super) fn next_steps(items: &[ReportItem], summary: &SummaryRecord) -> Vec<String> {
    let mut steps = Vec::new();
    if summary.n_traces_found + summary.n_inconclusive > 0 {
        steps.push("Look at the marked places in the pictures yourself.");
    }
    if items.iter().any(|item| item.findings.clip.as_ref().is_some_and(|clip| clip.quick)) {
        steps.push("Have every frame of the clip examined: only some were.");
    }
    if summary.n_traces_found + summary.n_inconclusive > 0 {
        steps.push(
            "Ask for the original file, as the camera or the platform first stored it, and \
                    examine it as well.",
        );
        steps.push("Compare with other recordings of the same moment and person.");
        steps.push("Have a second person read the pictures without knowing this result.");
    }
    if summary.n_no_trace_found > 0 {
        steps.push(
            "Where no trace was found, check source, time and place by other means: this \
                    result alone clears no picture.",
        );
    }
    if summary.n_not_examined > 0 {
        steps.push(
            "For what was not examined, ask for the original or a complete copy, as a picture or video.",
        );
    }
    let is_odd = |item: &ReportItem| is_bad(item) || !item.contradictions.is_empty();
    if items.iter().any(is_odd) {
        steps.push("Clear up first why a file is changed, missing or contradicts itself.");
    }
    steps.into_iter().map(str::to_owned).collect()
}
