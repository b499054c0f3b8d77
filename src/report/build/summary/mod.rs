//! Page 1: all items together, in words that can be read in two minutes.

use super::words::verdict_from;
use crate::base::Verdict;
use crate::base::text::{counted, percent_to_tenths, sentence};
use crate::bundle::FILMED_CLIP_FIGURES;
use crate::report::record::{
    CaseRecord, DetectorFacts, FileState, MeasuredRates, ReportItem, ShareInterval, SummaryRecord,
};

/// Items and parts that page 1 names one by one.
const MAX_NAMED: usize = 12;

/// What the clips of the trainer's test are, so that nobody takes their rates for those of filmed
/// clips.
const CLIPS_OF_THE_TEST: &str = "The clips of that test were made of photos: nobody in them speaks or \
    moves. On filmed clips expect more errors, also on those that were not forged.";

/// The summary of all items. `detectors` are those of the items.
pub fn summarize(items: &[ReportItem], detectors: &[DetectorFacts]) -> SummaryRecord {
    let n = |verdict: Verdict| {
        items.iter().filter(|item| verdict_from(&item.findings.verdict) == verdict).count()
    };
    let mut summary = SummaryRecord {
        n_items: items.len(),
        n_traces_found: n(Verdict::TracesFound),
        n_inconclusive: n(Verdict::Inconclusive),
        n_no_trace_found: n(Verdict::NoTraceFound),
        n_not_examined: n(Verdict::NotExamined),
        ..SummaryRecord::default()
    };
    summary.sentences = found(items);
    summary.not_examined = not_examined(items);
    summary.cautions = cautions(items);
    summary.error_rates = error_rates(items, detectors);
    summary.next_steps = next_steps(items, &summary);
    summary
}

/// The items by their verdicts; equals stay in their order.
pub fn most_suspicious_first(items: &[ReportItem]) -> Vec<&ReportItem> {
    let mut named: Vec<&ReportItem> = items.iter().collect();
    named.sort_by_key(|item| std::cmp::Reverse(verdict_from(&item.findings.verdict).rank()));
    named
}

/// The item in a sentence about several.
fn name(item: &ReportItem, items: &[ReportItem]) -> String {
    match items {
        [_] => String::new(),
        // A name may read like a sentence of the report.
        _ => format!("Item {} ({:?}): ", item.number, item.name),
    }
}

fn found(items: &[ReportItem]) -> Vec<String> {
    if items.is_empty() {
        return vec!["There was no file to examine.".to_owned()];
    }
    let mut sentences = Vec::new();
    for item in most_suspicious_first(items).into_iter().take(MAX_NAMED) {
        let is_examined = verdict_from(&item.findings.verdict) != Verdict::NotExamined;
        let head = if is_examined {
            sentence(&item.findings.headline)
        } else {
            "Nothing can be said: nothing of it was examined.".to_owned()
        };
        let faces = item.findings.sentences.iter().take(MAX_NAMED).cloned();
        let more = item.findings.sentences.len().saturating_sub(MAX_NAMED);
        let mut text = format!("{}{head}", name(item, items));
        let robustness = item.findings.faces.iter().filter_map(|face| face.robustness.as_ref());
        let robustness = robustness.take(MAX_NAMED).map(|found| sentence(&found.sentence));
        for face in faces.chain(robustness) {
            text.push(' ');
            text.push_str(&face);
        }
        if more > 0 {
            text.push(' ');
            text.push_str(&counted(more as u64, "more face"));
            text.push_str(" are listed with the item.");
        }
        sentences.push(text);
    }
    if items.len() > MAX_NAMED {
        sentences.push(format!(
            "{} are listed below, each with its verdict.",
            counted((items.len() - MAX_NAMED) as u64, "more item")
        ));
    }
    sentences
}

fn not_examined(items: &[ReportItem]) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut n_left = 0;
    for item in items {
        let whole = (verdict_from(&item.findings.verdict) == Verdict::NotExamined)
            .then(|| item.findings.headline.clone());
        let parts = item
            .findings
            .not_examined
            .iter()
            .map(|part| format!("Not examined: {} ({}): {}", part.what, part.place, part.why));
        // Newer findings name these frames among their parts.
        let is_named =
            item.findings.not_examined.iter().any(|part| part.why.contains("quick look"));
        let clip = item.findings.clip.as_ref().filter(|clip| clip.quick && !is_named);
        let skipped = clip.map(|clip| {
            let n = clip.frames.saturating_sub(clip.frames_examined);
            format!(
                "Not examined: {n} of {} frames, because only some, spread over the clip, were asked for",
                clip.frames
            )
        });
        for text in whole.into_iter().chain(skipped).chain(parts) {
            if sentences.len() < MAX_NAMED {
                sentences.push(format!("{}{}", name(item, items), sentence(&text)));
            } else {
                n_left += 1;
            }
        }
    }
    if n_left > 0 {
        sentences.push(format!(
            "{} that were not examined are listed with the items.",
            counted(n_left, "more part")
        ));
    }
    if sentences.is_empty() {
        let all = "Every face that was found was examined. What the program never examines stands under \
                   \"Limits\".";
        let nothing = "Any file: none was named, and the case has none.";
        sentences.push(if items.is_empty() { nothing } else { all }.to_owned());
    }
    sentences
}

/// Whether the file is no longer the one that was examined, or cannot be read.
const fn is_bad(item: &ReportItem) -> bool {
    matches!(item.custody.state, FileState::Changed | FileState::Missing | FileState::Unreadable)
}

fn cautions(items: &[ReportItem]) -> Vec<String> {
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
    for item in items {
        let warnings = item.bookmarks.iter().filter(|bookmark| bookmark.mark == "warning");
        sentences.extend(warnings.take(MAX_NAMED).map(|bookmark| {
            let text = format!(
                "warning by {} about {}: {}",
                bookmark.author, bookmark.on, bookmark.comment
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

/// The rates of the kinds of files that were examined, by the first set of each detector's card.
fn error_rates(items: &[ReportItem], detectors: &[DetectorFacts]) -> Vec<String> {
    let (mut sentences, mut has_rates) = (Vec::new(), false);
    for detector in detectors {
        for kind in ["image", "video"] {
            let is_used = items.iter().any(|item| {
                let run = item.run.as_ref().is_some_and(|run| run.model_sha256 == detector.sha256);
                run && item.findings.kind.as_deref() == Some(kind)
            });
            let mut of_kind = detector.error_rates.iter().filter(|rates| rates.kind == kind);
            let Some(rates) = of_kind.next().filter(|_| is_used) else { continue };
            has_rates = true;
            sentences.extend(rates_sentences(detector, rates));
            if kind == "video" {
                sentences.push(CLIPS_OF_THE_TEST.to_owned());
                let filmed = of_kind.find(|rates| rates.set == FILMED_CLIP_FIGURES);
                sentences.extend(filmed.map(filmed_sentence));
            }
        }
        if let Some(caution) = &detector.caution {
            sentences.push(format!("Detector {}: {caution}", detector.name));
        }
    }
    let faces = |item: &ReportItem| {
        let name = name(item, items);
        let words =
            item.findings.faces.iter().filter_map(|face| Some((face, face.ratio.as_ref()?)));
        let words: Vec<String> = words
            .map(|(face, ratio)| {
                format!("{name}Weight of the evidence, face {}: {}", face.number, ratio.words)
            })
            .collect();
        words
    };
    sentences.extend(items.iter().flat_map(faces).take(MAX_NAMED));
    if has_rates {
        sentences.push(
            "These rates are those of the test. With files of another source the detector may err more \
             often; how often, only a test with such files can tell."
                .to_owned(),
        );
    }
    sentences
}

fn rates_sentences(detector: &DetectorFacts, rates: &MeasuredRates) -> [String; 2] {
    let what = if rates.kind == "video" { "clip" } else { "face" };
    let share = |s: &ShareInterval| {
        let text = percent_to_tenths;
        format!("{} (95 % interval {} to {})", text(s.share), text(s.low), text(s.high))
    };
    [
        format!(
            "Of {} that were not forged, the detector {} reported traces in {}.",
            counted(rates.n_real, what),
            detector.name,
            share(&rates.false_alarms)
        ),
        format!(
            "Of {} forged by this project's own methods, it found no trace in {}. Of forgeries of \
             other kinds it misses more, of some nearly all; the table of error rates in the report names \
             them.",
            counted(rates.n_forged, what),
            share(&rates.missed)
        ),
    ]
}

/// The rates on filmed clips: few, so that the counts say more than shares.
fn filmed_sentence(rates: &MeasuredRates) -> String {
    let n = |share: &ShareInterval, of: u64| (share.share * of as f64).round();
    format!(
        "Tried on {}: of {} that were not forged it reported traces in {} (95 % interval of the share {} \
         to {}); of {} forged ones it found traces in {} and no trace in {}. So few clips say little.",
        rates.on,
        rates.n_real,
        n(&rates.false_alarms, rates.n_real),
        percent_to_tenths(rates.false_alarms.low),
        percent_to_tenths(rates.false_alarms.high),
        rates.n_forged,
        n(&rates.found, rates.n_forged),
        n(&rates.missed, rates.n_forged),
    )
}

fn next_steps(items: &[ReportItem], summary: &SummaryRecord) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use super::super::detector::detector_facts;
    use super::super::stored::failed_findings;
    use super::*;
    use crate::report::record::{ClipFacts, CustodyRecord, NotExaminedRecord, RunRecord};

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
        let summary = summarize(&items, &[]);
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
        let summary = summarize(&items, &[]);
        let texts = summary.not_examined;
        assert!(texts[0].starts_with("Not examined: 76 of 100 frames"), "{texts:?}");
        assert!(summary.next_steps[1].starts_with("Have every frame"), "{:?}", summary.next_steps);
        items[0].findings.clip = Some(ClipFacts { quick: false, ..clip });
        let sentences = summarize(&items, &[]).not_examined;
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
            let sentences = summarize(&items, &detectors).error_rates;
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
        let summary = summarize(&[part, gone], &[]);
        assert_eq!(
            summary.not_examined,
            [
                "Item 1 (\"file1\"): Not examined: 12 frames (at 00:01): damaged.",
                "Item 2 (\"file2\"): Not examined, because it is no picture."
            ]
        );
        assert_eq!(summary.cautions, ["Item 2 (\"file2\"): The file is no longer there."]);
        let empty = summarize(&[], &[]);
        assert_eq!(empty.sentences, ["There was no file to examine."]);
        assert_eq!(empty.not_examined, ["Any file: none was named, and the case has none."]);
    }
}
