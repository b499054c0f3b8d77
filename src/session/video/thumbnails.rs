//! Small pictures of frames and of faces, made on a thread of their own when nothing better is to
//! be done.
//!
//! * **In**: what is wanted; of frames only the newest wish counts. **Out**: small pictures; a call
//!   of `wake` for each.
//! * **Not here**: keeping them (`video`).

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::base::{Affine, Cancel, Rect, RgbImage, TaskCtx};
use crate::session::examine::prepare;
use crate::session::examine::worker::Wake;
use crate::session::video::player::Reel;
use crate::session::worker::farewell::farewell;
use crate::session::{DocumentId, ExamineError};

/// Longer side of the small picture of a frame.
const FRAME_PX: u32 = 192;
/// Longer side of the frame that a face is cut from.
const FACE_FRAME_PX: u32 = 960;
/// Faces that may wait.
const MAX_WAITING: usize = 64;

/// Of what.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::session) enum Subject {
    /// A whole frame.
    Frame(usize),
    /// The face of a track in a frame; image space.
    Face { track: u32, frame: usize, box_px: Rect },
}

/// One that is done.
pub(in crate::session) struct Made {
    pub(in crate::session) document: DocumentId,
    pub(in crate::session) subject: Subject,
    pub(in crate::session) pixels: Arc<RgbImage>,
}

#[derive(Default)]
struct Desk {
    waiting: VecDeque<(Reel, Subject)>,
    /// What is being made, so that it is not made twice.
    working: Option<(DocumentId, Subject)>,
    made: Vec<Made>,
    cancel: Cancel,
    is_closing: bool,
}

struct Shared {
    desk: Mutex<Desk>,
    changed: Condvar,
    wake: Wake,
}

/// The thread and the way to it.
pub(in crate::session) struct Thumbnailer {
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Thumbnailer {
    pub(in crate::session) fn start(wake: Wake) -> std::io::Result<Self> {
        let desk = Mutex::new(Desk::default());
        let shared = Arc::new(Shared { desk, changed: Condvar::new(), wake });
        let theirs = Arc::clone(&shared);
        let builder = std::thread::Builder::new().name("thumbnails".into());
        let thread = builder.spawn(move || run(&theirs))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    pub(in crate::session) fn ask(&self, reel: Reel, subject: Subject) {
        let mut desk = self.shared.lock();
        let is_same =
            |document: DocumentId, other: &Subject| document == reel.document && *other == subject;
        let mut waiting = desk.waiting.iter();
        if desk.working.as_ref().is_some_and(|(document, other)| is_same(*document, other))
            || waiting.any(|(other_reel, other)| is_same(other_reel.document, other))
        {
            return;
        }
        if matches!(subject, Subject::Frame(_)) {
            desk.waiting.retain(|(_, other)| !matches!(other, Subject::Frame(_)));
            desk.waiting.push_front((reel, subject));
        } else if desk.waiting.len() < MAX_WAITING {
            desk.waiting.push_back((reel, subject));
        }
        drop(desk);
        self.shared.changed.notify_one();
    }

    pub(in crate::session) fn take(&self) -> Vec<Made> {
        std::mem::take(&mut self.shared.lock().made)
    }

    /// Nothing more of this document.
    pub(in crate::session) fn forget(&self, document: DocumentId) {
        let mut desk = self.shared.lock();
        desk.waiting.retain(|(reel, _)| reel.document != document);
        desk.made.retain(|made| made.document != document);
    }
}

impl Drop for Thumbnailer {
    fn drop(&mut self) {
        let mut desk = self.shared.lock();
        desk.is_closing = true;
        desk.cancel.cancel();
        drop(desk);
        self.shared.changed.notify_one();
        farewell(self.thread.take(), "thumbnails");
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn run(shared: &Shared) {
    loop {
        let mut desk = shared.lock();
        while desk.waiting.is_empty() && !desk.is_closing {
            desk = shared.changed.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
        if desk.is_closing {
            return;
        }
        let Some((reel, subject)) = desk.waiting.pop_front() else { continue };
        desk.cancel = Cancel::default();
        let cancel = desk.cancel.clone();
        desk.working = Some((reel.document, subject.clone()));
        drop(desk);
        // One that cannot be made is not there: nothing hangs on it.
        let made = catch_unwind(AssertUnwindSafe(|| make(&reel, &subject, cancel)));
        let mut desk = shared.lock();
        desk.working = None;
        if let Ok(Ok(pixels)) = made {
            desk.made.push(Made { document: reel.document, subject, pixels });
            drop(desk);
            (shared.wake)();
        }
    }
}

fn make(reel: &Reel, subject: &Subject, cancel: Cancel) -> Result<Arc<RgbImage>, ExamineError> {
    let ctx = TaskCtx { cancel, on_progress: &|_| {} };
    let clip = &reel.clip;
    match subject {
        Subject::Frame(frame) => Ok(Arc::new(clip.frame_at(*frame, Some(FRAME_PX), &ctx)?)),
        Subject::Face { frame, box_px, .. } => {
            let image = clip.frame_at(*frame, Some(FACE_FRAME_PX), &ctx)?;
            let info = clip.info();
            let full = Rect::new(0.0, 0.0, info.width_px as f32, info.height_px as f32);
            let small_from_full = Affine::rect_to_rect(&full, &image.bounds());
            Ok(prepare::thumbnail(&image, &small_from_full.apply_rect(box_px)))
        }
    }
}
