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
mod draft;
mod fill;
mod generator;
mod harmonic;
mod mask;
mod mask_mesh;
mod meshswap;
mod method;
mod noise;
mod patch;
mod picture;
mod post;
mod pyramid;
mod raster;
mod shape;
mod swap;

pub use mask::{MaskKind, hard_mask, picture_from_canonical};
pub use method::{Method, Task};
pub use picture::Picture;
pub use raster::{Plane, Window};

use rand::Rng;

use crate::base::{Landmarks, Mesh, Rect, RgbImage};
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
        let window = Window::of(&rect, self.picture.size());
        let mut mesh = self.mesh.clone();
        for point in mesh.iter_mut().flat_map(|m| m.iter_mut()) {
            *point = window.inside(*point);
        }
        let corner = (window.x as f32, window.y as f32);
        Self {
            picture: self.picture.cut(&window),
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
    /// JPEG of quality 90 and nothing else: the "clean" column of a table.
    Native,
    /// Nothing.
    None,
}

/// Makes a forgery of `target`.
///
/// A swap without a donor becomes a self-blend; [`Method::Resynthesis`], whose pixels come from
/// outside ([`forge_with_top`]), becomes an attribute edit. [`Pair::method`] says what was made.
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
        _ => method,
    };
    let draft = draft::strongest(rng, |rng| Draft::make(target, donor, method, rng));
    finished(draft, target, post, rng)
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
                assert!(outside == 0 || pair.kind == MaskKind::WholePicture, "{how:?} leaks");
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
