//! What a case knows of the items: its log, who read and who reviewed.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseRecord {
    pub id: String,
    /// Its file.
    pub path: String,
    /// Hash of the newest entry of the log.
    pub head: String,
    /// Items of the case, those that the report leaves out included. 0 in records of older programs.
    #[serde(default)]
    pub n_items: u64,
    /// Entries of the log.
    pub n_entries: i64,
    /// Whether log, findings and masks agree.
    pub sound: bool,
    /// Where they do not, one sentence each.
    pub faults: Vec<String>,
    /// The command that checks the log against the head.
    pub check_line: String,
    /// The entries about the items of the report and about the case as a whole.
    pub entries: Vec<EntryRecord>,
    /// Agreement of two readers.
    pub agreement: Option<AgreementRecord>,
    /// Why there is no agreement to report.
    pub why_no_agreement: Option<String>,
}

/// One entry of the log. `hash` is SHA-256 over the JSON text
/// `["PREVIOUS",SEQ,"AT","AUTHOR","ACTION","SUBJECT","DETAIL"]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryRecord {
    /// From 1.
    pub seq: i64,
    /// RFC 3339, UTC.
    pub at: String,
    /// Who made the change.
    pub author: String,
    /// Kind of the change.
    pub action: String,
    /// What was changed.
    pub subject: String,
    /// JSON as stored: text, since the hash is over its bytes.
    pub detail: String,
    /// Hash of the entry before.
    pub previous: String,
    pub hash: String,
}

/// A mask that a person drew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadingRecord {
    /// Who drew it.
    pub reader: String,
    /// When, RFC 3339, UTC.
    pub at: String,
    /// Frame of a clip, from 0.
    pub frame: Option<usize>,
    /// `forged`, `nothing-forged` or `cannot-tell`.
    pub decision: String,
    /// Who confirmed it.
    pub reviewer: Option<String>,
}

/// How far two readers agree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgreementRecord {
    /// The two readers.
    pub readers: [String; 2],
    /// Pictures and frames read by both.
    pub n_both: u64,
    /// Those decided alike.
    pub n_alike: u64,
    /// Cohen's kappa of the decisions.
    pub kappa_decisions: Option<f64>,
    /// Mean overlap of the masks.
    pub mean_iou: Option<f64>,
    /// Whether each read without having seen the other's masks, in a sentence. Empty in records of
    /// older programs.
    #[serde(default)]
    pub independence: String,
}

/// Something about an item that a person marked for the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookmarkRecord {
    /// Who marked it.
    pub author: String,
    /// When, RFC 3339, UTC.
    pub at: String,
    /// `ok`, `to-check` or `warning`.
    pub mark: String,
    /// What is marked, in words.
    pub on: String,
    /// Why.
    pub comment: String,
}

/// The note of a case that holds the bookmarks of an item: a JSON array of [`BookmarkRecord`]s.
pub fn bookmark_key(item: i64) -> String {
    format!("bookmarks of item {item}")
}
