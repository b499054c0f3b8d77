//! Pictures through H.264, as a clip on the web would carry them.
//!
//! * **In**: pictures of any sizes. **Out**: the same pictures after coding, each a picture of its
//!   own (all frames intra), by `ffmpeg` as a child process.
//! * **Not here**: reading videos.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::base::RgbImage;
use crate::train::Error;

/// Frames of one clip: bounds the size of the raw file beside it.
const CLIP_FRAMES: usize = 64;

/// Whether `ffmpeg` with libx264 can be run.
pub fn is_available() -> bool {
    let said = Command::new("ffmpeg").args(["-v", "error", "-encoders"]).output();
    said.is_ok_and(|out| String::from_utf8_lossy(&out.stdout).contains("libx264"))
}

/// Codes and decodes every picture with H.264 at a constant rate factor (`crf` 0 to 51, larger is
/// coarser), 4:2:0, every frame on its own.
///
/// # Errors
///
/// [`Error::Malformed`] with what `ffmpeg` said, [`Error::Io`] when it cannot be run.
pub fn through_h264(pictures: &[RgbImage], crf: u8) -> Result<Vec<RgbImage>, Error> {
    let mut out = Vec::with_capacity(pictures.len());
    for clip in pictures.chunks(CLIP_FRAMES) {
        out.extend(one_clip(clip, crf)?);
    }
    Ok(out)
}

fn one_clip(pictures: &[RgbImage], crf: u8) -> Result<Vec<RgbImage>, Error> {
    // One frame size for all, even on both sides; edges are extended, and cut off again.
    let even = |v: u32| v.next_multiple_of(2);
    let width = even(pictures.iter().map(|p| p.width_px).max().unwrap_or(2));
    let height = even(pictures.iter().map(|p| p.height_px).max().unwrap_or(2));
    let folder = tempfile::tempdir().map_err(Error::io("a temporary folder", Path::new("clip")))?;
    let [raw, coded, decoded] =
        ["raw.rgb", "coded.mkv", "decoded.rgb"].map(|name| folder.path().join(name));
    let mut frames = Vec::new();
    for picture in pictures {
        for y in 0..i64::from(height) {
            frames.extend((0..i64::from(width)).flat_map(|x| picture.get(x, y)));
        }
    }
    std::fs::write(&raw, &frames).map_err(Error::io("a clip", &raw))?;
    let size = format!("{width}x{height}");
    let crf = crf.to_string();
    ffmpeg(&[
        &["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", &size, "-r", "25", "-i", &text(&raw)],
        &["-c:v", "libx264", "-crf", &crf, "-g", "1", "-pix_fmt", "yuv420p", "-threads", "1"],
        &[&text(&coded)],
    ])?;
    ffmpeg(&[
        &["-threads", "1", "-i", &text(&coded), "-f", "rawvideo", "-pix_fmt", "rgb24"],
        &["-fps_mode", "passthrough", &text(&decoded)],
    ])?;
    let bytes = std::fs::read(&decoded).map_err(Error::io("a clip", &decoded))?;
    let stride = width as usize * 3;
    if bytes.len() != frames.len() {
        return Err(Error::malformed("a clip", &"frames are missing after coding"));
    }
    let cut = |(frame, picture): (&[u8], &RgbImage)| {
        let row = picture.width_px as usize * 3;
        let rows = frame.chunks_exact(stride).take(picture.height_px as usize);
        RgbImage { pixels: rows.flat_map(|r| r[..row].to_vec()).collect(), ..picture.clone() }
    };
    Ok(bytes.chunks_exact(stride * height as usize).zip(pictures).map(cut).collect())
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn ffmpeg(words: &[&[&str]]) -> Result<(), Error> {
    let out = Command::new("ffmpeg")
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
            println!("skipped: ffmpeg with libx264 is not here");
            return;
        }
        let picture = |w: u32, h: u32, level: u8| {
            let pixels = (0..w * h).flat_map(|i| [level.wrapping_add((i * 37 % 60) as u8); 3]);
            RgbImage { width_px: w, height_px: h, pixels: pixels.collect() }
        };
        let pictures = [picture(64, 48, 20), picture(51, 61, 90), picture(33, 40, 160)];
        let coded = through_h264(&pictures, 35).unwrap();
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
