//! What happens to a picture after it was made: scaling, blur, noise, light, JPEG.
//!
//! The real and the forged partner go through the *same* steps with the same numbers, else the
//! step itself would tell them apart (research/METHOD.md, pitfalls).

use rand::{Rng, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::raster::{Picture, Plane};
use crate::base::RgbImage;

/// One draw of all post-processing steps.
#[derive(Debug, Clone)]
pub(super) struct PostChain {
    /// Shrink factor, 1 = none.
    shrink: f32,
    /// Gaussian blur in pixels, 0 = none.
    blur_px: f32,
    /// Standard deviation of the noise in gray levels, 0 = none.
    noise: f32,
    noise_seed: u64,
    gain: f32,
    gamma: f32,
    mirror: bool,
    /// JPEG quality of one or two rounds.
    jpeg: [Option<u8>; 2],
}

impl PostChain {
    pub(super) fn draw(rng: &mut impl Rng) -> Self {
        let mut chance = |p: f64| rng.random_bool(p);
        let on =
            [chance(0.45), chance(0.25), chance(0.3), chance(0.35), chance(0.65), chance(0.15)];
        let mirror = chance(0.5);
        let pick = |on: bool, value: f32, off: f32| if on { value } else { off };
        Self {
            shrink: pick(on[0], rng.random_range(1.1..2.6), 1.0),
            blur_px: pick(on[1], rng.random_range(0.3..1.5), 0.0),
            noise: pick(on[2], rng.random_range(1.0..7.0), 0.0),
            noise_seed: rng.random(),
            gain: pick(on[3], rng.random_range(0.8..1.2), 1.0),
            gamma: pick(on[3], rng.random_range(0.8..1.25), 1.0),
            mirror,
            jpeg: [
                on[4].then(|| rng.random_range(45..98)),
                on[5].then(|| rng.random_range(60..96)),
            ],
        }
    }

    /// Nothing at all.
    pub(super) const fn none() -> Self {
        Self {
            shrink: 1.0,
            blur_px: 0.0,
            noise: 0.0,
            noise_seed: 0,
            gain: 1.0,
            gamma: 1.0,
            mirror: false,
            jpeg: [None, None],
        }
    }

    /// Scale of the result relative to the input, 1 or less.
    pub(super) fn scale(&self) -> f32 {
        1.0 / self.shrink
    }

    /// Whether left and right change places.
    pub(super) const fn mirrors(&self) -> bool {
        self.mirror
    }

    /// Applies the steps. Deterministic in `self` and `picture`.
    pub(super) fn apply(&self, picture: Picture) -> RgbImage {
        let mut picture = if self.mirror { picture.map_planes(mirrored) } else { picture };
        if self.shrink > 1.0 {
            let (w, h) = self.size(picture.width(), picture.height());
            let (sx, sy) = (picture.width() as f32 / w as f32, picture.height() as f32 / h as f32);
            picture = picture.map_planes(|p| p.blurred(self.shrink * 0.35)).warped(
                w,
                h,
                &crate::base::Affine { m: [sx, 0.0, 0.0, 0.0, sy, 0.0] },
            );
        }
        if self.blur_px > 0.0 {
            picture = picture.map_planes(|p| p.blurred(self.blur_px));
        }
        if self.gain != 1.0 || self.gamma != 1.0 {
            picture = picture.map_values(|_, v| {
                255.0 * (v.max(0.0) / 255.0 * self.gain).min(1.0).powf(self.gamma)
            });
        }
        if self.noise > 0.0 {
            let mut rng = ChaCha8Rng::seed_from_u64(self.noise_seed);
            for plane in &mut picture.planes {
                for v in &mut plane.data {
                    // A sum of three uniform draws is close enough to a Gaussian here.
                    let sum: f32 = (0..3).map(|_| rng.random_range(-1.0..1.0f32)).sum();
                    *v += sum * self.noise;
                }
            }
        }
        let mut image = picture.to_rgb();
        for quality in self.jpeg.iter().flatten() {
            image = recompressed(image, *quality);
        }
        image
    }

    /// Size of the result for an input of this size.
    pub(super) fn size(&self, width: usize, height: usize) -> (usize, usize) {
        let side = |v: usize| ((v as f32 * self.scale()).round() as usize).max(16);
        if self.shrink > 1.0 { (side(width), side(height)) } else { (width, height) }
    }

    /// The mask under the same geometry.
    pub(super) fn apply_mask(&self, mask: Plane) -> Plane {
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

fn mirrored(plane: &Plane) -> Plane {
    let mut out = plane.clone();
    out.data.chunks_exact_mut(plane.width).for_each(<[f32]>::reverse);
    out
}

/// Through JPEG once. A picture that cannot be coded comes back as it was.
fn recompressed(image: RgbImage, quality: u8) -> RgbImage {
    let coded = crate::media::encode_jpeg(&image, quality);
    let decoded =
        coded.and_then(|bytes| crate::media::decode_still(&bytes, &crate::base::Limits::default()));
    decoded.map_or(image, |still| std::sync::Arc::unwrap_or_clone(still.frame.image))
}
