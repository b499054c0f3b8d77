//! Clips from packets to verdicts: the shipped face finder, a stand-in for the detector whose score
//! is the brightness of the face, and clips made here of the shipped portrait.

use std::path::Path;

use pentimento::base::{
    Cancel, Frame, Limits, Orientation, Progress, Rect, RgbImage, TaskCtx, Verdict, VideoReport,
};
use pentimento::bundle::ModelStore;
use pentimento::infer::{EngineChoice, EngineOptions};
use pentimento::media;
use pentimento::media::video::{Pixels, Tools, Video, VideoLimits, VideoWriter};
use pentimento::pipeline::video::{VideoEvent, VideoPlan, examine_video};
use pentimento::pipeline::{Plan, Stages, examine_frame};
use pentimento::prep;

use crate::support::{portrait, skip, stand_in_store};

const FPS: f64 = 25.0;
const WIDTH: u32 = 480;
const HEIGHT: u32 = 320;

struct Stand {
    stages: Stages,
    folder: tempfile::TempDir,
}

/// Models and a folder for clips; `None` (after `skip`) without ffmpeg.
fn stand() -> Option<Stand> {
    if let Err(error) = Tools::find() {
        skip(&format!("clips: {error}"));
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let models = folder.path().join("models");
    std::fs::create_dir(&models).unwrap();
    stand_in_store(&models, 4.0);
    let store = ModelStore::from_folders(vec![models]);
    let options = EngineOptions { engine: EngineChoice::Rten, ..EngineOptions::default() };
    let stages = Stages::load(&store, "lae", &options, &TaskCtx::silent()).unwrap();
    Some(Stand { stages, folder })
}

/// The head of the portrait.
pub(crate) fn head() -> RgbImage {
    let bytes = std::fs::read(portrait()).unwrap();
    let picture = media::decode_still(&bytes, &Limits::default()).unwrap().frame.image;
    prep::resample(&picture, &Rect::new(120.0, 0.0, 220.0, 240.0), 165, 180)
}

/// A frame with the head at `x` and `y`, as bright as `gain` makes it, before a soft background.
pub(crate) fn scene(head: &RgbImage, x: usize, y: usize, gain: f32) -> RgbImage {
    let mut frame = empty(90);
    for row in 0..head.height_px as usize {
        for column in 0..head.width_px as usize {
            let to = ((y + row) * WIDTH as usize + x + column) * 3;
            let from = (row * head.width_px as usize + column) * 3;
            for channel in 0..3 {
                let value = f32::from(head.pixels[from + channel]) * gain;
                frame.pixels[to + channel] = value.round().clamp(0.0, 255.0) as u8;
            }
        }
    }
    frame
}

/// A frame without a face.
fn empty(level: u8) -> RgbImage {
    let pixels = (0..HEIGHT).flat_map(|y| {
        (0..WIDTH).flat_map(move |x| [level, level / 2 + (x / 8) as u8, (y / 4) as u8])
    });
    RgbImage::new(WIDTH, HEIGHT, pixels.collect()).unwrap()
}

/// Writes `n` frames, 25 a second.
pub(crate) fn write_clip(path: &Path, n: usize, frame: impl Fn(usize) -> RgbImage) {
    let tools = Tools::find().unwrap();
    let mut writer = VideoWriter::create(path, &tools, (WIDTH, HEIGHT), FPS).unwrap();
    (0..n).for_each(|i| writer.push(&frame(i)).unwrap());
    writer.finish().unwrap();
}

fn clip(path: &Path, n: usize, frame: impl Fn(usize) -> RgbImage) -> Video {
    write_clip(path, n, frame);
    let video = Video::open(path, &VideoLimits::default(), &TaskCtx::silent()).unwrap();
    assert_eq!(video.frames().len(), n, "the clip was not written whole");
    video
}

fn watch(stages: &mut Stages, video: &Video, plan: &VideoPlan) -> VideoReport {
    examine_video(stages, video, plan, &mut |_| {}, &TaskCtx::silent()).unwrap()
}

/// Frames with a face each that the detector examines at once, at most.
const FRAMES_AT_ONCE: usize = 4;

/// Dark faces score low here, bright ones high.
const DARK: f32 = 0.45;
const BRIGHT: f32 = 1.5;

/// The finder looks at every fifth frame here.
#[test]
fn a_face_that_flashes_up_between_two_looks_is_examined() {
    let Some(Stand { mut stages, folder }) = stand() else { return };
    let head = head();
    let small = prep::resample(&head, &head.bounds(), 110, 120);
    let video = clip(&folder.path().join("a.mp4"), 60, |i| {
        if (31..34).contains(&i) { scene(&small, 330, 180, 1.0) } else { empty(90) }
    });
    let report = watch(&mut stages, &video, &VideoPlan::default());
    assert_eq!(report.tracks.len(), 1, "{:?}", report.tracks);
    let seen: Vec<usize> = report.tracks[0].samples.iter().map(|s| s.frame).collect();
    assert_eq!(seen, [31, 32, 33]);
}

/// What the face covers is as gray and as bright as the face, part by part.
#[test]
fn a_face_that_flashes_up_as_bright_as_what_it_covers_is_examined() {
    let Some(Stand { mut stages, folder }) = stand() else { return };
    // Whole parts of the frame as the tracker compares them.
    let left = |i: usize| i * WIDTH as usize / 32;
    let top = |i: usize| i * HEIGHT as usize / 18;
    let (width, height) = (left(24) - left(16), top(16) - top(8));
    let head = head();
    let mut face = prep::resample(&head, &head.bounds(), width as u32, height as u32);
    for pixel in face.pixels.chunks_exact_mut(3) {
        let [r, g, b] = [0, 1, 2].map(|i| f32::from(pixel[i]));
        pixel.fill((0.299 * r + 0.587 * g + 0.114 * b).round() as u8);
    }
    let whole = Pixels::Rgb(scene(&face, left(16), top(8), 1.0)).tiny(32, 18);
    let mut covered = face.clone();
    for (column, row) in (16..24).flat_map(|column| (8..16).map(move |row| (column, row))) {
        let rows = top(row) - top(8)..top(row + 1) - top(8);
        let columns = left(column) - left(16)..left(column + 1) - left(16);
        let places = rows.flat_map(|y| columns.clone().map(move |x| (y * width + x) * 3));
        places.for_each(|at| covered.pixels[at..at + 3].fill(whole[row * 32 + column]));
    }
    let video = clip(&folder.path().join("a.mp4"), 60, |i| {
        let is_face = (31..34).contains(&i);
        scene(if is_face { &face } else { &covered }, left(16), top(8), 1.0)
    });
    let report = watch(&mut stages, &video, &VideoPlan::default());
    let samples = report.tracks.iter().flat_map(|track| &track.samples);
    let seen: Vec<usize> = samples.map(|sample| sample.frame).collect();
    assert_eq!(seen, [31, 32, 33], "{:?}", report.tracks);
}

#[test]
fn every_frame_is_examined_and_a_bright_stretch_is_found() {
    let Some(Stand { mut stages, folder }) = stand() else { return };
    let head = head();
    let video = clip(&folder.path().join("a.mp4"), 110, |i| {
        // The light comes up and goes down over ten frames: at once would be a cut.
        let share = (i as f32 - 32.0).min(78.0 - i as f32).clamp(0.0, 10.0) / 10.0;
        scene(&head, 20 + i * 2, 40 + i / 2, DARK + share * (BRIGHT - DARK))
    });
    let mut done = Vec::new();
    let mut live = 0;
    let mut on_event = |event: VideoEvent| match event {
        VideoEvent::Progress { done: n, total, .. } => done.push((n, total)),
        VideoEvent::Samples { samples, .. } => live += samples.len(),
        VideoEvent::Cut { .. } | VideoEvent::Damage(_) => {}
    };
    let plan = VideoPlan { keeps_maps: true, ..VideoPlan::default() };
    let ctx = TaskCtx::silent();
    let report = examine_video(&mut stages, &video, &plan, &mut on_event, &ctx).unwrap();
    let n_tracks = report.tracks.len();
    assert_eq!((report.frames_examined, n_tracks), (110, 1), "{:?}", report.cuts);
    let track = &report.tracks[0];
    let frames: Vec<usize> = track.samples.iter().map(|s| s.frame).collect();
    assert_eq!(frames, (0..110).collect::<Vec<_>>(), "in order, none left out");
    assert_eq!(live, 110, "the same as events");
    assert_eq!(done.last(), Some(&(110, 110)));
    assert!(done.is_sorted(), "{done:?}");
    let mean = |range: std::ops::Range<usize>| {
        let n = range.len() as f32;
        track.samples[range].iter().map(|s| s.score.unwrap()).sum::<f32>() / n
    };
    assert!(mean(43..67) > 0.85 && mean(0..30) < 0.2, "{} {}", mean(43..67), mean(0..30));
    assert_eq!(report.verdict, Verdict::TracesFound, "{:?}", track.score);
    assert!((36..74).contains(&track.worst[0].frame), "{:?}", track.worst);
    // The face is where it was put, also between two looks.
    for sample in &track.samples {
        let at = sample.face.box_px.center();
        let (x, y) = (20.0 + 2.0 * sample.frame as f32, 40.0 + sample.frame as f32 / 2.0);
        let off = (at.x - x - 84.0).hypot(at.y - y - 84.0);
        assert!(off < 16.0, "frame {}: {at:?}", sample.frame);
        assert!(sample.map.is_some(), "maps were asked for");
    }
}

#[test]
fn a_frame_of_a_clip_is_examined_like_a_picture() {
    let Some(Stand { mut stages, folder }) = stand() else { return };
    let head = head();
    let video = clip(&folder.path().join("a.mp4"), 12, |i| scene(&head, 60 + i, 50, 0.8));
    let report =
        watch(&mut stages, &video, &VideoPlan { keeps_maps: true, ..VideoPlan::default() });
    for index in [0, 5, 11] {
        let picture = video.frame_at(index, None, &TaskCtx::silent()).unwrap();
        let frame = Frame::new(picture, Orientation::UPRIGHT);
        let found =
            examine_frame(&mut stages, &frame, &Plan::default(), &TaskCtx::silent()).unwrap();
        let sample = report.tracks[0].at(index).unwrap();
        let (a, b) = (sample.score.unwrap(), found[0].score.unwrap());
        assert!((a - b).abs() < 0.03, "frame {index}: {a} in the clip, {b} alone");
        let iou = sample.face.box_px.iou(&found[0].face.box_px);
        assert!(iou > 0.85, "frame {index}: {iou}");
        let (a, b) = (sample.map.as_ref().unwrap(), found[0].heatmap.as_ref().unwrap());
        let corner = pentimento::base::Point { x: 0.0, y: 0.0 };
        let (a, b) = (a.image_from_map.apply(corner), b.image_from_map.apply(corner));
        assert!((a.x - b.x).hypot(a.y - b.y) < 8.0, "the map lies at {a:?} and {b:?}");
    }
}

#[test]
fn a_face_keeps_its_number_across_cuts() {
    let Some(Stand { mut stages, folder }) = stand() else { return };
    let head = head();
    let video = clip(&folder.path().join("a.mp4"), 75, |i| match i {
        0..25 => scene(&head, 20, 40, 1.0),
        25..50 => empty(200),
        _ => scene(&head, 250, 100, 1.0),
    });
    let report = watch(&mut stages, &video, &VideoPlan::default());
    assert_eq!(report.cuts, [25, 50]);
    assert_eq!(report.tracks.len(), 1, "{:?}", report.tracks);
    let frames: Vec<usize> = report.tracks[0].samples.iter().map(|s| s.frame).collect();
    assert_eq!(frames, (0..25).chain(50..75).collect::<Vec<_>>());
    assert_eq!(report.frames_examined, 75, "frames without a face count too");
}

#[test]
fn plans_choose_the_frames() {
    let Some(Stand { mut stages, folder }) = stand() else { return };
    let head = head();
    let video = clip(&folder.path().join("a.mp4"), 100, |i| scene(&head, 20 + i, 40, 1.0));
    let frames = |stages: &mut Stages, plan: VideoPlan| -> Vec<usize> {
        let report = watch(stages, &video, &plan);
        assert_eq!(report.is_quick, plan.is_quick);
        report.tracks.iter().flat_map(|t| t.samples.iter().map(|s| s.frame)).collect()
    };
    let plan = VideoPlan { every: 10, ..VideoPlan::default() };
    assert_eq!(frames(&mut stages, plan), (0..100).step_by(10).collect::<Vec<_>>());
    let plan = VideoPlan { range: Some((1.0, 1.2)), ..VideoPlan::default() };
    assert_eq!(frames(&mut stages, plan), (25..=30).collect::<Vec<_>>());
    let plan = VideoPlan { max_frames: Some(5), ..VideoPlan::default() };
    assert_eq!(frames(&mut stages, plan), [0, 20, 40, 60, 80]);
    let plan = VideoPlan { is_quick: true, ..VideoPlan::default() };
    let quick = frames(&mut stages, plan);
    assert!(quick.len() >= 20 && quick.len() <= 24, "{quick:?}");
    let plan = VideoPlan { range: Some((50.0, 60.0)), ..VideoPlan::default() };
    let report = watch(&mut stages, &video, &plan);
    assert_eq!(report.verdict, Verdict::NotExamined);
    assert_eq!(report.reason.as_deref(), Some("no frame could be examined"));
}

#[test]
fn a_stopped_run_says_so_and_goes_on_where_it_was() {
    let Some(Stand { mut stages, folder }) = stand() else { return };
    let head = head();
    // A cut lies behind the place at which the first run is stopped.
    let frame = |i: usize| match i {
        560..600 => empty(220),
        _ => scene(&head, 20 + i / 4, 40, 0.6 + i as f32 / 2000.0),
    };
    let video = clip(&folder.path().join("a.mp4"), 700, frame);
    let plan = VideoPlan { keeps_maps: true, ..VideoPlan::default() };
    let whole = watch(&mut stages, &video, &plan);
    let plan = VideoPlan { journal: Some(folder.path().join("journal")), ..plan };
    // Stopped by its own progress, when three quarters are done.
    let cancel = Cancel::default();
    let mut stopped_at = None;
    let mut on_event = |event: VideoEvent| {
        if let VideoEvent::Progress { done, .. } = event
            && done >= 500
        {
            cancel.cancel();
            stopped_at.get_or_insert(done);
        }
    };
    let quiet = |_: Progress| {};
    let ctx = TaskCtx { cancel: cancel.clone(), on_progress: &quiet };
    let part = examine_video(&mut stages, &video, &plan, &mut on_event, &ctx).unwrap();
    // The frames that the detector had been given are finished, and no others are begun.
    let n_after = part.frames_examined - stopped_at.unwrap();
    assert!(part.is_partial && n_after < FRAMES_AT_ONCE, "{n_after} frames after the stop");
    assert!(part.score.is_some(), "what was done is said");
    let rest = watch(&mut stages, &video, &plan);
    assert!(!rest.is_partial && rest.frames_examined == 700);
    let taken_over = rest.warnings.iter().find(|w| w.0.contains("earlier run"));
    let n = taken_over.and_then(|w| w.0.split(' ').next()?.parse::<usize>().ok());
    assert!(n.is_some_and(|n| n >= part.frames_examined - 12), "{:?}", rest.warnings);
    assert_eq!(rest.tracks.len(), whole.tracks.len());
    let (a, b) = (&rest.tracks[0], &whole.tracks[0]);
    assert_eq!(a.samples.len(), b.samples.len());
    let off = a.samples.iter().zip(&b.samples).map(|(x, y)| {
        assert_eq!(x.frame, y.frame);
        assert!(x.map.is_some(), "maps are kept too");
        (x.score.unwrap() - y.score.unwrap()).abs()
    });
    let off = off.fold(0.0, f32::max);
    assert!(off < 1e-3, "scores differ by {off}");
    assert_eq!(rest.cuts, whole.cuts);
    // Once more: all of it is there.
    let mut n_events = 0;
    let mut count =
        |event: VideoEvent| n_events += usize::from(matches!(event, VideoEvent::Cut { .. }));
    let again = examine_video(&mut stages, &video, &plan, &mut count, &TaskCtx::silent()).unwrap();
    let warning = again.warnings.iter().find(|w| w.0.contains("earlier run"));
    assert!(warning.is_some_and(|w| w.0.starts_with("700 ")), "{:?}", again.warnings);
    assert_eq!((again.score, n_events), (rest.score, rest.cuts.len()));
}

#[test]
fn two_runs_do_not_write_one_journal() {
    let Some(Stand { mut stages, folder }) = stand() else { return };
    let head = head();
    let video = clip(&folder.path().join("a.mp4"), 30, |i| scene(&head, 20 + i, 40, 1.0));
    let kept = folder.path().join("journal");
    let plan = VideoPlan { journal: Some(kept.clone()), ..VideoPlan::default() };
    watch(&mut stages, &video, &plan);
    let file = std::fs::read_dir(&kept).unwrap().next().unwrap().unwrap().path();
    let before = std::fs::read(&file).unwrap();
    let held = std::fs::File::options().read(true).write(true).open(&file).unwrap();
    held.lock().unwrap();
    let report = watch(&mut stages, &video, &plan);
    assert_eq!((report.frames_examined, report.is_partial), (30, false), "it goes on without");
    let is_warned = report.warnings.iter().any(|w| w.0.contains("in use"));
    assert!(is_warned, "{:?}", report.warnings);
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn a_face_of_a_moment_does_not_speak_for_the_clip() {
    let Some(Stand { mut stages, folder }) = stand() else { return };
    let head = head();
    // A second, brighter face in one frame.
    let video = clip(&folder.path().join("a.mp4"), 60, |i| {
        let mut frame = scene(&head, 10, 40, DARK);
        if i == 30 {
            let other = scene(&head, 280, 100, BRIGHT);
            for (y, (row, from)) in frame
                .pixels
                .chunks_exact_mut(WIDTH as usize * 3)
                .zip(other.pixels.chunks_exact(WIDTH as usize * 3))
                .enumerate()
            {
                if y >= 100 {
                    row[280 * 3..].copy_from_slice(&from[280 * 3..]);
                }
            }
        }
        frame
    });
    let report = watch(&mut stages, &video, &VideoPlan::default());
    assert_eq!(report.tracks.len(), 2, "the other one is followed, too");
    let fleeting = &report.tracks[1];
    assert!(fleeting.samples.len() < 3 && fleeting.verdict == Verdict::Inconclusive);
    assert_eq!(report.verdict, Verdict::NoTraceFound, "{:?}", report.reason);
    assert_eq!(report.score, report.tracks[0].score);
}

#[test]
fn a_quick_look_at_a_long_clip_with_one_key_frame_is_spread_all_the_same() {
    let Some(Stand { mut stages, folder }) = stand() else { return };
    let path = folder.path().join("a.mp4");
    let made = std::process::Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=160x96:r=25:d=64", "-g", "9999"])
        .args(["-sc_threshold", "0", "-pix_fmt", "yuv420p"])
        .arg(&path)
        .status();
    assert!(made.is_ok_and(|s| s.success()), "the clip");
    let video = Video::open(&path, &VideoLimits::default(), &TaskCtx::silent()).unwrap();
    assert_eq!(video.frames().iter().filter(|f| f.is_key).count(), 1);
    let plan = VideoPlan { is_quick: true, ..VideoPlan::default() };
    let n = watch(&mut stages, &video, &plan).frames_examined;
    assert!((20..=24).contains(&n), "{n} frames");
}

#[test]
fn a_clip_without_a_face_says_so() {
    let Some(Stand { mut stages, folder }) = stand() else { return };
    let video = clip(&folder.path().join("a.mp4"), 10, |i| empty(60 + i as u8));
    let report = watch(&mut stages, &video, &VideoPlan::default());
    assert_eq!((report.verdict, report.score), (Verdict::NotExamined, None));
    assert_eq!(report.reason.as_deref(), Some("no face was found in 10 frames"));
}

#[test]
fn small_faces_are_refused_with_the_reason() {
    let Some(Stand { mut stages, folder }) = stand() else { return };
    let head = head();
    let video = clip(&folder.path().join("a.mp4"), 10, |_| scene(&head, 20, 40, 1.0));
    let plan = Plan { min_face_px: 400.0, ..Plan::default() };
    let report = watch(&mut stages, &video, &VideoPlan { plan, ..VideoPlan::default() });
    assert_eq!(report.verdict, Verdict::NotExamined);
    assert!(
        report.reason.as_ref().is_some_and(|r| r.contains("smaller than 400 px")),
        "{report:?}"
    );
    assert_eq!(report.tracks.len(), 1, "it is followed all the same");
}
