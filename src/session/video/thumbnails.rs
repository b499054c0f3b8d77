//! Small pictures of frames and of faces, made by a worker.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::clip::Clip;
use crate::base::{Affine, Cancel, Rect, RgbImage, TaskCtx};
use crate::session::document::id::DocumentId;
use crate::session::examine::error::ExamineError;
use crate::session::examine::prepare;
use crate::session::worker::{AtEnd, EventSender, Handler, JobQueue, Wake, Worker, WorkerOptions};

/// Longer side of the small picture of a frame.
const FRAME_PX: u32 = 192;
/// Longer side of the frame that a face is cut from.
const FACE_FRAME_PX: u32 = 960;
/// Faces that may wait.
const MAX_WAITING: usize = 64;
/// How the worker is set up; the thumbnailer bounds what waits.
const WORKER: WorkerOptions = WorkerOptions {
    name: "thumbnails",
    max_jobs: usize::MAX,
    max_events: 256,
    at_end: AtEnd::LeaveAfter(Duration::from_secs(2)),
};

/// What a small picture is of.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Subject {
    /// A whole frame.
    Frame(usize),
    /// The face of a track in a frame; image space.
    Face { track: u32, frame: usize, box_px: Rect },
}

/// A small picture to be made.
struct ThumbnailJob {
    document: DocumentId,
    /// Gone when the document is closed: then nothing is made.
    clip: Weak<dyn Clip>,
    subject: Subject,
    cancel: Cancel,
}

/// A job that is over.
pub(super) struct Thumbnail {
    pub(super) document: DocumentId,
    pub(super) subject: Subject,
    /// `None` when it could not be made.
    pub(super) pixels: Option<Arc<RgbImage>>,
}

/// The newest frame first, then faces in their order. Older frames are not made any more.
#[derive(Default)]
struct NewestFrameFirst {
    frame: Option<ThumbnailJob>,
    faces: VecDeque<ThumbnailJob>,
}

impl JobQueue<ThumbnailJob> for NewestFrameFirst {
    fn push(&mut self, job: ThumbnailJob) {
        match job.subject {
            Subject::Frame(_) => self.frame = Some(job),
            Subject::Face { .. } => self.faces.push_back(job),
        }
    }

    fn pop(&mut self) -> Option<ThumbnailJob> {
        self.frame.take().or_else(|| self.faces.pop_front())
    }

    fn len(&self) -> usize {
        usize::from(self.frame.is_some()) + self.faces.len()
    }
}

struct ThumbnailHandler;

impl Handler<ThumbnailJob, Thumbnail> for ThumbnailHandler {
    fn handle(&mut self, job: &ThumbnailJob, events: &EventSender<Thumbnail>) {
        // Nothing hangs on one that cannot be made.
        let pixels = job.clip.upgrade().and_then(|clip| make(clip.as_ref(), job).ok());
        events.send(Thumbnail { document: job.document, subject: job.subject.clone(), pixels });
    }

    fn on_crash(job: &ThumbnailJob, events: &EventSender<Thumbnail>) {
        let subject = job.subject.clone();
        events.send(Thumbnail { document: job.document, subject, pixels: None });
    }
}

fn make(clip: &dyn Clip, job: &ThumbnailJob) -> Result<Arc<RgbImage>, ExamineError> {
    let ctx = TaskCtx { cancel: job.cancel.clone(), on_progress: &|_| {} };
    match &job.subject {
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

/// Makes small pictures.
pub(super) struct Thumbnailer {
    worker: Worker<ThumbnailJob, Thumbnail, NewestFrameFirst>,
    /// What was asked for and is not over.
    open: Vec<(DocumentId, Subject)>,
    cancel: Cancel,
}

impl Thumbnailer {
    pub(super) fn start(wake: Wake) -> std::io::Result<Self> {
        let worker = Worker::start(WORKER, wake, || ThumbnailHandler)?;
        Ok(Self { worker, open: Vec::new(), cancel: Cancel::default() })
    }

    /// Asks for a small picture. It is not made when too many wait.
    pub(super) fn ask(&mut self, document: DocumentId, clip: &Arc<dyn Clip>, subject: Subject) {
        let is_frame = |subject: &Subject| matches!(subject, Subject::Frame(_));
        let wanted = (document, subject.clone());
        let is_too_much = !is_frame(&subject) && self.open.len() >= MAX_WAITING;
        if is_too_much || self.open.contains(&wanted) {
            return;
        }
        let cancel = self.cancel.clone();
        let clip = Arc::downgrade(clip);
        if is_frame(&subject) {
            self.open.retain(|(_, other)| !is_frame(other));
        }
        if self.worker.send(ThumbnailJob { document, clip, subject, cancel }) {
            self.open.push(wanted);
        }
    }

    /// The next one that is over.
    pub(super) fn next(&mut self) -> Option<Thumbnail> {
        let thumbnail = self.worker.next_event()?;
        let is_it = |(document, subject): &(DocumentId, Subject)| {
            *document == thumbnail.document && *subject == thumbnail.subject
        };
        self.open.retain(|open| !is_it(open));
        Some(thumbnail)
    }
}

impl Drop for Thumbnailer {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}
