//! Puts a record together from what was asked and what was found.

use std::path::Path;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::write::MAX_CARDS;
use crate::base::text::counted;
use crate::case::now;
use crate::cli::case::author;
use crate::report::build::{
    Section, case_caution, left_out_sentence, limits, paper_word, program_facts, shell_line,
    summarize,
};
use crate::report::{
    CaseRecord, DetectorFacts, FORMAT, Paper, RECORD_FILE, ReplayRecord, ReportItem, ReportRecord,
    RequestRecord, SummaryRecord, ToleranceRecord, VERSION, WeightRecord,
};

/// What was asked, by whom and for whom.
#[derive(Debug, Args)]
pub(super) struct RequestArgs {
    /// Heading of the report
    #[arg(long, value_name = "TEXT", default_value = "Report on traces of forgery")]
    title: String,
    /// The question that was asked
    #[arg(long, value_name = "TEXT")]
    question: Option<String>,
    /// Who makes the report. Default: the name last used in the window, else the user account
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    /// For whom the report is
    #[arg(long, value_name = "NAME")]
    recipient: Option<String>,
    /// Number or name by which the recipient knows the matter
    #[arg(long, value_name = "TEXT")]
    reference: Option<String>,
    /// The paper of the PDF
    #[arg(long, value_name = "SIZE", value_parser = paper(), default_value = "a4")]
    paper: Paper,
    /// Leave a section out of the pages; may be repeated. The page names it, and report.json has it
    #[arg(long, value_name = "SECTION", value_parser = section())]
    without: Vec<Section>,
}

fn paper() -> impl TypedValueParser<Value = Paper> {
    let by_word = |word: &str| if word == "letter" { Paper::Letter } else { Paper::A4 };
    PossibleValuesParser::new(["a4", "letter"]).map(move |word| by_word(&word))
}

fn section() -> impl TypedValueParser<Value = Section> {
    let values = PossibleValuesParser::new(Section::ALL.map(Section::word));
    values.try_map(|word| {
        let section = Section::ALL.into_iter().find(|section| section.word() == word);
        section.ok_or("there is no such section")
    })
}

pub(super) fn record(
    request: &RequestArgs,
    out: &Path,
    items: Vec<ReportItem>,
    detectors: Vec<DetectorFacts>,
    case: Option<CaseRecord>,
    weight: WeightRecord,
) -> ReportRecord {
    let mut command = vec!["pentimento".to_owned()];
    command.extend(std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()));
    let record_file = out.join(RECORD_FILE).display().to_string();
    let folder = std::env::current_dir().unwrap_or_default();
    let RequestArgs { title, question, author: by, recipient, reference, paper, without } = request;
    let mut left_out: Vec<Section> = without.clone();
    left_out.sort_unstable();
    left_out.dedup();
    let mut summary = summarize(&items, &detectors);
    let mut cautions: Vec<String> = case.iter().filter_map(case_caution).collect();
    cautions.append(&mut summary.cautions);
    ReportRecord {
        format: FORMAT.to_owned(),
        version: VERSION,
        made_at: now(),
        request: RequestRecord {
            title: title.clone(),
            question: question.clone(),
            author: author(by.clone()),
            recipient: recipient.clone(),
            reference: reference.clone(),
            paper: Some(paper_word(*paper).to_owned()),
            left_out: left_out.iter().map(|section| section.word().to_owned()).collect(),
        },
        summary: SummaryRecord { cautions, ..summary },
        limits: limits(&items, &detectors),
        program: program_facts(),
        weight,
        not_shown: not_shown(&items, &left_out),
        items,
        detectors,
        case,
        replay: ReplayRecord {
            command_line: shell_line(&command),
            command,
            working_folder: folder.display().to_string(),
            check_line: shell_line(&["pentimento", "replay", &record_file].map(str::to_owned)),
            tolerance: ToleranceRecord::default(),
        },
    }
}

/// What was computed and stands in the record only.
fn not_shown(items: &[ReportItem], left_out: &[Section]) -> Vec<String> {
    let count = |n: &dyn Fn(&ReportItem) -> usize| items.iter().map(n).sum::<usize>() as u64;
    let n_quality =
        count(&|item| item.findings.faces.iter().filter(|face| face.quality.is_some()).count());
    let n_maps =
        count(&|item| item.findings.faces.iter().filter(|face| face.map.is_some()).count());
    let n_fields = count(&|item| item.metadata_fields);
    let mut sentences: Vec<String> = left_out.iter().copied().map(left_out_sentence).collect();
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
    if !crate::report::WRITES_PDF {
        sentences.push(
            "The report as PDF: this build of the program has no feature report-pdf. A browser prints \
             report.html on paper."
                .to_owned(),
        );
    }
    sentences
}
