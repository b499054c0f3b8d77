//! Work on a case in the background: it reads by its own handle and has the writer run its batches.

use std::cell::Cell;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;

use super::job::{BackgroundResult, CaseEvent, CaseJob, Epoch, WriterJob, WriterSender};
use super::queue_view::CaseSearch;
use crate::base::text::capitalized;
use crate::base::{Cancel, Progress, TaskCtx};
use crate::case::{self, Batch, BatchWriter, Case, NewItem, add_items};
use crate::curate::{
    self, CaseExport, CaseExportOptions, CaseImport, Criterion, QueueStrategy, Quotas,
};
use crate::dataset::{ExportOptions, Format};
use crate::session::metadata::described::described_file;
use crate::session::worker::{EventSender, Handler};

/// Problems of added files that a notice names at most.
const MAX_PROBLEMS: usize = 3;

/// Work that takes long.
pub(super) enum BackgroundWork {
    Add(Vec<PathBuf>),
    Import(PathBuf),
    Rank {
        strategy: QueueStrategy,
        quotas: Quotas,
        seed: u64,
    },
    CompareReaders,
    Search(Criterion),
    Export {
        format: Format,
        out: PathBuf,
        copies_images: bool,
    },
    #[cfg(test)]
    Crash,
}

pub(super) struct BackgroundJob {
    pub(super) writer: WriterSender,
    pub(super) epoch: Epoch,
    pub(super) work: BackgroundWork,
    pub(super) cancel: Cancel,
}

/// Does the jobs of the background, one after the other.
pub(super) struct BackgroundHandler;

impl Handler<BackgroundJob, ()> for BackgroundHandler {
    fn handle(&mut self, job: &BackgroundJob, events: &EventSender<()>) {
        let on_progress = |progress: Progress| events.set_progress(progress);
        let ctx = TaskCtx { cancel: job.cancel.clone(), on_progress: &on_progress };
        let result = match RemoteCase::connect(job) {
            Ok(mut case) => {
                let event = run(&mut case, &job.work, &ctx);
                // Nobody needs the rows of a case that was left.
                let are_wanted = job.work.may_change_items() && case.is_open();
                match are_wanted.then(|| case.reader.rows()).transpose() {
                    Ok(rows) => BackgroundResult { rows, event: Some(event) },
                    Err(error) => BackgroundResult::notice(&error),
                }
            }
            Err(case::Error::Closed) => BackgroundResult { rows: None, event: None },
            Err(error) => BackgroundResult::notice(&error),
        };
        events.clear_progress();
        finish(job, result);
    }

    fn on_crash(job: &BackgroundJob, events: &EventSender<()>) {
        events.clear_progress();
        let notice = "The work on the case in the background crashed; this is a fault of the \
                      program. What it had done before is kept.";
        finish(job, BackgroundResult::notice(&notice));
    }
}

/// Tells the writer, which tells the session.
fn finish(job: &BackgroundJob, result: BackgroundResult) {
    let finish = CaseJob::FinishBackground(Cell::new(Some(Box::new(result))));
    // Without a writer there is no session.
    job.writer.send(WriterJob { epoch: job.epoch, job: finish });
}

impl BackgroundWork {
    /// What it does, for people.
    pub(super) const fn label(&self) -> &'static str {
        match self {
            Self::Add(_) => "Adding files",
            Self::Import(_) => "Importing",
            Self::Rank { .. } => "Ranking",
            Self::CompareReaders => "Comparing readers",
            Self::Search(_) => "Searching what files say",
            Self::Export { .. } => "Exporting",
            #[cfg(test)]
            Self::Crash => "Crashing",
        }
    }

    fn may_change_items(&self) -> bool {
        matches!(self, Self::Add(_) | Self::Import(_) | Self::Rank { .. } | Self::Search(_))
    }
}

impl BackgroundResult {
    fn notice(error: &dyn Display) -> Self {
        Self { rows: None, event: Some(CaseEvent::Notice(as_sentence(error))) }
    }
}

/// A case that the writer owns.
struct RemoteCase {
    writer: WriterSender,
    epoch: Epoch,
    reader: Case,
    is_writable: bool,
}

impl RemoteCase {
    /// Gets a reader from the writer, after what a person did before.
    fn connect(job: &BackgroundJob) -> Result<Self, case::Error> {
        let (writer, epoch) = (job.writer.clone(), job.epoch);
        let (sender, receiver) = sync_channel(1);
        writer.send(WriterJob { epoch, job: CaseJob::ConnectBackground(sender) });
        let (reader, is_writable) = receiver.recv().map_err(|_dropped| case::Error::Closed)??;
        Ok(Self { writer, epoch, reader, is_writable })
    }

    /// Whether the case is still open.
    fn is_open(&mut self) -> bool {
        let case: &mut dyn BatchWriter = self;
        case.write(|_case| Ok(())).is_ok()
    }
}

impl BatchWriter for RemoteCase {
    fn reader(&self) -> &Case {
        &self.reader
    }

    fn is_writable(&self) -> bool {
        self.is_writable
    }

    fn submit(&mut self, batch: Batch) {
        let job = CaseJob::Batch(Cell::new(Some(batch)));
        // A batch that the writer does not take is dropped.
        self.writer.send(WriterJob { epoch: self.epoch, job });
    }
}

fn run(case: &mut RemoteCase, work: &BackgroundWork, ctx: &TaskCtx<'_>) -> CaseEvent {
    match work {
        BackgroundWork::Add(paths) => CaseEvent::Notice(add(case, paths, ctx)),
        BackgroundWork::Import(path) => match curate::import(case, path, None, ctx) {
            Ok(done) => CaseEvent::Notice(import_notice(&done)),
            Err(error) => CaseEvent::Notice(as_sentence(&error)),
        },
        BackgroundWork::Rank { strategy, quotas, seed } => {
            match curate::rank(case, *strategy, *quotas, *seed, ctx) {
                Ok(ranking) => {
                    let unranked = match ranking.unranked.as_slice() {
                        [] => String::new(),
                        [first, ..] => {
                            let n = ranking.unranked.len();
                            format!("; {n} could not be ranked ({})", first.why)
                        }
                    };
                    let n = ranking.ranked.len();
                    let notice = format!("{n} items ranked: {}{unranked}.", strategy.label());
                    CaseEvent::Ranked(*strategy, notice)
                }
                Err(error) => CaseEvent::Notice(as_sentence(&error)),
            }
        }
        BackgroundWork::CompareReaders => match curate::compare_readers(&case.reader, None, ctx) {
            Ok(comparison) => CaseEvent::ReadersCompared(Box::new(comparison)),
            Err(error) => CaseEvent::Notice(as_sentence(&error)),
        },
        BackgroundWork::Search(criterion) => match search(case, criterion, ctx) {
            Ok(found) => CaseEvent::Found(Box::new(found)),
            Err(curate::Error::Cancelled(_)) => CaseEvent::Notice(
                "The search was stopped. What was read of the files is kept.".to_owned(),
            ),
            Err(error) => CaseEvent::Notice(as_sentence(&error)),
        },
        BackgroundWork::Export { format, out, copies_images } => {
            let writing = ExportOptions { copies_images: *copies_images, ..Default::default() };
            let options = CaseExportOptions { writing, ..CaseExportOptions::default() };
            export(&case.reader, *format, out, &options, ctx)
        }
        #[cfg(test)]
        BackgroundWork::Crash => std::panic::panic_any("on purpose"),
    }
}

/// Reads what the files say of which nothing is stored, and finds the items that say this.
fn search(
    case: &mut RemoteCase,
    criterion: &Criterion,
    ctx: &TaskCtx<'_>,
) -> Result<CaseSearch, curate::Error> {
    if case.is_writable() {
        let mut read = |path: &Path| described_file(path);
        curate::describe_items(case, usize::MAX, &mut read, ctx)?;
    }
    let found = curate::search(&case.reader, std::slice::from_ref(criterion), ctx)?;
    Ok(CaseSearch {
        criterion: criterion.clone(),
        found: found.items.into_iter().collect(),
        n_searched: found.n_searched,
        n_unknown: found.n_unknown,
    })
}

fn export(
    case: &Case,
    format: Format,
    out: &Path,
    options: &CaseExportOptions,
    ctx: &TaskCtx<'_>,
) -> CaseEvent {
    match curate::export(case, format, out, options, ctx) {
        Ok(CaseExport { exported, remarks }) => {
            let remarks =
                exported.remarks.iter().chain(&remarks).map(|remark| format!(" {remark}"));
            let notice = format!(
                "{} pictures exported to {}.{}",
                exported.n_entries,
                exported.path.display(),
                remarks.collect::<String>()
            );
            // The trainer reads our own format only.
            CaseEvent::Exported((format == Format::Pentimento).then_some(exported.path), notice)
        }
        Err(error) => CaseEvent::Notice(as_sentence(&error)),
    }
}

/// Adds files, and everything below folders. Returns a sentence.
fn add(case: &mut dyn BatchWriter, paths: &[PathBuf], ctx: &TaskCtx<'_>) -> String {
    let (folders, files): (Vec<&PathBuf>, Vec<_>) = paths.iter().partition(|path| path.is_dir());
    let (mut new, mut known, mut problems) = (0, 0, Vec::new());
    let new_item = |path: &PathBuf| NewItem { path: path.clone(), source: None, person: None };
    match add_items(case, &mut files.into_iter().map(new_item), ctx) {
        Ok(added) => (new, known) = (added.new, added.known),
        Err(error) => problems.push(error.to_string()),
    }
    for folder in folders {
        match curate::add_folder(case, folder, ctx) {
            Ok(folder) => {
                new += folder.added.new;
                known += folder.added.known;
                problems.extend(folder.problems);
            }
            Err(error) => problems.push(as_sentence(&error)),
        }
    }
    let mut notice = format!("{new} files added");
    if known > 0 {
        notice = format!("{notice}, {known} were in the case already");
    }
    for problem in problems.iter().take(MAX_PROBLEMS) {
        notice = format!("{notice}; {problem}");
    }
    notice
}

fn as_sentence(error: &dyn Display) -> String {
    capitalized(&error.to_string())
}

fn import_notice(done: &CaseImport) -> String {
    let part = |n: u64, what: &str| if n > 0 { format!(", {n} {what}") } else { String::new() };
    let replaced = part(done.n_replaced, "of them replaced older ones");
    let kept = part(done.n_kept, "were in the case already");
    let remarks = done.remarks.iter().map(|remark| format!(" {remark}"));
    format!(
        "{} masks imported from {}, {} new items{replaced}{kept}.{}",
        done.n_masks,
        done.format.label(),
        done.n_new,
        remarks.collect::<String>()
    )
}
