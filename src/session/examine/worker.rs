//! The worker thread: one job at a time, results as events.
//!
//! * **In**: jobs through a bounded channel. **Out**: events through a bounded channel, progress
//!   through a slot that always holds the newest, a call of `wake` for either.
//! * **Not here**: the queue and what results mean (`state`).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::base::{
    Cancel, Face, FaceFinding, Frame, MediaReport, Mesh, Orientation, Phase, Progress, Rect,
    RgbImage, TaskCtx, VideoReport,
};
use crate::curate::Examination;
use crate::detect::Degradation;
use crate::pipeline::video::VideoEvent;
use crate::session::examine::live::{Batch, Gatherer};
use crate::session::examine::prepare;
use crate::session::video::player::MOVING_PX;
use crate::session::worker::farewell::farewell;
use crate::session::{
    Clip, DocumentId, ExamineError, Examiner, FaceItem, ModelFacts, Picture, RescoredItem,
};
use crate::signal::Colormap;

/// Makes an examiner: at the start, and after one crashed.
pub(in crate::session) type MakeExaminer = Box<dyn FnMut() -> Box<dyn Examiner> + Send>;
/// Tells the front end that there is something new.
pub(in crate::session) type Wake = Arc<dyn Fn() + Send + Sync>;

/// Events that may wait to be polled.
const MAX_EVENTS: usize = 64;
/// Shortest time between two calls of `wake` for progress alone: 20 a second.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(50);

/// What is to be done.
#[derive(Debug, Clone)]
pub(in crate::session) enum Task {
    /// Open and examine the file.
    Examine,
    /// Only open the file: its pixels were put away.
    Open,
    /// Examine the file for the queue of the case; nothing of it is shown.
    Survey,
    /// Examine every frame of a video that was looked at.
    Full { clip: Arc<dyn Clip> },
    /// Examine one region of the picture, in image space.
    Region { picture: Arc<Picture>, region: Rect, frame: Option<usize> },
    /// Place the mesh on a face of the picture.
    Mesh { picture: Arc<Picture>, face: Box<Face> },
    /// Examine degraded copies of a face, one after the other.
    Rescore {
        picture: Arc<Picture>,
        face_idx: usize,
        original: Arc<FaceFinding>,
        degradations: Vec<Degradation>,
        role: Role,
        /// The frame of a video that the picture is of.
        frame: Option<usize>,
    },
}

/// What a degraded copy is examined for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum Role {
    /// A step of the series.
    Series,
    /// What a person looks at.
    Trial,
}

/// A task with what it is about.
#[derive(Debug, Clone)]
pub(in crate::session) struct Job {
    pub(in crate::session) document: DocumentId,
    pub(in crate::session) path: PathBuf,
    pub(in crate::session) task: Task,
    pub(in crate::session) colormap: Colormap,
    pub(in crate::session) cancel: Cancel,
    /// Hash of the video of which the quick look is there: it is not looked at again.
    pub(in crate::session) looked_at: Option<String>,
}

impl Job {
    pub(in crate::session) const fn is_rescoring(&self) -> bool {
        matches!(self.task, Task::Rescore { .. })
    }

    pub(in crate::session) const fn is_mesh(&self) -> bool {
        matches!(self.task, Task::Mesh { .. })
    }

    pub(in crate::session) const fn is_trial(&self) -> bool {
        matches!(self.task, Task::Rescore { role: Role::Trial, .. })
    }

    /// The face that a series is to be tried on.
    pub(in crate::session) const fn series_face(&self) -> Option<usize> {
        match self.task {
            Task::Rescore { role: Role::Series, face_idx, .. } => Some(face_idx),
            _ => None,
        }
    }
}

/// What happened.
pub(in crate::session) enum Happened {
    Opened {
        picture: Arc<Picture>,
        thumbnail: Arc<RgbImage>,
    },
    Model(Arc<ModelFacts>),
    Examined {
        report: Arc<MediaReport>,
        faces: Vec<FaceItem>,
    },
    VideoOpened {
        clip: Arc<dyn Clip>,
        /// The first frame, if it can be decoded.
        picture: Option<Arc<Picture>>,
    },
    Live(Batch),
    VideoExamined {
        report: Arc<VideoReport>,
        is_quick: bool,
    },
    RegionExamined {
        faces: Vec<FaceItem>,
        /// The frame of a video that it is part of.
        frame: Option<usize>,
    },
    /// The mesh in upright space, none where it would not be sure, or why there is none.
    Meshed(Result<Option<Box<Mesh>>, String>),
    Rescored {
        frame: Option<usize>,
        face_idx: usize,
        role: Role,
        item: Arc<RescoredItem>,
    },
    /// An item of the case was examined, or why not.
    Surveyed(Result<Box<Examination>, ExamineError>),
    /// Always the last event of a job.
    Finished(Result<(), ExamineError>),
}

/// With the document it happened to.
pub(in crate::session) struct Event {
    pub(in crate::session) document: DocumentId,
    pub(in crate::session) happened: Happened,
}

/// The thread and the ways to it.
pub(in crate::session) struct Worker {
    jobs: Option<SyncSender<Job>>,
    events: Option<Receiver<Event>>,
    progress: Arc<Mutex<Option<Progress>>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    pub(in crate::session) fn start(
        make_examiner: MakeExaminer,
        wake: Wake,
    ) -> std::io::Result<Self> {
        let (jobs, their_jobs) = sync_channel(1);
        let (their_events, events) = sync_channel(MAX_EVENTS);
        let progress = Arc::new(Mutex::new(None));
        let desk = Desk { events: their_events, progress: Arc::clone(&progress), wake };
        let thread = std::thread::Builder::new()
            .name("examiner".into())
            .spawn(move || run(make_examiner, &their_jobs, &desk))?;
        Ok(Self { jobs: Some(jobs), events: Some(events), progress, thread: Some(thread) })
    }

    /// Hands a job over; false when the thread is gone.
    pub(in crate::session) fn send(&self, job: Job) -> bool {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let Some(jobs) = &self.jobs else { return false };
        !matches!(jobs.try_send(job), Err(TrySendError::Disconnected(_)))
    }

    /// The next event, if there is one.
    pub(in crate::session) fn next_event(&self) -> Option<Event> {
        self.events.as_ref()?.try_recv().ok()
    }

    /// The newest progress of the running job.
    pub(in crate::session) fn progress(&self) -> Option<Progress> {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Worker {
    /// The caller has cancelled the running job. A job that does not hear of it in time is left
    /// behind: the program ends all the same.
    fn drop(&mut self) {
        self.jobs = None;
        self.events = None;
        farewell(self.thread.take(), "examiner");
    }
}

/// Where the worker puts what it has.
struct Desk {
    events: SyncSender<Event>,
    progress: Arc<Mutex<Option<Progress>>>,
    wake: Wake,
}

impl Desk {
    /// False when nobody listens any more.
    fn put(&self, document: DocumentId, happened: Happened) -> bool {
        let listening = self.events.send(Event { document, happened }).is_ok();
        (self.wake)();
        listening
    }

    /// Puts results out that can wait; they come back when too much waits already.
    fn offer(&self, document: DocumentId, batch: Batch) -> Option<Batch> {
        let sent = self.events.try_send(Event { document, happened: Happened::Live(batch) });
        (self.wake)();
        match sent {
            Err(TrySendError::Full(Event { happened: Happened::Live(batch), .. })) => Some(batch),
            _ => None,
        }
    }
}

fn run(mut make_examiner: MakeExaminer, jobs: &Receiver<Job>, desk: &Desk) {
    let mut examiner = make_examiner();
    while let Ok(job) = jobs.recv() {
        let document = job.document;
        let worked = catch_unwind(AssertUnwindSafe(|| work(examiner.as_mut(), &job, desk)));
        let result = worked.unwrap_or_else(|_| {
            // What the crash left behind is not trusted.
            examiner = make_examiner();
            let what = "the examination crashed; this is a fault of the program".to_owned();
            Err(ExamineError::Failed(what))
        });
        if !desk.put(document, Happened::Finished(result)) {
            return;
        }
    }
}

fn work(examiner: &mut dyn Examiner, job: &Job, desk: &Desk) -> Result<(), ExamineError> {
    let last_wake = Mutex::new(None::<Instant>);
    let on_progress = |progress: Progress| {
        *desk.progress.lock().unwrap_or_else(PoisonError::into_inner) = Some(progress);
        let mut last = last_wake.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|at| at.elapsed() >= PROGRESS_INTERVAL) {
            *last = Some(Instant::now());
            (desk.wake)();
        }
    };
    let ctx = TaskCtx { cancel: job.cancel.clone(), on_progress: &on_progress };
    let put = |happened| {
        desk.put(job.document, happened);
    };
    if matches!(job.task, Task::Survey) {
        let result = examiner.survey(&job.path, &ctx).map(Box::new);
        put_model(examiner, &put);
        put(Happened::Surveyed(result));
        return Ok(());
    }
    if let Task::Full { clip } = &job.task {
        return pass(examiner, job, clip, false, desk, &ctx);
    }
    if let Task::Region { picture, region, frame } = &job.task {
        let findings = examiner.examine_region(&picture.frame, *region, &ctx)?;
        put_model(examiner, &put);
        let item = |finding| prepare::face_item(&picture.frame, finding, job.colormap);
        let faces = findings.into_iter().map(item).collect();
        put(Happened::RegionExamined { faces, frame: *frame });
        return Ok(());
    }
    if let Task::Mesh { picture, face } = &job.task {
        put(Happened::Meshed(match examiner.mesh(&picture.frame, face, &ctx) {
            Ok(mesh) => Ok(mesh),
            Err(ExamineError::Cancelled(cancelled)) => return Err(cancelled.into()),
            Err(e) => Err(e.to_string()),
        }));
        return Ok(());
    }
    if let Task::Rescore { picture, face_idx, original, degradations, role, frame: of } = &job.task
    {
        let total = degradations.len() as u64;
        for (i, degradation) in degradations.iter().enumerate() {
            ctx.step(Phase::Examining, i as u64, total)?;
            let frame = &picture.frame;
            let rescored = examiner.rescore(frame, original, *degradation, &ctx)?;
            let item = Arc::new(prepare::rescored_item(frame, rescored));
            put(Happened::Rescored { frame: *of, face_idx: *face_idx, role: *role, item });
        }
        return Ok(());
    }
    if matches!(job.task, Task::Examine) && examiner.is_video(&job.path)? {
        return look_at_video(examiner, job, desk, &ctx);
    }
    let frame = examiner.open(&job.path, &ctx)?;
    let picture = prepare::picture(frame.clone(), None, &job.cancel)?;
    let thumbnail = match picture.pyramid.levels.last() {
        Some(small) => prepare::thumbnail(small, &small.bounds()),
        None => prepare::thumbnail(&frame.upright, &frame.upright.bounds()),
    };
    put(Happened::Opened { picture, thumbnail });
    if matches!(job.task, Task::Examine) {
        let report = examiner.examine(&ctx)?;
        put_model(examiner, &put);
        let item = |finding| prepare::face_item(&frame, finding, job.colormap);
        let faces = report.faces.iter().cloned().map(item).collect();
        put(Happened::Examined { report: Arc::new(report), faces });
    }
    Ok(())
}

/// Opens a video and looks at frames spread over it.
fn look_at_video(
    examiner: &mut dyn Examiner,
    job: &Job,
    desk: &Desk,
    ctx: &TaskCtx<'_>,
) -> Result<(), ExamineError> {
    let clip = examiner.open_video(&job.path, ctx)?;
    if clip.frames().is_empty() {
        let what = "this video has no frame that is shown".to_owned();
        return Err(ExamineError::Unreadable(what));
    }
    let picture = match clip.frame_at(0, Some(MOVING_PX), ctx) {
        Ok(image) => {
            let full_px = [clip.info().width_px, clip.info().height_px];
            let frame = Frame::new(image, Orientation::UPRIGHT);
            Some(prepare::picture(frame, Some(full_px), &job.cancel)?)
        }
        Err(ExamineError::Cancelled(cancelled)) => return Err(cancelled.into()),
        // Others may be whole.
        Err(_) => None,
    };
    desk.put(job.document, Happened::VideoOpened { clip: Arc::clone(&clip), picture });
    examiner.load(ctx)?;
    put_model(examiner, &|happened| {
        desk.put(job.document, happened);
    });
    if job.looked_at.as_deref() == Some(clip.sha256()) {
        return Ok(());
    }
    pass(examiner, job, &clip, true, desk, ctx)
}

/// Examines a video, telling what is found as it is found.
fn pass(
    examiner: &mut dyn Examiner,
    job: &Job,
    clip: &Arc<dyn Clip>,
    is_quick: bool,
    desk: &Desk,
    ctx: &TaskCtx<'_>,
) -> Result<(), ExamineError> {
    let gatherer = Mutex::new(Gatherer::new(is_quick));
    let gathered = || gatherer.lock().unwrap_or_else(PoisonError::into_inner);
    let deliver = |batch: Option<Batch>| {
        if let Some(batch) = batch.and_then(|batch| desk.offer(job.document, batch)) {
            gathered().put_back(batch);
        }
    };
    // What was gathered is not kept back when nothing follows for a while.
    let on_progress = |progress| {
        (ctx.on_progress)(progress);
        let due = gathered().due();
        deliver(due);
    };
    let ctx = TaskCtx { cancel: ctx.cancel.clone(), on_progress: &on_progress };
    let mut on_event = |event| {
        if let VideoEvent::Progress { done, total, .. } = &event {
            let (done, total) = (*done as u64, *total as u64);
            on_progress(Progress { phase: Phase::Examining, done, total });
        }
        gathered().add(event);
        let due = gathered().due();
        deliver(due);
    };
    let result = examiner.examine_video(clip, is_quick, &mut on_event, &ctx);
    let rest = gathered().take();
    desk.put(job.document, Happened::Live(rest));
    let report = Arc::new(result?);
    desk.put(job.document, Happened::VideoExamined { report, is_quick });
    Ok(())
}

fn put_model(examiner: &dyn Examiner, put: &dyn Fn(Happened)) {
    if let Some(model) = examiner.model() {
        put(Happened::Model(Arc::new(model)));
    }
}
