//! What happens to a picture after it was made: coding, scaling, blur, noise, light, color, JPEG.
//!
//! The real and the forged partner go through the *same* steps with the same numbers, else the
//! step itself would tell them apart.

use rand::Rng;

use crate::base::{Affine, Rect, RgbImage, luma};
use crate::train::forge::PostProcessing;
use crate::train::forge::kinds::swap::{rescaled, sharpened};
use crate::train::forge::pixels::color::grayed;
use crate::train::forge::pixels::noise::Noise;
use crate::train::forge::pixels::picture::Picture;
use crate::train::forge::pixels::raster::Plane;

/// One draw of all post-processing steps.
#[derive(Debug, Clone)]
pub(in crate::train::forge) struct PostChain {
    /// JPEG quality before everything else: the camera's file, or a frame of video.
    early_jpeg: Option<u8>,
    /// Shrink factor, 1 = none.
    shrink: f32,
    /// Gaussian blur in pixels, 0 = none.
    blur_px: f32,
    /// Unsharp masking, 0 = none.
    sharpen: f32,
    /// Standard deviation of the noise in gray levels, 0 = none.
    noise: f32,
    noise_seed: u64,
    gain: f32,
    gamma: f32,
    mirror: bool,
    /// Whether color keeps only half the resolution, as in most JPEG files and all common video.
    halved_color: bool,
    /// JPEG quality of one or two rounds.
    jpeg: [Option<u8>; 2],
    /// What [`PostProcessing::Wild`] adds.
    wild: Wild,
}

/// Steps that only [`PostProcessing::Wild`] has; the default is none of them.
#[derive(Debug, Clone, Copy, Default)]
struct Wild {
    /// Down by this factor and up again, 0 = none: a picture that was enlarged.
    rescale: f32,
    /// Smoothing that keeps edges, as a share of the picture's width, 0 = none: a denoiser or a
    /// beauty filter over everything.
    denoise: f32,
    /// No color.
    is_gray: bool,
    /// Levels a channel, 0 = all: few colors.
    levels: u8,
}

impl PostChain {
    /// A draw of that kind.
    pub(in crate::train::forge) fn from_kind(post: PostProcessing, rng: &mut impl Rng) -> Self {
        match post {
            PostProcessing::Varied => Self::draw(rng),
            PostProcessing::Wild => Self::draw_wild(rng),
            PostProcessing::Native => Self::native(),
            PostProcessing::None => Self::none(),
        }
    }

    /// The training mix. About a third of the draws are nearly nothing, so that fine traces are
    /// learned too.
    pub(in crate::train::forge) fn draw(rng: &mut impl Rng) -> Self {
        let mirror = rng.random_bool(0.5);
        let noise_seed = rng.random();
        if rng.random_bool(0.36) {
            let jpeg = rng.random_bool(0.6).then(|| rng.random_range(85..99));
            let halved_color = jpeg.is_some() && rng.random_bool(0.4);
            return Self { mirror, noise_seed, halved_color, jpeg: [jpeg, None], ..Self::none() };
        }
        let mut some = |p: f64, range: std::ops::Range<f32>, off: f32| {
            let value = rng.random_range(range);
            if rng.random_bool(p) { value } else { off }
        };
        let shrink = some(0.45, 1.1..2.5, 1.0);
        let blur_px = some(0.3, 0.3..2.0, 0.0);
        let sharpen = some(0.12, 0.2..0.8, 0.0);
        let noise = some(0.25, 0.8..6.0, 0.0);
        let (gain, gamma) = (some(0.3, 0.8..1.2, 1.0), some(0.3, 0.8..1.25, 1.0));
        let first = rng.random_bool(0.75).then(|| rng.random_range(30..98));
        let second = rng.random_bool(0.15).then(|| rng.random_range(60..96));
        let early_jpeg = rng.random_bool(0.25).then(|| rng.random_range(30..92));
        let halved_color = rng.random_bool(0.5);
        Self {
            early_jpeg,
            shrink,
            blur_px,
            sharpen,
            noise,
            noise_seed,
            gain,
            gamma,
            mirror,
            halved_color,
            jpeg: [first, second],
            wild: Wild::default(),
        }
    }

    /// The wide mix: [`Self::draw`], and more of what pictures meet.
    pub(in crate::train::forge) fn draw_wild(rng: &mut impl Rng) -> Self {
        let mut chain = Self::draw(rng);
        let strength: f32 = rng.random();
        match rng.random_range(0..100) {
            0..9 => chain.wild.rescale = 1.2 + 1.3 * strength,
            9..19 => chain.wild.denoise = 0.003 + 0.007 * strength,
            19..25 => chain.wild.is_gray = true,
            25..28 => chain.wild.levels = (12.0 + 40.0 * strength) as u8,
            28..33 => chain.noise = 6.0 + 9.0 * strength,
            33..37 => {
                // A messenger: small, and coded twice.
                chain.shrink = 1.3 + 1.2 * strength;
                chain.jpeg = [Some(55 + (30.0 * strength) as u8), Some(70)];
            }
            _ => {}
        }
        chain
    }

    /// JPEG of quality 90, nothing else.
    pub(in crate::train::forge) const fn native() -> Self {
        Self { jpeg: [Some(90), None], ..Self::none() }
    }

    /// Nothing at all.
    pub(in crate::train::forge) const fn none() -> Self {
        Self {
            early_jpeg: None,
            shrink: 1.0,
            blur_px: 0.0,
            sharpen: 0.0,
            noise: 0.0,
            noise_seed: 0,
            gain: 1.0,
            gamma: 1.0,
            mirror: false,
            halved_color: false,
            jpeg: [None, None],
            wild: Wild { rescale: 0.0, denoise: 0.0, is_gray: false, levels: 0 },
        }
    }

    /// The same with noise of this deviation in gray levels.
    pub(in crate::train::forge) fn noisy(self, noise: f32, rng: &mut impl Rng) -> Self {
        Self { noise, noise_seed: rng.random(), ..self }
    }

    /// The same with a last JPEG of this quality.
    pub(in crate::train::forge) const fn coded(self, quality: u8) -> Self {
        Self { jpeg: [Some(quality), None], ..self }
    }

    /// The picture after the steps, not yet rounded for good.
    pub(in crate::train::forge) fn onto(&self, picture: Picture) -> Picture {
        Picture::from_rgb(&self.apply(picture))
    }

    /// Where a rectangle of a picture of this size is afterwards.
    pub(in crate::train::forge) fn apply_rect(&self, rect: &Rect, size: (usize, usize)) -> Rect {
        let (width, height) = self.size(size.0, size.1);
        let (sx, sy) = (width as f32 / size.0 as f32, height as f32 / size.1 as f32);
        let left = if self.mirror { size.0 as f32 - rect.x - rect.w } else { rect.x };
        Rect::new(left * sx, rect.y * sy, rect.w * sx, rect.h * sy)
    }

    /// Applies the steps. Deterministic in `self` and `picture`.
    pub(in crate::train::forge) fn apply(&self, picture: Picture) -> RgbImage {
        let mut picture = if self.mirror { picture.map_planes(mirrored) } else { picture };
        if let Some(quality) = self.early_jpeg {
            let start = if self.halved_color { with_halved_color(picture) } else { picture };
            picture = Picture::from_rgb(&recompressed(start.to_rgb(), quality));
        }
        picture = self.wild.apply(picture);
        if self.shrink > 1.0 {
            let (w, h) = self.size(picture.width(), picture.height());
            let (sx, sy) = (picture.width() as f32 / w as f32, picture.height() as f32 / h as f32);
            let shrunk = Affine { m: [sx, 0.0, 0.0, 0.0, sy, 0.0] };
            picture = picture.blurred(self.shrink * 0.35).warped(w, h, &shrunk);
        }
        if self.blur_px > 0.0 {
            picture = picture.blurred(self.blur_px);
        }
        if self.sharpen > 0.0 {
            picture = sharpened(picture, self.sharpen);
        }
        if self.gain != 1.0 || self.gamma != 1.0 {
            picture = picture
                .map_by_table(|_, v| 255.0 * (v / 255.0 * self.gain).min(1.0).powf(self.gamma));
        }
        if self.noise > 0.0 {
            let mut noise = Noise::new(self.noise_seed);
            for plane in &mut picture.planes {
                for v in &mut plane.data {
                    *v += noise.normal() * self.noise;
                }
            }
        }
        if self.halved_color {
            picture = with_halved_color(picture);
        }
        let mut image = picture.to_rgb();
        for quality in self.jpeg.iter().flatten() {
            image = recompressed(image, *quality);
        }
        image
    }

    /// Size of the result for an input of this size.
    pub(in crate::train::forge) fn size(&self, width: usize, height: usize) -> (usize, usize) {
        let side = |v: usize| ((v as f32 / self.shrink).round() as usize).max(16);
        if self.shrink > 1.0 { (side(width), side(height)) } else { (width, height) }
    }

    /// The mask under the same geometry.
    pub(in crate::train::forge) fn apply_mask(&self, mask: Plane) -> Plane {
        let mask = if self.mirror { mirrored(&mask) } else { mask };
        if self.shrink <= 1.0 {
            return mask;
        }
        let (w, h) = self.size(mask.width, mask.height);
        let (sx, sy) = (mask.width as f32 / w as f32, mask.height as f32 / h as f32);
        let soft = mask.blurred(self.shrink * 0.35);
        Plane::from_fn(w, h, |p| {
            let x = ((p.x * sx) as usize).min(soft.width - 1);
            let y = ((p.y * sy) as usize).min(soft.height - 1);
            soft.data[y * soft.width + x]
        })
    }
}

impl Wild {
    fn apply(self, mut picture: Picture) -> Picture {
        if self.rescale > 1.0 {
            picture = rescaled(&picture, self.rescale);
        }
        if self.denoise > 0.0 {
            picture = denoised(&picture, self.denoise);
        }
        if self.is_gray {
            picture = grayed(picture);
        }
        if self.levels > 1 {
            let step = 255.0 / f32::from(self.levels - 1);
            picture = picture.map_values(|_, v| (v / step).round() * step);
        }
        picture
    }
}

/// Smooths what differs by a few gray levels and keeps edges, over the whole picture. `reach` is a
/// share of the width.
pub(in crate::train::forge) fn denoised(picture: &Picture, reach: f32) -> Picture {
    const LEVELS: f32 = 14.0;
    let step = (picture.width() as f32 * reach).max(1.0);
    let soft = picture.blurred(step);
    let mut out = picture.clone();
    for (plane, soft) in out.planes.iter_mut().zip(&soft.planes) {
        for (v, s) in plane.data.iter_mut().zip(&soft.data) {
            let detail = (*v - s) / LEVELS;
            // Weak detail goes, strong detail stays.
            *v = s + (*v - s) * detail * detail / (1.0 + detail * detail);
        }
    }
    out
}

fn mirrored(plane: &Plane) -> Plane {
    let mut out = plane.clone();
    out.data.chunks_exact_mut(plane.width).for_each(<[f32]>::reverse);
    out
}

/// Every 2 × 2 cell of pixels gets one color; brightness stays as it is.
fn with_halved_color(mut picture: Picture) -> Picture {
    let (w, h) = picture.size();
    for y in (0..h).step_by(2) {
        for x in (0..w).step_by(2) {
            let right = (x + 1).min(w - 1);
            let below = (y + 1).min(h - 1);
            let cells = [y * w + x, y * w + right, below * w + x, below * w + right];
            let values = cells.map(|i| picture.planes.each_ref().map(|p| p.data[i]));
            let lumas = values.map(luma);
            let mean_luma = lumas.iter().sum::<f32>() / 4.0;
            for (c, plane) in picture.planes.iter_mut().enumerate() {
                let color = values.iter().map(|v| v[c]).sum::<f32>() / 4.0 - mean_luma;
                for (i, l) in cells.iter().zip(lumas) {
                    plane.data[*i] = (l + color).clamp(0.0, 255.0);
                }
            }
        }
    }
    picture
}

/// Through JPEG once. A picture that cannot be coded comes back as it was.
fn recompressed(image: RgbImage, quality: u8) -> RgbImage {
    let coded = crate::media::encode_jpeg(&image, quality);
    let decoded =
        coded.and_then(|bytes| crate::media::decode_still(&bytes, &crate::base::Limits::default()));
    decoded.map_or(image, |still| std::sync::Arc::unwrap_or_clone(still.frame.image))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    #[test]
    fn a_third_of_the_draws_is_nearly_native_and_the_rest_spans_the_qualities() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let chains: Vec<PostChain> = (0..2000).map(|_| PostChain::draw(&mut rng)).collect();
        let is_native = |c: &&PostChain| {
            c.shrink == 1.0
                && c.early_jpeg.is_none()
                && c.blur_px == 0.0
                && c.noise == 0.0
                && c.jpeg.iter().flatten().all(|q| *q >= 85)
        };
        let native = chains.iter().filter(is_native).count();
        assert!((680..900).contains(&native), "{native} of 2000 are nearly native");
        let qualities: Vec<u8> = chains.iter().filter_map(|c| c.jpeg[0]).collect();
        assert!(qualities.iter().any(|q| *q < 34) && qualities.iter().any(|q| *q > 96), "widely");
        assert!(chains.iter().any(|c| c.blur_px > 1.8), "blur reaches far");
    }

    #[test]
    fn halved_color_keeps_brightness_and_evens_color() {
        let picture = Picture {
            planes: std::array::from_fn(|c| {
                Plane::from_fn(7, 5, |p| {
                    120.0 + 9.0 * (c as f32 - 1.0) * ((p.x * 3.0).sin() + p.y * 0.3)
                })
            }),
        };
        let luma_at = |p: &Picture, i: usize| luma(p.planes.each_ref().map(|plane| plane.data[i]));
        let out = with_halved_color(picture.clone());
        for i in 0..35 {
            assert!((luma_at(&out, i) - luma_at(&picture, i)).abs() < 0.01, "pixel {i}");
        }
        let red = |i: usize| out.planes[0].data[i] - luma_at(&out, i);
        assert!(
            (red(0) - red(1)).abs() < 1e-3 && (red(0) - red(8)).abs() < 1e-3,
            "one color a cell"
        );
    }
}
