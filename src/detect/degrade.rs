//! Degradations of a picture: JPEG compression, blur, scaling.
//!
//! Deterministic. The trainer never sees these copies; they are the "unseen qualities" of the
//! tables and the series of the robustness panel.

use std::fmt;
use std::str::FromStr;

use crate::base::{Limits, Rect, RgbImage};
use crate::{media, prep};

/// Standard deviations beyond this change nothing any more but cost time.
const MAX_SIGMA_PX: f32 = 32.0;
/// A Gaussian is cut off at this many standard deviations.
const REACH: f32 = 3.0;
/// Side of a JPEG block.
const BLOCK_PX: u32 = 8;

/// One way to degrade a picture.
#[derive(Debug, Clone, Copy, PartialEq, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum Degradation {
    /// Through JPEG once at this quality, 1 to 100 as libjpeg counts; chroma at full size.
    Jpeg(u8),
    /// Gaussian blur with this standard deviation in pixels; nothing happens at 0 and below.
    Blur(f32),
    /// Down to this share of the side lengths and up again; nothing happens from 1 on.
    Scale(f32),
}

impl Degradation {
    /// The unseen qualities every table reports (a video codec comes on top where there is one).
    pub const UNSEEN: [Self; 3] = [Self::Jpeg(30), Self::Blur(2.0), Self::Scale(0.5)];

    /// The stable word for the kind; `Display` adds the strength.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The name for people, for instance `JPEG quality 30`.
    pub fn label(self) -> String {
        match self {
            Self::Jpeg(quality) => format!("JPEG quality {quality}"),
            Self::Blur(sigma) => format!("blur of {sigma} px"),
            Self::Scale(factor) => format!("scaling to {:.0} % and back", factor * 100.0),
        }
    }

    /// A degraded copy of the same size. A picture that cannot be coded comes back as it was.
    #[must_use]
    pub fn apply(self, image: &RgbImage) -> RgbImage {
        match self {
            Self::Jpeg(quality) => recompressed(image, quality),
            Self::Blur(sigma) => blurred(image, sigma),
            Self::Scale(factor) => rescaled(image, factor),
        }
    }
}

impl fmt::Display for Degradation {
    /// `jpeg-30`, `blur-2`, `scale-0.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Jpeg(quality) => write!(f, "jpeg-{quality}"),
            Self::Blur(sigma) => write!(f, "blur-{sigma}"),
            Self::Scale(factor) => write!(f, "scale-{factor}"),
        }
    }
}

/// The words name no degradation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown degradation {0:?}; known are jpeg-1 to jpeg-100, blur-SIGMA and scale-FACTOR")]
pub struct UnknownDegradation(pub String);

impl FromStr for Degradation {
    type Err = UnknownDegradation;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let read = || {
            let (kind, strength) = text.split_once('-')?;
            let positive = |v: f32| (v.is_finite() && v > 0.0).then_some(v);
            Some(match kind {
                "jpeg" => Self::Jpeg(strength.parse().ok().filter(|q| (1..=100).contains(q))?),
                "blur" => Self::Blur(strength.parse().ok().and_then(positive)?),
                "scale" => {
                    let factor = strength.parse().ok().and_then(positive)?;
                    Self::Scale(Some(factor).filter(|f| *f <= 1.0)?)
                }
                _ => return None,
            })
        };
        read().ok_or_else(|| UnknownDegradation(text.to_owned()))
    }
}

/// A part of a picture with a margin, so that only it needs to be degraded.
///
/// The part grows by `margin_px` on all sides, to whole blocks of 8 pixels, as far as the picture
/// goes. Returns the copy and the position of its top left pixel in the picture.
pub fn cut_around(image: &RgbImage, part: &Rect, margin_px: f32) -> (RgbImage, [u32; 2]) {
    let block = |v: f32| v.max(0.0) as u32 / BLOCK_PX * BLOCK_PX;
    let x0 = block(part.x - margin_px).min(image.width_px - 1);
    let y0 = block(part.y - margin_px).min(image.height_px - 1);
    let end = |v: f32| block(v + margin_px) + BLOCK_PX;
    let x1 = end(part.x + part.w).clamp(x0 + 1, image.width_px);
    let y1 = end(part.y + part.h).clamp(y0 + 1, image.height_px);
    let stride = image.width_px as usize * 3;
    let row = |y: u32| {
        let at = y as usize * stride;
        &image.pixels[at + x0 as usize * 3..at + x1 as usize * 3]
    };
    let pixels = (y0..y1).flat_map(row).copied().collect();
    (RgbImage { width_px: x1 - x0, height_px: y1 - y0, pixels }, [x0, y0])
}

fn recompressed(image: &RgbImage, quality: u8) -> RgbImage {
    let coded = media::encode_jpeg(image, quality);
    let decoded = coded.and_then(|bytes| media::decode_still(&bytes, &Limits::default()));
    decoded
        .map_or_else(|_| image.clone(), |still| std::sync::Arc::unwrap_or_clone(still.frame.image))
}

fn rescaled(image: &RgbImage, factor: f32) -> RgbImage {
    if !(factor > 0.0 && factor < 1.0) {
        return image.clone();
    }
    let side = |px: u32| ((px as f32 * factor).round() as u32).max(1);
    let small = prep::resample(image, &image.bounds(), side(image.width_px), side(image.height_px));
    prep::resample(&small, &small.bounds(), image.width_px, image.height_px)
}

/// Separable; edges extended.
fn blurred(image: &RgbImage, sigma: f32) -> RgbImage {
    if sigma.is_nan() || sigma <= 0.0 {
        return image.clone();
    }
    let sigma = sigma.min(MAX_SIGMA_PX);
    let radius = (sigma * REACH).ceil() as usize;
    let mut kernel: Vec<f32> = (0..=2 * radius)
        .map(|i| (-((i as f32 - radius as f32) / sigma).powi(2) / 2.0).exp())
        .collect();
    let sum: f32 = kernel.iter().sum();
    for weight in &mut kernel {
        *weight /= sum;
    }
    let (height, stride) = (image.height_px as usize, image.width_px as usize * 3);
    let row = |y: usize| &image.pixels[y * stride..(y + 1) * stride];
    let mut pixels = vec![0u8; image.pixels.len()];
    // A column of rows first, then across with the ends of the row repeated.
    let mut down = vec![0.0f32; stride];
    let mut padded = vec![0.0f32; stride + 6 * radius];
    let mut across = vec![0.0f32; stride];
    for (y, out) in pixels.chunks_exact_mut(stride).enumerate() {
        down.fill(0.0);
        for (i, weight) in kernel.iter().enumerate() {
            let source = row((y + i).saturating_sub(radius).min(height - 1));
            for (sum, value) in down.iter_mut().zip(source) {
                *sum += weight * f32::from(*value);
            }
        }
        for i in 0..radius {
            padded[3 * i..3 * i + 3].copy_from_slice(&down[..3]);
            let end = stride + 3 * (radius + i);
            padded[end..end + 3].copy_from_slice(&down[stride - 3..]);
        }
        padded[3 * radius..3 * radius + stride].copy_from_slice(&down);
        across.fill(0.5);
        for (i, weight) in kernel.iter().enumerate() {
            for (sum, value) in across.iter_mut().zip(&padded[3 * i..3 * i + stride]) {
                *sum += weight * value;
            }
        }
        for (byte, value) in out.iter_mut().zip(&across) {
            *byte = *value as u8;
        }
    }
    RgbImage { pixels, ..*image }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texture, edges and color.
    fn scene(w: u32, h: u32) -> RgbImage {
        let pixels = (0..h).flat_map(|y| {
            (0..w).flat_map(move |x| {
                let stripe = if (x / 5 + y / 7) % 2 == 0 { 190 } else { 40 };
                [stripe, (x * 3 % 251) as u8, (y * 5 % 247) as u8]
            })
        });
        RgbImage::new(w, h, pixels.collect()).unwrap()
    }

    fn distance(a: &RgbImage, b: &RgbImage) -> f64 {
        let sum: u64 = a.pixels.iter().zip(&b.pixels).map(|(x, y)| u64::from(x.abs_diff(*y))).sum();
        sum as f64 / a.pixels.len() as f64
    }

    #[test]
    fn size_stays_and_more_strength_spoils_more() {
        let image = scene(61, 47);
        let series = [
            [Degradation::Jpeg(95), Degradation::Jpeg(60), Degradation::Jpeg(10)],
            [Degradation::Blur(0.5), Degradation::Blur(1.0), Degradation::Blur(3.0)],
            [Degradation::Scale(0.8), Degradation::Scale(0.5), Degradation::Scale(0.2)],
        ];
        for kind in series {
            let mut last = 0.0;
            for degradation in kind {
                let degraded = degradation.apply(&image);
                assert_eq!((degraded.width_px, degraded.height_px), (61, 47), "{degradation}");
                let now = distance(&image, &degraded);
                assert!(now > last, "{degradation}: {now} after {last}");
                last = now;
            }
        }
    }

    #[test]
    fn a_blurred_point_is_the_gaussian() {
        let mut image = RgbImage::filled(21, 21, [0; 3]);
        image.pixels[(10 * 21 + 10) * 3..][..3].fill(255);
        let spread = Degradation::Blur(1.0).apply(&image);
        // The two-dimensional density at the middle is 1 / (2 π σ²).
        let middle = f32::from(spread.get(10, 10)[0]) / 255.0;
        assert!((middle - 1.0 / std::f32::consts::TAU).abs() < 0.01, "{middle}");
        let sideways = f32::from(spread.get(11, 10)[0]) / f32::from(spread.get(10, 10)[0]);
        assert!((sideways - (-0.5f32).exp()).abs() < 0.03, "{sideways}");
        assert_eq!(spread.get(11, 10), spread.get(10, 11), "the same in both directions");
    }

    #[test]
    fn flat_pictures_stay_flat() {
        let flat = RgbImage::filled(33, 20, [90, 120, 60]);
        assert_eq!(Degradation::Blur(2.0).apply(&flat), flat, "also at the edges");
        assert_eq!(Degradation::Scale(0.33).apply(&flat), flat);
        assert!(distance(&Degradation::Jpeg(50).apply(&flat), &flat) < 2.0, "color conversion");
    }

    #[test]
    fn strengths_of_nothing_change_nothing() {
        let image = scene(17, 9);
        for nothing in [
            Degradation::Blur(0.0),
            Degradation::Blur(f32::NAN),
            Degradation::Scale(1.0),
            Degradation::Scale(0.0),
            Degradation::Scale(f32::NAN),
        ] {
            assert_eq!(nothing.apply(&image), image, "{nothing:?}");
        }
        let dot = RgbImage::filled(1, 1, [7; 3]);
        assert_eq!(Degradation::Scale(0.1).apply(&dot), dot, "a single pixel has nothing to lose");
        assert_eq!(Degradation::Blur(9.0).apply(&dot), dot);
    }

    #[test]
    fn degrading_a_part_with_its_margin_is_degrading_the_whole() {
        let image = scene(200, 150);
        let part = Rect::new(83.0, 41.5, 40.0, 30.0);
        let (small, [x, y]) = cut_around(&image, &part, 20.0);
        assert_eq!([x, y], [56, 16], "whole blocks");
        assert_eq!(small.get(0, 0), image.get(56, 16));
        for degradation in [Degradation::Jpeg(40), Degradation::Blur(1.5)] {
            let (whole, part_only) = (degradation.apply(&image), degradation.apply(&small));
            for (px, py) in [(83, 42), (100, 50), (122, 71)] {
                let inner = part_only.get(px - i64::from(x), py - i64::from(y));
                assert_eq!(whole.get(px, py), inner, "{degradation} at {px} {py}");
            }
        }
        let (all, at) = cut_around(&image, &Rect::new(-9.0, 0.0, 900.0, 900.0), 0.0);
        assert_eq!((all, at), (image, [0, 0]));
    }

    #[test]
    fn words_are_read_back() {
        for degradation in Degradation::UNSEEN {
            assert_eq!(degradation.to_string().parse(), Ok(degradation));
        }
        assert_eq!("blur-0.5".parse(), Ok(Degradation::Blur(0.5)));
        for wrong in ["jpeg-0", "jpeg-101", "scale-1.5", "blur--2", "blur-nan", "noise-3", "jpeg"] {
            assert!(wrong.parse::<Degradation>().is_err(), "{wrong}");
        }
    }
}
