//! The summary of all items, put together from its parts.

use super::answer::answer;
use super::cautions::{cautions, since};
use super::found::{found, not_examined};
use super::rates::error_rates;
use super::steps::next_steps;
use super::weight::weight_sentences;
use crate::base::Verdict;
use crate::report::build::words::verdict_from;
use crate::report::record::{DetectorFacts, ReportItem, SummaryRecord, WeightRecord};

/// The summary of all items. `detectors` are those of the items, `weight` has the propositions and the
/// calibration set behind their ratios; without a `question` there is no answer.
pub fn summarize(
    items: &[ReportItem],
    detectors: &[DetectorFacts],
    weight: &WeightRecord,
    question: Option<&str>,
) -> SummaryRecord {
    let n = |verdict: Verdict| {
        items.iter().filter(|item| verdict_from(&item.findings.verdict) == verdict).count()
    };
    let mut summary = SummaryRecord {
        n_items: items.len(),
        n_traces_found: n(Verdict::TracesFound),
        n_inconclusive: n(Verdict::Inconclusive),
        n_no_trace_found: n(Verdict::NoTraceFound),
        n_not_examined: n(Verdict::NotExamined),
        n_changed: items.iter().filter(|item| since(item).is_some()).count(),
        ..SummaryRecord::default()
    };
    let question = question.filter(|question| !question.trim().is_empty());
    summary.answer = question.map(|_| answer(items, &summary));
    summary.sentences = found(items);
    summary.not_examined = not_examined(items);
    summary.cautions = cautions(items, detectors);
    summary.error_rates = error_rates(items, detectors);
    summary.weight = weight_sentences(items, weight);
    summary.next_steps = next_steps(items, &summary);
    summary
}

#[cfg(test)]
mod tests {
    use super::super::items::MAX_NAMED;
    use super::*;
    use crate::report::build::detector::detector_facts;
    use crate::report::build::stored::failed_findings;
    use crate::report::build::weight::weight_without_ratio;
    use crate::report::record::{
        ClipFacts, CustodyRecord, FileState, NotExaminedRecord, RunRecord,
    };

    fn page_one(items: &[ReportItem], detectors: &[DetectorFacts]) -> SummaryRecord {
        summarize(items, detectors, &weight_without_ratio(), None)
    }

    fn item(number: usize, verdict: Verdict) -> ReportItem {
        let mut findings = failed_findings("it is no picture");
        if verdict != Verdict::NotExamined {
            verdict.as_str().clone_into(&mut findings.verdict);
            verdict.label().clone_into(&mut findings.headline);
        }
        ReportItem {
            number,
            case_item: None,
            name: format!("file{number}"),
            path: format!("/evidence/file{number}"),
            custody: CustodyRecord {
                sha256_at_entry: None,
                sha256_now: None,
                state: FileState::FirstHash,
                sentence: String::new(),
                bytes: None,
                modified: None,
                created: None,
            },
            run: None,
            findings,
            statements: Vec::new(),
            contradictions: Vec::new(),
            credential: None,
            metadata_notes: Vec::new(),
            metadata_fields: 0,
            pictures: Vec::new(),
            readings: Vec::new(),
            bookmarks: Vec::new(),
        }
    }

    #[test]
    fn the_most_suspicious_comes_first_and_the_rest_is_counted() {
        let mut items: Vec<ReportItem> = (1..=20).map(|n| item(n, Verdict::NoTraceFound)).collect();
        items[17] = item(18, Verdict::TracesFound);
        let summary = page_one(&items, &[]);
        assert!(summary.sentences[0].starts_with("Item 18 (\"file18\"): Traces of forgery found."));
        assert_eq!(summary.sentences.len(), MAX_NAMED + 1);
        assert!(summary.sentences[MAX_NAMED].starts_with("8 more items"));
        assert_eq!(
            (summary.n_items, summary.n_traces_found, summary.n_no_trace_found),
            (20, 1, 19)
        );
        assert!(summary.next_steps.len() >= 5, "{:?}", summary.next_steps);
    }

    #[test]
    fn frames_that_a_quick_look_leaves_out_are_not_examined() {
        let mut items = [item(1, Verdict::Inconclusive)];
        let clip = ClipFacts {
            duration_s: 4.0,
            fps: 25.0,
            frames: 100,
            frames_examined: 24,
            quick: true,
            partial: false,
        };
        items[0].findings.clip = Some(clip.clone());
        let summary = page_one(&items, &[]);
        let texts = summary.not_examined;
        assert!(texts[0].starts_with("Not examined: 76 of 100 frames"), "{texts:?}");
        assert!(summary.next_steps[1].starts_with("Have every frame"), "{:?}", summary.next_steps);
        items[0].findings.clip = Some(ClipFacts { quick: false, ..clip });
        let sentences = page_one(&items, &[]).not_examined;
        assert!(!sentences[0].contains("frames"), "{sentences:?}");
    }

    /// Their rates are not those of filmed clips.
    #[test]
    fn page_one_says_what_the_clips_of_the_test_were() {
        let models = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        let card = crate::bundle::Bundle::read_card(&models.join("lae")).unwrap();
        let detectors = [detector_facts(&card)];
        let mut items = [item(1, Verdict::TracesFound)];
        items[0].run = Some(RunRecord {
            program: String::new(),
            at: String::new(),
            model: card.name.clone(),
            model_sha256: card.file.sha256,
            engine: String::new(),
            provider: String::new(),
            parameters: serde_json::Value::Null,
        });
        for (kind, n_told) in [("image", 0), ("video", 1)] {
            items[0].findings.kind = Some(kind.to_owned());
            let sentences = page_one(&items, &detectors).error_rates;
            let n = sentences.iter().filter(|text| text.contains("made of photos")).count();
            assert_eq!(n, n_told, "{sentences:?}");
            let filmed =
                sentences.iter().filter(|text| text.contains("filmed clips, some")).count();
            assert_eq!(filmed, n_told, "{sentences:?}");
        }
    }

    #[test]
    fn what_was_not_examined_and_what_changed_is_reported_on_page_one() {
        let mut part = item(1, Verdict::NoTraceFound);
        part.findings.not_examined = vec![NotExaminedRecord {
            what: "12 frames".into(),
            place: "at 00:01".into(),
            why: "damaged".into(),
        }];
        let mut gone = item(2, Verdict::NotExamined);
        gone.custody.state = FileState::Missing;
        gone.custody.sentence = "The file is no longer there.".to_owned();
        let summary = page_one(&[part, gone], &[]);
        assert_eq!(
            summary.not_examined,
            [
                "Item 1 (\"file1\"): Not examined: 12 frames (at 00:01): damaged.",
                "Item 2 (\"file2\"): Not examined, because it is no picture."
            ]
        );
        assert_eq!(summary.cautions, ["Item 2 (\"file2\"): The file is no longer there."]);
        let empty = page_one(&[], &[]);
        assert_eq!(empty.sentences, ["There was no file to examine."]);
        assert_eq!(empty.not_examined, ["Any file: none was named, and the case has none."]);
    }
}
