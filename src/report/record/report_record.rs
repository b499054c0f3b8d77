//! The whole record, its version, and reading it.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{CaseRecord, DetectorFacts, ReportItem, WeightRecord};
use crate::base::text::visible_page;
use crate::files::read_capped;
use crate::report::Error;

/// The word by which a record is known.
pub const FORMAT: &str = "pentimento-report";
/// The version of the record that this program writes.
pub const VERSION: u32 = 1;
/// Name of the record in the folder of a report.
pub const RECORD_FILE: &str = "report.json";
/// Largest record that is read, in bytes: 10,000 items have some 50 MB.
const MAX_BYTES: u64 = 512 << 20;

/// A report. Keys come in this order. Later versions may add keys; those of today keep their
/// meaning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportRecord {
    /// [`FORMAT`].
    pub format: String,
    /// [`VERSION`].
    pub version: u32,
    /// When it was made, RFC 3339, UTC, by the clock of the computer.
    pub made_at: String,
    /// What was asked, by whom, and how the program was called.
    pub request: RequestRecord,
    /// What page 1 says of all items together.
    pub summary: SummaryRecord,
    /// What the report does not say, one sentence each.
    pub limits: Vec<String>,
    pub program: ProgramFacts,
    /// Every detector whose findings are in the report.
    pub detectors: Vec<DetectorFacts>,
    /// The weight of the evidence, or why none is given.
    pub weight: WeightRecord,
    /// The files, in the order in which they were named.
    pub items: Vec<ReportItem>,
    /// The case that the items belong to.
    pub case: Option<CaseRecord>,
    /// What was computed and is not shown on the page, one sentence each.
    pub not_shown: Vec<String>,
    /// How to repeat the examination.
    pub replay: ReplayRecord,
}

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RequestRecord {
    /// Heading of the report.
    pub title: String,
    /// The question that the examiner was asked.
    pub question: Option<String>,
    /// Who made the report.
    pub author: String,
    /// For whom it is.
    pub recipient: Option<String>,
    /// Number or name by which the recipient knows the matter.
    pub reference: Option<String>,
    /// The paper of the PDF: `a4` or `letter`.
    #[serde(default)]
    pub paper: Option<String>,
    /// Sections that the pages leave out, by their words; the record has all.
    #[serde(default)]
    pub left_out: Vec<String>,
}

/// All items together.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SummaryRecord {
    pub n_items: usize,
    /// Items with this verdict.
    pub n_traces_found: usize,
    /// Items with this verdict.
    pub n_inconclusive: usize,
    /// Items with this verdict.
    pub n_no_trace_found: usize,
    /// Items of which nothing was examined.
    pub n_not_examined: usize,
    /// Examined items whose file was changed since, is gone or cannot be read any more.
    #[serde(default)]
    pub n_changed: usize,
    /// The answer to the question, as far as the verdicts give one; `None` where nothing was asked.
    #[serde(default)]
    pub answer: Option<String>,
    /// What was found, one sentence each.
    pub sentences: Vec<String>,
    /// What was not examined, one sentence each.
    pub not_examined: Vec<String>,
    /// What is wrong with the files, such as a hash that changed.
    pub cautions: Vec<String>,
    /// How sure the findings are: error rates in words.
    pub error_rates: Vec<String>,
    /// The weight of the evidence: propositions, calibration set, ratios in words; one
    /// sentence where no calibration set was named. Empty without files.
    #[serde(default)]
    pub weight: Vec<String>,
    /// What a reader can do next.
    pub next_steps: Vec<String>,
}

/// The program that made the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramFacts {
    pub name: String,
    pub version: String,
    /// SHA-256 of its file; `None` where it cannot be read.
    pub sha256: Option<String>,
    /// The operating system and kind of processor.
    pub system: String,
}

/// How to repeat the examination.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplayRecord {
    /// The arguments of the program, its name first.
    pub command: Vec<String>,
    /// The same as one line for a POSIX shell.
    pub command_line: String,
    /// The folder in which it ran.
    pub working_folder: String,
    /// The command that computes everything again and compares.
    pub check_line: String,
    /// How far values may differ.
    pub tolerance: ToleranceRecord,
}

/// How far two examinations of the same file may differ.
#[expect(clippy::struct_field_names, reason = "the names are keys of report.json")]
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ToleranceRecord {
    /// Largest difference of scores with the same engine and provider.
    pub score_same_provider: f64,
    /// Largest difference of scores otherwise.
    pub score_other_provider: f64,
    /// Least overlap (IoU) of the marked cells of a heat map with another engine or provider.
    pub map_iou_other_provider: f64,
}

impl Default for ToleranceRecord {
    fn default() -> Self {
        Self { score_same_provider: 1e-6, score_other_provider: 1e-3, map_iou_other_provider: 0.98 }
    }
}

impl ToleranceRecord {
    /// The narrower of both in every value: a record cannot allow more than `other`.
    #[must_use]
    pub fn at_most(&self, other: &Self) -> Self {
        let least = |a: f64, b: f64| if a.is_finite() { a.min(b) } else { b };
        Self {
            score_same_provider: least(self.score_same_provider, other.score_same_provider),
            score_other_provider: least(self.score_other_provider, other.score_other_provider),
            map_iou_other_provider: if self.map_iou_other_provider.is_finite() {
                self.map_iou_other_provider.max(other.map_iou_other_provider)
            } else {
                other.map_iou_other_provider
            },
        }
    }
}

/// The head of a record, which every version has.
#[derive(Deserialize)]
struct FormatHeader {
    format: String,
    version: u32,
}

impl ReportRecord {
    /// The record as text. Control characters and marks of writing direction are escaped, so that a
    /// name from a file cannot disturb an editor or a terminal; the text means the same.
    ///
    /// # Errors
    ///
    /// [`Error::Record`] when a value cannot be written as JSON.
    pub fn to_json(&self) -> Result<String, Error> {
        let text = serde_json::to_string_pretty(self).map_err(|e| Error::Record(e.to_string()))?;
        Ok(format!("{}\n", visible_page(&text)))
    }

    /// Reads a record.
    ///
    /// # Errors
    ///
    /// [`Error::Newer`], [`Error::Record`].
    pub fn from_json(text: &[u8]) -> Result<Self, Error> {
        let refused = |e: serde_json::Error| Error::Record(e.to_string());
        let head: FormatHeader = serde_json::from_slice(text).map_err(refused)?;
        if head.format != FORMAT {
            return Err(Error::Record(format!("its format is not {FORMAT}")));
        }
        if head.version == 0 {
            return Err(Error::Record("there is no version 0 of it".to_owned()));
        }
        if head.version > VERSION {
            return Err(Error::Newer { found: head.version, known: VERSION });
        }
        serde_json::from_slice(text).map_err(refused)
    }

    /// Reads the file of a record.
    ///
    /// # Errors
    ///
    /// As [`Self::from_json`]; [`Error::Record`] also when the file cannot be read or is too large.
    pub fn read(path: &Path) -> Result<Self, Error> {
        Ok(Self::read_with_unknown(path)?.0)
    }

    /// As [`Self::read`], with the keys that this version does not know, by their places: nothing else
    /// reads or checks them.
    ///
    /// # Errors
    ///
    /// As [`Self::read`].
    pub fn read_with_unknown(path: &Path) -> Result<(Self, Vec<String>), Error> {
        let bytes = read_capped(path, MAX_BYTES)
            .map_err(|e| Error::Record(e.to_string()))?
            .ok_or_else(|| Error::Record(format!("it has more than {MAX_BYTES} bytes")))?;
        let record = Self::from_json(&bytes)?;
        let unknown = unknown_keys(&bytes, &record).map_err(|e| Error::Record(e.to_string()))?;
        Ok((record, unknown))
    }
}

fn unknown_keys(text: &[u8], record: &ReportRecord) -> serde_json::Result<Vec<String>> {
    let (all, known) = (serde_json::from_slice(text)?, serde_json::to_value(record)?);
    let mut unknown = Vec::new();
    collect_unknown([&all, &known], "", &mut unknown);
    Ok(unknown)
}

fn collect_unknown([all, known]: [&Value; 2], place: &str, unknown: &mut Vec<String>) {
    match (all, known) {
        (Value::Object(all), Value::Object(known)) => {
            for (key, value) in all {
                let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                match known.get(key) {
                    Some(known) => collect_unknown([value, known], &place, unknown),
                    None => unknown.push(place),
                }
            }
        }
        (Value::Array(all), Value::Array(known)) => {
            for (i, pair) in all.iter().zip(known).enumerate() {
                collect_unknown([pair.0, pair.1], &format!("{place}[{}]", i + 1), unknown);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_cannot_widen_the_tolerance() {
        let own = ToleranceRecord::default();
        let wide = ToleranceRecord {
            score_same_provider: 1.0,
            score_other_provider: f64::NAN,
            map_iou_other_provider: 0.0,
        };
        assert_eq!(wide.at_most(&own), own);
        let narrow = ToleranceRecord { score_other_provider: 1e-9, ..own };
        assert_eq!(narrow.at_most(&own), narrow, "it may ask for more");
    }

    #[test]
    fn keys_that_no_field_has_are_named_by_their_places() {
        let all = serde_json::json!({"a": 1, "b": [{"c": null}, {"c": 2, "d": {"e": 1}}], "f": 0});
        let known = serde_json::json!({"a": 9, "b": [{"c": 1}, {"c": null}]});
        let mut unknown = Vec::new();
        collect_unknown([&all, &known], "", &mut unknown);
        assert_eq!(unknown, ["b[2].d", "f"]);
    }

    #[test]
    fn other_files_and_newer_records_are_refused_by_name() {
        let refused =
            |text: &str| ReportRecord::from_json(text.as_bytes()).unwrap_err().to_string();
        assert!(refused("no json").contains("no report that can be read"));
        assert!(refused(r#"{"format":"x","version":1}"#).contains("its format is not"));
        let newer = refused(r#"{"format":"pentimento-report","version":2}"#);
        assert!(newer.contains("version 2") && newer.contains("up to 1"), "{newer}");
        assert!(refused(r#"{"format":"pentimento-report","version":1}"#).contains("made_at"));
    }
}
