//! The stages of a clip's examination and the threads they run in.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

use super::journal::Journal;
use super::plan::{VideoEvent, VideoPlan};
use super::read::{ReaderMessage, read, select_frames};
use super::report::{ExaminedFrame, ReportBuilder};
use super::track::{FaceTracker, MAX_HELD, TrackedFrame, TrackingState, bounds_of};
use crate::base::{
    Damage, Face, FaceFinding, FrameTime, Phase, Progress, Rect, TaskCtx, Verdict, VideoReport,
    Warning,
};
use crate::detect::{Aligned, Aligner, Detector};
use crate::faces;
use crate::media;
use crate::media::video::{Pixels, Video};
use crate::pipeline::still::{not_examined, too_small};
use crate::pipeline::{Error, Stages};

/// Bytes of decoded frames that may wait between two stages.
const WAITING_BYTES: usize = 48 << 20;
/// Most faces per run of the detector.
const BATCH: usize = 4;

/// What the tracking stage sends to the detector; the channel closes at the end.
enum TrackerMessage {
    Frame(AlignedFrame),
    Damage(Damage),
    /// A run can resume from here.
    State(Box<TrackingState>),
    EndedEarly(String),
    Media(media::Error),
    Faces(faces::Error),
}

/// One frame ready for the detector.
struct AlignedFrame {
    time: FrameTime,
    faces: Vec<(u32, FaceInput)>,
    is_cut: bool,
}

enum FaceInput {
    Examine(Aligned),
    Skip(Box<FaceFinding>),
}

/// Examines a clip. Blocks until it is done; events come from the calling thread.
///
/// A run that is cancelled, or whose decoder fails on the way, returns what it has, marked
/// [`is_partial`](VideoReport::is_partial).
///
/// # Errors
///
/// The failure of a network; never the clip's.
pub fn examine_video(
    stages: &mut Stages,
    video: &Video,
    plan: &VideoPlan,
    on_event: &mut dyn FnMut(VideoEvent),
    ctx: &TaskCtx<'_>,
) -> Result<VideoReport, Error> {
    let start = Instant::now();
    let picks = select_frames(video, plan);
    let frames = &picks.frames;
    let mut report = ReportBuilder::new(video, frames, plan.keeps_maps);
    let mut journal = None;
    let mut state = None;
    let mut n_known = 0;
    if let Some(folder) = &plan.journal {
        let (opened, known) = Journal::open(folder, video, stages, plan, frames);
        report.warnings.extend(opened.warning());
        state = known.state;
        n_known = known.records.last().map_or(0, |e| frames.partition_point(|p| *p <= e.frame));
        report.add_records(known.records, on_event);
        known.damage.into_iter().for_each(|damage| report.damage(damage, on_event));
        journal = Some(opened);
    }
    let rest = frames.get(n_known..).unwrap_or_default();
    stages.detector.stop_with(ctx.cancel.clone());
    let Stages { finder, detector, .. } = stages;
    if !rest.is_empty() {
        let tracker = FaceTracker::new(finder, plan.plan.min_face_px, state);
        let mut stage =
            DetectorStage { detector, report: &mut report, journal: journal.as_mut(), on_event };
        match run_stages(tracker, &mut stage, video, plan, (rest, picks.is_single), ctx) {
            Ok(()) => {}
            Err(Error::Cancelled(_)) => report.is_partial = true,
            Err(Error::Media(error)) => {
                report.is_partial = true;
                report.warnings.push(Warning(format!("decoding ended early: {error}")));
            }
            Err(other) => return Err(other),
        }
    }
    let elapsed_ms = start.elapsed().as_millis() as u64;
    Ok(report.build(detector, plan, elapsed_ms))
}

/// The report of a file that could not be opened as a video.
pub fn unreadable_report(stages: &Stages, reason: String) -> VideoReport {
    VideoReport {
        sha256: String::new(),
        info: None,
        frames: std::sync::Arc::new([]),
        verdict: Verdict::NotExamined,
        score: None,
        reason: Some(reason),
        tracks: Vec::new(),
        cuts: Vec::new(),
        frames_examined: 0,
        is_quick: false,
        is_partial: false,
        damage: Vec::new(),
        not_examined: Vec::new(),
        model: stages.detector.model(),
        engine: stages.detector.engine().clone(),
        elapsed_ms: 0,
        warnings: Vec::new(),
    }
}

/// Runs the stages until the clip ends, `ctx` is cancelled or a stage fails.
fn run_stages(
    mut tracker: FaceTracker<'_>,
    stage: &mut DetectorStage<'_, '_>,
    video: &Video,
    plan: &VideoPlan,
    picks: (&[usize], bool),
    ctx: &TaskCtx<'_>,
) -> Result<(), Error> {
    let info = video.info();
    let frame_bytes = (info.width_px as usize * info.height_px as usize * 3 / 2).max(1);
    let waiting = (WAITING_BYTES / frame_bytes).clamp(2, MAX_HELD);
    let aligner = stage.detector.aligner();
    let min_face_px = plan.plan.min_face_px;
    let quiet = |_: Progress| {};
    let inner = || TaskCtx { cancel: ctx.cancel.clone(), on_progress: &quiet };
    let (of_reader, of_tracker) = (inner(), inner());
    std::thread::scope(|scope| {
        let (frames_in, frames) = sync_channel(waiting);
        let (ready_in, ready) = sync_channel(MAX_HELD);
        scope.spawn(move || read(video, picks, &frames_in, &of_reader));
        scope.spawn(move || {
            track_faces(&mut tracker, &aligner, min_face_px, frames, &ready_in, &of_tracker);
        });
        // When this returns its channel closes, which ends the other stages.
        stage.run(&ready, ctx)
    })
}

/// The tracking stage: finds, tracks and aligns faces.
fn track_faces(
    tracker: &mut FaceTracker<'_>,
    aligner: &Aligner,
    min_face_px: f32,
    frames: Receiver<ReaderMessage>,
    to: &SyncSender<TrackerMessage>,
    ctx: &TaskCtx<'_>,
) {
    let send = |placed: Vec<TrackedFrame>| {
        placed.into_iter().all(|placed| {
            let bounds = bounds_of(&placed.pixels);
            let faces = placed.faces.into_iter().map(|(id, face)| {
                (id, face_input(aligner, &placed.pixels, face, min_face_px, &bounds))
            });
            let (time, is_cut) = (placed.time, placed.is_cut);
            to.send(TrackerMessage::Frame(AlignedFrame { time, faces: faces.collect(), is_cut }))
                .is_ok()
        })
    };
    let mut end = None;
    for read in frames {
        let listening = match read {
            ReaderMessage::Frame(frame) => match tracker.take(frame, ctx) {
                Ok(placed) => {
                    let is_settled = !placed.is_empty();
                    let state = tracker.state().filter(|_| is_settled);
                    let send_state =
                        |state| to.send(TrackerMessage::State(Box::new(state))).is_ok();
                    send(placed) && state.is_none_or(send_state)
                }
                Err(error) => {
                    end = Some(TrackerMessage::Faces(error));
                    false
                }
            },
            ReaderMessage::Damage(damage) => to.send(TrackerMessage::Damage(damage)).is_ok(),
            ReaderMessage::EndedEarly(why) => {
                end = Some(TrackerMessage::EndedEarly(why));
                break;
            }
            ReaderMessage::Failed(error) => {
                end = Some(TrackerMessage::Media(error));
                break;
            }
        };
        if !listening {
            break;
        }
    }
    // Frames held back are examined, also after the decoder failed.
    match tracker.finish(ctx) {
        Ok(placed) => {
            if !send(placed) {
                return;
            }
            if let Some(state) = tracker.state() {
                // The receiver may be gone.
                let _gone = to.send(TrackerMessage::State(Box::new(state)));
            }
        }
        Err(error) => end = end.or(Some(TrackerMessage::Faces(error))),
    }
    if let Some(end) = end {
        // The receiver may be gone.
        let _gone = to.send(end);
    }
}

fn face_input(
    aligner: &Aligner,
    pixels: &Pixels,
    face: Face,
    min_face_px: f32,
    bounds: &Rect,
) -> FaceInput {
    if let Some(reason) = too_small(&face.box_px, min_face_px) {
        return FaceInput::Skip(Box::new(not_examined(face, reason)));
    }
    let (part, origin) = pixels.cut(&aligner.area(&face.box_px, bounds));
    FaceInput::Examine(aligner.align(part, origin, face, bounds))
}

/// The last stage: runs the detector, keeps the journal, builds the report.
struct DetectorStage<'a, 'v> {
    detector: &'a mut Detector,
    report: &'a mut ReportBuilder<'v>,
    journal: Option<&'a mut Journal>,
    on_event: &'a mut dyn FnMut(VideoEvent),
}

impl DetectorStage<'_, '_> {
    /// Takes ready frames as they come, several at once if they wait.
    fn run(&mut self, ready: &Receiver<TrackerMessage>, ctx: &TaskCtx<'_>) -> Result<(), Error> {
        let mut batch = Vec::new();
        let mut n_faces = 0;
        for message in ready {
            self.step(ctx)?;
            let mut next = Some(message);
            while let Some(message) = next.take() {
                match message {
                    TrackerMessage::Frame(frame) => {
                        n_faces += frame.faces.len();
                        batch.push(frame);
                        if n_faces < BATCH {
                            next = ready.try_recv().ok();
                        }
                    }
                    other => {
                        self.examine(&mut batch)?;
                        self.handle(other)?;
                    }
                }
            }
            self.examine(&mut batch)?;
            n_faces = 0;
        }
        self.step(ctx)
    }

    fn step(&self, ctx: &TaskCtx<'_>) -> Result<(), Error> {
        Ok(ctx.step(Phase::Watching, self.report.done() as u64, self.report.total() as u64)?)
    }

    fn handle(&mut self, message: TrackerMessage) -> Result<(), Error> {
        match message {
            TrackerMessage::Frame(_) => {}
            TrackerMessage::Damage(damage) => {
                if let Some(journal) = &mut self.journal {
                    journal.damage(&damage);
                }
                self.report.damage(damage, self.on_event);
            }
            TrackerMessage::State(state) => {
                if let Some(journal) = &mut self.journal {
                    journal.checkpoint(*state);
                }
            }
            TrackerMessage::EndedEarly(why) => {
                self.report.is_partial = true;
                self.report.warnings.push(Warning(format!("decoding ended early: {why}")));
            }
            TrackerMessage::Media(media::Error::Cancelled(c))
            | TrackerMessage::Faces(faces::Error::Cancelled(c)) => return Err(Error::Cancelled(c)),
            TrackerMessage::Media(error) => return Err(Error::Media(error)),
            TrackerMessage::Faces(error) => return Err(Error::Faces(error)),
        }
        Ok(())
    }

    fn examine(&mut self, batch: &mut Vec<AlignedFrame>) -> Result<(), Error> {
        if batch.is_empty() {
            return Ok(());
        }
        let mut aligned = Vec::new();
        let mut frames = Vec::with_capacity(batch.len());
        for ready in batch.drain(..) {
            let faces: Vec<(u32, Option<FaceFinding>)> = ready
                .faces
                .into_iter()
                .map(|(id, wanted)| match wanted {
                    FaceInput::Skip(finding) => (id, Some(*finding)),
                    FaceInput::Examine(face) => {
                        aligned.push(face);
                        (id, None)
                    }
                })
                .collect();
            frames.push((ready.time, ready.is_cut, faces));
        }
        let mut findings = Vec::with_capacity(aligned.len());
        for chunk in aligned.chunks(BATCH) {
            findings.extend(self.detector.examine_aligned(chunk)?);
        }
        let mut findings = findings.into_iter();
        let done = frames.into_iter().map(|(time, is_cut, faces)| {
            let faces = faces
                .into_iter()
                .filter_map(|(id, finding)| Some((id, finding.or_else(|| findings.next())?)));
            ExaminedFrame { time, is_cut, faces: faces.collect() }
        });
        self.report.add_examined(done.collect(), self.journal.as_deref_mut(), self.on_event);
        Ok(())
    }
}
