//! Takes the files of a scan into a case.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Map, Value};

use super::finding::{ScanFacts, finding, is_sha256, short};
use crate::base::{Cancelled, ModelRef, Phase, TaskCtx};
use crate::case::{
    self, Case, DescriptionFacts, Examined, ItemId, MAX_BATCH_TIME, NewItem, StoredDescription,
    StoredFinding,
};
use crate::curate::Error;
use crate::files::sha256_of_reader;

/// Files of one transaction at most.
const CHUNK: usize = 64;
/// The keys of a description.
const DESCRIPTION_KEYS: [&str; 4] = ["metadata", "provenance", "structure", "hints"];

/// What a scan says of one file.
#[derive(Debug)]
pub struct ScannedFile {
    /// Absolute path.
    pub path: PathBuf,
    /// Where it comes from.
    pub source: Option<String>,
    /// SHA-256 that the scan found, lower-case hex.
    pub sha256: Option<String>,
    /// Why nothing was examined, in a sentence.
    pub failure: Option<String>,
    /// The object of `inspect --json`.
    pub inspect: Option<Value>,
    /// The object of `metadata --json`.
    pub metadata: Option<Value>,
}

/// What became of the files.
#[derive(Debug, Default)]
pub struct TakenResults {
    /// New items.
    pub n_new: u64,
    /// Findings stored.
    pub n_findings: u64,
    /// Failures stored.
    pub n_failures: u64,
    /// Descriptions stored.
    pub n_descriptions: u64,
    /// Files of which the case had everything already.
    pub n_known: u64,
    /// Files that are not there now. They are items all the same.
    pub n_missing: u64,
    /// Files that have another content now, here or in the case, with the reason. Nothing of them was
    /// stored.
    pub changed: Vec<(PathBuf, String)>,
    /// Files of which the scan says what cannot be, with the reason. Nothing of them was stored.
    pub refused: Vec<(PathBuf, String)>,
    /// Findings stored, by model.
    pub models: BTreeMap<(String, String), u64>,
}

/// A file that was checked.
struct Checked {
    item: NewItem,
    finding: Option<StoredFinding>,
    failure: Option<String>,
    description: Option<StoredDescription>,
}

/// Stores what a scan by `program` with these options found.
///
/// A file is an item already if the case has its path. What the case has already is not stored again, and a
/// failure never takes the place of a finding. What was stored before a stop stays, and the same call continues.
///
/// # Errors
///
/// [`Error::Cancelled`], [`Error::Case`], or what `files` returns.
pub fn take_results<E: From<Error>>(
    case: &mut Case,
    files: &mut dyn Iterator<Item = Result<ScannedFile, E>>,
    program: &str,
    parameters: &Value,
    ctx: &TaskCtx<'_>,
) -> Result<TakenResults, E> {
    let scan = ScanFacts { program, parameters };
    let mut taken = TakenResults::default();
    let mut chunk = Vec::new();
    let (mut n_read, mut since) = (0u64, Instant::now());
    for file in files {
        ctx.step(Phase::Reading, n_read, 0).map_err(Error::Cancelled)?;
        n_read = n_read.saturating_add(1);
        chunk.extend(taken.check(file?, &scan, ctx)?);
        if chunk.len() == CHUNK || since.elapsed() >= 10 * MAX_BATCH_TIME {
            taken.store(case, std::mem::take(&mut chunk))?;
            since = Instant::now();
        }
    }
    taken.store(case, chunk)?;
    Ok(taken)
}

impl TakenResults {
    /// `None` for a file that is not taken.
    fn check(
        &mut self,
        file: ScannedFile,
        scan: &ScanFacts<'_>,
        ctx: &TaskCtx<'_>,
    ) -> Result<Option<Checked>, Error> {
        let ScannedFile { path, source, sha256, failure, inspect, metadata } = file;
        let sha256 = sha256.filter(|hash| is_sha256(hash));
        if let Some(scanned) = &sha256 {
            match sha256_of(&path, ctx)? {
                Some(here) if here != *scanned => {
                    let why = format!("its SHA-256 was {scanned} in the scan and is {here} now");
                    self.changed.push((path, why));
                    return Ok(None);
                }
                Some(_) => {}
                None => self.n_missing += 1,
            }
        } else if !path.exists() {
            self.n_missing += 1;
        }
        let found = match (&failure, inspect, &sha256) {
            (None, Some(object), Some(hash)) => finding(object, hash, scan).map(Some),
            _ => Ok(None),
        };
        let found = match found {
            Ok(found) => found,
            Err(why) => {
                self.refused.push((path, why));
                return Ok(None);
            }
        };
        let kept = metadata.and_then(description_keys);
        let description = kept.zip(sha256).map(|(said, media_sha256)| {
            let program = scan.program.to_owned();
            let facts = DescriptionFacts { media_sha256, program, at: case::now() };
            StoredDescription { facts, said }
        });
        let source = source.as_deref().map(short);
        let item = NewItem { path, source, person: None };
        let failure = failure.as_deref().map(short);
        Ok(Some(Checked { item, finding: found, failure, description }))
    }

    /// One transaction.
    fn store(&mut self, case: &mut Case, chunk: Vec<Checked>) -> Result<(), Error> {
        if chunk.is_empty() {
            return Ok(());
        }
        case.batch(|case| {
            let mut items = chunk.iter().map(|file| file.item.clone());
            self.n_new += case.add(&mut items, &TaskCtx::silent())?.new;
            for file in chunk {
                let Some(id) = case.find(&file.item.path)? else {
                    let why = "its name cannot be stored".to_owned();
                    self.refused.push((file.item.path, why));
                    continue;
                };
                match self.store_one(case, id, &file) {
                    Err(changed @ case::Error::MediaChanged { .. }) => {
                        self.changed.push((file.item.path, changed.to_string()));
                    }
                    other => other?,
                }
            }
            Ok(())
        })
    }

    fn store_one(
        &mut self,
        case: &mut Case,
        id: ItemId,
        file: &Checked,
    ) -> Result<(), case::Error> {
        let mut is_new = false;
        if let Some(description) = &file.description
            && case.record_description(id, description)?
        {
            self.n_descriptions += 1;
            is_new = true;
        }
        if let Some(finding) = &file.finding
            && !case.has_finding(id, finding, &Value::Null, &[])?
        {
            case.record(id, finding, &Value::Null, &[])?;
            let ModelRef { name, sha256 } = finding.facts.model.clone();
            *self.models.entry((name, sha256)).or_default() += 1;
            self.n_findings += 1;
            is_new = true;
        }
        if let Some(reason) = &file.failure
            && case.row(id)?.examined == Examined::Waiting
        {
            case.record_failure(id, None, reason)?;
            self.n_failures += 1;
            is_new = true;
        }
        self.n_known += u64::from(!is_new);
        Ok(())
    }
}

/// What a case keeps of the object of `metadata --json`; `None` when the file could not be read.
fn description_keys(object: Value) -> Option<Value> {
    let Value::Object(mut object) = object else { return None };
    let kept: Map<String, Value> =
        DESCRIPTION_KEYS.iter().filter_map(|key| object.remove_entry(*key)).collect();
    (kept.len() == DESCRIPTION_KEYS.len()).then_some(Value::Object(kept))
}

/// Hash of a file; `None` when it is not there or cannot be read.
fn sha256_of(path: &Path, ctx: &TaskCtx<'_>) -> Result<Option<String>, Error> {
    if !path.is_file() {
        return Ok(None);
    }
    let hash = File::open(path).and_then(|file| {
        sha256_of_reader(file, |_| {
            if ctx.cancel.is_cancelled() { Err(std::io::Error::other("stopped")) } else { Ok(()) }
        })
    });
    if ctx.cancel.is_cancelled() { Err(Error::Cancelled(Cancelled)) } else { Ok(hash.ok()) }
}
