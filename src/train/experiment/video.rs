//! Pictures through H.264, as a clip on the web would carry them.
//!
//! * **In**: pictures of any sizes. **Out**: the same pictures after coding by `ffmpeg`, decoded by
//!   the decoder that reads clips (`media::video`).
//! * **Not here**: that decoder.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::base::{RgbImage, TaskCtx};
use crate::media::video::{DecodeRequest, Tools, Video, VideoLimits};
use crate::prep;
use crate::train::Error;

/// Pictures of one clip: bounds the size of the raw file beside it.
const CLIP_PICTURES: usize = 48;
/// How far the picture is shifted in each frame of its group, in pixels: it drifts into place, so
/// that the last frame, which is kept, is predicted from moved ones as in a real clip.
const DRIFT: [[i64; 2]; 3] = [[3, 1], [1, 1], [0, 0]];

/// What happens to a clip on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// H.264 at this constant rate factor, 0 to 51, larger is coarser.
    H264(u8),
    /// Made smaller to two thirds, as 1080p becomes 720p, and coded at a rate factor of 28: what
    /// messengers do, roughly.
    Messenger,
}

impl Coding {
    /// Those that are measured.
    pub const MEASURED: [Self; 3] = [Self::H264(35), Self::H264(23), Self::Messenger];

    /// Its name in columns.
    pub fn name(self) -> String {
        match self {
            Self::H264(crf) => format!("h264-crf-{crf}"),
            Self::Messenger => "messenger".to_owned(),
        }
    }

    const fn crf(self) -> u8 {
        match self {
            Self::H264(crf) => crf,
            Self::Messenger => 28,
        }
    }

    const fn scale(self) -> f64 {
        match self {
            Self::H264(_) => 1.0,
            Self::Messenger => 2.0 / 3.0,
        }
    }
}

/// Whether `ffmpeg` with libx264 can be run.
pub fn is_available() -> bool {
    let Ok(tools) = Tools::find() else { return false };
    let said = Command::new(tools.ffmpeg()).args(["-v", "error", "-encoders"]).output();
    said.is_ok_and(|out| String::from_utf8_lossy(&out.stdout).contains("libx264"))
}

/// Every picture as the last frame of a short drift in a coded clip, at its own size again.
///
/// 4:2:0, one key frame and two predicted ones a picture. Decoded as any clip is here.
///
/// # Errors
///
/// [`Error::Malformed`] with what `ffmpeg` or the decoder said, [`Error::Io`] when it cannot be run.
pub fn through(pictures: &[RgbImage], coding: Coding) -> Result<Vec<RgbImage>, Error> {
    let mut out = Vec::with_capacity(pictures.len());
    for clip in pictures.chunks(CLIP_PICTURES) {
        out.extend(one_clip(clip, coding)?);
    }
    Ok(out)
}

fn one_clip(pictures: &[RgbImage], coding: Coding) -> Result<Vec<RgbImage>, Error> {
    // One frame size for all, even on both sides; edges are extended, and cut off again.
    let even = |v: u32| v.next_multiple_of(2);
    let width = even(pictures.iter().map(|p| p.width_px).max().unwrap_or(2));
    let height = even(pictures.iter().map(|p| p.height_px).max().unwrap_or(2));
    let folder = tempfile::tempdir().map_err(Error::io("a temporary folder", Path::new("clip")))?;
    let coded = folder.path().join("coded.mkv");
    let frames: Vec<RgbImage> = pictures
        .iter()
        .flat_map(|picture| DRIFT.map(|[dx, dy]| shifted(picture, dx, dy, width, height)))
        .collect();
    let (crf, group) = (coding.crf().to_string(), DRIFT.len().to_string());
    let small = |side: u32| even((f64::from(side) * coding.scale()).round() as u32);
    let scaled = format!("scale={}:{}:flags=bicubic", small(width), small(height));
    let group = ["-g", &group, "-keyint_min", &group, "-sc_threshold", "0", "-bf", "0"];
    encode(&frames, &[&["-vf", &scaled, "-crf", &crf][..], &group].concat(), &coded)?;
    let ctx = TaskCtx::silent();
    let wrong = |e: crate::media::Error| Error::malformed("a coded clip", &e);
    let video = Video::open(&coded, &VideoLimits::default(), &ctx).map_err(wrong)?;
    let request = DecodeRequest { frames: 0..video.frames().len(), ..DecodeRequest::default() };
    let mut stream = video.decode(&request).map_err(wrong)?;
    let mut out = Vec::with_capacity(pictures.len());
    while let Some(frame) = stream.next(&ctx).map_err(wrong)? {
        if frame.time.index % DRIFT.len() + 1 != DRIFT.len() {
            continue;
        }
        let Some(picture) = pictures.get(frame.time.index / DRIFT.len()) else { break };
        let decoded = frame.pixels.into_rgb();
        let bounds = decoded.bounds();
        let whole = prep::resample(&decoded, &bounds, width, height);
        let row = picture.width_px as usize * 3;
        let rows = whole.pixels.chunks_exact(width as usize * 3).take(picture.height_px as usize);
        let pixels = rows.flat_map(|r| r[..row].to_vec()).collect();
        out.push(RgbImage { pixels, ..picture.clone() });
    }
    if out.len() != pictures.len() {
        return Err(Error::malformed("a clip", &"frames are missing after coding"));
    }
    Ok(out)
}

/// A copy of `width` × `height` pixels that begins at `dx`, `dy`; edges are extended.
fn shifted(picture: &RgbImage, dx: i64, dy: i64, width: u32, height: u32) -> RgbImage {
    let rows = 0..i64::from(height);
    let pixels = rows
        .flat_map(|y| (0..i64::from(width)).flat_map(move |x| picture.get(x + dx, y + dy)))
        .collect();
    RgbImage { width_px: width, height_px: height, pixels }
}

/// Writes frames of one even size as H.264, 4:2:0, 25 a second, with more options of `ffmpeg`.
///
/// # Errors
///
/// [`Error::Malformed`] with what `ffmpeg` said, [`Error::Io`] when it cannot be run.
pub(super) fn encode(frames: &[RgbImage], options: &[&str], path: &Path) -> Result<(), Error> {
    let Some(first) = frames.first() else { return Ok(()) };
    let mut raw = tempfile::NamedTempFile::new().map_err(Error::io("a temporary file", path))?;
    for frame in frames {
        raw.write_all(&frame.pixels).map_err(Error::io("a clip", raw.path()))?;
    }
    let size = format!("{}x{}", first.width_px, first.height_px);
    let from = text(raw.path());
    ffmpeg(&[
        &["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", &size, "-r", "25", "-i", &from],
        options,
        &["-c:v", "libx264", "-pix_fmt", "yuv420p", "-threads", "1", &text(path)],
    ])
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn ffmpeg(words: &[&[&str]]) -> Result<(), Error> {
    let tools = Tools::find().map_err(|e| Error::malformed("ffmpeg", &e))?;
    let out = Command::new(tools.ffmpeg())
        .args(["-v", "error", "-nostdin", "-y"])
        .args(words.concat())
        .stdin(Stdio::null())
        .output()
        .map_err(Error::io("ffmpeg", Path::new("ffmpeg")))?;
    let said = String::from_utf8_lossy(&out.stderr);
    if out.status.success() { Ok(()) } else { Err(Error::malformed("ffmpeg", &said.trim())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_come_back_in_order_and_coarser() {
        if !is_available() {
            return crate::base::skip_test("ffmpeg with libx264 is not here");
        }
        let picture = |w: u32, h: u32, level: u8| {
            let pixels = (0..w * h).flat_map(|i| [level.wrapping_add((i * 37 % 60) as u8); 3]);
            RgbImage { width_px: w, height_px: h, pixels: pixels.collect() }
        };
        let pictures = [picture(64, 48, 20), picture(51, 61, 90), picture(33, 40, 160)];
        let mean_change = |coding| {
            let coded = through(&pictures, coding).unwrap();
            let bytes =
                coded.iter().zip(&pictures).flat_map(|(a, b)| a.pixels.iter().zip(&b.pixels));
            let (n, sum) = bytes
                .fold((0u32, 0u32), |(n, sum), (a, b)| (n + 1, sum + u32::from(a.abs_diff(*b))));
            f64::from(sum) / f64::from(n)
        };
        let (fine, coarse) = (mean_change(Coding::H264(23)), mean_change(Coding::H264(35)));
        assert!(fine < coarse, "crf 23 changes {fine}, crf 35 {coarse}");
        assert!(mean_change(Coding::Messenger) > fine, "smaller and back loses more");
        let coded = through(&pictures, Coding::H264(35)).unwrap();
        assert_eq!(coded.len(), 3);
        for (before, after) in pictures.iter().zip(&coded) {
            assert_eq!((before.width_px, before.height_px), (after.width_px, after.height_px));
            let mean = |p: &RgbImage| {
                p.pixels.iter().map(|v| f64::from(*v)).sum::<f64>() / p.pixels.len() as f64
            };
            assert!((mean(before) - mean(after)).abs() < 8.0, "the same picture");
            assert_ne!(before.pixels, after.pixels, "coded with loss");
        }
    }
}
