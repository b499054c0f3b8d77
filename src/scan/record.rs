//! What is asked of the child and what it answers; the line of a file in the results.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use strum::VariantArray as _;

use super::Entry;

/// What is done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Kind {
    /// Examined for traces of forgery, as `pentimento inspect --json` does.
    Inspect,
    /// What the file says about itself, as `pentimento metadata --json` prints it.
    Metadata,
}

impl Kind {
    /// Both, in the order of results.
    pub const ALL: [Self; 2] = [Self::Inspect, Self::Metadata];
}

/// Why a file has no result, or none that says anything.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum FailureClass {
    /// It is not there, or cannot be read.
    Unreadable,
    /// It was not opened or not decoded: wrong line, too large, unknown or damaged.
    Refused,
    /// Its SHA-256 is not that of the manifest.
    Changed,
    /// It took longer than a file may.
    TimedOut,
    /// The process that examined it ended.
    Killed,
    /// It shows no face.
    NoFace,
    /// No face in it could be examined.
    NotExamined,
}

impl FailureClass {
    /// All of them.
    pub const ALL: &'static [Self] = Self::VARIANTS;

    /// The word in results and on the command line.
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// A line to the child.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    /// Below the working folder of the child.
    pub path: String,
}

/// A failure and its sentence.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failure {
    /// What kind of failure it is.
    pub class: FailureClass,
    /// One sentence.
    pub why: String,
}

impl Failure {
    pub(super) fn new(class: FailureClass, why: impl Into<String>) -> Self {
        Self { class, why: why.into() }
    }
}

/// The first line of an answer. A line for each [`Kind`] follows, empty where nothing was asked for.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct ReplyHead {
    /// `None` when the file could not be read.
    pub sha256: Option<String>,
    /// Beside a result, too: no face was found, say.
    pub failure: Option<Failure>,
    /// Why no file can be examined any more: the model server is gone, say. This one counts as not examined
    /// yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_scan: Option<String>,
}

/// An answer of the child.
#[derive(Debug, Default)]
pub(super) struct Reply {
    /// Hash and failure.
    pub(super) head: ReplyHead,
    /// JSON objects in the order of [`Kind::ALL`], or empty texts.
    pub(super) results: [String; 2],
}

/// The line of a file. Results are passed on letter by letter.
#[derive(Debug, Serialize)]
pub(super) struct Record {
    path: String,
    sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) failure: Option<Failure>,
    #[serde(skip)]
    results: [String; 2],
    #[serde(skip)]
    seconds: f64,
    #[serde(skip)]
    attempts: u32,
}

impl Record {
    pub(super) fn new(entry: Entry, reply: Reply, seconds: f64, attempts: u32) -> Self {
        let ReplyHead { sha256, mut failure, .. } = reply.head;
        if let (Some(wanted), Some(found)) = (&entry.sha256, &sha256)
            && wanted != found
        {
            let why = format!("the manifest names SHA-256 {wanted}");
            failure = Some(Failure::new(FailureClass::Changed, why));
        }
        let Entry { path, source, .. } = entry;
        Self { path, sha256, source, failure, results: reply.results, seconds, attempts }
    }

    /// The JSON object, without the end of a line.
    pub(super) fn line(&self) -> serde_json::Result<String> {
        let mut line = serde_json::to_string(self)?;
        line.pop();
        for (kind, result) in Kind::ALL.iter().zip(&self.results) {
            if !result.is_empty() {
                write!(line, ",\"{kind}\":{result}").ok();
            }
        }
        let Self { seconds, attempts, .. } = self;
        write!(line, ",\"seconds\":{seconds:.3},\"attempts\":{attempts}}}").ok();
        Ok(line)
    }
}

/// What has to be known of a line that is only passed on.
#[derive(Debug, Deserialize)]
pub(super) struct RecordHead {
    pub(super) path: String,
    pub(super) failure: Option<Failure>,
    pub(super) attempts: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_one_word_everywhere() {
        for class in FailureClass::ALL.iter().copied() {
            assert_eq!(serde_json::to_value(class).unwrap(), class.as_str());
        }
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.to_string());
        }
    }

    #[test]
    fn a_file_that_is_not_the_one_of_the_manifest_is_named() {
        let entry = Entry {
            path: "a".to_owned(),
            sha256: Some("ab".to_owned()),
            source: None,
            refusal: None,
        };
        let reply = |hash: &str| {
            let head = ReplyHead { sha256: Some(hash.to_owned()), ..ReplyHead::default() };
            Reply { head, ..Reply::default() }
        };
        let changed = Record::new(entry.clone(), reply("cd"), 0.0, 1);
        assert_eq!(changed.failure.unwrap().class, FailureClass::Changed);
        assert!(Record::new(entry, reply("ab"), 0.0, 1).failure.is_none());
    }

    #[test]
    fn a_result_is_passed_on_letter_by_letter() {
        let results = [r#"{"z":1.10,"a":[ 1 ]}"#.to_owned(), String::new()];
        let reply = Reply { head: ReplyHead::default(), results };
        let entry = Entry { path: "a\"".to_owned(), sha256: None, source: None, refusal: None };
        let line = Record::new(entry, reply, 0.12345, 1).line().unwrap();
        assert_eq!(
            line,
            r#"{"path":"a\"","sha256":null,"inspect":{"z":1.10,"a":[ 1 ]},"seconds":0.123,"attempts":1}"#
        );
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["inspect"]["z"], 1.1);
    }
}
