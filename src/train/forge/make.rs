//! Entry points of the forger: from a portrait to a pair.

use rand::Rng;

use super::draft::{self, Draft};
use super::kinds::oneshot::Square;
use super::kinds::{composite, geometry, graphics, oneshot, swap};
use super::method::Method;
use super::pair::{Pair, PostProcessing};
use super::pixels::picture::Picture;
use super::pixels::post::PostChain;
use super::pixels::raster::Plane;
use super::portrait::Portrait;
use crate::base::{Landmarks, Rect, RgbImage};

/// Makes a forgery of `target`.
///
/// A swap without a donor becomes a self-blend, a rendered one without meshes a plain swap; [`Method::Resynthesis`], whose pixels come from
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
        Method::Graphics if !donor.is_some_and(|d| graphics::is_possible(target, d)) => {
            Method::PersonSwap
        }
        Method::Resynthesis => Method::Attribute,
        Method::Decoded => Method::UpConvolve,
        _ => method,
    };
    let draft = draft::strongest(rng, |rng| match donor {
        Some(donor) if method == Method::OneShot => oneshot::draft(target, donor, rng),
        Some(donor) if method == Method::Composite => {
            composite::draft(target, std::slice::from_ref(donor), rng)
        }
        Some(donor) if method == Method::Graphics => graphics::draft(target, donor, rng),
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
    let chain = PostChain::from_kind(post, rng);
    let size = (pair.real.width_px as usize, pair.real.height_px as usize);
    Pair {
        face: chain.apply_rect(&pair.face, size),
        real: chain.apply(Picture::from_rgb(&pair.real)),
        forged: chain.apply(Picture::from_rgb(&pair.forged)),
        mask: chain.apply_mask(pair.mask),
        ..pair
    }
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
    let chain = PostChain::from_kind(post, rng);
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
pub fn augmented<const N: usize>(
    given: [Given; N],
    post: PostProcessing,
    rng: &mut impl Rng,
) -> [(RgbImage, Plane, Rect); N] {
    let chain = PostChain::from_kind(post, rng);
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
pub fn appearance_distance(donor: &Portrait, target: &Portrait) -> f32 {
    swap::appearance_distance(donor, target)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::base::Point;
    use crate::train::forge::MaskKind;

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
