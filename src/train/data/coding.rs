//! Pictures through a video codec, many in one process of `ffmpeg`.

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

/// A family of video codecs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Codec {
    /// H.264 by libx264; quality is the constant rate factor, 0 to 51.
    H264,
    /// MPEG-4 part 2; quality is the quantizer, 1 to 31.
    Mpeg4,
    /// MPEG-2; quality is the quantizer, 1 to 31.
    Mpeg2,
    /// HEVC by libx265; quality is the constant rate factor, 0 to 51. Never trained on.
    Hevc,
    /// VP9 by libvpx; quality is the constant quality level, 0 to 63. Never trained on.
    Vp9,
}

impl Codec {
    /// Its name in files and tables.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The encoder of `ffmpeg`.
    const fn encoder(self) -> &'static str {
        match self {
            Self::H264 => "libx264",
            Self::Mpeg4 => "mpeg4",
            Self::Mpeg2 => "mpeg2video",
            Self::Hevc => "libx265",
            Self::Vp9 => "libvpx-vp9",
        }
    }

    /// Options that set quality and speed.
    fn options(self, quality: u8) -> Vec<String> {
        let quality = quality.to_string();
        let arguments: &[&str] = match self {
            Self::H264 => &["-crf", &quality],
            Self::Mpeg4 | Self::Mpeg2 => &["-qscale:v", &quality],
            Self::Hevc => &[
                "-crf",
                &quality,
                "-preset",
                "superfast",
                "-x265-params",
                "log-level=error:pools=1",
            ],
            Self::Vp9 => {
                &["-crf", &quality, "-b:v", "0", "-deadline", "realtime", "-cpu-used", "6"]
            }
        };
        arguments.iter().map(|w| (*w).to_owned()).collect()
    }
}

/// What happens to a clip on its way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coding {
    pub codec: Codec,
    /// On the codec's own scale, larger is coarser.
    pub quality: u8,
    /// Sides of the coded frame as a share of the picture's; afterwards it is enlarged again.
    pub scale: f64,
    /// Every frame on its own, as a key frame, instead of predicted from the one before.
    pub is_intra: bool,
}

impl Coding {
    /// H.264 at full size, predicted.
    pub const fn h264(crf: u8) -> Self {
        Self { codec: Codec::H264, quality: crf, scale: 1.0, is_intra: false }
    }

    /// Its name in tables, for instance `h264-28-x0.67-intra`.
    pub fn name(&self) -> String {
        let scale = if self.scale == 1.0 { String::new() } else { format!("-x{:.2}", self.scale) };
        let intra = if self.is_intra { "-intra" } else { "" };
        format!("{}-{}{scale}{intra}", self.codec.as_str(), self.quality)
    }
}

/// Whether `ffmpeg` can be run and has the encoder of a codec.
pub fn is_available(codec: Codec) -> bool {
    let Ok(tools) = Tools::find() else { return false };
    let output = Command::new(tools.ffmpeg()).args(["-v", "error", "-encoders"]).output();
    output.is_ok_and(|out| String::from_utf8_lossy(&out.stdout).contains(codec.encoder()))
}

/// Every picture as the last frame of a short drift in a coded clip, at its own size again.
///
/// 4:2:0. Pictures of like sizes should stand together: a clip has one size of frame.
///
/// # Errors
///
/// [`Error::Malformed`] with what `ffmpeg` or the decoder said, [`Error::Io`] when it cannot be
/// run.
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
    let drift: &[[i64; 2]] = if coding.is_intra { &DRIFT[2..] } else { &DRIFT };
    let frames = pictures
        .iter()
        .flat_map(|picture| drift.iter().map(|[dx, dy]| shifted(picture, *dx, *dy, width, height)));
    let group = drift.len().to_string();
    let small = |side: u32| even((f64::from(side) * coding.scale).round() as u32);
    let scaled = format!("scale={}:{}:flags=bicubic", small(width), small(height));
    let mut options = vec!["-vf", &scaled, "-g", &group, "-keyint_min", &group, "-bf", "0"];
    let quality = coding.codec.options(coding.quality);
    options.extend(quality.iter().map(String::as_str));
    if coding.codec == Codec::H264 {
        options.extend(["-sc_threshold", "0"]);
    }
    encode(frames, &options, coding.codec, &coded)?;
    let ctx = TaskCtx::silent();
    let wrong = |e: crate::media::Error| Error::malformed("a coded clip", &e);
    let video = Video::open(&coded, &VideoLimits::default(), &ctx).map_err(wrong)?;
    let request = DecodeRequest { frames: 0..video.frames().len(), ..DecodeRequest::default() };
    let mut stream = video.decode(&request).map_err(wrong)?;
    let mut out = Vec::with_capacity(pictures.len());
    while let Some(frame) = stream.next(&ctx).map_err(wrong)? {
        if frame.time.index % drift.len() + 1 != drift.len() {
            continue;
        }
        let Some(picture) = pictures.get(frame.time.index / drift.len()) else { break };
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

/// Writes frames of one even size as a clip, 4:2:0, 25 a second, with more options of `ffmpeg`.
///
/// # Errors
///
/// [`Error::Malformed`] with what `ffmpeg` said, [`Error::Io`] when it cannot be run.
pub(in crate::train) fn encode(
    frames: impl Iterator<Item = RgbImage>,
    options: &[&str],
    codec: Codec,
    path: &Path,
) -> Result<(), Error> {
    let mut raw = tempfile::NamedTempFile::new().map_err(Error::io("a temporary file", path))?;
    let mut size = None;
    for frame in frames {
        size = Some((frame.width_px, frame.height_px));
        raw.write_all(&frame.pixels).map_err(Error::io("a clip", raw.path()))?;
    }
    let Some((width, height)) = size else { return Ok(()) };
    let size = format!("{width}x{height}");
    let from = raw.path().display().to_string();
    let to = path.display().to_string();
    ffmpeg(&[
        &["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", &size, "-r", "25", "-i", &from],
        options,
        &["-c:v", codec.encoder(), "-pix_fmt", "yuv420p", "-threads", "1", &to],
    ])
}

fn ffmpeg(arguments: &[&[&str]]) -> Result<(), Error> {
    let tools = Tools::find().map_err(|e| Error::malformed("ffmpeg", &e))?;
    let out = Command::new(tools.ffmpeg())
        .args(["-v", "error", "-nostdin", "-y"])
        .args(arguments.concat())
        .stdin(Stdio::null())
        .output()
        .map_err(Error::io("ffmpeg", Path::new("ffmpeg")))?;
    let output = String::from_utf8_lossy(&out.stderr);
    if out.status.success() { Ok(()) } else { Err(Error::malformed("ffmpeg", &output.trim())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_codec_gives_the_pictures_back_in_order_and_coarser() {
        let picture = |w: u32, h: u32, level: u8| {
            let pixels = (0..w * h).flat_map(|i| [level.wrapping_add((i * 37 % 60) as u8); 3]);
            RgbImage { width_px: w, height_px: h, pixels: pixels.collect() }
        };
        let pictures = [picture(64, 48, 20), picture(51, 61, 90), picture(33, 40, 160)];
        let change = |coding| {
            let coded = through(&pictures, coding).unwrap();
            let bytes =
                coded.iter().zip(&pictures).flat_map(|(a, b)| a.pixels.iter().zip(&b.pixels));
            let (n, sum) = bytes
                .fold((0u32, 0u32), |(n, sum), (a, b)| (n + 1, sum + u32::from(a.abs_diff(*b))));
            f64::from(sum) / f64::from(n)
        };
        let grades = [
            (Codec::H264, 20, 38),
            (Codec::Mpeg4, 2, 20),
            (Codec::Mpeg2, 2, 20),
            (Codec::Hevc, 20, 38),
            (Codec::Vp9, 15, 55),
        ];
        for (codec, fine, coarse) in grades {
            if !is_available(codec) {
                crate::base::skip_test(&format!("ffmpeg with {} is not here", codec.as_str()));
                continue;
            }
            let of = |quality, scale, is_intra| Coding { codec, quality, scale, is_intra };
            let (little, much) = (change(of(fine, 1.0, false)), change(of(coarse, 1.0, false)));
            assert!(little < much, "{}: {little} and {much}", codec.as_str());
            let coded = through(&pictures, of(fine, 0.5, true)).unwrap();
            for (before, after) in pictures.iter().zip(&coded) {
                assert_eq!((before.width_px, before.height_px), (after.width_px, after.height_px));
                let mean = |p: &RgbImage| {
                    p.pixels.iter().map(|v| f64::from(*v)).sum::<f64>() / p.pixels.len() as f64
                };
                assert!((mean(before) - mean(after)).abs() < 8.0, "the same picture");
                assert_ne!(before.pixels, after.pixels, "coded with loss");
            }
        }
        if is_available(Codec::H264) {
            let smaller = Coding { scale: 2.0 / 3.0, ..Coding::h264(28) };
            assert!(change(smaller) > change(Coding::h264(23)), "smaller and back loses more");
        }
    }
}
