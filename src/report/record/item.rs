//! One file of a report: its identity, its examination, what it says about itself.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{BookmarkRecord, FindingsRecord, ReadingRecord};

/// One file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportItem {
    /// Number in the report, from 1.
    pub number: usize,
    /// Number in the case.
    pub case_item: Option<i64>,
    /// Name of the file.
    pub name: String,
    pub path: String,
    /// Its identity at entry and now.
    pub custody: CustodyRecord,
    /// What examined it; `None` when nothing did.
    pub run: Option<RunRecord>,
    /// What was found.
    pub findings: FindingsRecord,
    /// What the file says about itself: at most seven sentences.
    pub statements: Vec<StatementRecord>,
    /// Contradictions between what it says.
    pub contradictions: Vec<StatementRecord>,
    /// What is known of its C2PA credential; `None` where it has none.
    #[serde(default)]
    pub credential: Option<CredentialRecord>,
    /// Metadata that could not be read.
    pub metadata_notes: Vec<String>,
    /// Fields of the metadata that were read.
    pub metadata_fields: usize,
    /// Pictures of it in the folder of the report.
    pub pictures: Vec<PictureRecord>,
    /// Masks that people drew and confirmed.
    pub readings: Vec<ReadingRecord>,
    /// What people marked for the report.
    #[serde(default)]
    pub bookmarks: Vec<BookmarkRecord>,
}

/// Whether the file is the one that was examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileState {
    /// It has the hash that it had at entry.
    Unchanged,
    /// It has another hash.
    Changed,
    /// There is no such file.
    Missing,
    /// It cannot be read.
    Unreadable,
    /// There was no hash at entry to compare with.
    FirstHash,
}

/// Identity of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustodyRecord {
    /// SHA-256 when it was examined.
    pub sha256_at_entry: Option<String>,
    /// SHA-256 after the examination, when the report was made.
    pub sha256_now: Option<String>,
    /// How both compare.
    pub state: FileState,
    /// The same in words.
    pub sentence: String,
    /// Size in bytes, now.
    pub bytes: Option<u64>,
    /// When its content was changed last, UTC, by the file system.
    pub modified: Option<String>,
    /// When it was created here, UTC, where the file system knows.
    pub created: Option<String>,
}

/// What examined a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// Program and version.
    pub program: String,
    /// When, RFC 3339, UTC.
    pub at: String,
    /// Name of the detector.
    pub model: String,
    /// SHA-256 of its model.
    pub model_sha256: String,
    /// Engine and version.
    pub engine: String,
    /// Execution provider.
    pub provider: String,
    /// The options, as the program takes them.
    pub parameters: Value,
}

/// A sentence about what a file says, with the fields that say so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementRecord {
    /// A stable word for what it is about.
    pub about: String,
    /// The sentence.
    pub text: String,
    /// The fields.
    pub from: Vec<String>,
}

/// A C2PA credential, question by question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialRecord {
    /// Each question with its answer.
    pub answers: Vec<AnswerRecord>,
    /// Each check that was made, with what it found.
    pub checks: Vec<String>,
    /// The lists on which the signer was looked for.
    pub lists: Vec<String>,
}

/// A question about a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerRecord {
    /// The same for every file.
    pub question: String,
    /// One or two sentences.
    pub answer: String,
}

/// A picture in the folder of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureRecord {
    /// `thumbnail`, `overlay` or `moment`.
    pub role: String,
    /// Its file, relative to the folder of the report.
    pub file: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Columns.
    pub width_px: u32,
    /// Rows.
    pub height_px: u32,
    /// What it shows, for people who do not see it.
    pub alt: String,
}
