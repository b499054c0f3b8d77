//! The forger: from a photo of a real face to a forged one, its exact mask, and the real partner.
//!
//! * **In**: a decoded photo with five landmarks, perhaps a second one as donor, a random source.
//! * **Out**: a [`Pair`] of two 8-bit pictures of one size that went through the same
//!   post-processing, and the mask of what was forged.
//! * **Not here**: choosing photos (`train::data`), network input (`train::loader`).
//!
//! Nothing third-party and forged is used. Deterministic in its random source.

mod attribute;
mod blend;
mod color;
mod composite;
mod draft;
mod fill;
mod generator;
mod geometry;
mod harmonic;
mod mask;
mod mask_mesh;
mod meshswap;
mod method;
mod noise;
mod oneshot;
mod patch;
mod picture;
mod post;
mod pyramid;
mod raster;
mod shape;
mod swap;

pub use mask::{MaskKind, hard_mask, picture_from_canonical};
pub use method::{Method, Task};
pub use oneshot::{Square, swapped_square};
pub use picture::Picture;
pub use raster::{Plane, Window};

use rand::Rng;

use crate::base::{Affine, Landmarks, Mesh, Rect, RgbImage};
use draft::Draft;
use post::PostChain;

/// A decoded photo of a real face. Upright space.
#[derive(Debug, Clone)]
pub struct Portrait {
    /// The pixels.
    pub picture: Picture,
    /// Five landmarks.
    pub landmarks: Landmarks,
    /// The face box.
    pub face: Rect,
    /// 468 points, where they are known.
    pub mesh: Option<Box<Mesh>>,
}

impl Portrait {
    /// The square of `scale` × the longer side of the face box about its center, as far as there
    /// is picture. Forging less is faster.
    #[must_use]
    pub fn cut_to_face(&self, scale: f32) -> Self {
        let (side, center) = (self.face.w.max(self.face.h) * scale, self.face.center());
        let rect = Rect::new(center.x - side / 2.0, center.y - side / 2.0, side, side);
        self.cut_to(&Window::of(&rect, self.picture.size()))
    }

    /// The part in a window that lies inside the picture.
    #[must_use]
    pub fn cut_to(&self, window: &Window) -> Self {
        let mut mesh = self.mesh.clone();
        for point in mesh.iter_mut().flat_map(|m| m.iter_mut()) {
            *point = window.inside(*point);
        }
        let corner = (window.x as f32, window.y as f32);
        Self {
            picture: self.picture.cut(window),
            landmarks: self.landmarks.map(|p| window.inside(p)),
            face: Rect { x: self.face.x - corner.0, y: self.face.y - corner.1, ..self.face },
            mesh,
        }
    }

    /// Distance of the eyes, the unit of all lengths of a forgery.
    pub(super) fn unit(&self) -> f32 {
        let (a, b, mouth) = (self.landmarks[0], self.landmarks[1], self.landmarks[3]);
        // Profiles bring the eyes together; the face's height then stands in.
        ((a.x - b.x).hypot(a.y - b.y)).max((a.x - mouth.x).hypot(a.y - mouth.y) * 0.6).max(4.0)
    }
}

/// A real picture and a forgery of it.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The real partner.
    pub real: RgbImage,
    /// The forgery.
    pub forged: RgbImage,
    /// What was forged, `0.0..=1.0` per pixel of the two pictures.
    pub mask: Plane,
    /// The face box in the two pictures.
    pub face: Rect,
    /// How it was made.
    pub method: Method,
    /// Where.
    pub kind: MaskKind,
    /// The choices made on the way, in words.
    pub steps: Vec<&'static str>,
}

/// What happens to both partners after the forgery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostProcessing {
    /// The training mix of scaling, blur, noise, light, mirroring and JPEG.
    Varied,
    /// More of what pictures meet: the training mix, and enlarged, denoised, gray, noisy ones.
    Wild,
    /// JPEG of quality 90 and nothing else: the "clean" column of a table.
    Native,
    /// Nothing.
    None,
}

/// Makes a forgery of `target`.
///
/// A swap without a donor becomes a self-blend; [`Method::Resynthesis`], whose pixels come from
/// outside ([`forge_with_top`]), becomes an attribute edit, [`Method::Decoded`] likewise an
/// up-convolution. [`Pair::method`] says what was made.
///
/// The mask is 1 where only forged pixels are seen and fades with the blend; it follows the
/// post-processing (mirroring, scaling).
pub fn forge(
    target: &Portrait,
    donor: Option<&Portrait>,
    method: Method,
    post: PostProcessing,
    rng: &mut impl Rng,
) -> Pair {
    let method = match method {
        _ if method.needs_donor() && donor.is_none() => Method::SelfBlend,
        Method::Resynthesis => Method::Attribute,
        Method::Decoded => Method::UpConvolve,
        _ => method,
    };
    let draft = draft::strongest(rng, |rng| match donor {
        Some(donor) if method == Method::OneShot => oneshot::draft(target, donor, rng),
        Some(donor) if method == Method::Composite => {
            composite::draft(target, std::slice::from_ref(donor), rng)
        }
        _ if method == Method::Geometry => geometry::draft(target, rng),
        _ => Draft::make(target, donor, method, rng),
    });
    finished(draft, target, post, rng)
}

/// Makes a composite with a part of each donor.
pub fn forge_composite(
    target: &Portrait,
    donors: &[Portrait],
    post: PostProcessing,
    rng: &mut impl Rng,
) -> Pair {
    let draft = draft::strongest(rng, |rng| composite::draft(target, donors, rng));
    finished(draft, target, post, rng)
}

/// Makes a one-shot swap whose square was drawn elsewhere: pasted back, with the exact mask.
pub fn forge_with_square(
    target: &Portrait,
    square: &Square,
    post: PostProcessing,
    rng: &mut impl Rng,
) -> Pair {
    let draft = draft::strongest(rng, |rng| oneshot::pasted(target, square, rng));
    finished(draft, target, post, rng)
}

/// Post-processing of a pair that was forged, and perhaps coded, before: both partners and the mask
/// go through one draw.
pub fn post_processed(pair: Pair, post: PostProcessing, rng: &mut impl Rng) -> Pair {
    let chain = PostChain::of(post, rng);
    let size = (pair.real.width_px as usize, pair.real.height_px as usize);
    Pair {
        face: chain.apply_rect(&pair.face, size),
        real: chain.apply(Picture::from_rgb(&pair.real)),
        forged: chain.apply(Picture::from_rgb(&pair.forged)),
        mask: chain.apply_mask(pair.mask),
        ..pair
    }
}

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
        22..25 => portrait_blurred(picture, &target.face, 2.0 + 5.0 * strength),
        _ => picture,
    };
    target
}

/// Blurred outside an ellipse round the face, as a phone's portrait mode does.
fn portrait_blurred(picture: Picture, face: &Rect, sigma: f32) -> Picture {
    let (center, (w, h)) = (face.center(), picture.size());
    let near = Plane::from_fn(w, h, |p| {
        let (x, y) = ((p.x - center.x) / (0.75 * face.w), (p.y - center.y) / (0.75 * face.h));
        f32::from(u8::from(x * x + y * y < 1.0 || (x.abs() < 1.1 && y > 0.6)))
    });
    picture.blurred(sigma).blend(&picture, &near.blurred(face.w * 0.04))
}

/// Makes a forgery whose upper layer was painted elsewhere: `top` is as large as the picture of
/// `target` and replaces it under a mask that suits the method's task.
pub fn forge_with_top(
    target: &Portrait,
    top: &Picture,
    method: Method,
    post: PostProcessing,
    rng: &mut impl Rng,
) -> Pair {
    let draft = draft::strongest(rng, |rng| Draft::with_top(target, top, method, rng));
    finished(draft, target, post, rng)
}

fn finished(draft: Draft, target: &Portrait, post: PostProcessing, rng: &mut impl Rng) -> Pair {
    let chain = PostChain::of(post, rng);
    let face = chain.apply_rect(&target.face, target.picture.size());
    Pair {
        real: chain.apply(draft.base),
        forged: chain.apply(draft.forged),
        mask: chain.apply_mask(draft.mask),
        face,
        method: draft.method,
        kind: draft.kind,
        steps: draft.steps,
    }
}

/// A picture that is already forged, or is not, with its mask and the place of the face.
#[derive(Debug, Clone)]
pub struct Given {
    /// The pixels.
    pub picture: Picture,
    /// What is forged, `0.0..=1.0` per pixel.
    pub mask: Plane,
    /// The face box.
    pub face: Rect,
}

/// Sends pictures of any sizes through one draw of post-processing, as the partners of a pair go:
/// what is done to them must not tell them apart. 8-bit picture, mask, face box.
pub fn weathered<const N: usize>(
    given: [Given; N],
    post: PostProcessing,
    rng: &mut impl Rng,
) -> [(RgbImage, Plane, Rect); N] {
    let chain = PostChain::of(post, rng);
    given.map(|Given { picture, mask, face }| {
        let face = chain.apply_rect(&face, picture.size());
        (chain.apply(picture), chain.apply_mask(mask), face)
    })
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
    let transfer = color::ColorTransfer::draw(target.unit(), rng);
    let colored = transfer.apply(face, &target.picture.cut(window), &hard);
    (colored, hard.blurred(target.unit() * rng.random_range(0.05..0.2)))
}

/// The same picture in another size: smoothed first where it shrinks, bilinear.
pub fn resized(picture: &Picture, width: usize, height: usize) -> Picture {
    let (sx, sy) =
        (picture.width() as f32 / width as f32, picture.height() as f32 / height as f32);
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

/// Distance of two poses, for choosing a donor: 0 is alike.
pub fn pose_distance(donor: &Landmarks, target: &Landmarks) -> f32 {
    swap::pose_distance(donor, target)
}

/// Distance of two looks, for choosing a donor among those alike in pose: how far colors, contrast
/// and sharpness of the faces are apart. 0 is alike, 1 is a mismatch that is seen.
pub fn look_distance(donor: &Portrait, target: &Portrait) -> f32 {
    swap::look_distance(donor, target)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::base::Point;

    /// A synthetic face-like picture: smooth shading with texture.
    fn portrait(phase: f32) -> Portrait {
        let picture = Picture {
            planes: std::array::from_fn(|c| {
                Plane::from_fn(160, 180, |p| {
                    120.0
                        + 40.0 * ((p.x * 0.07 + phase).sin() + (p.y * 0.05 + c as f32).cos())
                        + 12.0 * ((p.x * 1.7 + phase).sin() * (p.y * 1.3).cos())
                })
            }),
        };
        let at = |x, y| Point { x, y };
        Portrait {
            picture,
            landmarks: [
                at(55.0, 70.0),
                at(105.0, 70.0),
                at(80.0, 98.0),
                at(60.0, 125.0),
                at(100.0, 125.0),
            ],
            face: Rect::new(30.0, 30.0, 100.0, 130.0),
            mesh: None,
        }
    }

    /// Sum of the differences outside the mask, mean difference where it is above one half.
    fn differences(pair: &Pair) -> (u64, f32) {
        let (mut outside, mut inside, mut n_inside) = (0, 0.0, 0.0f32);
        let pixels = pair.real.pixels.chunks_exact(3).zip(pair.forged.pixels.chunks_exact(3));
        for ((real, forged), m) in pixels.zip(&pair.mask.data) {
            let d: u64 = real.iter().zip(forged).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
            if *m == 0.0 {
                outside += d;
            } else if *m > 0.5 {
                inside += d as f32 / 3.0;
                n_inside += 1.0;
            }
        }
        assert!(n_inside > 20.0, "{:?} {:?} has a mask", pair.method, pair.kind);
        (outside, inside / n_inside)
    }

    #[test]
    fn without_post_processing_only_the_mask_differs() {
        let (target, donor) = (portrait(0.0), portrait(1.0));
        for method in Method::ALL {
            let mut rng = ChaCha8Rng::seed_from_u64(11);
            for _ in 0..8 {
                let pair = forge(&target, Some(&donor), method, PostProcessing::None, &mut rng);
                let (outside, inside) = differences(&pair);
                let how = (method, pair.kind, &pair.steps);
                let is_resampled = pair.steps.contains(&"base-resampled");
                let covers_all = pair.kind == MaskKind::WholePicture;
                assert!(outside == 0 || covers_all || is_resampled, "{how:?} leaks");
                assert!(inside >= 0.5 * draft::LEAST_CHANGE, "{how:?} changed only {inside}");
            }
        }
    }

    #[test]
    fn partners_have_one_size_and_the_seed_decides_all() {
        let (target, donor) = (portrait(0.0), portrait(1.0));
        let make = |seed| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let method = Method::draw(&mut rng);
            forge(&target, Some(&donor), method, PostProcessing::Varied, &mut rng)
        };
        for seed in 0..20 {
            let (a, b) = (make(seed), make(seed));
            assert!(a.real == b.real && a.forged == b.forged, "seed {seed} is not reproducible");
            assert_eq!(
                (a.real.width_px, a.real.height_px),
                (a.forged.width_px, a.forged.height_px)
            );
            assert_eq!(a.mask.width, a.real.width_px as usize);
            assert_eq!(a.mask.height, a.real.height_px as usize);
        }
    }

    #[test]
    fn a_picture_from_outside_is_laid_under_the_mask_only() {
        let target = portrait(0.0);
        let top = portrait(2.0).picture;
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        for _ in 0..6 {
            let method = Method::Resynthesis;
            let pair = forge_with_top(&target, &top, method, PostProcessing::None, &mut rng);
            let (outside, inside) = differences(&pair);
            assert_eq!((outside, pair.method), (0, method));
            assert!(inside > 3.0, "{inside}");
        }
        // The clean column: both partners through the same JPEG, no other size.
        let pair =
            forge_with_top(&target, &top, Method::Resynthesis, PostProcessing::Native, &mut rng);
        assert_eq!((pair.real.width_px, pair.real.height_px), (160, 180));
        let native = target.picture.to_rgb();
        assert_ne!(pair.real, native, "the real partner went through JPEG too");
        let strongest = pair.real.pixels.iter().zip(&native.pixels).map(|(a, b)| a.abs_diff(*b));
        assert!(strongest.max().unwrap_or(0) < 40, "and through nothing else");
    }

    #[test]
    fn what_cannot_be_made_is_called_by_what_it_became() {
        let target = portrait(0.0);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut became = |m| forge(&target, None, m, PostProcessing::None, &mut rng).method;
        assert_eq!(became(Method::PersonSwap), Method::SelfBlend);
        assert_eq!(became(Method::MeshSwap), Method::SelfBlend);
        assert_eq!(became(Method::Resynthesis), Method::Attribute);
        assert_eq!(became(Method::PatchFill), Method::PatchFill);
    }

    #[test]
    fn a_cut_portrait_keeps_its_landmarks_on_their_pixels() {
        let target = portrait(0.0);
        let cut = target.cut_to_face(1.1);
        assert!(cut.picture.width() < target.picture.width(), "it is smaller");
        let value = |p: &Portrait, i: usize| {
            let at = p.landmarks[i];
            p.picture.planes[1].data[at.y as usize * p.picture.width() + at.x as usize]
        };
        for i in 0..5 {
            assert_eq!(value(&cut, i), value(&target, i), "landmark {i}");
        }
        let (a, b) = (cut.face.center(), cut.landmarks[2]);
        let (c, d) = (target.face.center(), target.landmarks[2]);
        assert_eq!((a.x - b.x, a.y - b.y), (c.x - d.x, c.y - d.y));
    }
}
