//! A whole clip: against Python, against the slowest stage alone, and memory against length.
//!
//! `cargo bench --bench watch_clip` makes clips of the shipped portrait (1080p, H.264, moving
//! picture, film grain) and runs, interleaved and reporting medians,
//!
//! 1. the program (`inspect --json`) against `watch_clip.py` (OpenCV + onnxruntime, same bundles,
//!    same frames) when `PENTIMENTO_PYTHON` names a Python that has both: wall and processor time;
//! 2. in one process, the whole pipeline against decoding alone and the detector alone;
//! 3. peak memory of the program on a clip and on the same ten times over.
//!
//! `CLIP=FILE` takes that clip for 1 and 2, `ROUNDS`, `FRAMES` change the sizes. Ratios compare
//! within this run only.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::unwrap_used, reason = "a bench that cannot go on has failed")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use pentimento::base::{Limits, Rect, RgbImage, TaskCtx};
use pentimento::bundle::ModelStore;
use pentimento::infer::EngineOptions;
use pentimento::media;
use pentimento::media::video::{DecodeRequest, PixelKind, Tools, Video, VideoLimits, VideoWriter};
use pentimento::pipeline::Stages;
use pentimento::pipeline::video::{VideoPlan, examine_video};
use pentimento::prep;

const SIZE: (u32, u32) = (1920, 1080);
const FPS: f64 = 25.0;

fn main() {
    let tools = match Tools::find() {
        Ok(tools) => tools,
        Err(error) => return println!("not run: {error}"),
    };
    let number =
        |name: &str, or: usize| std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(or);
    let (rounds, n_frames) = (number("ROUNDS", 3), number("FRAMES", 500));
    let folder = tempfile::tempdir().unwrap();
    let clip = match std::env::var_os("CLIP") {
        Some(clip) => PathBuf::from(clip),
        None => make_clip(&folder.path().join("clip.mp4"), &tools, n_frames),
    };
    against_python(&clip, rounds);
    against_stages(&clip, rounds);
    memory(folder.path(), &tools);
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The portrait wandering over a grainy background.
fn make_clip(path: &Path, tools: &Tools, n_frames: usize) -> PathBuf {
    let portrait = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/astronaut.png");
    let still = media::open_still(&portrait, &Limits::default(), &TaskCtx::silent()).unwrap();
    let head = Rect::new(100.0, 0.0, 260.0, 300.0);
    let head = prep::resample(&still.frame.upright, &head, 520, 600);
    let mut writer = VideoWriter::create(path, tools, SIZE, FPS).unwrap();
    let mut state = 1u32;
    for i in 0..n_frames {
        let mut frame = RgbImage::filled(SIZE.0, SIZE.1, [70, 80, 95]);
        let at = |t: f32, reach: f32| (reach * (0.5 + 0.5 * t.sin())) as usize;
        let (x, y) = (at(i as f32 / 60.0, 1390.0), at(i as f32 / 45.0, 470.0));
        let rows = head.pixels.chunks_exact(head.width_px as usize * 3);
        for (row, pixels) in rows.enumerate() {
            let from = ((y + row) * SIZE.0 as usize + x) * 3;
            frame.pixels[from..from + pixels.len()].copy_from_slice(pixels);
        }
        for pixel in frame.pixels.as_chunks_mut::<3>().0 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // A gray level here and there: more would be a bit rate that no clip on the web has.
            let grain = u8::from(state >> 29 == 0);
            *pixel = pixel.map(|v| v.saturating_add(grain));
        }
        writer.push(&frame).unwrap();
    }
    writer.finish().unwrap();
    path.to_owned()
}

/// Wall and processor seconds of a command with all its children, as bash counts them.
fn timed(command: &[&str]) -> Option<(f64, f64)> {
    let words: Vec<String> = command.iter().map(|w| format!("'{w}'")).collect();
    let script = format!("TIMEFORMAT='%R %U %S'; time {} >/dev/null 2>/dev/null", words.join(" "));
    let out = Command::new("bash").args(["-c", &script]).output().ok()?;
    let printed = String::from_utf8_lossy(&out.stderr).into_owned();
    let numbers: Vec<f64> =
        printed.lines().last()?.split_whitespace().filter_map(|v| v.parse().ok()).collect();
    let [wall, user, system] = *numbers.as_slice() else { return None };
    out.status.success().then_some((wall, user + system))
}

fn against_python(clip: &Path, rounds: usize) {
    let Some(python) = std::env::var("PENTIMENTO_PYTHON").ok() else {
        return println!("against Python: not run, PENTIMENTO_PYTHON names none");
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (models, script) = (root.join("models"), root.join("tests/benches/watch_clip.py"));
    let text = |p: &Path| p.display().to_string();
    let n = frames_of(clip) as f64;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let program = env!("CARGO_BIN_EXE_pentimento");
        let inspect = [program, "inspect", "--json", "--models", &text(&models), &text(clip)];
        ours.extend(timed(&inspect));
        theirs.extend(timed(&[&python, &text(&script), &text(&models), &text(clip)]));
    }
    let of = |times: &[(f64, f64)]| {
        let wall = median(times.iter().map(|t| t.0).collect());
        (wall, median(times.iter().map(|t| t.1).collect()))
    };
    let ((wall, cpu), (py_wall, py_cpu)) = (of(&ours), of(&theirs));
    println!(
        "{n} frames, median of {rounds}: {:.1} frames a second, Python {:.1}",
        n / wall,
        n / py_wall
    );
    println!("  throughput ratio {:.2} (target 2)", py_wall / wall);
    println!(
        "  processor time a frame {:.2} ms, Python {:.2} ms: ratio {:.2} (target 0.8)",
        cpu / n * 1e3,
        py_cpu / n * 1e3,
        cpu / py_cpu
    );
}

fn open(clip: &Path) -> Video {
    Video::open(clip, &VideoLimits::default(), &TaskCtx::silent()).unwrap()
}

fn frames_of(clip: &Path) -> usize {
    open(clip).frames().len()
}

fn against_stages(clip: &Path, rounds: usize) {
    let ctx = TaskCtx::silent();
    let options = EngineOptions::default();
    let Ok(mut stages) = Stages::load(&ModelStore::discover(None), "lae", &options, &ctx) else {
        return println!("against single stages: no models");
    };
    let video = open(clip);
    let n = video.frames().len() as f64;
    let request = DecodeRequest { pixels: PixelKind::Native, ..whole(&video) };
    let (mut all, mut decode, mut detect) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let start = Instant::now();
        let report =
            examine_video(&mut stages, &video, &VideoPlan::default(), &mut |_| {}, &ctx).unwrap();
        all.push(n / start.elapsed().as_secs_f64());
        let start = Instant::now();
        let mut stream = video.decode(&request).unwrap();
        let mut last = None;
        while let Some(frame) = stream.next(&ctx).unwrap() {
            last = Some(frame);
        }
        decode.push(n / start.elapsed().as_secs_f64());
        let (Some(frame), Some(track)) = (last, report.tracks.first()) else {
            return println!("against single stages: no face");
        };
        let (w, h) = frame.pixels.size();
        let bounds = Rect::new(0.0, 0.0, w as f32, h as f32);
        let aligner = stages.detector.aligner();
        let face = track.samples.last().unwrap().face.clone();
        let batch: Vec<_> = (0..4)
            .map(|_| {
                let (part, origin) = frame.pixels.cut(&aligner.area(&face.box_px, &bounds));
                aligner.align(part, origin, face.clone(), &bounds)
            })
            .collect();
        let start = Instant::now();
        for _ in 0..(n as usize).div_ceil(4) {
            stages.detector.examine_aligned(&batch).unwrap();
        }
        detect.push(n / start.elapsed().as_secs_f64());
    }
    let (all, decode, detect) = (median(all), median(decode), median(detect));
    println!(
        "frames a second: whole pipeline {all:.1}, decoding alone {decode:.1}, detector alone {detect:.1}"
    );
    println!("  of the slowest stage alone {:.2} (target 0.9)", all / decode.min(detect));
}

fn whole(video: &Video) -> DecodeRequest {
    DecodeRequest {
        frames: 0..video.frames().len(),
        every: 1,
        pixels: PixelKind::Native,
        max_side_px: None,
    }
}

/// One minute against ten.
fn memory(folder: &Path, tools: &Tools) {
    let minute = make_clip(&folder.join("minute.mp4"), tools, 1500);
    let ten = folder.join("ten.mp4");
    let looped = Command::new("ffmpeg")
        .args(["-v", "error", "-stream_loop", "9", "-i"])
        .arg(&minute)
        .args(["-c", "copy"])
        .arg(&ten)
        .status();
    if !looped.is_ok_and(|s| s.success()) {
        return println!("memory: the long clip could not be made");
    }
    let (short, long) = (peak_mib(&minute), peak_mib(&ten));
    println!("peak memory: {short:.0} MiB for 1 minute, {long:.0} MiB for 10 minutes of 1080p");
    println!("  ratio {:.3} (target 1.1)", long / short);
}

/// Largest resident set of the program while it examines a clip.
fn peak_mib(clip: &Path) -> f64 {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pentimento"))
        .args(["inspect", "--json"])
        .arg(clip)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|l| l.strip_prefix("VmHWM:"));
        let kib: Option<f64> = line.and_then(|l| l.trim().trim_end_matches(" kB").parse().ok());
        peak = kib.map_or(peak, |kib| f64::max(peak, kib / 1024.0));
        std::thread::sleep(Duration::from_millis(50));
    }
    peak
}
