//! What is done to whole pictures before or beside a forgery.

use rand::Rng;

use super::kinds::swap;
use super::masks::kind::MaskKind;
use super::masks::mask::hard_mask;
use super::pixels::color::{self, ColorTransfer};
use super::pixels::picture::Picture;
use super::pixels::post::{self, PostChain};
use super::pixels::raster::{Plane, Window};
use super::portrait::Portrait;
use crate::base::{Affine, Rect, RgbImage};

/// A photo before anything is forged in it, as it may come from its source: as it was, or
/// beautified, softened, noisy, gray, recoded, enlarged, or blurred round the face.
pub fn sourced(mut target: Portrait, rng: &mut impl Rng) -> Portrait {
    let kind = rng.random_range(0..100);
    let strength: f32 = rng.random();
    let picture = target.picture;
    let chain = PostChain::none();
    target.picture = match kind {
        0..6 => post::denoised(&picture, 0.003 + 0.007 * strength),
        6..9 => picture.blurred(0.4 + 0.9 * strength),
        9..12 => chain.noisy(2.0 + 6.0 * strength, rng).onto(picture),
        12..15 => color::grayed(picture),
        15..18 => swap::rescaled(&picture, 1.3 + strength),
        18..22 => chain.coded(45 + (45.0 * strength) as u8).onto(picture),
        22..25 => portrait_blurred(&picture, &target.face, 2.0 + 5.0 * strength),
        _ => picture,
    };
    target
}

/// Blurred outside an ellipse round the face, as a phone's portrait mode does.
fn portrait_blurred(picture: &Picture, face: &Rect, sigma: f32) -> Picture {
    let (center, (w, h)) = (face.center(), picture.size());
    let near = Plane::from_fn(w, h, |p| {
        let (x, y) = ((p.x - center.x) / (0.75 * face.w), (p.y - center.y) / (0.75 * face.h));
        f32::from(u8::from(x * x + y * y < 1.0 || (x.abs() < 1.1 && y > 0.6)))
    });
    picture.blurred(sigma).blend(picture, &near.blurred(face.w * 0.04))
}

/// The donor's face where that of the target is, in a window of the target's picture: its pixels,
/// in the target's colors, and a soft mask of the face.
pub fn laid_over(
    donor: &Portrait,
    target: &Portrait,
    window: &Window,
    rng: &mut impl Rng,
) -> (Picture, Plane) {
    let face = swap::aligned(donor, &target.landmarks, window, rng);
    let size = target.picture.size();
    let kind = if rng.random() { MaskKind::FaceHull } else { MaskKind::InnerHull };
    let whole = hard_mask(kind, &target.landmarks, target.mesh.as_deref(), size, rng);
    let hard = whole.cut(window);
    let transfer = ColorTransfer::draw(target.unit(), rng);
    let colored = transfer.apply(face, &target.picture.cut(window), &hard);
    (colored, hard.blurred(target.unit() * rng.random_range(0.05..0.2)))
}

/// The same picture in another size: smoothed first where it shrinks, bilinear.
pub fn resized(picture: &Picture, width: usize, height: usize) -> Picture {
    let (sx, sy) = (picture.width() as f32 / width as f32, picture.height() as f32 / height as f32);
    let map = Affine { m: [sx, 0.0, 0.0, 0.0, sy, 0.0] };
    let shrink = sx.max(sy);
    if shrink > 1.05 {
        return picture.blurred(shrink * 0.35).warped(width, height, &map);
    }
    picture.warped(width, height, &map)
}

/// The same picture after one JPEG of a quality.
pub fn recoded(picture: &Picture, quality: u8) -> RgbImage {
    PostChain::none().coded(quality).apply(picture.clone())
}

/// `made` with as much fine, middle and coarse detail as `real` has, channel by channel: three
/// bands of a low-pass pyramid, each scaled by at most 1.6.
pub fn with_bands_of(made: Picture, real: &Picture) -> Picture {
    const SIGMAS: [f32; 3] = [0.7, 1.4, 2.8];
    let mut out = made;
    for (plane, real) in out.planes.iter_mut().zip(&real.planes) {
        let (mut fine, mut wanted) = (plane.clone(), real.clone());
        let mut sum = Plane::filled(plane.width, plane.height, 0.0);
        for sigma in SIGMAS {
            let (coarse, coarse_wanted) = (plane.blurred(sigma), real.blurred(sigma));
            let power = |a: &Plane, b: &Plane| {
                a.data.iter().zip(&b.data).map(|(a, b)| (a - b) * (a - b)).sum::<f32>()
            };
            let ratio = power(&wanted, &coarse_wanted) / power(&fine, &coarse).max(1e-3);
            let gain = ratio.sqrt().clamp(1.0 / 1.6, 1.6);
            for ((s, f), c) in sum.data.iter_mut().zip(&fine.data).zip(&coarse.data) {
                *s += gain * (f - c);
            }
            (fine, wanted) = (coarse, coarse_wanted);
        }
        for ((v, s), c) in plane.data.iter_mut().zip(&sum.data).zip(&fine.data) {
            *v = (s + c).clamp(0.0, 255.0);
        }
    }
    out
}
