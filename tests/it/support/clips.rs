//! Clips whose every frame carries its number as a pattern of blocks, made with ffmpeg.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use pentimento::base::{RgbImage, TaskCtx};
use pentimento::media::video::{Video, VideoLimits};

/// Size of the clips as stored.
pub(crate) const SIZE: (u32, u32) = (160, 96);
/// Frames of the clips.
pub(crate) const N: usize = 90;
/// Frames per second of the clips.
pub(crate) const FPS: f64 = 25.0;
/// Blocks a row and rows of blocks.
const GRID: (usize, usize) = (5, 3);

/// White, 12 bits of the number, their parity, black: so a turned or mirrored frame is no number.
fn cells(number: usize) -> [bool; 15] {
    let bit = |i: usize| number >> i & 1 == 1;
    std::array::from_fn(|i| match i {
        0 => true,
        1..=12 => bit(i - 1),
        13 => number.count_ones() % 2 == 1,
        _ => false,
    })
}

/// A frame in grey with its number.
pub(crate) fn coded(number: usize) -> Vec<u8> {
    let (w, h) = (SIZE.0 as usize, SIZE.1 as usize);
    let cells = cells(number);
    let at = |i: usize| {
        let (x, y) = (i % w, i / w);
        if cells[y * GRID.1 / h * GRID.0 + x * GRID.0 / w] { 235 } else { 20 }
    };
    (0..w * h).map(at).collect()
}

/// The number of a frame of any size that a player shows turned clockwise by `turned` degrees.
pub(crate) fn number_of(image: &RgbImage, turned: u16) -> Option<usize> {
    let mut cells_seen = [false; 15];
    for (i, seen) in cells_seen.iter_mut().enumerate() {
        let (u, v) = ((i % GRID.0) as f64 + 0.5, (i / GRID.0) as f64 + 0.5);
        let (u, v) = (u / GRID.0 as f64, v / GRID.1 as f64);
        let (x, y) = match turned {
            90 => (1.0 - v, u),
            180 => (1.0 - u, 1.0 - v),
            270 => (v, 1.0 - u),
            _ => (u, v),
        };
        let x = (x * f64::from(image.width_px)) as i64;
        let y = (y * f64::from(image.height_px)) as i64;
        *seen = image.get(x, y)[1] > 128;
    }
    let number = (0..12).filter(|i| cells_seen[i + 1]).map(|i| 1 << i).sum();
    (cells(number) == cells_seen).then_some(number)
}

/// Whether ffmpeg can be run here.
pub(crate) fn has_ffmpeg() -> bool {
    static HAS: OnceLock<bool> = OnceLock::new();
    *HAS.get_or_init(|| {
        let output = Command::new("ffmpeg").arg("-version").stdin(Stdio::null()).output();
        output.is_ok_and(|out| out.status.success())
    })
}

/// Whether it has an encoder.
pub(crate) fn has_encoder(name: &str) -> bool {
    static LIST: OnceLock<String> = OnceLock::new();
    let list = LIST.get_or_init(|| {
        let output = Command::new("ffmpeg").args(["-v", "error", "-encoders"]).output();
        output.map(|out| String::from_utf8_lossy(&out.stdout).into_owned()).unwrap_or_default()
    });
    list.split_whitespace().any(|word| word == name)
}

/// Runs ffmpeg with arguments separated by spaces; those with spaces stand in `paths`, for each
/// `@`.
pub(crate) fn ffmpeg(args: &str, paths: &[&Path]) -> Result<(), String> {
    let mut paths = paths.iter();
    let args = args.split_whitespace().map(|word| {
        if word == "@" { paths.next().unwrap().as_os_str().to_owned() } else { word.into() }
    });
    let out = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y", "-threads", "2"])
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&out.stderr).into_owned();
    if out.status.success() { Ok(()) } else { Err(printed) }
}

/// The numbered frames 0 to [`N`] - 1, coded by ffmpeg with `args` into a file.
pub(crate) fn clip(folder: &Path, name: &str, args: &str) -> PathBuf {
    let raw = folder.join("frames.raw");
    if !raw.exists() {
        let frames: Vec<u8> = (0..N).flat_map(coded).collect();
        std::fs::write(&raw, frames).unwrap();
    }
    let path = folder.join(name);
    let input = format!("-f rawvideo -pix_fmt gray -s {}x{} -r {FPS} -i @", SIZE.0, SIZE.1);
    ffmpeg(&format!("{input} {args} @"), &[&raw, &path]).unwrap();
    path
}

/// H.264 with B-frames and a key frame a second, its index at the front.
pub(crate) const H264: &str =
    "-c:v libx264 -pix_fmt yuv420p -bf 3 -g 25 -preset veryfast -movflags +faststart";

/// Opens with the usual limits.
pub(crate) fn open(path: &Path) -> Video {
    Video::open(path, &VideoLimits::default(), &TaskCtx::silent()).unwrap()
}

/// Processes of this machine whose arguments hold the path; empty where that cannot be known.
pub(crate) fn processes_on(path: &Path) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse().ok()) else { continue };
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&line).contains(&path.display().to_string()) {
            found.push(pid);
        }
    }
    found
}
