//! Having the waiting items of a case examined, and what is kept of each.
//!
//! * **In**: a case, a function that examines one file. **Out**: findings and signals in the case.
//! * **Not here**: the examination (`pipeline`; `session` and `cli` bring the function).
//!
//! Every item is one transaction: a stop or a crash loses at most the one in hand, and the same call
//! goes on after it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Error, Look, report};
use crate::base::{EngineInfo, Heatmap, MediaReport, ModelRef, Phase, TaskCtx, VideoReport};
use crate::case::{self, Case, Finding, ItemId, RunFacts};

/// Items fetched from the case at once.
const CHUNK: usize = 64;
/// A detector that fails on so many files one after the other is broken, not the files.
const MAX_FAILURES: usize = 5;

/// What was said of a file.
#[derive(Debug)]
pub enum Said {
    /// Of a still picture.
    Still(Box<MediaReport>),
    /// Of a clip.
    Clip(Box<VideoReport>),
}

/// An examined file.
#[derive(Debug)]
pub struct Examination {
    /// The report.
    pub said: Said,
    /// The second look at its most suspicious face; `None` without one.
    pub look: Option<Look>,
    /// What the examination was asked for, to do it again.
    pub parameters: Value,
}

/// Why a file was not examined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It cannot be read.
    File(String),
    /// The detector failed.
    Detector(String),
    /// Stopped on request.
    Cancelled,
}

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progressed {
    /// Files examined.
    pub n_examined: u64,
    /// Files that could not be examined; the case says why.
    pub n_failed: u64,
}

/// Has up to `n` waiting items examined, in the order of the case.
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
) -> Result<Progressed, Error> {
    let mut run = Run::new(n);
    while run.n_done < n {
        let waiting = case.waiting((n - run.n_done).min(CHUNK))?;
        if waiting.is_empty() {
            break;
        }
        run.examine(case, &waiting, examine_one, ctx)?;
    }
    ctx.step(Phase::Examining, run.n_done as u64, n as u64)?;
    Ok(run.progressed)
}

/// Has these items examined, whether they wait or not, see [`Case::waiting_for`].
///
/// # Errors
///
/// As [`examine`].
pub fn examine_these(
    case: &mut Case,
    items: &[(ItemId, PathBuf)],
    examine_one: &mut ExamineOne<'_>,
    ctx: &TaskCtx<'_>,
) -> Result<Progressed, Error> {
    let mut run = Run::new(items.len());
    run.examine(case, items, examine_one, ctx)?;
    ctx.step(Phase::Examining, run.n_done as u64, items.len() as u64)?;
    Ok(run.progressed)
}

/// Examines one file.
type ExamineOne<'a> = dyn FnMut(&Path) -> Result<Examination, Failure> + 'a;

/// How far a run is.
struct Run {
    n: usize,
    n_done: usize,
    n_failed_in_a_row: usize,
    progressed: Progressed,
}

impl Run {
    fn new(n: usize) -> Self {
        Self { n, n_done: 0, n_failed_in_a_row: 0, progressed: Progressed::default() }
    }

    fn examine(
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
                Err(Failure::Cancelled) => return Err(Error::Cancelled(crate::base::Cancelled)),
                Err(Failure::File(reason)) => Some(reason),
                Err(Failure::Detector(reason)) => {
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
                    self.progressed.n_examined += 1;
                }
                Some(reason) => {
                    case.record_failure(*id, None, &reason)?;
                    self.progressed.n_failed += 1;
                }
            }
        }
        Ok(())
    }
}

/// Keeps what was said of an item. `Some` sentence when it cannot be kept, because the file is no
/// longer the one that the case knows.
///
/// # Errors
///
/// [`Error::Case`].
pub fn record(
    case: &mut Case,
    id: ItemId,
    examination: &Examination,
) -> Result<Option<String>, Error> {
    let finding = finding(examination);
    let (signals, embedding) = match &examination.look {
        Some(look) => (look.signals.to_value(), look.embedding.as_slice()),
        None => (Value::Null, &[][..]),
    };
    match case.record(id, &finding, &signals, embedding) {
        Ok(()) => Ok(None),
        Err(changed @ case::Error::MediaChanged { .. }) => Ok(Some(changed.to_string())),
        Err(other) => Err(other.into()),
    }
}

fn finding(examination: &Examination) -> Finding {
    let facts = |sha256: &str, model: &ModelRef, engine: &EngineInfo| RunFacts {
        media_sha256: sha256.to_owned(),
        model: model.clone(),
        engine: engine.engine.clone(),
        provider: engine.provider.clone(),
        program: concat!("pentimento ", env!("CARGO_PKG_VERSION")).to_owned(),
        parameters: examination.parameters.clone(),
        at: case::now(),
    };
    match &examination.said {
        Said::Still(said) => {
            let maps: Vec<Option<Heatmap>> = said.faces.iter().map(|f| f.heatmap.clone()).collect();
            Finding {
                facts: facts(&said.sha256, &said.model, &said.engine),
                verdict: said.verdict,
                score: said.score,
                report: report::of_still(said),
                maps,
            }
        }
        Said::Clip(said) => Finding {
            facts: facts(&said.sha256, &said.model, &said.engine),
            verdict: said.verdict,
            score: said.score,
            report: report::of_clip(said),
            maps: Vec::new(),
        },
    }
}
