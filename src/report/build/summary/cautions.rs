//! What is wrong with the files, the case and the findings: it is read first.

use super::items::{MAX_NAMED, name};
use crate::base::Verdict;
use crate::base::text::{counted, sentence, shortened};
use crate::report::build::ratio::disagrees;
use crate::report::build::words::verdict_from;
use crate::report::record::{CaseRecord, DetectorFacts, FaceRecord, FileState, ReportItem};

/// Characters of what somebody wrote that page 1 shows; the whole stands with the item.
const MOST_OF_OTHERS: usize = 240;

/// Whether the file is no longer the one that was examined, or cannot be read.
pub(super) const fn is_bad(item: &ReportItem) -> bool {
    matches!(item.custody.state, FileState::Changed | FileState::Missing | FileState::Unreadable)
}

pub(super) fn cautions(items: &[ReportItem], detectors: &[DetectorFacts]) -> Vec<String> {
    let bad: Vec<&ReportItem> = items.iter().filter(|item| is_bad(item)).collect();
    let mut sentences: Vec<String> = bad
        .iter()
        .take(MAX_NAMED)
        .map(|item| format!("{}{}", name(item, items), item.custody.sentence))
        .collect();
    if bad.len() > MAX_NAMED {
        sentences.push(format!(
            "{} are changed, missing or unreadable.",
            counted((bad.len() - MAX_NAMED) as u64, "more file")
        ));
    }
    sentences.extend(items.iter().flat_map(|item| disagreements(item, items)).take(MAX_NAMED));
    let unfounded = items.iter().filter(|item| is_unfounded(item, detectors)).take(MAX_NAMED);
    sentences.extend(unfounded.map(|item| {
        format!(
            "{}The verdict does not follow from the score and the thresholds of the detector as it is \
             installed here: it was made with others, or was changed.",
            name(item, items)
        )
    }));
    for item in items {
        let warnings = item.bookmarks.iter().filter(|bookmark| bookmark.mark == "warning");
        sentences.extend(warnings.take(MAX_NAMED).map(|bookmark| {
            let text = format!(
                "warning by {} about {}: {}",
                shortened(&bookmark.author, MOST_OF_OTHERS),
                shortened(&bookmark.on, MOST_OF_OTHERS),
                shortened(&bookmark.comment, MOST_OF_OTHERS)
            );
            format!("{}{}", name(item, items), sentence(&text))
        }));
    }
    let n_contradictory = items.iter().filter(|item| !item.contradictions.is_empty()).count();
    if n_contradictory > 0 {
        sentences.push(format!(
            "What {} about itself contradicts itself; the contradictions stand with the item.",
            match n_contradictory {
                1 => "one file says".to_owned(),
                n => format!("each of {n} files says"),
            }
        ));
    }
    sentences
}

/// Faces whose ratio supports the opposite of their verdict.
fn disagreements<'a>(
    item: &'a ReportItem,
    items: &'a [ReportItem],
) -> impl Iterator<Item = String> + 'a {
    let disagreeing = item.findings.faces.iter().filter(|face| is_against(face));
    disagreeing.map(move |face| {
        format!(
            "{}Face {}: the verdict and the likelihood ratio point in opposite directions. What each \
             compares stands with the weight of the evidence.",
            name(item, items),
            face.number
        )
    })
}

/// Whether a verdict says more than its score by the thresholds of its detector.
fn is_unfounded(item: &ReportItem, detectors: &[DetectorFacts]) -> bool {
    let model = item.run.as_ref().map(|run| &run.model_sha256);
    let detector = detectors.iter().find(|detector| Some(&detector.sha256) == model);
    let thresholds = detector.and_then(|detector| detector.thresholds);
    let score = item.findings.score.map(f64::from);
    let Some((score, thresholds)) = score.zip(thresholds) else { return false };
    match verdict_from(&item.findings.verdict) {
        Verdict::TracesFound => score < thresholds.traces_found,
        Verdict::NoTraceFound => score >= thresholds.no_trace_found,
        Verdict::Inconclusive | Verdict::NotExamined => false,
    }
}

/// Whether the ratio of a face supports the opposite of its verdict.
pub(super) fn is_against(face: &FaceRecord) -> bool {
    face.ratio.as_ref().is_some_and(|ratio| disagrees(face, ratio))
}

/// What became of an examined file since, where it is no longer the one that was examined.
pub fn since(item: &ReportItem) -> Option<&'static str> {
    if verdict_from(&item.findings.verdict) == Verdict::NotExamined {
        return None;
    }
    match item.custody.state {
        FileState::Changed => Some("the file was changed since"),
        FileState::Missing => Some("the file is gone since"),
        FileState::Unreadable => Some("the file cannot be read any more"),
        FileState::Unchanged | FileState::FirstHash => None,
    }
}

/// How much of its case a report leaves out, in a sentence.
pub(in crate::report::build) fn left_out_of_case(
    case: &CaseRecord,
    n_items: usize,
) -> Option<String> {
    let n_left_out = case.n_items.saturating_sub(n_items as u64);
    (n_left_out > 0).then(|| {
        format!(
            "{} of the {} of the case: who made the report left {} out.",
            if n_items == 1 {
                "The report is about one".to_owned()
            } else {
                format!("The report is about {n_items}")
            },
            counted(case.n_items, "item"),
            if n_left_out == 1 { "one".to_owned() } else { n_left_out.to_string() }
        )
    })
}

/// What is wrong with the case that the items come from, in a sentence.
pub fn case_caution(case: &CaseRecord) -> Option<String> {
    (!case.sound).then(|| {
        let first = case.faults.first().map(|fault| format!(" First fault: {}", sentence(fault)));
        format!(
            "The case was changed outside this program or is damaged: its log, findings and masks do \
             not agree. What the report takes from it cannot be relied on; the report lists the \
             faults.{}",
            first.unwrap_or_default()
        )
    })
}
