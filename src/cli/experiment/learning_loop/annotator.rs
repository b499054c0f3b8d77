//! The annotator of the loop: everything a person does in the window, by the same commands.
//!
//! * **In**: a folder of pictures and their true masks. **Out**: an examined case, and for each arm a
//!   data set of what was corrected.
//! * **Not here**: what the commands do (`session`).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::pictures::Made;
use crate::base::{Phase, Progress};
use crate::bundle::ModelStore;
use crate::case::ItemState;
use crate::cli::progress::ProgressLine;
use crate::curate::{Quotas, Strategy};
use crate::dataset::Format;
use crate::infer::EngineOptions;
use crate::session::{
    CaseCommand, Command, Document, MaskCommand, PipelineExaminer, Session, SessionOptions, View,
};

/// Longest wait for one step of the work; all of an examination is many.
const PATIENCE: Duration = Duration::from_mins(3);
/// The name in the case.
const AUTHOR: &str = "annotator";

/// Plays the person.
pub(super) struct Annotator<'a> {
    pub(super) store: &'a ModelStore,
    pub(super) engine: &'a EngineOptions,
    /// Where cases and data sets are kept.
    pub(super) folder: &'a Path,
}

/// A session and its bell.
struct Desk {
    session: Session,
    bell: Receiver<()>,
}

impl Annotator<'_> {
    /// A case with every picture of the queue examined; one that is there already is taken.
    pub(super) fn examine(&self, made: &Made, line: &ProgressLine) -> anyhow::Result<PathBuf> {
        let path = self.folder.join("examined.pentimento");
        let mut desk = self.desk()?;
        let author = AUTHOR.to_owned();
        let command = if path.is_file() {
            CaseCommand::Open { path: path.clone(), author }
        } else {
            CaseCommand::New { path: path.clone(), author }
        };
        desk.case(command);
        desk.until("the case to open", |view| view.case.is_some())?;
        desk.case(CaseCommand::Add(vec![made.pool.clone()]));
        let total = made.truth.len();
        desk.until("the pictures to be added", |view| {
            view.case.as_ref().is_some_and(|c| c.rows.len() == total && c.work.is_none())
        })?;
        desk.case(CaseCommand::Survey(true));
        loop {
            let before = desk.n_examined();
            if before == total {
                break;
            }
            let progress =
                Progress { phase: Phase::Examining, done: before as u64, total: total as u64 };
            line.step(progress);
            desk.until("the next picture to be examined", |view| n_examined(view) > before)?;
        }
        desk.case(CaseCommand::Close);
        Ok(path)
    }

    /// Corrects the first `n` of the queue, or of the case where nothing ranks it, and exports them.
    #[expect(clippy::too_many_arguments, reason = "one call site")]
    pub(super) fn correct(
        &self,
        examined: &Path,
        name: &str,
        strategy: Option<Strategy>,
        n: usize,
        seed: u64,
        made: &Made,
        line: &ProgressLine,
    ) -> anyhow::Result<PathBuf> {
        let out = self.folder.join(format!("set-{name}"));
        if out.is_dir() {
            return Ok(out);
        }
        let path = self.folder.join(format!("{name}.pentimento"));
        std::fs::copy(examined, &path)
            .with_context(|| format!("cannot copy {}", examined.display()))?;
        let mut desk = self.desk()?;
        desk.case(CaseCommand::Open { path, author: AUTHOR.to_owned() });
        desk.until("the case to open", |view| view.case.is_some())?;
        if let Some(strategy) = strategy {
            desk.case(CaseCommand::Rank { strategy, quotas: Quotas::default(), seed });
            let is_ranked = |view: &View| {
                view.case.as_ref().is_some_and(|case| case.strategy == Some(strategy))
            };
            let n_said = desk.session.view().notices.len();
            desk.until("the ranks", |view| is_ranked(view) || view.notices.len() > n_said)?;
            if !is_ranked(desk.session.view()) {
                let said = desk.session.view().notices.last().map(|n| n.text.clone());
                bail!("the queue could not be ranked: {}", said.unwrap_or_default());
            }
        }
        desk.case(CaseCommand::TakeNext(1));
        for i in 0..n {
            line.step(Progress { phase: Phase::Examining, done: i as u64, total: n as u64 });
            desk.decide(made)?;
        }
        let format = Format::Pentimento;
        desk.case(CaseCommand::Export { format, out: out.clone(), copies_images: true });
        desk.until("the export", |view| view.case.as_ref().is_some_and(|c| c.exported.is_some()))?;
        desk.case(CaseCommand::Close);
        Ok(out)
    }

    fn desk(&self) -> anyhow::Result<Desk> {
        let (store, engine) = (self.store.clone(), self.engine.clone());
        let (ring, bell) = sync_channel(1);
        let session = Session::start(SessionOptions {
            make_examiner: Box::new(move || {
                Box::new(PipelineExaminer::new(store.clone(), engine.clone()))
            }),
            wake: Arc::new(move || {
                // One ring is as good as many.
                if ring.try_send(()).is_err() {
                    tracing::trace!("the bell rings already");
                }
            }),
            config_folder: None,
            library: None,
        })?;
        Ok(Desk { session, bell })
    }
}

impl Desk {
    fn case(&mut self, command: CaseCommand) {
        self.session.apply(Command::Case(command));
    }

    fn n_examined(&self) -> usize {
        n_examined(self.session.view())
    }

    /// Polls whenever the session rings, until it is so.
    fn until(&mut self, what: &str, is_so: impl Fn(&View) -> bool) -> anyhow::Result<()> {
        let start = Instant::now();
        loop {
            self.session.poll();
            if is_so(self.session.view()) {
                return Ok(());
            }
            if start.elapsed() > PATIENCE {
                let said: Vec<&str> =
                    self.session.view().notices.iter().map(|n| n.text.as_str()).collect();
                bail!("waited too long for {what}; the session says: {}", said.join(" "));
            }
            // A bell that is silent for long does not keep the wait from ending.
            if self.bell.recv_timeout(Duration::from_millis(200)).is_err() {
                tracing::trace!("nothing yet: {what}");
            }
        }
    }

    /// Lays the true mask on what is shown, and is done with it: the next one comes by itself.
    fn decide(&mut self, made: &Made) -> anyhow::Result<()> {
        self.until("the picture", |view| {
            let is_there = |d: &Document| d.item.is_some() && d.image_px().is_some();
            let case = view.case.as_ref();
            view.document()
                .is_some_and(|d| is_there(d) && case.is_some_and(|case| case.has_masks_of(d)))
        })?;
        let path = self.session.view().document().map(|d| d.path.clone()).unwrap_or_default();
        let name = path.strip_prefix(&made.pool).unwrap_or(&path);
        let name = name.iter().map(|n| n.to_string_lossy()).collect::<Vec<_>>().join("/");
        let truth = made.truth.get(&name).with_context(|| format!("{name} is not in the truth"))?;
        if let Some(mask) = truth {
            self.session.apply(Command::Mask(MaskCommand::Load(mask.clone())));
            self.until("the mask", |view| {
                view.document().and_then(|d| d.mask()).is_some_and(|mask| mask.n_set > 0)
            })?;
        }
        self.case(CaseCommand::Mark(ItemState::Done));
        Ok(())
    }
}

/// Failures count: they do not wait any more.
fn n_examined(view: &View) -> usize {
    view.case.as_ref().map_or(0, |case| {
        let [done, failed, _] = case.examined();
        done + failed
    })
}
