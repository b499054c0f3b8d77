//! The thread of the case file.
//!
//! * **In**: jobs, in their order. **Out**: events, the progress of long work, calls of `wake`.
//! * **Not here**: what events mean (`case_desk`), the file itself (`case`).
//!
//! Jobs and events carry the number of the opening they belong to: what comes late from a case that
//! was left never meets the next one, whose items have the same numbers.
//!
//! Everything that touches the disk happens here, so that the window never waits for it. What reads
//! only and takes long (exports) runs beside it with a connection of its own. Adding, importing and
//! ranking hold the saving of strokes up until they end.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use super::worker::Wake;
use crate::base::{Cancel, Progress, TaskCtx};
use crate::case::{
    self, Access, Again, Case, ItemId, ItemRow, ItemState, MaskKey, NewItem, StoredMask,
};
use crate::curate::{
    self, Examination, HandOver, HandedOver, Quotas, Strategy, TakenOver, TwoReaders,
};
use crate::dataset::{ExportOptions, Format};

/// Items of a folder that a person points at are fetched for examination so many at a time.
const CHUNK: usize = 64;
/// A save that found the case held by another program is tried so often; each time waits for long.
const TRIES: usize = 3;

/// Which opening of a case: it is raised whenever one is left.
pub(super) type Epoch = u64;

/// What is to be done.
pub(super) enum Job {
    New(PathBuf, String),
    Open(PathBuf, String),
    Close,
    Add(Vec<PathBuf>, Cancel),
    Rank(Strategy, Quotas, u64),
    /// An item is not done while a mask of it could not be saved.
    SetState(ItemId, ItemState),
    AddSeconds(ItemId, f64),
    SaveMask(ToKeep),
    /// The hash of an item's file has become known.
    Identify(ItemId, String),
    /// With the path that was examined.
    Record(ItemId, PathBuf, Result<Box<Examination>, String>),
    Masks(ItemId),
    Waiting,
    /// All that another model than this one examined last, and all that failed.
    WaitingAgain(String),
    Review(MaskKey, bool),
    CompareReaders,
    Export {
        format: Format,
        out: PathBuf,
        copies_images: bool,
        cancel: Cancel,
    },
    Import(PathBuf, Cancel),
    /// Wake the front end after this time.
    Nudge(Duration),
    #[cfg(test)]
    Crash,
}

/// A mask to be saved.
pub(super) struct ToKeep {
    /// Answered with it.
    pub(super) ticket: u64,
    pub(super) mask: Box<StoredMask>,
    /// Hash of the file it was drawn on, if that is known.
    pub(super) media_sha256: Option<String>,
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
    /// With its ticket.
    MaskSaved(u64),
    MaskNotSaved(u64, String),
    /// What was found could not be kept, and why.
    NotRecorded(String),
    /// A sentence for people.
    Said(String),
    /// Long work is over.
    Over,
}

/// The thread and the ways to it.
pub(super) struct CaseWorker {
    jobs: Option<Sender<(Epoch, Job)>>,
    events: Receiver<(Epoch, Event)>,
    progress: Arc<Mutex<Option<Progress>>>,
    thread: Option<JoinHandle<()>>,
}

impl CaseWorker {
    #[expect(
        clippy::disallowed_methods,
        reason = "the window must never wait for the disk, and no mask may be turned away"
    )]
    pub(super) fn start(wake: Wake) -> std::io::Result<Self> {
        let (jobs, their_jobs) = channel();
        let (their_events, events) = channel();
        let progress = Arc::<Mutex<Option<Progress>>>::default();
        let desk = Desk { events: their_events, epoch: 0, progress: Arc::clone(&progress), wake };
        let thread = std::thread::Builder::new()
            .name("case".into())
            .spawn(move || run(&their_jobs, &desk))?;
        Ok(Self { jobs: Some(jobs), events, progress, thread: Some(thread) })
    }

    pub(super) fn send(&self, epoch: Epoch, job: Job) {
        // A thread that is gone has said so.
        if let Some(jobs) = &self.jobs
            && jobs.send((epoch, job)).is_err()
        {
            tracing::error!("the thread of the case is gone");
        }
    }

    pub(super) fn take(&self) -> Option<(Epoch, Event)> {
        self.events.try_recv().ok()
    }

    pub(super) fn progress(&self) -> Option<Progress> {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for CaseWorker {
    /// What was drawn is written to its end; the caller has stopped long work.
    fn drop(&mut self) {
        self.jobs = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread of the case crashed");
        }
    }
}

/// Where the thread puts what it has.
#[derive(Clone)]
struct Desk {
    events: Sender<(Epoch, Event)>,
    /// Of the job being done.
    epoch: Epoch,
    progress: Arc<Mutex<Option<Progress>>>,
    wake: Wake,
}

impl Desk {
    fn put(&self, event: Event) {
        // Nobody may listen any more.
        if self.events.send((self.epoch, event)).is_ok() {
            (self.wake)();
        }
    }

    /// Does long work that can be stopped and tells how far it is.
    fn long(&self, cancel: Cancel, work: impl FnOnce(&TaskCtx<'_>)) {
        let on_progress = |progress: Progress| {
            *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
            (self.wake)();
        };
        work(&TaskCtx { cancel, on_progress: &on_progress });
        self.rest();
    }

    fn rest(&self) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What the thread has at hand.
#[derive(Default)]
struct Hand {
    case: Option<(Epoch, Case)>,
    beside: Option<JoinHandle<()>>,
    /// Masks that could not be saved, by item and frame.
    unsaved: BTreeSet<(ItemId, Option<usize>)>,
    /// The last file hashed for a mask.
    hashed: Option<Hashed>,
}

/// A file with what tells that it was not written since.
struct Hashed {
    path: PathBuf,
    len: u64,
    modified: Option<SystemTime>,
    sha256: String,
}

fn run(jobs: &Receiver<(Epoch, Job)>, desk: &Desk) {
    let mut hand = Hand::default();
    let mut nudge: Option<Instant> = None;
    loop {
        let received = match nudge {
            None => jobs.recv().map_err(|_gone| RecvTimeoutError::Disconnected),
            Some(at) => jobs.recv_timeout(at.saturating_duration_since(Instant::now())),
        };
        let (epoch, job) = match received {
            Ok((_, Job::Nudge(after))) => {
                nudge = Some(Instant::now() + after);
                continue;
            }
            Ok(job) => job,
            Err(RecvTimeoutError::Timeout) => {
                nudge = None;
                (desk.wake)();
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let desk = Desk { epoch, ..desk.clone() };
        let (ticket, is_long) = match &job {
            Job::SaveMask(keep) => (Some(keep.ticket), false),
            Job::Add(..) | Job::Import(..) => (None, true),
            _ => (None, false),
        };
        let worked = catch_unwind(AssertUnwindSafe(|| work(&mut hand, job, &desk)));
        if worked.is_err() {
            // Every change is one transaction: the file is whole.
            hand.case = None;
            desk.rest();
            if let Some(ticket) = ticket {
                desk.put(Event::MaskNotSaved(ticket, "the work on the case crashed.".to_owned()));
            }
            desk.put(Event::Said(
                "The work on the case crashed; this is a fault of the program. Open the case \
                 again: what was saved is in it."
                    .to_owned(),
            ));
            desk.put(Event::Closed);
        }
        if is_long || worked.is_err() {
            desk.put(Event::Over);
        }
    }
    if hand.beside.take().is_some_and(|thread| thread.join().is_err()) {
        tracing::error!("an export crashed");
    }
}

fn work(hand: &mut Hand, job: Job, desk: &Desk) {
    let opened = match job {
        Job::New(path, author) => {
            hand.leave();
            Case::create(&path, &author).map_err(|e| about(&path, &e))
        }
        Job::Open(path, author) => {
            hand.leave();
            Case::open(&path, &author).map_err(|e| about(&path, &e))
        }
        Job::Close => {
            hand.leave();
            return desk.put(Event::Closed);
        }
        job => return work_in(hand, job, desk),
    };
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
            hand.case = Some((desk.epoch, opened));
        }
        Err(what) => {
            desk.put(Event::Closed);
            desk.put(Event::Said(what));
        }
    }
}

impl Hand {
    fn leave(&mut self) {
        self.case = None;
        self.unsaved.clear();
    }
}

/// Does what needs the case that was open when it was wished for.
fn work_in(hand: &mut Hand, job: Job, desk: &Desk) {
    let Hand { case, beside, unsaved, hashed } = hand;
    let Some((_, case)) = case.as_mut().filter(|(epoch, _)| *epoch == desk.epoch) else {
        match job {
            Job::SaveMask(ToKeep { ticket, .. }) => {
                let what = "the case is not open any more.".to_owned();
                desk.put(Event::MaskNotSaved(ticket, what));
            }
            Job::Export { .. } => desk.put(Event::Over),
            _ => {}
        }
        return;
    };
    let done = match job {
        Job::SaveMask(keep) => {
            save_mask(case, unsaved, hashed, &keep, desk);
            Ok(())
        }
        Job::SetState(id, ItemState::Done) if unsaved.iter().any(|(item, _)| *item == id) => {
            let what = "It is not marked as done: its mask is not in the case.".to_owned();
            row(case, id, desk).and(Err(what))
        }
        Job::Record(id, path, result) => {
            if let Err(what) = record(case, id, &path, result, desk) {
                desk.put(Event::NotRecorded(what));
            }
            Ok(())
        }
        Job::WaitingAgain(model) => {
            let again = Again { other_than: Some(&model), failed: true };
            let waiting = case.waiting_for(&again, usize::MAX).map_err(|e| e.to_string());
            let (waiting, said) = match waiting {
                Ok(waiting) if waiting.is_empty() => {
                    let what = "Everything was examined by the detector in use already.";
                    (waiting, Err(what.to_owned()))
                }
                Ok(waiting) => (waiting, Ok(())),
                Err(what) => (Vec::new(), Err(what)),
            };
            desk.put(Event::Waiting(waiting));
            said
        }
        Job::Waiting => {
            let waiting = case.waiting(CHUNK).map_err(|e| e.to_string());
            let (waiting, said) = match waiting {
                Ok(waiting) => (waiting, Ok(())),
                Err(what) => (Vec::new(), Err(what)),
            };
            desk.put(Event::Waiting(waiting));
            said
        }
        Job::Export { format, out, copies_images, cancel } => {
            let started = start_export(case, beside, (format, out, copies_images), cancel, desk);
            if started.is_err() {
                desk.put(Event::Over);
            }
            started
        }
        job => work_on(case, job, desk),
    };
    if let Err(what) = done {
        desk.put(Event::Said(what));
    }
}

fn row(case: &Case, id: ItemId, desk: &Desk) -> Result<(), String> {
    case.row(id).map(|row| desk.put(Event::Row(Box::new(row)))).map_err(|e| e.to_string())
}

/// Saves a mask, in one transaction with the hash of the file it was drawn on: where the case knows
/// another file, nothing is saved.
fn save_mask(
    case: &mut Case,
    unsaved: &mut BTreeSet<(ItemId, Option<usize>)>,
    hashed: &mut Option<Hashed>,
    keep: &ToKeep,
    desk: &Desk,
) {
    let ToKeep { ticket, mask, media_sha256 } = keep;
    let spot = (mask.item, mask.frame.map(|frame| frame.index));
    let media = media_sha256.clone().or_else(|| media_of(case, mask.item, hashed));
    let mut n_tries = 0;
    let saved = loop {
        n_tries += 1;
        let saved: Result<(), case::Error> = case.together(|case| {
            if let Some(media) = &media {
                case.identify(mask.item, media)?;
            }
            case.save_mask(mask)
        });
        if !matches!(saved, Err(case::Error::Busy)) || n_tries == TRIES {
            break saved;
        }
    };
    match saved {
        Ok(()) => {
            unsaved.remove(&spot);
            desk.put(Event::MaskSaved(*ticket));
            if let Err(what) = row(case, mask.item, desk) {
                desk.put(Event::Said(what));
            }
        }
        Err(error) => {
            unsaved.insert(spot);
            desk.put(Event::MaskNotSaved(*ticket, format!("{error}.")));
        }
    }
}

/// Hash of the file of an item that the case knows by its hash, as it is now.
fn media_of(case: &Case, id: ItemId, hashed: &mut Option<Hashed>) -> Option<String> {
    let row = case.row(id).ok().filter(|row| row.sha256.is_some())?;
    let facts = std::fs::metadata(&row.path).ok()?;
    let (len, modified) = (facts.len(), facts.modified().ok());
    let is_it = |h: &Hashed| *h.path == *row.path && (h.len, h.modified) == (len, modified);
    if !hashed.as_ref().is_some_and(|h| is_it(h) && modified.is_some()) {
        let sha256 = curate::file_sha256(&row.path).ok()?;
        *hashed = Some(Hashed { path: row.path.to_path_buf(), len, modified, sha256 });
    }
    hashed.as_ref().map(|h| h.sha256.clone())
}

/// Keeps what an examination found, if the item is still the file that was examined.
fn record(
    case: &mut Case,
    id: ItemId,
    path: &Path,
    result: Result<Box<Examination>, String>,
    desk: &Desk,
) -> Result<(), String> {
    let say = |e: case::Error| e.to_string();
    if *case.row(id).map_err(say)?.path != *path {
        let what = format!("item {} is another file than {}", id.0, path.display());
        return Err(what);
    }
    let refused = match result {
        Ok(examination) => curate::record(case, id, &examination).map_err(|e| e.to_string())?,
        Err(reason) => Some(reason),
    };
    if let Some(reason) = refused {
        case.record_failure(id, None, &reason).map_err(say)?;
    }
    row(case, id, desk)
}

fn start_export(
    case: &Case,
    beside: &mut Option<JoinHandle<()>>,
    (format, out, copies_images): (Format, PathBuf, bool),
    cancel: Cancel,
    desk: &Desk,
) -> Result<(), String> {
    if beside.take().is_some_and(|last| last.join().is_err()) {
        tracing::error!("an export crashed");
    }
    let path = case.path().to_owned();
    let desk = desk.clone();
    let writing = ExportOptions { copies_images, ..ExportOptions::default() };
    let options = HandOver { writing, ..HandOver::default() };
    let thread = std::thread::Builder::new().name("export".into()).spawn(move || {
        let exported = catch_unwind(AssertUnwindSafe(|| {
            desk.long(cancel, |ctx| desk.put(export(&path, format, &out, &options, ctx)));
        }));
        if exported.is_err() {
            desk.rest();
            let what = "The export crashed; this is a fault of the program.";
            desk.put(Event::Said(what.to_owned()));
        }
        desk.put(Event::Over);
    });
    *beside = Some(thread.map_err(|e| format!("The system gives no thread: {e}"))?);
    Ok(())
}

fn about(path: &Path, error: &case::Error) -> String {
    format!("{}: {error}", path.display())
}

fn work_on(case: &mut Case, job: Job, desk: &Desk) -> Result<(), String> {
    let say = |e: case::Error| e.to_string();
    match job {
        Job::Add(paths, cancel) => {
            desk.long(cancel, |ctx| {
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
            row(case, id, desk)
        }
        Job::AddSeconds(id, seconds) => {
            case.add_seconds(id, seconds).map_err(say)?;
            row(case, id, desk)
        }
        Job::Identify(id, sha256) => {
            case.identify(id, &sha256).map_err(say)?;
            row(case, id, desk)
        }
        Job::Masks(id) => {
            case.masks(id).map(|masks| desk.put(Event::Masks(id, masks))).map_err(say)
        }
        Job::Review(key, agrees) => {
            let reviewer = case.author().to_owned();
            let reviewer = agrees.then_some(reviewer.as_str());
            case.set_review(&key, reviewer).map_err(say)?;
            row(case, key.item, desk)?;
            case.masks(key.item).map(|m| desk.put(Event::Masks(key.item, m))).map_err(say)
        }
        Job::CompareReaders => {
            let readers = curate::two_readers(case, None, &TaskCtx::silent());
            readers.map(|r| desk.put(Event::Readers(Box::new(r)))).map_err(|e| sentence(&e))
        }
        Job::Import(path, cancel) => {
            desk.long(cancel, |ctx| {
                let said = match curate::import(case, &path, None, ctx) {
                    Ok(taken) => words_of(&taken),
                    Err(error) => sentence(&error),
                };
                desk.put(Event::Said(said));
            });
            case.rows().map(|rows| desk.put(Event::Rows(rows))).map_err(say)
        }
        #[cfg(test)]
        Job::Crash => std::panic::panic_any("on purpose"),
        // Done elsewhere.
        Job::New(..)
        | Job::Open(..)
        | Job::Close
        | Job::SaveMask(_)
        | Job::Record(..)
        | Job::Waiting
        | Job::WaitingAgain(_)
        | Job::Export { .. }
        | Job::Nudge(_) => Ok(()),
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
    if known > 0 {
        said = format!("{said}, {known} were in the case already");
    }
    for problem in problems.iter().take(3) {
        said = format!("{said}; {problem}");
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

#[cfg(test)]
#[path = "case_worker_tests.rs"]
mod tests;
