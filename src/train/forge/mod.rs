//! The forger: from a photo of a real face to a forged one, its exact mask, and the real partner.
//!
//! * **In**: a decoded photo with five landmarks, perhaps a second one as donor, a random source.
//! * **Out**: a [`Pair`] of two 8-bit pictures of one size that went through the same
//!   post-processing, and the mask of what was forged.
//! * **Not here**: choosing photos (`train::data`), network input (`train::loader`).
//!
//! Nothing third-party and forged is used. Deterministic in its random source.

mod edit;
mod mask;
mod post;
mod raster;
mod swap;

pub use mask::{MaskKind, hard_mask, picture_from_canonical};
pub use raster::{Picture, Plane};

use rand::Rng;

use crate::base::{Landmarks, Point, Rect, RgbImage};
use post::PostChain;
use swap::ColorTransfer;

/// How a forgery is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// A changed copy of the same face blended over it.
    SelfBlend,
    /// Another person's face, aligned and recolored.
    PersonSwap,
    /// A part removed and filled from around it.
    Inpaint,
    /// Smoothing, tint or reshaping of a part.
    Attribute,
    /// A part sent down and up in resolution.
    Resample,
}

impl Method {
    /// All methods.
    pub const ALL: [Self; 5] =
        [Self::SelfBlend, Self::PersonSwap, Self::Inpaint, Self::Attribute, Self::Resample];

    /// The word used in logs and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SelfBlend => "self-blend",
            Self::PersonSwap => "person-swap",
            Self::Inpaint => "inpaint",
            Self::Attribute => "attribute",
            Self::Resample => "resample",
        }
    }

    /// Whether a detector is trained on it.
    pub const fn is_seen(self) -> bool {
        matches!(
            self,
            Self::SelfBlend | Self::PersonSwap | Self::Inpaint | Self::Attribute | Self::Resample
        )
    }

    /// Draws a method with the training mix: mostly swaps.
    pub fn draw(rng: &mut impl Rng) -> Self {
        match rng.random_range(0..100) {
            0..40 => Self::SelfBlend,
            40..65 => Self::PersonSwap,
            65..79 => Self::Inpaint,
            79..92 => Self::Attribute,
            _ => Self::Resample,
        }
    }
}

impl std::str::FromStr for Method {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|m| m.as_str() == word)
            .ok_or_else(|| format!("{word:?} is not one of {:?}", Self::ALL.map(Self::as_str)))
    }
}

/// A decoded photo of a real face. Upright space.
#[derive(Debug, Clone)]
pub struct Portrait {
    /// The pixels.
    pub picture: Picture,
    /// Five landmarks.
    pub landmarks: Landmarks,
    /// The face box.
    pub face: Rect,
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
}

/// What happens to both partners after the forgery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostProcessing {
    /// The training mix of scaling, blur, noise, light, mirroring and JPEG.
    Varied,
    /// Nothing.
    None,
}

/// Makes a forgery of `target`. A swap without a donor becomes a self-blend.
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
    let size = (target.picture.width(), target.picture.height());
    let unit = eye_distance(&target.landmarks);
    let kind = draw_kind(method, rng);
    let hard = hard_mask(kind, &target.landmarks, size, rng);
    let soft = feathered(&hard, unit, rng);
    let (base, top, method) = match (method, donor) {
        (Method::PersonSwap, Some(donor)) => {
            (target.picture.clone(), person_top(target, donor, &hard, size, rng), method)
        }
        (Method::SelfBlend | Method::PersonSwap, _) => {
            let (base, top) = self_blend(target, unit, rng);
            (base, top, Method::SelfBlend)
        }
        (Method::Inpaint, _) => {
            let top = edit::inpainted(&target.picture, &hard, rng);
            (target.picture.clone(), top, method)
        }
        (Method::Attribute, _) => {
            let top = attribute_top(target, &soft, unit, rng);
            (target.picture.clone(), top, method)
        }
        (Method::Resample, _) => {
            let top = swap::rescaled(&target.picture, rng.random_range(1.8..4.0));
            (target.picture.clone(), top, method)
        }
    };
    // Partial opacity makes harder forgeries; the mask stays the region (METHOD.md 3.1).
    let opacity = [0.6, 0.8, 1.0, 1.0, 1.0, 1.0][rng.random_range(0..6)];
    let blend = Plane { data: soft.data.iter().map(|m| m * opacity).collect(), ..soft.clone() };
    let forged = base.clone().blend(&top, &blend);

    let chain = match post {
        PostProcessing::Varied => PostChain::draw(rng),
        PostProcessing::None => PostChain::none(),
    };
    let (width, height) = chain.size(size.0, size.1);
    let (sx, sy) = (width as f32 / size.0 as f32, height as f32 / size.1 as f32);
    let f = target.face;
    let left = if chain.mirrors() { size.0 as f32 - f.x - f.w } else { f.x };
    Pair {
        real: chain.apply(base),
        forged: chain.apply(forged),
        mask: chain.apply_mask(soft),
        face: Rect::new(left * sx, f.y * sy, f.w * sx, f.h * sy),
        method,
        kind,
    }
}

/// Distance of two poses, for choosing a donor: 0 is alike.
pub fn pose_distance(donor: &Landmarks, target: &Landmarks) -> f32 {
    swap::pose_distance(donor, target)
}

fn eye_distance(landmarks: &Landmarks) -> f32 {
    let (a, b) = (landmarks[0], landmarks[1]);
    let mouth = landmarks[3];
    // Profiles bring the eyes together; the face's height then stands in.
    ((a.x - b.x).hypot(a.y - b.y)).max((a.x - mouth.x).hypot(a.y - mouth.y) * 0.6).max(4.0)
}

fn draw_kind(method: Method, rng: &mut impl Rng) -> MaskKind {
    use MaskKind::{Blob, EyeBand, Eyes, HalfFace, InnerFace, LowerFace, Mouth, Nose, WholeFace};
    let choices: &[MaskKind] = match method {
        Method::SelfBlend | Method::PersonSwap => &[
            WholeFace, WholeFace, WholeFace, InnerFace, InnerFace, InnerFace, LowerFace, LowerFace,
            EyeBand, Eyes, Nose, Mouth, Mouth, HalfFace, Blob,
        ],
        Method::Inpaint => &[Blob, Blob, Nose, Mouth, Eyes, EyeBand, LowerFace],
        Method::Attribute | Method::Resample => {
            &[WholeFace, InnerFace, LowerFace, EyeBand, Eyes, Nose, Mouth, HalfFace, Blob]
        }
    };
    choices[rng.random_range(0..choices.len())]
}

/// Softens the rim by a random share of the face; sometimes shrinks it inwards first.
fn feathered(hard: &Plane, unit: f32, rng: &mut impl Rng) -> Plane {
    let sigma = unit * rng.random_range(0.01..0.14f32);
    let soft = hard.blurred(sigma);
    if rng.random() {
        // Everything that the blur touched goes, then a second, weaker blur: an eroded mask.
        let data = soft.data.iter().map(|m| ((m - 0.5) * 2.0).clamp(0.0, 1.0)).collect();
        let eroded = Plane { data, ..soft };
        // Small shapes can vanish under a wide blur; then the hard shape must do.
        if eroded.data.iter().any(|m| *m > 0.6) { eroded } else { hard.blurred(unit * 0.02) }
    } else if soft.data.iter().any(|m| *m > 0.6) {
        soft
    } else {
        hard.blurred(unit * 0.02)
    }
}

/// The two sides of a self-blend. Which side is changed is a coin's choice, so that "changed
/// colors" alone does not say "forged"; the real partner is the base as it is blended.
fn self_blend(target: &Portrait, unit: f32, rng: &mut impl Rng) -> (Picture, Picture) {
    let center = target.face.center();
    let styled = swap::restyle(target.picture.clone(), rng);
    if rng.random() {
        (target.picture.clone(), swap::nudged(&styled, center, unit, rng))
    } else {
        (styled, swap::nudged(&target.picture, center, unit, rng))
    }
}

fn person_top(
    target: &Portrait,
    donor: &Portrait,
    hard: &Plane,
    size: (usize, usize),
    rng: &mut impl Rng,
) -> Picture {
    let unit = eye_distance(&target.landmarks);
    let warped = swap::aligned(&donor.picture, &donor.landmarks, &target.landmarks, size);
    let transfer = [ColorTransfer::Mean, ColorTransfer::MeanAndSpread, ColorTransfer::LocalMean]
        [rng.random_range(0..3)];
    let colored = swap::recolored(warped, &target.picture, hard, transfer, unit);
    if rng.random_bool(0.35) {
        swap::rescaled(&colored, rng.random_range(1.3..2.5))
    } else {
        colored
    }
}

fn attribute_top(target: &Portrait, soft: &Plane, unit: f32, rng: &mut impl Rng) -> Picture {
    match rng.random_range(0..3) {
        0 => edit::smoothed(&target.picture, unit, rng),
        1 => edit::tinted(target.picture.clone(), rng),
        _ => {
            let (center, radius) = extent(soft, target.face);
            edit::reshaped(&target.picture, center, radius, rng)
        }
    }
}

/// Center of gravity of a mask and the radius of a disk of its area, somewhat widened.
fn extent(mask: &Plane, fallback: Rect) -> (Point, f32) {
    let (mut sum, mut x, mut y) = (0.0, 0.0, 0.0);
    for (i, m) in mask.data.iter().enumerate() {
        sum += m;
        x += m * (i % mask.width) as f32;
        y += m * (i / mask.width) as f32;
    }
    if sum < 1.0 {
        return (fallback.center(), fallback.w / 2.0);
    }
    (Point { x: x / sum, y: y / sum }, (sum / std::f32::consts::PI).sqrt() * 1.3)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;
    use rand_chacha::ChaCha8Rng;

    use super::*;

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
        }
    }

    #[test]
    fn without_post_processing_only_the_mask_differs() {
        let (target, donor) = (portrait(0.0), portrait(1.0));
        for method in Method::ALL {
            let mut rng = ChaCha8Rng::seed_from_u64(11);
            for _ in 0..6 {
                let pair = forge(&target, Some(&donor), method, PostProcessing::None, &mut rng);
                let (mut inside, mut n_inside) = (0.0, 0.0);
                for (i, m) in pair.mask.data.iter().enumerate() {
                    let d: i32 = (0..3)
                        .map(|c| {
                            (i32::from(pair.real.pixels[i * 3 + c])
                                - i32::from(pair.forged.pixels[i * 3 + c]))
                            .abs()
                        })
                        .sum();
                    if *m == 0.0 {
                        assert_eq!(d, 0, "{method:?} touched a pixel outside the mask");
                    } else if *m > 0.5 {
                        inside += d as f32;
                        n_inside += 1.0;
                    }
                }
                assert!(n_inside > 20.0, "{method:?} {:?} has a mask", pair.kind);
                assert!(inside / n_inside > 0.2, "{method:?} {:?} changed nothing", pair.kind);
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
        for seed in 0..12 {
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
}
