//! The stages of a clip's examination and the threads they run in.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

use super::journal::Journal;
use super::read::{Read, picks, read};
use super::scout::{MAX_HELD, Placed, Scout, ScoutState, bounds_of};
use super::sum::{Done, Sum};
use super::{VideoEvent, VideoPlan};
use crate::base::{
    Damage, Face, FaceFinding, FrameTime, Phase, Progress, Rect, TaskCtx, Verdict, VideoReport,
    Warning,
};
use crate::detect::{Aligned, Aligner, Detector};
use crate::faces;
use crate::media;
use crate::media::video::{Pixels, Video};
use crate::pipeline::examine::{not_examined, too_small};
use crate::pipeline::{Error, Stages};

/// Bytes of decoded frames that may wait between two stages.
const WAITING_BYTES: usize = 48 << 20;
/// Faces given to the detector at once, if so many wait.
const BATCH: usize = 4;

/// What comes to the detector; the channel closes at the end.
enum Placing {
    Frame(Ready),
    Damage(Damage),
    /// All before this can be taken up again from here.
    State(Box<ScoutState>),
    EndedEarly(String),
    Media(media::Error),
    Faces(faces::Error),
}

/// One frame ready for the detector.
struct Ready {
    time: FrameTime,
    faces: Vec<(u32, Wanted)>,
    is_cut: bool,
}

enum Wanted {
    Examine(Aligned),
    Refuse(Box<FaceFinding>),
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
    let picks = picks(video, plan);
    let frames = &picks.frames;
    let mut sum = Sum::new(video, frames.len(), plan.keeps_maps);
    let mut journal = None;
    let mut state = None;
    let mut n_known = 0;
    if let Some(folder) = &plan.journal {
        let (opened, known) = Journal::open(folder, video, stages, plan, frames);
        sum.warnings.extend(opened.warning());
        state = known.state;
        n_known = known.entries.last().map_or(0, |e| frames.partition_point(|p| *p <= e.frame));
        sum.recall(known.entries, on_event);
        known.damage.into_iter().for_each(|damage| sum.damage(damage, on_event));
        journal = Some(opened);
    }
    let rest = frames.get(n_known..).unwrap_or_default();
    let Stages { finder, detector, .. } = stages;
    if !rest.is_empty() {
        let scout = Scout::new(finder, plan.plan.min_face_px, state);
        let mut desk = Desk { detector, sum: &mut sum, journal: journal.as_mut(), on_event };
        match work(scout, &mut desk, video, plan, (rest, picks.is_single), ctx) {
            Ok(()) => {}
            Err(Error::Cancelled(_)) => sum.is_partial = true,
            Err(Error::Media(error)) => {
                sum.is_partial = true;
                sum.warnings.push(Warning(format!("decoding ended early: {error}")));
            }
            Err(other) => return Err(other),
        }
    }
    let elapsed_ms = start.elapsed().as_millis() as u64;
    Ok(sum.report(detector, plan, elapsed_ms))
}

/// What is said of a file that could not be opened as a video.
pub fn unreadable(stages: &Stages, reason: String) -> VideoReport {
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
        model: stages.detector.model(),
        engine: stages.detector.engine().clone(),
        elapsed_ms: 0,
        warnings: Vec::new(),
    }
}

/// Runs the stages until the clip ends, `ctx` is cancelled or a stage fails.
fn work(
    mut scout: Scout<'_>,
    desk: &mut Desk<'_, '_>,
    video: &Video,
    plan: &VideoPlan,
    picks: (&[usize], bool),
    ctx: &TaskCtx<'_>,
) -> Result<(), Error> {
    let info = video.info();
    let frame_bytes = (info.width_px as usize * info.height_px as usize * 3 / 2).max(1);
    let waiting = (WAITING_BYTES / frame_bytes).clamp(2, MAX_HELD);
    let aligner = desk.detector.aligner();
    let min_face_px = plan.plan.min_face_px;
    let quiet = |_: Progress| {};
    let inner = || TaskCtx { cancel: ctx.cancel.clone(), on_progress: &quiet };
    let (of_reader, of_scout) = (inner(), inner());
    std::thread::scope(|scope| {
        let (frames_in, frames) = sync_channel(waiting);
        let (ready_in, ready) = sync_channel(MAX_HELD);
        scope.spawn(move || read(video, picks, &frames_in, &of_reader));
        scope.spawn(move || place(&mut scout, &aligner, min_face_px, frames, &ready_in, &of_scout));
        // When this returns its channel closes, and the stages before it end one after the other.
        desk.run(&ready, ctx)
    })
}

/// Finds, follows and aligns the faces of what is read.
fn place(
    scout: &mut Scout<'_>,
    aligner: &Aligner,
    min_face_px: f32,
    frames: Receiver<Read>,
    to: &SyncSender<Placing>,
    ctx: &TaskCtx<'_>,
) {
    let send = |placed: Vec<Placed>| {
        placed.into_iter().all(|placed| {
            let bounds = bounds_of(&placed.pixels);
            let faces = placed.faces.into_iter().map(|(id, face)| {
                (id, wanted(aligner, &placed.pixels, face, min_face_px, &bounds))
            });
            let (time, is_cut) = (placed.time, placed.is_cut);
            to.send(Placing::Frame(Ready { time, faces: faces.collect(), is_cut })).is_ok()
        })
    };
    let mut end = None;
    for read in frames {
        let listening = match read {
            Read::Frame(frame) => match scout.take(frame, ctx) {
                Ok(placed) => {
                    let is_settled = !placed.is_empty();
                    let state = scout.state().filter(|_| is_settled);
                    let told = |state| to.send(Placing::State(Box::new(state))).is_ok();
                    send(placed) && state.is_none_or(told)
                }
                Err(error) => {
                    end = Some(Placing::Faces(error));
                    false
                }
            },
            Read::Damage(damage) => to.send(Placing::Damage(damage)).is_ok(),
            Read::EndedEarly(why) => {
                end = Some(Placing::EndedEarly(why));
                break;
            }
            Read::Failed(error) => {
                end = Some(Placing::Media(error));
                break;
            }
        };
        if !listening {
            break;
        }
    }
    // What is held back is still worth its look, also after the decoder gave up.
    match scout.finish(ctx) {
        Ok(placed) => {
            if !send(placed) {
                return;
            }
            if let Some(state) = scout.state() {
                // Nobody may listen any more.
                let _gone = to.send(Placing::State(Box::new(state)));
            }
        }
        Err(error) => end = end.or(Some(Placing::Faces(error))),
    }
    if let Some(end) = end {
        // Nobody may listen any more.
        let _gone = to.send(end);
    }
}

fn wanted(
    aligner: &Aligner,
    pixels: &Pixels,
    face: Face,
    min_face_px: f32,
    bounds: &Rect,
) -> Wanted {
    if let Some(reason) = too_small(&face.box_px, min_face_px) {
        return Wanted::Refuse(Box::new(not_examined(face, reason)));
    }
    let (part, origin) = pixels.cut(&aligner.area(&face.box_px, bounds));
    Wanted::Examine(aligner.align(part, origin, face, bounds))
}

/// The last stage: detector, journal, sum.
struct Desk<'a, 'v> {
    detector: &'a mut Detector,
    sum: &'a mut Sum<'v>,
    journal: Option<&'a mut Journal>,
    on_event: &'a mut dyn FnMut(VideoEvent),
}

impl Desk<'_, '_> {
    /// Takes ready frames as they come, several at once if they wait.
    fn run(&mut self, ready: &Receiver<Placing>, ctx: &TaskCtx<'_>) -> Result<(), Error> {
        let mut batch = Vec::new();
        let mut n_faces = 0;
        for placing in ready {
            self.step(ctx)?;
            let mut next = Some(placing);
            while let Some(placing) = next.take() {
                match placing {
                    Placing::Frame(frame) => {
                        n_faces += frame.faces.len();
                        batch.push(frame);
                        if n_faces < BATCH {
                            next = ready.try_recv().ok();
                        }
                    }
                    other => {
                        self.examine(&mut batch)?;
                        self.other(other)?;
                    }
                }
            }
            self.examine(&mut batch)?;
            n_faces = 0;
        }
        self.step(ctx)
    }

    fn step(&self, ctx: &TaskCtx<'_>) -> Result<(), Error> {
        Ok(ctx.step(Phase::Watching, self.sum.done() as u64, self.sum.total() as u64)?)
    }

    fn other(&mut self, placing: Placing) -> Result<(), Error> {
        match placing {
            Placing::Frame(_) => {}
            Placing::Damage(damage) => {
                if let Some(journal) = &mut self.journal {
                    journal.damage(&damage);
                }
                self.sum.damage(damage, self.on_event);
            }
            Placing::State(state) => {
                if let Some(journal) = &mut self.journal {
                    journal.settled(*state);
                }
            }
            Placing::EndedEarly(why) => {
                self.sum.is_partial = true;
                self.sum.warnings.push(Warning(format!("decoding ended early: {why}")));
            }
            Placing::Media(media::Error::Cancelled(c))
            | Placing::Faces(faces::Error::Cancelled(c)) => return Err(Error::Cancelled(c)),
            Placing::Media(error) => return Err(Error::Media(error)),
            Placing::Faces(error) => return Err(Error::Faces(error)),
        }
        Ok(())
    }

    fn examine(&mut self, batch: &mut Vec<Ready>) -> Result<(), Error> {
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
                    Wanted::Refuse(finding) => (id, Some(*finding)),
                    Wanted::Examine(face) => {
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
            Done { time, is_cut, faces: faces.collect() }
        });
        self.sum.take(done.collect(), self.journal.as_deref_mut(), self.on_event);
        Ok(())
    }
}
