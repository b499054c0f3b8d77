//! The thread of the case file.
//!
//! * **In**: jobs, in their order. **Out**: events, the progress of long work, calls of `wake`.
//! * **Not here**: what events mean (`case_desk`), the file itself (`case`).
//!
//! Everything that touches the disk happens here, so that the window never waits for it. What reads
//! only and takes long (exports) runs beside it with a connection of its own: a stroke is on the disk
//! soon, whatever else goes on.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use super::DocumentId;
use super::worker::Wake;
use crate::base::{Cancel, Progress, TaskCtx};
use crate::case::{Access, Case, ItemId, ItemRow, ItemState, MaskKey, NewItem, StoredMask};
use crate::curate::{
    self, Examination, HandOver, HandedOver, Quotas, Strategy, TakenOver, TwoReaders,
};
use crate::dataset::{ExportOptions, Format};

/// Items of a folder that a person points at are fetched for examination so many at a time.
const CHUNK: usize = 64;

/// What is to be done.
pub(super) enum Job {
    New(PathBuf, String),
    Open(PathBuf, String),
    Close,
    Add(Vec<PathBuf>),
    Rank(Strategy, Quotas, u64),
    SetState(ItemId, ItemState),
    AddSeconds(ItemId, f64),
    /// With the key of the view and the version that is saved.
    SaveMask(Box<StoredMask>, (DocumentId, usize), u64),
    Record(ItemId, Result<Box<Examination>, String>),
    Masks(ItemId),
    Waiting,
    Review(MaskKey, bool),
    CompareReaders,
    Export {
        format: Format,
        out: PathBuf,
        copies_images: bool,
    },
    Import(PathBuf),
}

/// What happened.
pub(super) enum Event {
    Opened {
        path: PathBuf,
        author: String,
        access: Access,
        rows: Vec<ItemRow>,
        /// Items that this author has read.
        read: BTreeSet<ItemId>,
    },
    Closed,
    Rows(Vec<ItemRow>),
    Row(Box<ItemRow>),
    Masks(ItemId, Vec<StoredMask>),
    Waiting(Vec<(ItemId, PathBuf)>),
    Ranked(Strategy, String),
    Readers(Box<TwoReaders>),
    Exported(Option<PathBuf>, String),
    MaskNotSaved((DocumentId, usize), u64, String),
    /// A sentence for people.
    Said(String),
    /// Long work is over.
    Over,
}

/// The thread and the ways to it.
pub(super) struct CaseWorker {
    jobs: Option<Sender<Job>>,
    events: Receiver<Event>,
    progress: Arc<Mutex<Option<Progress>>>,
    /// Of the long work going on.
    cancel: Arc<Mutex<Cancel>>,
    thread: Option<JoinHandle<()>>,
}

impl CaseWorker {
    #[expect(
        clippy::disallowed_methods,
        reason = "jobs are what a person does and must never wait; events are no more than jobs"
    )]
    pub(super) fn start(wake: Wake) -> std::io::Result<Self> {
        let (jobs, their_jobs) = channel();
        let (their_events, events) = channel();
        let (progress, cancel) = (Arc::<Mutex<Option<Progress>>>::default(), Arc::default());
        let desk = Desk {
            events: their_events,
            progress: Arc::clone(&progress),
            cancel: Arc::clone(&cancel),
            wake,
        };
        let thread = std::thread::Builder::new()
            .name("case".into())
            .spawn(move || run(&their_jobs, &desk))?;
        Ok(Self { jobs: Some(jobs), events, progress, cancel, thread: Some(thread) })
    }

    pub(super) fn send(&self, job: Job) {
        // A thread that is gone has said so.
        if let Some(jobs) = &self.jobs
            && jobs.send(job).is_err()
        {
            tracing::error!("the thread of the case is gone");
        }
    }

    pub(super) fn take(&self) -> Option<Event> {
        self.events.try_recv().ok()
    }

    pub(super) fn progress(&self) -> Option<Progress> {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops long work at its next safe point.
    pub(super) fn stop(&self) {
        self.cancel.lock().unwrap_or_else(PoisonError::into_inner).cancel();
    }
}

impl Drop for CaseWorker {
    /// What was drawn is written to its end; long work is stopped.
    fn drop(&mut self) {
        self.stop();
        self.jobs = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread of the case crashed");
        }
    }
}

/// Where the thread puts what it has.
#[derive(Clone)]
struct Desk {
    events: Sender<Event>,
    progress: Arc<Mutex<Option<Progress>>>,
    cancel: Arc<Mutex<Cancel>>,
    wake: Wake,
}

impl Desk {
    fn put(&self, event: Event) {
        // Nobody may listen any more.
        if self.events.send(event).is_ok() {
            (self.wake)();
        }
    }

    /// Does long work that can be stopped and tells how far it is.
    fn long(&self, work: impl FnOnce(&TaskCtx<'_>)) {
        let cancel = Cancel::default();
        *self.cancel.lock().unwrap_or_else(PoisonError::into_inner) = cancel.clone();
        let on_progress = |progress: Progress| {
            *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
            (self.wake)();
        };
        work(&TaskCtx { cancel, on_progress: &on_progress });
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.put(Event::Over);
    }
}

fn run(jobs: &Receiver<Job>, desk: &Desk) {
    let mut case = None;
    let mut beside: Option<JoinHandle<()>> = None;
    while let Ok(job) = jobs.recv() {
        let worked = catch_unwind(AssertUnwindSafe(|| work(&mut case, &mut beside, job, desk)));
        if worked.is_err() {
            // Every change is one transaction: the file is whole.
            case = None;
            desk.put(Event::Said(
                "The work on the case crashed; this is a fault of the program. Open the case \
                 again: what was saved is in it."
                    .to_owned(),
            ));
            desk.put(Event::Over);
            desk.put(Event::Closed);
        }
    }
    if beside.take().is_some_and(|thread| thread.join().is_err()) {
        tracing::error!("an export crashed");
    }
}

fn work(case: &mut Option<Case>, beside: &mut Option<JoinHandle<()>>, job: Job, desk: &Desk) {
    let opened = match job {
        Job::New(path, author) => {
            *case = None;
            Some(Case::create(&path, &author).map_err(|e| about(&path, &e)))
        }
        Job::Open(path, author) => {
            *case = None;
            Some(Case::open(&path, &author).map_err(|e| about(&path, &e)))
        }
        Job::Close => {
            *case = None;
            return desk.put(Event::Closed);
        }
        job => {
            let Some(case) = case else { return };
            if let Err(what) = work_on(case, beside, job, desk) {
                desk.put(Event::Said(what));
            }
            return;
        }
    };
    let Some(opened) = opened else { return };
    let rows = opened.and_then(|opened| {
        let rows = opened.rows().map_err(|e| e.to_string())?;
        let keys = opened.mask_keys().map_err(|e| e.to_string())?;
        let own = keys.into_iter().filter(|key| key.author == opened.author());
        let read = own.map(|key| key.item).collect();
        Ok((opened, rows, read))
    });
    match rows {
        Ok((opened, rows, read)) => {
            desk.put(Event::Opened {
                path: opened.path().to_owned(),
                author: opened.author().to_owned(),
                access: opened.access().clone(),
                rows,
                read,
            });
            *case = Some(opened);
        }
        Err(what) => {
            desk.put(Event::Closed);
            desk.put(Event::Said(what));
        }
    }
}

fn about(path: &Path, error: &crate::case::Error) -> String {
    format!("{}: {error}", path.display())
}

fn work_on(
    case: &mut Case,
    beside: &mut Option<JoinHandle<()>>,
    job: Job,
    desk: &Desk,
) -> Result<(), String> {
    let say = |e: crate::case::Error| e.to_string();
    let row = |case: &Case, id| case.row(id).map(|row| desk.put(Event::Row(Box::new(row))));
    match job {
        Job::New(..) | Job::Open(..) | Job::Close => Ok(()),
        Job::Add(paths) => {
            desk.long(|ctx| {
                let said = add(case, paths, ctx);
                desk.put(Event::Said(said));
            });
            case.rows().map(|rows| desk.put(Event::Rows(rows))).map_err(say)
        }
        Job::Rank(strategy, quotas, seed) => {
            let ranking = curate::rank(case, strategy, quotas, seed).map_err(|e| sentence(&e))?;
            let n = ranking.ranked.len();
            let left_out = match ranking.left_out.as_slice() {
                [] => String::new(),
                [first, ..] => {
                    format!("; {} could not be ranked ({})", ranking.left_out.len(), first.why)
                }
            };
            case.rows().map(|rows| desk.put(Event::Rows(rows))).map_err(say)?;
            let said = format!("{n} items ranked: {}{left_out}.", strategy.words());
            desk.put(Event::Ranked(strategy, said));
            Ok(())
        }
        Job::SetState(id, state) => {
            case.set_state(id, state).map_err(say)?;
            row(case, id).map_err(say)
        }
        Job::AddSeconds(id, seconds) => {
            case.add_seconds(id, seconds).map_err(say)?;
            row(case, id).map_err(say)
        }
        Job::SaveMask(mask, key, version) => {
            if let Err(error) = case.save_mask(&mask) {
                let what = format!(
                    "The mask could not be saved in the case: {error} It is still here; mend that, \
                     then draw on or save it as a file."
                );
                desk.put(Event::MaskNotSaved(key, version, what));
                return Ok(());
            }
            row(case, mask.item).map_err(say)
        }
        Job::Record(id, Ok(examination)) => {
            let refused = curate::record(case, id, &examination).map_err(|e| e.to_string())?;
            if let Some(reason) = refused {
                case.record_failure(id, None, &reason).map_err(say)?;
            }
            row(case, id).map_err(say)
        }
        Job::Record(id, Err(reason)) => {
            case.record_failure(id, None, &reason).map_err(say)?;
            row(case, id).map_err(say)
        }
        Job::Masks(id) => {
            case.masks(id).map(|masks| desk.put(Event::Masks(id, masks))).map_err(say)
        }
        Job::Waiting => case.waiting(CHUNK).map(|w| desk.put(Event::Waiting(w))).map_err(say),
        Job::Review(key, agrees) => {
            let reviewer = case.author().to_owned();
            let reviewer = agrees.then_some(reviewer.as_str());
            case.set_review(&key, reviewer).map_err(say)?;
            row(case, key.item).map_err(say)?;
            case.masks(key.item).map(|m| desk.put(Event::Masks(key.item, m))).map_err(say)
        }
        Job::CompareReaders => {
            let readers = curate::two_readers(case, None, &TaskCtx::silent());
            readers.map(|r| desk.put(Event::Readers(Box::new(r)))).map_err(|e| sentence(&e))
        }
        Job::Export { format, out, copies_images } => {
            if let Some(last) = beside.take()
                && last.join().is_err()
            {
                tracing::error!("an export crashed");
            }
            let path = case.path().to_owned();
            let desk = desk.clone();
            let writing = ExportOptions { copies_images, ..ExportOptions::default() };
            let options = HandOver { writing, ..HandOver::default() };
            let thread = std::thread::Builder::new().name("export".into()).spawn(move || {
                desk.long(|ctx| desk.put(export(&path, format, &out, &options, ctx)));
            });
            *beside = Some(thread.map_err(|e| format!("the system gives no thread: {e}"))?);
            Ok(())
        }
        Job::Import(path) => {
            desk.long(|ctx| {
                let said = match curate::import(case, &path, None, ctx) {
                    Ok(taken) => words_of(&taken),
                    Err(error) => sentence(&error),
                };
                desk.put(Event::Said(said));
            });
            case.rows().map(|rows| desk.put(Event::Rows(rows))).map_err(say)
        }
    }
}

fn export(path: &Path, format: Format, out: &Path, options: &HandOver, ctx: &TaskCtx<'_>) -> Event {
    let exported = Case::look(path).map_err(|e| e.to_string()).and_then(|case| {
        curate::export(&case, format, out, options, ctx).map_err(|e| sentence(&e))
    });
    match exported {
        Ok(done) => {
            let HandedOver { exported, remarks } = done;
            let remarks = exported.remarks.iter().chain(&remarks).map(|what| format!(" {what}"));
            let said = format!(
                "{} pictures exported to {}.{}",
                exported.n_entries,
                exported.path.display(),
                remarks.collect::<String>()
            );
            Event::Exported((format == Format::Pentimento).then_some(exported.path), said)
        }
        Err(what) => Event::Said(what),
    }
}

/// Files one by one, folders with everything below them.
fn add(case: &mut Case, paths: Vec<PathBuf>, ctx: &TaskCtx<'_>) -> String {
    let (folders, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_dir());
    let (mut new, mut known, mut problems) = (0, 0, Vec::new());
    let mut single = files.into_iter().map(|path| NewItem { path, source: None, person: None });
    match case.add(&mut single, ctx) {
        Ok(added) => (new, known) = (added.new, added.known),
        Err(error) => problems.push(error.to_string()),
    }
    for folder in folders {
        match curate::add_folder(case, &folder, ctx) {
            Ok(filled) => {
                new += filled.added.new;
                known += filled.added.known;
                problems.extend(filled.problems);
            }
            Err(error) => problems.push(sentence(&error)),
        }
    }
    let mut said = format!("{new} files added");
    // Writing into a String cannot fail.
    if known > 0 {
        write!(said, ", {known} were in the case already").ok();
    }
    for problem in problems.iter().take(3) {
        write!(said, "; {problem}").ok();
    }
    said
}

fn words_of(taken: &TakenOver) -> String {
    let kept = match taken.n_kept {
        0 => String::new(),
        n => format!(", {n} were in the case already"),
    };
    let remarks = taken.remarks.iter().map(|what| format!(" {what}"));
    format!(
        "{} masks taken over from {}, {} new items{kept}.{}",
        taken.n_masks,
        taken.format.words(),
        taken.n_new,
        remarks.collect::<String>()
    )
}

fn sentence(error: &curate::Error) -> String {
    let said = error.to_string();
    let mut letters = said.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
