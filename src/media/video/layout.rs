//! In what form frames leave the decoder: size, planes or RGB, and the filters that make them so.
//!
//! Rotation is applied by `ffmpeg` itself before the filters named here; the shape of pixels and
//! the wanted size by the scaler. A frame that changes its size in the middle of a stream is scaled
//! to the size of the first, so every frame has the same number of bytes.

use super::Pixels;
use super::pixels::{LumaRange, Yuv420, YuvMatrix};
use super::probe::{Probe, has_alpha};
use crate::base::RgbImage;
use crate::media::transparent::over_white;

/// Bytes of a frame on the pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wire {
    Yuv420(YuvMatrix, LumaRange),
    Rgb,
    /// Laid over white here.
    Rgba,
}

/// The form of all frames of one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    size: (u32, u32),
    wire: Wire,
    /// Name of the matrix for the scaler, if the stream is not RGB and its own must not be asked.
    matrix: Option<&'static str>,
}

impl Layout {
    /// The longest side is at most `max_side_px`; never larger than shown.
    pub(super) fn new(probe: &Probe, max_side_px: Option<u32>) -> Self {
        let format = probe.pixel_format.as_str();
        let matrix = matrix(probe);
        let wire = match (format, matrix) {
            ("yuv420p" | "yuvj420p" | "nv12", Some(m @ ("bt601" | "bt709"))) => {
                let range = if probe.is_full_range { LumaRange::Full } else { LumaRange::Limited };
                let matrix = if m == "bt709" { YuvMatrix::Bt709 } else { YuvMatrix::Bt601 };
                Wire::Yuv420(matrix, range)
            }
            _ if has_alpha(format) => Wire::Rgba,
            _ => Wire::Rgb,
        };
        Self { size: fit(probe.size, max_side_px), wire, matrix }
    }

    pub(super) const fn size(&self) -> (u32, u32) {
        self.size
    }

    /// Bytes of one frame.
    pub(super) fn n_bytes(&self) -> usize {
        let (w, h) = self.size;
        let n = (w as usize).saturating_mul(h as usize);
        match self.wire {
            Wire::Yuv420(..) => Yuv420::bytes_of(w, h) as usize,
            Wire::Rgb => n.saturating_mul(3),
            Wire::Rgba => n.saturating_mul(4),
        }
    }

    /// The filters behind the choice of frames.
    pub(super) fn filters(&self) -> String {
        let (w, h) = self.size;
        let matrix = self.matrix.map(|m| format!(":in_color_matrix={m}")).unwrap_or_default();
        let (flags, matrix, format) = match self.wire {
            // No conversion, so no matrix; without scaling the frame passes as it is.
            Wire::Yuv420(..) => ("bilinear", String::new(), "yuv420p|yuvj420p"),
            Wire::Rgb => ("bilinear+accurate_rnd+full_chroma_int", matrix, "rgb24"),
            Wire::Rgba => ("bilinear+accurate_rnd+full_chroma_int", matrix, "rgba"),
        };
        format!("scale={w}:{h}:flags={flags}{matrix},format={format},showinfo=checksum=0")
    }

    /// Pixels from the bytes of one frame; `None` when their number is wrong.
    pub(super) fn pixels(&self, bytes: Vec<u8>) -> Option<Pixels> {
        let (w, h) = self.size;
        match self.wire {
            Wire::Yuv420(matrix, range) => {
                Yuv420::new(self.size, bytes, matrix, range).map(Pixels::Yuv420)
            }
            Wire::Rgb => RgbImage::new(w, h, bytes).map(Pixels::Rgb),
            Wire::Rgba => {
                let (quads, _) = bytes.as_chunks::<4>();
                let opaque = |[r, g, b, a]: &[u8; 4]| [*r, *g, *b].map(|v| over_white(v, *a));
                RgbImage::new(w, h, quads.iter().flat_map(opaque).collect()).map(Pixels::Rgb)
            }
        }
    }
}

/// Where the stream does not say it, players take BT.601 for small pictures and BT.709 for large
/// ones.
fn matrix(probe: &Probe) -> Option<&'static str> {
    let format = probe.pixel_format.as_str();
    let is_rgb = ["rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "pal8", "mono", "x2"];
    if is_rgb.iter().any(|head| format.starts_with(head)) {
        return None;
    }
    let (w, h) = probe.size;
    Some(match probe.color_space.as_str() {
        "bt709" => "bt709",
        "smpte170m" | "bt470bg" | "fcc" => "bt601",
        "bt2020nc" | "bt2020_ncl" | "bt2020c" | "bt2020_cl" => "bt2020",
        "smpte240m" => "smpte240m",
        // JPEG knows one matrix only.
        _ if format.starts_with("yuvj") || probe.codec == "mjpeg" => "bt601",
        _ if w.max(h) >= 1280 || w.min(h) > 576 => "bt709",
        _ => "bt601",
    })
}

/// The size with its longest side at most `max_side_px`, at least 1 × 1.
pub(super) fn fit((w, h): (u32, u32), max_side_px: Option<u32>) -> (u32, u32) {
    let longest = w.max(h);
    match max_side_px {
        Some(max) if max < longest => {
            let max = max.max(1);
            let scaled = |side: u32| {
                let exact = f64::from(side) * f64::from(max) / f64::from(longest);
                (exact.round() as u32).clamp(1, max)
            };
            (scaled(w), scaled(h))
        }
        _ => (w, h),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_shrink_and_never_grow() {
        assert_eq!(fit((1920, 1080), Some(640)), (640, 360));
        assert_eq!(fit((1080, 1920), Some(640)), (360, 640));
        assert_eq!(fit((100, 50), Some(640)), (100, 50));
        assert_eq!(fit((5000, 1), Some(10)), (10, 1));
        assert_eq!(fit((100, 50), Some(0)), (1, 1));
        assert_eq!(fit((100, 50), None), (100, 50));
    }
}
