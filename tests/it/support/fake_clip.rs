//! A video without a decoder: every frame has a color that tells its number.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use pentimento::base::{
    Affine, ByteHeatmap, Damage, Face, FaceOrigin, FrameTime, Heatmap, ModelRef, Moment, Phase,
    Rect, RgbImage, Sample, TaskCtx, Track, Verdict, VideoInfo, VideoReport,
};
use pentimento::pipeline::video::VideoEvent;
use pentimento::session::{Clip, ClipStream, ExamineError};

use crate::support::fake_examiner::{CLEAN, FORGED, HEIGHT, WIDTH, facts, landmarks};
use crate::support::gate::gate;

/// Frames of a clip.
pub(crate) const N_FRAMES: usize = 100;
/// Frames a second.
pub(crate) const FPS: f64 = 25.0;
/// The shot changes here.
pub(crate) const CUT: usize = 50;
/// The most suspicious frames of the forged face, the worst first.
pub(crate) const WORST: [usize; 2] = [30, 70];
/// The forged face is seen from the first to the last of these.
pub(crate) const SEEN: (usize, usize) = (10, 90);
/// Where a damaged clip cannot be decoded.
pub(crate) const LOST: std::ops::Range<usize> = 60..65;
/// The quick look takes every so many frames.
pub(crate) const QUICK_EVERY: usize = 10;
/// The full pass of a clip that gets stuck comes this far.
pub(crate) const STUCK_AT: usize = 40;

/// The color of a frame.
pub(crate) fn color(frame: usize) -> [u8; 3] {
    [frame as u8 * 2, 255 - frame as u8 * 2, 90]
}

/// Frames that were decoded of the clips, by their names.
static DECODED: LazyLock<Mutex<BTreeMap<String, Vec<usize>>>> = LazyLock::new(Mutex::default);

/// Frames decoded so far of the clip of this name, for playing, stepping and small pictures.
pub(crate) fn decoded(name: &str) -> Vec<usize> {
    DECODED.lock().expect("no crash").get(name).cloned().unwrap_or_default()
}

/// Names that contain `gated` pass a [`gate`] before every frame, `slow-start` take 600 ms before the first frame of every stream and hold key
/// frames only, `slow-decoding` take 60 ms a frame and `slowest-decoding` 160 ms, `large` are 1600 px wide, `damaged` lack
/// some frames, `slow` are examined at 5 ms a frame, `stuck` never end but hear a stop, `five` have
/// five faces, `moving` have the forged face a pixel further to the right in every frame, `no-face` none, `half-broken` fail after the quick look, `calm` have nothing
/// suspicious.
#[derive(Debug)]
pub(crate) struct FakeClip {
    name: String,
    info: VideoInfo,
    frames: Arc<[FrameTime]>,
}

impl FakeClip {
    pub(crate) fn is_meant(path: &Path) -> bool {
        path.file_name().is_some_and(|name| name.to_string_lossy().contains("clip"))
    }

    pub(crate) fn new(path: &Path) -> Self {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_intra = name.contains("slow-start");
        let time = |index: usize| FrameTime {
            index,
            packet: index,
            pts: index as i64 * 512,
            t_s: index as f64 / FPS,
            is_key: index.is_multiple_of(10) || is_intra,
        };
        let is_large = name.contains("large");
        let info = VideoInfo {
            container: "fake".to_owned(),
            codec: "numbers".to_owned(),
            pixel_format: "rgb24".to_owned(),
            width_px: if is_large { WIDTH * 5 } else { WIDTH },
            height_px: if is_large { HEIGHT * 5 } else { HEIGHT },
            rotation_deg: 0,
            duration_s: N_FRAMES as f64 / FPS,
            n_frames: N_FRAMES,
            fps: FPS,
            is_variable: false,
            time_base: (1, 12_800),
            has_audio: true,
        };
        let frames = (0..N_FRAMES).map(time).collect();
        Self { name, info, frames }
    }

    fn decode(&self, index: usize, max_side_px: Option<u32>) -> Result<RgbImage, ExamineError> {
        if self.name.contains("gated") {
            gate(&self.name).pass();
        } else if self.name.contains("slow-decoding") {
            std::thread::sleep(Duration::from_millis(60));
        } else if self.name.contains("slowest-decoding") {
            std::thread::sleep(Duration::from_millis(160));
        }
        let mut all = DECODED.lock().expect("no crash");
        all.entry(self.name.clone()).or_default().push(index);
        drop(all);
        if self.name.contains("damaged") && LOST.contains(&index) {
            return Err(ExamineError::Unreadable("this frame is damaged".to_owned()));
        }
        let (w, h) = (self.info.width_px, self.info.height_px);
        let shrink = max_side_px.map_or(1.0, |max| (max as f32 / w.max(h) as f32).min(1.0));
        let side = |px: u32| (px as f32 * shrink).round() as u32;
        Ok(RgbImage::filled(side(w), side(h), color(index)))
    }
}

impl Clip for FakeClip {
    fn info(&self) -> &VideoInfo {
        &self.info
    }

    fn frames(&self) -> &Arc<[FrameTime]> {
        &self.frames
    }

    fn sha256(&self) -> &str {
        &self.name
    }

    fn frame_at(
        &self,
        index: usize,
        max_side_px: Option<u32>,
        ctx: &TaskCtx<'_>,
    ) -> Result<RgbImage, ExamineError> {
        ctx.step(Phase::Decoding, 0, 1)?;
        self.decode(index, max_side_px)
    }

    fn play(
        &self,
        from: usize,
        every: usize,
        max_side_px: Option<u32>,
    ) -> Result<Box<dyn ClipStream>, ExamineError> {
        if self.name.contains("slow-start") {
            std::thread::sleep(Duration::from_millis(600));
        }
        let clip = Self::new(Path::new(&self.name));
        Ok(Box::new(FakeStream { clip, next: from, every, max_side_px }))
    }
}

struct FakeStream {
    clip: FakeClip,
    next: usize,
    every: usize,
    max_side_px: Option<u32>,
}

impl ClipStream for FakeStream {
    fn next(&mut self, ctx: &TaskCtx<'_>) -> Result<Option<(FrameTime, RgbImage)>, ExamineError> {
        loop {
            ctx.step(Phase::Decoding, 0, 1)?;
            let Some(time) = self.clip.frames.get(self.next).copied() else { return Ok(None) };
            self.next += self.every;
            if let Ok(image) = self.clip.decode(time.index, self.max_side_px) {
                return Ok(Some((time, image)));
            }
        }
    }
}

/// The score of the forged face: high, with two peaks.
fn forged_score(frame: usize) -> f32 {
    let peak = |at: usize, height: f32| height - frame.abs_diff(at) as f32 * 0.01;
    peak(WORST[0], 0.97).max(peak(WORST[1], 0.95)).max(0.85)
}

fn sample(frame: usize, box_px: Rect, score: f32) -> Sample {
    let side = 28;
    let hot = |x: u32| if score > 0.5 && x >= side / 2 { 1.0 } else { 0.0 };
    let grid = Rect::new(0.0, 0.0, side as f32, side as f32);
    let map = Heatmap {
        width: side,
        height: side,
        values: (0..side * side).map(|i| hot(i % side)).collect(),
        image_from_map: Affine::rect_to_rect(&grid, &box_px),
    };
    Sample {
        frame,
        face: Face {
            box_px,
            landmarks: landmarks(&box_px, FaceOrigin::Found),
            confidence: 0.99,
            origin: FaceOrigin::Found,
        },
        score: Some(score),
        verdict: verdict(score),
        reason: None,
        caveats: Vec::new(),
        region: None,
        map: Some(Arc::new(ByteHeatmap::new(&map))),
    }
}

fn verdict(score: f32) -> Verdict {
    match score {
        0.8.. => Verdict::TracesFound,
        0.2.. => Verdict::Inconclusive,
        _ => Verdict::NoTraceFound,
    }
}

/// What is found in a frame: tracks and their samples.
fn samples(name: &str, frame: usize) -> Vec<(u32, Sample)> {
    if name.contains("no-face") {
        return Vec::new();
    }
    let mut found = vec![(2, sample(frame, CLEAN, 0.08))];
    if (SEEN.0..=SEEN.1).contains(&frame) && !name.contains("calm") {
        let by_px = if name.contains("moving") { frame as f32 } else { 0.0 };
        let place = Rect { x: FORGED.x + by_px, ..FORGED };
        found.push((1, sample(frame, place, forged_score(frame))));
    }
    if name.contains("five") {
        for id in 3..6 {
            let score = 0.15 * id as f32 - 0.1 * (frame as f32 / 9.0).sin();
            let box_px = Rect::new(id as f32 * 40.0 - 110.0, 180.0, 36.0, 44.0);
            found.push((id, sample(frame, box_px, score)));
        }
    }
    found
}

/// Examines a fake clip.
pub(crate) fn examine(
    clip: &dyn Clip,
    is_quick: bool,
    on_event: &mut dyn FnMut(VideoEvent),
    ctx: &TaskCtx<'_>,
) -> Result<VideoReport, ExamineError> {
    let name = clip.sha256();
    let every = if is_quick { QUICK_EVERY } else { 1 };
    let total = N_FRAMES.div_ceil(every);
    let mut tracks = BTreeMap::<u32, Vec<Sample>>::new();
    let mut is_partial = false;
    let mut damage = Vec::new();
    let mut done = 0;
    for frame in (0..N_FRAMES).step_by(every) {
        let is_stuck = name.contains("stuck") && !is_quick && frame == STUCK_AT;
        if name.contains("half-broken") && !is_quick && frame == STUCK_AT {
            return Err(ExamineError::Failed("the engine gave up".to_owned()));
        }
        loop {
            if ctx.step(Phase::Examining, done as u64, total as u64).is_err() {
                is_partial = true;
            } else if is_stuck {
                std::thread::sleep(Duration::from_millis(2));
                continue;
            }
            break;
        }
        if is_partial {
            break;
        }
        if name.contains("slow") && !name.contains("decoding") {
            std::thread::sleep(Duration::from_millis(5));
        }
        if name.contains("damaged") && LOST.contains(&frame) {
            if frame == LOST.start {
                let t_s = frame as f64 / FPS;
                let what = "error while decoding".to_owned();
                damage.push(Damage { frame, t_s, what });
                on_event(VideoEvent::Damage(damage[0].clone()));
            }
            continue;
        }
        if frame == CUT {
            on_event(VideoEvent::Cut { frame });
        }
        for (track, sample) in samples(name, frame) {
            tracks.entry(track).or_default().push(sample.clone());
            on_event(VideoEvent::Samples { track, samples: vec![sample] });
        }
        done += 1;
        on_event(VideoEvent::Progress { done, total, frame });
    }
    let facts = facts();
    let tracks: Vec<Track> = tracks.into_iter().map(|(id, samples)| track(id, samples)).collect();
    let worst = tracks.iter().max_by_key(|track| track.verdict.rank());
    Ok(VideoReport {
        sha256: name.to_owned(),
        info: Some(clip.info().clone()),
        frames: Arc::clone(clip.frames()),
        verdict: worst.map_or(Verdict::NotExamined, |track| track.verdict),
        score: worst.and_then(|track| track.score),
        reason: worst.is_none().then(|| "no face was found".to_owned()),
        cuts: vec![CUT],
        frames_examined: done,
        is_quick,
        is_partial,
        damage,
        model: ModelRef { name: facts.card.name, sha256: facts.card.file.sha256 },
        engine: facts.engine,
        not_examined: Vec::new(),
        elapsed_ms: 34,
        warnings: Vec::new(),
        tracks,
    })
}

fn track(id: u32, samples: Vec<Sample>) -> Track {
    let score = match id {
        1 => 0.9,
        2 => 0.08,
        _ => samples[0].score.unwrap_or_default(),
    };
    let moment = |frame, score| Moment { frame, score, region: None };
    let worst = match id {
        1 => WORST.map(|frame| moment(frame, forged_score(frame))).to_vec(),
        _ => vec![moment(samples[0].frame, score)],
    };
    Track { id, samples, score: Some(score), verdict: verdict(score), reason: None, worst }
}
