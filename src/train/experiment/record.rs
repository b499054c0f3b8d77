//! What was measured: one JSON line per trained row and seed, kept as it was written.
//!
//! Lines carry the score of every picture, so that every figure in a table, and the interval beside
//! it, can be computed anew from the file alone.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::eval::Scored;
use crate::files::sha256_hex;
use crate::train::Error;

/// One row, trained from one seed, measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The row's word, for instance `locality-3`.
    pub row: String,
    /// Decides weights, pool, batches.
    pub seed: u64,
    /// Hash of everything that decides the figures; results of another hash do not mix.
    pub config: String,
    /// Commit of the program, empty when unknown.
    pub commit: String,
    /// Day, `YYYY-MM-DD`.
    pub date: String,
    /// Facts of the training, by name.
    pub facts: BTreeMap<String, f64>,
    /// Image threshold, chosen on validation photos.
    pub threshold: f32,
    /// Threshold of the heat map, chosen on validation photos.
    pub map_threshold: f32,
    /// Answers by column, for instance `swap-seen` or `swap-seen/jpeg-30`.
    pub columns: BTreeMap<String, Answers>,
    /// Figures on development sets, by set and name; measured, never tuned on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dev: BTreeMap<String, BTreeMap<String, f64>>,
}

impl Record {
    /// Mean width of the blur over both classes, in pixels of the net's input; `None` where the row
    /// had no game.
    pub fn mean_width(&self) -> Option<f64> {
        let of = |name: &str| self.facts.get(name).copied();
        Some(f64::midpoint(of("sigma_mean_real")?, of("sigma_mean_forged")?))
    }
}

/// What a detector said to the pairs of one column, in the order of the pairs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// Logits of the real partners; empty for a predictor that only locates.
    pub real: Vec<f32>,
    /// Logits of the forgeries.
    pub forged: Vec<f32>,
    /// Intersection over union, per forgery; absent where no cell that counts is forged.
    pub iou: Vec<Option<f32>>,
    /// F1 of the cells, per forgery; absent as above.
    pub f1: Vec<Option<f32>>,
    /// Area under the ROC curve of the cells, per forgery; absent where all cells are alike.
    pub pixel_auc: Vec<Option<f32>>,
    /// Share of cells marked, per real partner.
    pub false_area: Vec<f32>,
    /// A number for the person or shoot of each pair's photo: the bootstrap draws these.
    #[serde(default)]
    pub groups: Vec<u32>,
}

impl Answers {
    /// Scores with labels, of the pairs at `indices`.
    pub fn scored(&self, indices: &[usize]) -> Vec<Scored> {
        let of = |values: &[f32], forged: bool| -> Vec<Scored> {
            let scores = indices.iter().filter_map(|i| values.get(*i).copied());
            scores.map(|score| Scored { score, forged }).collect()
        };
        [of(&self.real, false), of(&self.forged, true)].concat()
    }

    /// The group of a pair; of its own where none was kept.
    pub fn group(&self, i: usize) -> u32 {
        self.groups.get(i).copied().unwrap_or(i as u32)
    }

    /// The groups of all pairs.
    pub fn all_groups(&self) -> Vec<u32> {
        (0..self.n()).map(|i| self.group(i)).collect()
    }

    /// Number of pairs.
    pub fn n(&self) -> usize {
        self.forged.len().max(self.iou.len())
    }
}

/// Mean width of the blur that a row of a seed chose.
pub fn mean_width(records: &[Record], row: &str, seed: u64) -> Option<f64> {
    records.iter().find(|r| r.seed == seed && r.row == row)?.mean_width()
}

/// The first 16 hex digits of the SHA-256 of a value's JSON.
pub fn hash_of(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    sha256_hex(text.as_bytes())[..16].to_owned()
}

/// Appends a line. The file and its folder are made if need be.
///
/// # Errors
///
/// [`Error::Io`].
pub fn append(path: &Path, record: &Record) -> Result<(), Error> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(Error::io("the results", folder))?;
    }
    let line = serde_json::to_string(record).map_err(|e| Error::malformed("a result", &e))?;
    let io = || Error::io("the results", path);
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path).map_err(io())?;
    // A line that an interruption cut short must not swallow this one.
    let cut_short = std::fs::read(path).map_err(io())?.last().is_some_and(|b| *b != b'\n');
    let text = if cut_short { format!("\n{line}\n") } else { format!("{line}\n") };
    file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(io())
}

/// All complete lines; a file that is not there has none. Lines that make no sense (cut short by
/// an interruption) are left out. Of lines with one row, seed and config the last counts.
///
/// # Errors
///
/// [`Error::Io`] when the file is there but cannot be read.
pub fn read(path: &Path) -> Result<Vec<Record>, Error> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = std::fs::read_to_string(path).map_err(Error::io("the results", path))?;
    let mut records: Vec<Record> = Vec::new();
    for record in text.lines().filter_map(|line| serde_json::from_str::<Record>(line).ok()) {
        let same = |r: &&mut Record| {
            (&r.row, r.seed, &r.config) == (&record.row, record.seed, &record.config)
        };
        match records.iter_mut().find(same) {
            Some(earlier) => *earlier = record,
            None => records.push(record),
        }
    }
    Ok(records)
}

/// As [`read`], the records of one setup only.
///
/// # Errors
///
/// As [`read`].
pub fn read_config(path: &Path, config: &str) -> Result<Vec<Record>, Error> {
    Ok(read(path)?.into_iter().filter(|record| record.config == config).collect())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A record without columns.
    pub(in crate::train::experiment) fn planted(row: &str, seed: u64) -> Record {
        Record {
            row: row.to_owned(),
            seed,
            config: "c".to_owned(),
            commit: "abc".to_owned(),
            date: "2026-01-02".to_owned(),
            facts: BTreeMap::new(),
            threshold: 0.0,
            map_threshold: 0.5,
            columns: BTreeMap::new(),
            dev: BTreeMap::new(),
        }
    }

    #[test]
    fn lines_survive_an_interruption_and_the_last_word_counts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub/results.jsonl");
        assert!(read(&path).unwrap().is_empty(), "nothing was measured yet");
        append(&path, &planted("base-ce", 1)).unwrap();
        let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"row\":\"cut sh").unwrap();
        append(&path, &planted("base-ce", 2)).unwrap();
        let later = Record { threshold: 7.0, ..planted("base-ce", 1) };
        append(&path, &later).unwrap();
        let read = read(&path).unwrap();
        assert_eq!(read, [later, planted("base-ce", 2)]);
    }
}
