//! What follows from the other values of a record: sentences, counts, what is not shown.

use super::limits::limits;
use super::program::shell_line;
use super::sections::{Section, left_out_sentence};
use super::summary::{case_caution, left_out_of_case, since, summarize};
use super::words::in_words;
use crate::base::text::counted;
use crate::report::record::{MapRecord, ReportItem, ReportRecord, ToleranceRecord};

/// Items that get a card, the most suspicious first.
pub const MAX_CARDS: usize = 12;
/// Said by a program that writes no PDF.
const NO_PDF: &str = "The report as PDF: this build of the program has no feature report-pdf. A browser \
                      prints report.html on paper.";

/// The record with all that follows from its other values. `writes_pdf`: the program that makes the
/// report writes it as PDF, too.
pub fn complete(mut record: ReportRecord, writes_pdf: bool) -> ReportRecord {
    for (i, item) in record.items.iter_mut().enumerate() {
        item.number = i + 1;
        item.name = name_of(item);
        for map in item.findings.faces.iter_mut().filter_map(|face| face.map.as_mut()) {
            map.n_marked = n_marked(map);
        }
        item.findings = in_words(item.findings.clone());
        // A verdict is about the file that was examined, and not about another one in its place.
        if let Some(since) = since(item) {
            item.findings.headline = format!("{} (as examined; {since})", item.findings.headline);
        }
    }
    let question = record.request.question.as_deref();
    record.summary = summarize(&record.items, &record.detectors, &record.weight, question);
    let case = record.case.as_ref();
    let left_out = case.and_then(|case| left_out_of_case(case, record.items.len()));
    let caution = case.and_then(case_caution);
    record.summary.cautions.splice(0..0, caution.into_iter().chain(left_out));
    record.limits = limits(&record.items, &record.detectors);
    record.not_shown = not_shown(&record, writes_pdf);
    record.replay.command_line = shell_line(&record.replay.command);
    record.replay.tolerance = ToleranceRecord::default();
    record
}

/// Whether the program that made a record wrote PDF files, as the record says.
pub fn wrote_pdf(record: &ReportRecord) -> bool {
    !record.not_shown.iter().any(|sentence| sentence == NO_PDF)
}

/// The last part of the path, whose parts are separated as on the system that made the record.
fn name_of(item: &ReportItem) -> String {
    let above = item.path.strip_suffix(&item.name);
    if above.is_some_and(|above| above.is_empty() || above.ends_with(['/', '\\'])) {
        return item.name.clone();
    }
    let name = std::path::Path::new(&item.path).file_name();
    name.map_or_else(|| item.path.clone(), |name| name.to_string_lossy().into_owned())
}

fn n_marked(map: &MapRecord) -> u64 {
    let digits = map.marked_hex.chars().filter_map(|digit| digit.to_digit(16));
    digits.map(|digit| u64::from(digit.count_ones())).sum()
}

/// What was computed and stands in the record only.
fn not_shown(record: &ReportRecord, writes_pdf: bool) -> Vec<String> {
    let items = &record.items;
    let count = |n: &dyn Fn(&ReportItem) -> usize| items.iter().map(n).sum::<usize>() as u64;
    let n_quality =
        count(&|item| item.findings.faces.iter().filter(|face| face.quality.is_some()).count());
    let n_maps =
        count(&|item| item.findings.faces.iter().filter(|face| face.map.is_some()).count());
    let n_fields = count(&|item| item.metadata_fields);
    let is_left_out =
        |section: &Section| record.request.left_out.iter().any(|word| word == section.word());
    let mut left_out: Vec<Section> = Section::ALL.into_iter().filter(is_left_out).collect();
    left_out.sort_unstable();
    let mut sentences: Vec<String> = left_out.into_iter().map(left_out_sentence).collect();
    if n_quality > 0 {
        sentences.push(format!(
            "The measured quality of {}: in report.json. It weakens a verdict where it lies beyond a \
             limit, and then it is said.",
            counted(n_quality, "face")
        ));
    }
    if n_maps > 0 {
        sentences.push(format!(
            "The marked cells of the heat maps of {}: in report.json, to compare with another \
             examination.",
            counted(n_maps, "face")
        ));
    }
    if n_fields > 0 {
        sentences.push(format!(
            "{} of metadata were read; the report holds the summary. The command pentimento metadata \
             lists all.",
            counted(n_fields, "field")
        ));
    }
    if items.len() > MAX_CARDS {
        sentences.push(format!(
            "Cards of {}: only the {MAX_CARDS} most suspicious have one.",
            counted((items.len() - MAX_CARDS) as u64, "more item")
        ));
    }
    if !writes_pdf {
        sentences.push(NO_PDF.to_owned());
    }
    sentences
}
