//! Examining the items of a case, and what is stored of each.
//!
//! Every item is one transaction: a stop or a crash loses at most the examination in progress, and
//! the same call continues after it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::queue::ItemSignals;
use super::{Error, report_json};
use crate::base::release::PROGRAM;
use crate::base::{EngineInfo, Heatmap, MediaReport, ModelRef, Phase, TaskCtx, VideoReport};
use crate::case::{self, Case, ItemId, RunFacts, StoredFinding};

/// Items read from the case at once.
const CHUNK: usize = 64;
/// After this many failures of the detector one after the other the run stops: the files are not the
/// cause.
const MAX_FAILURES: usize = 5;

/// The report on a file.
#[derive(Debug)]
pub enum ItemReport {
    /// A still picture.
    Still(Box<MediaReport>),
    Clip(Box<VideoReport>),
}

/// An examined file.
#[derive(Debug)]
pub struct Examination {
    pub report: ItemReport,
    /// Signals of its most suspicious face; `None` without a face.
    pub signals: Option<ItemSignals>,
    /// Options of the examination, with which it can be repeated.
    pub parameters: Value,
}

/// Why a file was not examined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExamineFailure {
    /// It cannot be read.
    File(String),
    /// The detector failed.
    Detector(String),
    /// Stopped on request.
    Cancelled,
}

/// Counts of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExamineCounts {
    /// Files examined.
    pub n_examined: u64,
    /// Files that could not be examined; the case stores why.
    pub n_failed: u64,
}

/// Examines up to `n` items that were never examined, in the order of the case.
///
/// # Errors
///
/// [`Error::Cancelled`], [`Error::Detector`] when it fails on one file after the other,
/// [`Error::Case`]. What was examined before stays.
pub fn examine(
    case: &mut Case,
    n: usize,
    examine_one: &mut ExamineOne<'_>,
    ctx: &TaskCtx<'_>,
) -> Result<ExamineCounts, Error> {
    let mut run = Run::new(n);
    while run.n_done < n {
        let waiting = case.waiting((n - run.n_done).min(CHUNK))?;
        if waiting.is_empty() {
            break;
        }
        run.examine(case, &waiting, examine_one, ctx)?;
    }
    ctx.step(Phase::Examining, run.n_done as u64, n as u64)?;
    Ok(run.counts)
}

/// Examines these items, also those that were examined before, see [`Case::to_examine`].
///
/// # Errors
///
/// As [`examine`].
pub fn examine_items(
    case: &mut Case,
    items: &[(ItemId, PathBuf)],
    examine_one: &mut ExamineOne<'_>,
    ctx: &TaskCtx<'_>,
) -> Result<ExamineCounts, Error> {
    let mut run = Run::new(items.len());
    run.examine(case, items, examine_one, ctx)?;
    ctx.step(Phase::Examining, run.n_done as u64, items.len() as u64)?;
    Ok(run.counts)
}

/// Examines one file.
pub(super) type ExamineOne<'a> = dyn FnMut(&Path) -> Result<Examination, ExamineFailure> + 'a;

/// Examinations one after the other, and how they went.
#[derive(Debug)]
pub(super) struct Run {
    n: usize,
    n_done: usize,
    n_failed_in_a_row: usize,
    pub(super) counts: ExamineCounts,
}

impl Run {
    pub(super) fn new(n: usize) -> Self {
        Self { n, n_done: 0, n_failed_in_a_row: 0, counts: ExamineCounts::default() }
    }

    pub(super) fn examine(
        &mut self,
        case: &mut Case,
        items: &[(ItemId, PathBuf)],
        examine_one: &mut ExamineOne<'_>,
        ctx: &TaskCtx<'_>,
    ) -> Result<(), Error> {
        for (id, path) in items {
            ctx.step(Phase::Examining, self.n_done as u64, self.n as u64)?;
            self.n_done += 1;
            let failure = match examine_one(path) {
                Ok(examination) => record(case, *id, &examination)?,
                Err(ExamineFailure::Cancelled) => {
                    return Err(Error::Cancelled(crate::base::Cancelled));
                }
                Err(ExamineFailure::File(reason)) => Some(reason),
                Err(ExamineFailure::Detector(reason)) => {
                    self.n_failed_in_a_row += 1;
                    if self.n_failed_in_a_row == MAX_FAILURES {
                        return Err(Error::Detector { n: MAX_FAILURES, reason });
                    }
                    Some(reason)
                }
            };
            match failure {
                None => {
                    self.n_failed_in_a_row = 0;
                    self.counts.n_examined += 1;
                }
                Some(reason) => {
                    case.record_failure(*id, None, &reason)?;
                    self.counts.n_failed += 1;
                }
            }
        }
        Ok(())
    }
}

/// Stores the examination of an item. Returns a sentence when it cannot be stored because the file is
/// no longer the one that the case knows.
///
/// # Errors
///
/// [`Error::Case`].
pub fn record(
    case: &mut Case,
    id: ItemId,
    examination: &Examination,
) -> Result<Option<String>, Error> {
    let finding = stored_finding(examination);
    let (signals, embedding) = match &examination.signals {
        Some(found) => (found.signals.to_value(), found.embedding.as_slice()),
        None => (Value::Null, &[][..]),
    };
    match case.record(id, &finding, &signals, embedding) {
        Ok(()) => Ok(None),
        Err(changed @ case::Error::MediaChanged { .. }) => Ok(Some(changed.to_string())),
        Err(other) => Err(other.into()),
    }
}

fn stored_finding(examination: &Examination) -> StoredFinding {
    let facts = |sha256: &str, model: &ModelRef, engine: &EngineInfo| RunFacts {
        media_sha256: sha256.to_owned(),
        model: model.clone(),
        engine: engine.engine.clone(),
        provider: engine.provider.clone(),
        program: PROGRAM.to_owned(),
        parameters: examination.parameters.clone(),
        at: case::now(),
    };
    match &examination.report {
        ItemReport::Still(report) => {
            let maps: Vec<Option<Heatmap>> =
                report.faces.iter().map(|f| f.heatmap.clone()).collect();
            StoredFinding {
                facts: facts(&report.sha256, &report.model, &report.engine),
                verdict: report.verdict,
                score: report.score,
                report: report_json::still_report_json(report),
                maps,
            }
        }
        ItemReport::Clip(report) => StoredFinding {
            facts: facts(&report.sha256, &report.model, &report.engine),
            verdict: report.verdict,
            score: report.score,
            report: report_json::clip_report_json(report),
            maps: Vec::new(),
        },
    }
}
