//! The simulated annotator: works through a case by the same commands as a person in the window.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::pictures::PictureSet;
use crate::base::{Phase, Progress};
use crate::bundle::ModelStore;
use crate::case::ItemState;
use crate::cli::progress::ProgressLine;
use crate::curate::{QueueStrategy, Quotas};
use crate::dataset::Format;
use crate::infer::EngineOptions;
use crate::session::{
    CaseCommand, Command, Document, MaskCommand, PipelineExaminer, Session, SessionOptions, View,
};

/// Longest wait for one step; an examination consists of many.
const PATIENCE: Duration = Duration::from_mins(3);
/// The author in the case.
const AUTHOR: &str = "annotator";

/// Simulates a person.
pub(super) struct Annotator<'a> {
    pub(super) store: &'a ModelStore,
    pub(super) engine: &'a EngineOptions,
    /// Folder of cases and data sets.
    pub(super) folder: &'a Path,
}

/// A session, and the channel that wakes this thread.
struct AnnotatorSession {
    inner: Session,
    wake_up: Receiver<()>,
}

impl Annotator<'_> {
    /// A case with every picture of the queue examined; an existing one is resumed.
    pub(super) fn examine(
        &self,
        made: &PictureSet,
        line: &ProgressLine,
    ) -> anyhow::Result<PathBuf> {
        let path = self.folder.join("examined.pentimento");
        let mut session = self.start_session()?;
        let author = AUTHOR.to_owned();
        let command = if path.is_file() {
            CaseCommand::Open { path: path.clone(), author }
        } else {
            CaseCommand::New { path: path.clone(), author }
        };
        session.case(command);
        session.until("the case to open", |view| view.case.is_some())?;
        session.case(CaseCommand::Add(vec![made.pool.clone()]));
        let total = made.truth.len();
        session.until("the pictures to be added", |view| {
            view.case.is_some_and(|c| c.rows.len() == total && c.work.is_none())
        })?;
        session.case(CaseCommand::Survey(true));
        loop {
            let before = session.n_examined();
            if before == total {
                break;
            }
            let progress =
                Progress { phase: Phase::Examining, done: before as u64, total: total as u64 };
            line.step(progress);
            session.until("the next picture to be examined", |view| n_examined(view) > before)?;
        }
        session.case(CaseCommand::Close);
        Ok(path)
    }

    /// Corrects the first `n` of the queue, or of the case where nothing ranks it, and exports them.
    #[expect(clippy::too_many_arguments, reason = "one call site")]
    pub(super) fn correct(
        &self,
        examined: &Path,
        name: &str,
        strategy: Option<QueueStrategy>,
        n: usize,
        seed: u64,
        made: &PictureSet,
        line: &ProgressLine,
    ) -> anyhow::Result<PathBuf> {
        let out = self.folder.join(format!("set-{name}"));
        if out.is_dir() {
            return Ok(out);
        }
        let path = self.folder.join(format!("{name}.pentimento"));
        std::fs::copy(examined, &path)
            .with_context(|| format!("cannot copy {}", examined.display()))?;
        let mut session = self.start_session()?;
        session.case(CaseCommand::Open { path, author: AUTHOR.to_owned() });
        session.until("the case to open", |view| view.case.is_some())?;
        if let Some(strategy) = strategy {
            session.case(CaseCommand::Rank { strategy, quotas: Quotas::default(), seed });
            let is_ranked =
                |view: &View<'_>| view.case.is_some_and(|case| case.strategy == Some(strategy));
            let n_notices = session.inner.view().notices.len();
            session.until("the ranks", |view| is_ranked(view) || view.notices.len() > n_notices)?;
            if !is_ranked(&session.inner.view()) {
                let notice = session.inner.view().notices.last().map(|n| n.text.clone());
                bail!("the queue could not be ranked: {}", notice.unwrap_or_default());
            }
        }
        session.case(CaseCommand::TakeNext(1));
        for i in 0..n {
            line.step(Progress { phase: Phase::Examining, done: i as u64, total: n as u64 });
            session.decide(made)?;
        }
        let format = Format::Pentimento;
        session.case(CaseCommand::Export { format, out: out.clone(), copies_images: true });
        session.until("the export", |view| view.case.is_some_and(|c| c.exported.is_some()))?;
        session.case(CaseCommand::Close);
        Ok(out)
    }

    fn start_session(&self) -> anyhow::Result<AnnotatorSession> {
        let (store, engine) = (self.store.clone(), self.engine.clone());
        let (waker, wake_up) = sync_channel(1);
        let inner = Session::start(SessionOptions {
            make_examiner: Box::new(move || {
                Box::new(PipelineExaminer::new(store.clone(), engine.clone()))
            }),
            wake: Arc::new(move || {
                // One pending wake-up is enough.
                if waker.try_send(()).is_err() {
                    tracing::trace!("a wake-up is pending");
                }
            }),
            config_folder: None,
            library: None,
            recovery_folder: None,
        })?;
        Ok(AnnotatorSession { inner, wake_up })
    }
}

impl AnnotatorSession {
    fn case(&mut self, command: CaseCommand) {
        self.inner.apply(Command::Case(command));
    }

    fn n_examined(&self) -> usize {
        n_examined(&self.inner.view())
    }

    /// Polls the session until the condition holds; an error after [`PATIENCE`].
    fn until(&mut self, what: &str, is_met: impl Fn(&View<'_>) -> bool) -> anyhow::Result<()> {
        let start = Instant::now();
        loop {
            self.inner.poll();
            if is_met(&self.inner.view()) {
                return Ok(());
            }
            if start.elapsed() > PATIENCE {
                let notices: Vec<&str> =
                    self.inner.view().notices.iter().map(|n| n.text.as_str()).collect();
                bail!("waited too long for {what}; notices: {}", notices.join(" "));
            }
            // The timeout lets the loop check for PATIENCE.
            if self.wake_up.recv_timeout(Duration::from_millis(200)).is_err() {
                tracing::trace!("still waiting for {what}");
            }
        }
    }

    /// Loads the true mask of the shown item and marks the item done; the session shows the next one.
    fn decide(&mut self, made: &PictureSet) -> anyhow::Result<()> {
        self.until("the picture", |view| {
            let is_loaded = |d: &Document| d.item.is_some() && d.image_px().is_some();
            view.document().is_some_and(|d| is_loaded(d) && d.has_case_masks())
        })?;
        let path = self.inner.view().document().map(|d| d.path.clone()).unwrap_or_default();
        let name = path.strip_prefix(&made.pool).unwrap_or(&path);
        let name = name.iter().map(|n| n.to_string_lossy()).collect::<Vec<_>>().join("/");
        let truth = made.truth.get(&name).with_context(|| format!("{name} is not in the truth"))?;
        if let Some(mask) = truth {
            self.inner.apply(Command::Mask(MaskCommand::Load(mask.clone())));
            self.until("the mask", |view| {
                view.document().and_then(|d| d.mask()).is_some_and(|mask| mask.n_set > 0)
            })?;
        }
        self.case(CaseCommand::Mark(ItemState::Done));
        Ok(())
    }
}

/// Number of items that were examined or failed.
fn n_examined(view: &View<'_>) -> usize {
    view.case.as_ref().map_or(0, |case| {
        let [done, failed, _] = case.examined();
        done + failed
    })
}
