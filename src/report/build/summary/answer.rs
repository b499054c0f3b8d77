//! One line that answers the question that was asked, as far as verdicts answer one.

use super::cautions::{is_against, since};
use crate::base::Verdict;
use crate::base::text::counted;
use crate::report::build::words::verdict_from;
use crate::report::record::{ReportItem, SummaryRecord};

/// The answer. The program does not understand the question: the line says what it can be about.
pub(super) fn answer(items: &[ReportItem], summary: &SummaryRecord) -> String {
    let found = match items {
        [] => return "None: there was no file to examine.".to_owned(),
        _ if summary.n_not_examined == items.len() => {
            return "None: nothing was examined.".to_owned();
        }
        [item] => of_one(verdict_from(&item.findings.verdict)).to_owned(),
        _ => of_several(summary),
    };
    let mut answer = format!("As far as it is about forged faces: {found}");
    if items.iter().any(|item| !item.findings.not_examined.is_empty()) {
        answer.push_str(" Not everything was examined.");
    }
    if items.iter().flat_map(|item| &item.findings.faces).any(is_against) {
        answer.push_str(" A likelihood ratio points the other way.");
    }
    if summary.n_changed > 0 {
        let what = match items {
            [item] => since(item).unwrap_or_default().replacen("the file", "The file", 1),
            _ => format!("{}, changed or gone since", counted(summary.n_changed as u64, "file")),
        };
        answer.extend([" ", &what, ": this is about what was examined."]);
    }
    answer
}

const fn of_one(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::TracesFound => {
            "traces of forgery were found, which speaks for a change of a face and is no proof of one."
        }
        Verdict::NoTraceFound => {
            "no trace of forgery was found, which does not show that nothing was changed."
        }
        Verdict::Inconclusive => "it stays open, because the result is inconclusive.",
        Verdict::NotExamined => "it stays open, because nothing was examined.",
    }
}

fn of_several(summary: &SummaryRecord) -> String {
    let n = summary.n_items;
    let counts = [
        (summary.n_inconclusive, "the result is inconclusive in"),
        (summary.n_no_trace_found, "no trace was found in"),
        (summary.n_not_examined, "nothing was examined in"),
    ];
    let mut text = match summary.n_traces_found {
        0 if summary.n_not_examined > 0 => {
            format!("traces of forgery were found in none of those of {n} files that were examined")
        }
        0 => format!("traces of forgery were found in none of {n} files"),
        found => format!("traces of forgery were found in {found} of {n} files"),
    };
    for (count, words) in counts.iter().filter(|(count, _)| *count > 0) {
        text.extend([", ", words, " ", &count.to_string()]);
    }
    text.push_str(if summary.n_traces_found > 0 {
        ". Traces speak for a change and are no proof of one."
    } else {
        ". That does not show that nothing was changed."
    });
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_become_one_line_that_promises_nothing() {
        let summary = SummaryRecord {
            n_items: 4,
            n_traces_found: 1,
            n_no_trace_found: 2,
            n_not_examined: 1,
            ..SummaryRecord::default()
        };
        let want = "traces of forgery were found in 1 of 4 files, no trace was found in 2, nothing was \
                    examined in 1. Traces speak for a change and are no proof of one.";
        assert_eq!(of_several(&summary), want);
        let none = SummaryRecord { n_items: 2, n_no_trace_found: 2, ..SummaryRecord::default() };
        assert!(of_several(&none).contains("in none of 2 files"));
        assert!(of_several(&none).ends_with("does not show that nothing was changed."));
        assert_eq!(answer(&[], &SummaryRecord::default()), "None: there was no file to examine.");
    }
}
