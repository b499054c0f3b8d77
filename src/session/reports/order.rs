//! What a person asks a report to be: plain values.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::report::build::{Section, paper_word};
use crate::report::{Paper, ReportRecord};

/// A command about reports to hand over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportCommand {
    /// Make the report in a folder of its own, show what it says, and throw it away.
    Preview(Box<ReportOrder>),
    /// Make the report in this new folder.
    Save(Box<ReportOrder>, PathBuf),
    /// Stop making it, and forget what it says.
    Forget,
}

/// What a report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportSource {
    /// These files are examined for it.
    Files(Vec<PathBuf>),
    /// What a case stores: of one item, or of all.
    Case {
        /// The case file.
        path: PathBuf,
        item: Option<i64>,
    },
}

/// A password, which no message shows.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}

/// A report as a person wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportOrder {
    /// What it is about.
    pub source: ReportSource,
    /// Heading.
    pub title: String,
    /// What was asked; empty for none.
    pub question: String,
    /// Who makes it.
    pub author: String,
    /// For whom; empty for nobody.
    pub recipient: String,
    /// Number by which the recipient knows the matter; empty for none.
    pub reference: String,
    /// Paper of the PDF.
    pub paper: Paper,
    /// Sections that its pages leave out.
    pub left_out: Vec<Section>,
    /// The secret key to sign it with.
    pub key: Option<PathBuf>,
    /// The password of that key.
    pub password: Password,
    /// The program that makes it; `None` is this one.
    pub program: Option<PathBuf>,
    /// The folder of bundles that the window was opened with.
    pub models: Option<PathBuf>,
}

impl ReportOrder {
    /// Words of the command line.
    pub(super) fn arguments(&self, out: &Path) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec!["report".into(), "make".into()];
        let mut option = |name: &str, value: &std::ffi::OsStr| {
            // One word: a value that begins with a dash is no option.
            let mut word = OsString::from(format!("--{name}="));
            word.push(value);
            arguments.push(word);
        };
        option("out", out.as_os_str());
        for (name, value) in [
            ("title", &self.title),
            ("question", &self.question),
            ("author", &self.author),
            ("recipient", &self.recipient),
            ("reference", &self.reference),
        ] {
            if !value.trim().is_empty() {
                option(name, value.trim().as_ref());
            }
        }
        option("paper", paper_word(self.paper).as_ref());
        for section in &self.left_out {
            option("without", section.word().as_ref());
        }
        if let Some(key) = &self.key {
            option("sign", key.as_os_str());
        }
        if let Some(models) = &self.models {
            option("models", models.as_os_str());
        }
        match &self.source {
            ReportSource::Files(files) => {
                arguments.push("--".into());
                arguments.extend(files.iter().map(Into::into));
            }
            ReportSource::Case { path, item } => {
                option("case", path.as_os_str());
                if let Some(item) = item {
                    option("item", item.to_string().as_ref());
                }
            }
        }
        arguments
    }
}

/// What the window shows of the report that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportMaking {
    /// The command runs.
    Working,
    /// It was made: what its pages say.
    Made(Box<ReportContent>),
    /// It was not: the last lines of the command.
    Failed(Vec<String>),
}

/// The content of a report in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportContent {
    /// Where it lies; `None` for a preview.
    pub folder: Option<PathBuf>,
    /// Headings with their sentences, in the order of page 1.
    pub parts: Vec<(&'static str, Vec<String>)>,
}

impl ReportContent {
    pub(super) fn from_record(record: &ReportRecord, folder: Option<PathBuf>) -> Self {
        let summary = &record.summary;
        // Page 1 has one line where there is no ratio; here there is room for the reason.
        let weight = match &record.weight.why_none {
            Some(why) => vec![why.clone()],
            None => summary.weight.clone(),
        };
        let parts = [
            ("Answer", summary.answer.iter().cloned().collect()),
            ("Read this first", summary.cautions.clone()),
            ("What was found", summary.sentences.clone()),
            ("What was not examined", summary.not_examined.clone()),
            ("How sure this is", summary.error_rates.clone()),
            ("What to do next", summary.next_steps.clone()),
            ("Limits", record.limits.clone()),
            ("Weight of the evidence", weight),
            ("Computed and not shown", record.not_shown.clone()),
        ];
        let parts = parts.into_iter().filter(|(_, sentences)| !sentences.is_empty()).collect();
        Self { folder, parts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_a_command_and_no_text_of_it_is_an_option() {
        let order = ReportOrder {
            source: ReportSource::Files(vec!["--odd.png".into()]),
            title: "--title".to_owned(),
            question: " ".to_owned(),
            author: "Ada".to_owned(),
            recipient: String::new(),
            reference: String::new(),
            paper: Paper::Letter,
            left_out: vec![Section::Log],
            key: None,
            password: Password("secret".to_owned()),
            program: None,
            models: Some("/m".into()),
        };
        let arguments = order.arguments(Path::new("/out"));
        let expected = [
            "report",
            "make",
            "--out=/out",
            "--title=--title",
            "--author=Ada",
            "--paper=letter",
            "--without=log",
            "--models=/m",
            "--",
            "--odd.png",
        ];
        assert_eq!(arguments, expected, "no password, and nothing that is empty");
        assert!(!format!("{order:?}").contains("secret"), "no message shows it");
        let source = ReportSource::Case { path: "/c".into(), item: Some(3) };
        let (question, key) = ("Why? ".to_owned(), Some("/k".into()));
        let arguments = ReportOrder { source, question, key, ..order }.arguments(Path::new("/out"));
        for word in ["--question=Why?", "--sign=/k"] {
            assert!(arguments.contains(&word.into()), "{word}: {arguments:?}");
        }
        assert_eq!(arguments[arguments.len() - 2..], ["--case=/c", "--item=3"]);
    }
}
