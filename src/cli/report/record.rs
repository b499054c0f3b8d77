//! Puts a record together from what was asked and what was found.

use std::path::Path;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::case::now;
use crate::cli::case::author;
use crate::report::build::{Section, complete, paper_word, program_facts, shell_line};
use crate::report::{
    CaseRecord, DetectorFacts, FORMAT, Paper, RECORD_FILE, ReplayRecord, ReportItem, ReportRecord,
    RequestRecord, SummaryRecord, ToleranceRecord, VERSION, WRITES_PDF, WeightRecord,
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
    let record = ReportRecord {
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
        summary: SummaryRecord::default(),
        limits: Vec::new(),
        program: program_facts(),
        weight,
        not_shown: Vec::new(),
        items,
        detectors,
        case,
        replay: ReplayRecord {
            command_line: String::new(),
            command,
            working_folder: folder.display().to_string(),
            check_line: shell_line(&["pentimento", "replay", &record_file].map(str::to_owned)),
            tolerance: ToleranceRecord::default(),
        },
    };
    complete(record, WRITES_PDF)
}
