//! `validate`: computes the shipped samples again and compares them with what this release gives.
//!
//! Samples and expected values are part of the program, so that nothing has to be at hand but the
//! models.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use super::replay::Replayer;
use crate::base::Limits;
use crate::base::text::{counted, visible_path};
use crate::bundle::{Bundle, ModelStore, Origin, SHIPPED_DETECTOR};
use crate::case::now;
use crate::cli::case::author;
use crate::cli::exit::finish_checked;
use crate::cli::output;
use crate::cli::tools::ToolArgs;
use crate::files::{sha256_hex, write_new};
use crate::media::decode_still;
use crate::pipeline::FINDER;
use crate::report::build::{paper_of, program_facts};
use crate::report::{
    Comparison, PAGE_FILE, ProgramFacts, ReportRecord, Typesetter, pdf_name, render_page,
    render_pdf,
};

/// Shown at the end of `--help`.
pub(in crate::cli) const HELP: &str = "\
Compared are: hashes of the models, pixels of the decoded samples, what they say about themselves, every
score, verdict and heat map, and the pages of the sample report. --out writes the result as JSON, for the
file of a laboratory.

Exit codes: 0 everything is as released, 1 nothing could be computed, 2 something differs.";

/// A picture of the sample report with its name in it.
macro_rules! picture {
    ($name:literal) => {
        (
            concat!("pictures/", $name),
            include_bytes!(concat!("../../../assets/samples/report/pictures/", $name)),
        )
    };
}

/// A picture of the release.
struct Sample {
    name: &'static str,
    bytes: &'static [u8],
    /// SHA-256 of its decoded pixels, three bytes each, as another decoder (Pillow) gives them.
    pixels: &'static str,
}

/// The samples of the release.
const SAMPLES: [Sample; 2] = [
    Sample {
        name: "astronaut-forged.png",
        bytes: include_bytes!("../../../assets/samples/astronaut-forged.png"),
        pixels: "399d12dc4b93c8edcb4583cb9c2042aaed91b614d457fa99aa5eb72829ed9203",
    },
    Sample {
        name: "astronaut.png",
        bytes: include_bytes!("../../../assets/samples/astronaut.png"),
        pixels: "a8c429c18afa7b0fd5673e598d73a21225d94c864a71bbb3885126fdecb41071",
    },
];
/// The pictures of the sample report.
const PICTURES: [(&str, &[u8]); 4] = [
    picture!("1-1-thumbnail.jpg"),
    picture!("1-2-overlay.jpg"),
    picture!("2-1-thumbnail.jpg"),
    picture!("2-2-overlay.jpg"),
];
/// The record of the report on them, with the values of this release.
const RECORD: &[u8] = include_bytes!("../../../assets/samples/report/report.json");
/// The hashes of the files of that report.
const SUMS: &str = include_str!("../../../assets/samples/report/SHA256SUMS");
/// What the samples do not show.
const NOT_VALIDATED: [&str; 3] = [
    "clips: they are decoded by ffmpeg, which this program does not bring",
    "credentials: no sample has one",
    "the window: what it shows is computed by the same code",
];

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Write the result as JSON into this new file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print only what differs
    #[arg(long, conflicts_with = "json")]
    brief: bool,
    /// Who validates. Default: the name last used in the window, else the user account
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
    #[command(flatten)]
    tools: ToolArgs,
}

/// The result, as a laboratory files it.
#[derive(Debug, Serialize)]
struct Validation {
    format: &'static str,
    version: u32,
    /// RFC 3339, UTC.
    at: String,
    by: String,
    program: ProgramFacts,
    engine: String,
    provider: String,
    values: Vec<ValidatedValue>,
    n_values: usize,
    n_beyond: usize,
    passed: bool,
    not_validated: Vec<String>,
}

/// One value: released and now.
#[derive(Debug, Serialize)]
struct ValidatedValue {
    /// The file or part that it is about.
    about: String,
    what: String,
    released: String,
    now: String,
    difference: Option<f64>,
    allowed: Option<f64>,
    within: bool,
}

impl ValidatedValue {
    fn from_comparison(about: &str, compared: Comparison) -> Self {
        let Comparison { what, then, now, difference, allowed, is_beyond, .. } = compared;
        let (about, within) = (about.to_owned(), !is_beyond);
        Self { about, what, released: then, now, difference, allowed, within }
    }
}

/// Validates this installation.
pub(in crate::cli) fn run(args: &ValidateArgs) -> ExitCode {
    finish_checked(validate(args))
}

/// `false` when something differs.
fn validate(args: &ValidateArgs) -> anyhow::Result<bool> {
    let record = ReportRecord::from_json(RECORD)?;
    let folder = tempfile::tempdir().context("there is no room for the samples")?;
    let store = args.tools.models();
    let mut values = models(&store);
    values.extend(pixels());
    let mut replayer = Replayer::new(store, args.tools.clone().engine());
    for item in &record.items {
        let Some(sample) = SAMPLES.iter().find(|sample| sample.name == item.name) else { continue };
        let path = folder.path().join(sample.name);
        std::fs::write(&path, sample.bytes)
            .with_context(|| format!("cannot write {}", visible_path(&path)))?;
        let found = replayer.repeat(&record, item, Some(folder.path()))?;
        values.extend(
            found.into_iter().map(|value| ValidatedValue::from_comparison(sample.name, value)),
        );
    }
    let derived = replayer.derive(&record, None).into_iter();
    values.extend(derived.map(|value| ValidatedValue::from_comparison("sample report", value)));
    values.extend(pages(&record));
    let (engine, provider) = replayer.engine_names();
    let n_beyond = values.iter().filter(|value| !value.within).count();
    let validation = Validation {
        format: "pentimento-validation",
        version: 1,
        at: now(),
        by: author(args.author.clone()),
        program: program_facts(),
        engine,
        provider,
        n_values: values.len(),
        n_beyond,
        passed: n_beyond == 0,
        values,
        not_validated: NOT_VALIDATED.map(str::to_owned).to_vec(),
    };
    let json = serde_json::to_string_pretty(&validation)?;
    if let Some(file) = &args.out {
        write_new(file, format!("{json}\n").as_bytes())
            .with_context(|| format!("cannot write {}", visible_path(file)))?;
    }
    if args.json {
        output::print_page(&json)?;
    } else {
        print(&validation, args.brief)?;
    }
    Ok(validation.passed)
}

/// The models that are installed against those that this program was built with.
fn models(store: &ModelStore) -> Vec<ValidatedValue> {
    let compared = |name: &str| {
        let now = match store.read(name) {
            Ok(Bundle { card, .. }) if card.origin() == Origin::Shipped => "as released".to_owned(),
            Ok(_) => "another card or model".to_owned(),
            Err(error) => error.to_string(),
        };
        ValidatedValue::from_comparison("models", Comparison::texts(0, name, "as released", &now))
    };
    [SHIPPED_DETECTOR, FINDER].map(compared).into()
}

/// The pixels of the samples, decoded.
fn pixels() -> Vec<ValidatedValue> {
    let compared = SAMPLES.iter().map(|sample| {
        let now = match decode_still(sample.bytes, &Limits::default()) {
            Ok(decoded) => sha256_hex(&decoded.frame.image.pixels),
            Err(error) => error.to_string(),
        };
        let compared = Comparison::texts(0, "SHA-256 of the pixels", sample.pixels, &now);
        ValidatedValue::from_comparison(sample.name, compared)
    });
    compared.collect()
}

/// The pages of the sample report, made again from its record.
fn pages(record: &ReportRecord) -> Vec<ValidatedValue> {
    let pictures = |file: &str| {
        let found = PICTURES.iter().find(|(name, _)| *name == file);
        found.map(|(_, bytes)| bytes.to_vec())
    };
    let compared = |name: &str, made: Result<Vec<u8>, String>| {
        let now = made.map_or_else(|error| error, |bytes| sha256_hex(&bytes));
        let released = SUMS.lines().filter_map(|line| line.split_once("  "));
        let released = released.into_iter().find(|(_, file)| *file == name);
        let released = released.map_or("none", |(hash, _)| hash);
        ValidatedValue::from_comparison("sample report", Comparison::texts(0, name, released, &now))
    };
    let page = render_page(record, 0, &pictures).map_err(|e| e.to_string());
    let mut values = vec![compared(PAGE_FILE, page.clone().map(String::into_bytes))];
    let pdf = page.and_then(|page| {
        let mut typesetter = Typesetter::for_text(&page);
        let pdf = render_pdf(record, 0, &page, paper_of(record), &mut typesetter);
        pdf.map_err(|e| e.to_string())
    });
    if let Some(pdf) = pdf.transpose() {
        values.push(compared(&pdf_name(PAGE_FILE), pdf));
    }
    values
}

fn print(validation: &Validation, is_brief: bool) -> anyhow::Result<()> {
    let ProgramFacts { name, version, system, sha256 } = &validation.program;
    let mut lines = vec![
        format!("{name} {version} on {system}, {}, {}", validation.engine, validation.provider),
        format!("SHA-256 of the program: {}", sha256.as_deref().unwrap_or("cannot be read")),
        format!("{} by {}", validation.at, validation.by),
        String::new(),
    ];
    let shown = validation.values.iter().filter(|value| !is_brief || !value.within);
    lines.extend(shown.map(line));
    lines.push(String::new());
    lines.extend(validation.not_validated.iter().map(|what| format!("not validated: {what}")));
    lines.push(format!(
        "{} compared, {} beyond the tolerance: {}",
        counted(validation.n_values as u64, "value"),
        validation.n_beyond,
        if validation.passed { "as released" } else { "NOT as released" }
    ));
    output::print_lines(&lines)?;
    Ok(())
}

/// A row of the table: result, file, value, released, now, difference.
fn line(value: &ValidatedValue) -> String {
    let result = if value.within { "ok    " } else { "DIFFER" };
    let head = format!("{result}  {:<21} {:<36}", value.about, value.what);
    match (value.difference, value.allowed) {
        (Some(difference), Some(allowed)) => format!(
            "{head} {}, now {}; difference {difference:e}, allowed {allowed:e}",
            value.released, value.now
        ),
        _ if value.released == value.now => format!("{head} {}", value.released),
        _ => format!("{head} {}, now {}", value.released, value.now),
    }
}
