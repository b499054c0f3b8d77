//! The thread of the case file, and the ways to it.
//!
//! * **In**: jobs, in their order. **Out**: events, the progress of long work, calls of `wake`.
//! * **Not here**: doing the jobs (`case_jobs`), long work (`case_beside`), what events mean
//!   (`case_desk`), the file itself (`case`).
//!
//! Jobs and events carry the number of the opening they belong to: what comes late from a case that
//! was left never meets the next one, whose items have the same numbers.
//!
//! Everything that touches the disk happens here, so that the window never waits for it. The thread
//! does what a person waits for, above all the saving of strokes; what takes long runs beside it.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::base::{Cancel, Progress, TaskCtx};
use crate::case::{Access, ItemId, ItemRow, ItemState, MaskKey, StoredMask};
use crate::curate::{Examination, Strategy, TwoReaders};
use crate::session::case::beside::{Ended, Long};
use crate::session::case::jobs::{Hand, work};
use crate::session::examine::worker::Wake;

/// Which opening of a case: it is raised whenever one is left.
pub(in crate::session) type Epoch = u64;

/// What is to be done.
pub(in crate::session) enum Job {
    New(PathBuf, String),
    Open(PathBuf, String),
    Close,
    /// Answered with [`Event::Over`], whatever becomes of it.
    Long(Long, Cancel),
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
    /// Wake the front end after this time.
    Nudge(Duration),
    #[cfg(test)]
    Crash,
}

/// A mask to be saved.
pub(in crate::session) struct ToKeep {
    /// Answered with it.
    pub(in crate::session) ticket: u64,
    pub(in crate::session) mask: Box<StoredMask>,
    /// Hash of the file it was drawn on, if that is known.
    pub(in crate::session) media_sha256: Option<String>,
}

/// What happened.
pub(in crate::session) enum Event {
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

/// What the thread is told.
pub(in crate::session) enum Message {
    Job(Epoch, Job),
    /// By long work beside it.
    Ended(Ended),
    /// Nothing comes any more.
    Stop,
}

/// The thread and the ways to it.
pub(in crate::session) struct CaseWorker {
    messages: Sender<Message>,
    events: Receiver<(Epoch, Event)>,
    progress: Arc<Mutex<Option<Progress>>>,
    thread: Option<JoinHandle<()>>,
}

impl CaseWorker {
    #[expect(
        clippy::disallowed_methods,
        reason = "the window must never wait for the disk, and no mask may be turned away"
    )]
    pub(in crate::session) fn start(wake: Wake) -> std::io::Result<Self> {
        let (messages, their_messages) = channel();
        let (their_events, events) = channel();
        let progress = Arc::<Mutex<Option<Progress>>>::default();
        let desk = Desk {
            events: their_events,
            epoch: 0,
            progress: Arc::clone(&progress),
            back: messages.clone(),
            wake,
        };
        let thread = std::thread::Builder::new()
            .name("case".into())
            .spawn(move || run(&their_messages, &desk))?;
        Ok(Self { messages, events, progress, thread: Some(thread) })
    }

    pub(in crate::session) fn send(&self, epoch: Epoch, job: Job) {
        // A thread that is gone has said so.
        if self.messages.send(Message::Job(epoch, job)).is_err() {
            tracing::error!("the thread of the case is gone");
        }
    }

    pub(in crate::session) fn take(&self) -> Option<(Epoch, Event)> {
        self.events.try_recv().ok()
    }

    pub(in crate::session) fn progress(&self) -> Option<Progress> {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for CaseWorker {
    /// What was drawn is written to its end; long work is stopped.
    fn drop(&mut self) {
        // A thread that is gone needs not be told.
        self.messages.send(Message::Stop).ok();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread of the case crashed");
        }
    }
}

/// Where the thread puts what it has.
#[derive(Clone)]
pub(in crate::session) struct Desk {
    events: Sender<(Epoch, Event)>,
    /// Of the job being done.
    pub(in crate::session) epoch: Epoch,
    progress: Arc<Mutex<Option<Progress>>>,
    back: Sender<Message>,
    wake: Wake,
}

impl Desk {
    pub(in crate::session) fn put(&self, event: Event) {
        // Nobody may listen any more.
        if self.events.send((self.epoch, event)).is_ok() {
            (self.wake)();
        }
    }

    /// Does long work that can be stopped and tells how far it is.
    pub(in crate::session) fn long<T>(
        &self,
        cancel: Cancel,
        work: impl FnOnce(&TaskCtx<'_>) -> T,
    ) -> T {
        let on_progress = |progress: Progress| {
            *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
            (self.wake)();
        };
        work(&TaskCtx { cancel, on_progress: &on_progress })
    }

    /// Hands what came of long work to the thread of the case.
    pub(in crate::session) fn hand_back(&self, ended: Ended) {
        // A thread that is gone has left the case.
        self.back.send(Message::Ended(ended)).ok();
    }

    pub(in crate::session) fn rest(&self) {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn run(messages: &Receiver<Message>, desk: &Desk) {
    let mut hand = Hand::default();
    let mut nudge: Option<Instant> = None;
    loop {
        let received = match nudge {
            None => messages.recv().map_err(|_gone| RecvTimeoutError::Disconnected),
            Some(at) => messages.recv_timeout(at.saturating_duration_since(Instant::now())),
        };
        match received {
            Ok(Message::Job(_, Job::Nudge(after))) => nudge = Some(Instant::now() + after),
            Ok(Message::Job(epoch, job)) => {
                one(&mut hand, job, &Desk { epoch, ..desk.clone() });
            }
            Ok(Message::Ended(ended)) => {
                let desk = Desk { epoch: ended.epoch, ..desk.clone() };
                guarded(&mut hand, &desk, |hand| hand.take_back(ended, &desk));
                desk.put(Event::Over);
            }
            Err(RecvTimeoutError::Timeout) => {
                nudge = None;
                (desk.wake)();
            }
            Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    hand.end();
}

fn one(hand: &mut Hand, job: Job, desk: &Desk) {
    let ticket = if let Job::SaveMask(keep) = &job { Some(keep.ticket) } else { None };
    let is_long = matches!(job, Job::Long(..));
    if !guarded(hand, desk, |hand| work(hand, job, desk)) {
        if let Some(ticket) = ticket {
            desk.put(Event::MaskNotSaved(ticket, "the work on the case crashed.".to_owned()));
        }
        if is_long {
            desk.put(Event::Over);
        }
    }
}

/// Does something with the case; false when that crashed. Then the case is closed.
fn guarded(hand: &mut Hand, desk: &Desk, does: impl FnOnce(&mut Hand)) -> bool {
    let worked = catch_unwind(AssertUnwindSafe(|| does(hand)));
    if worked.is_err() {
        // Every change is one transaction: the file is whole.
        hand.leave();
        desk.put(Event::Said(
            "The work on the case crashed; this is a fault of the program. Open the case \
             again: what was saved is in it."
                .to_owned(),
        ));
        desk.put(Event::Closed);
    }
    worked.is_ok()
}

#[cfg(test)]
#[path = "worker_tests.rs"]
mod tests;
