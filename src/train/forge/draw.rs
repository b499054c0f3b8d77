//! What is drawn for a method of forgery: kind of mask, joint, opacity.

use rand::Rng;

use super::masks::kind::MaskKind;
use super::method::Method;
use super::pixels::blend::Blend;

pub(super) fn draw_kind(method: Method, rng: &mut impl Rng) -> MaskKind {
    use MaskKind::{
        AlignedBox, Blob, Cheeks, EyeBand, Eyes, FaceHull, Features, Forehead, Hair, HalfFace,
        InnerFace, InnerHull, LowerFace, Mouth, Nose, Polygon, Spots, WholeFace, WholePicture,
    };
    let choices: &[MaskKind] = match method {
        // Whole faces and their hulls first: that is what swapping tools replace.
        Method::SelfBlend | Method::PersonSwap => &[
            WholeFace, WholeFace, FaceHull, FaceHull, FaceHull, InnerFace, InnerHull, InnerHull,
            InnerHull, Features, Features, LowerFace, LowerFace, EyeBand, Eyes, Nose, Mouth, Mouth,
            HalfFace, Polygon, Blob,
        ],
        Method::MeshSwap | Method::Graphics => &[FaceHull, InnerHull],
        Method::Inpaint | Method::PatchFill => &[
            Spots, Spots, Spots, Spots, Blob, Blob, Polygon, Nose, Mouth, Eyes, EyeBand, LowerFace,
            Cheeks, Forehead,
        ],
        Method::Attribute => &[
            WholeFace, FaceHull, InnerFace, LowerFace, EyeBand, Eyes, Nose, Mouth, HalfFace, Hair,
            Polygon, Blob, Cheeks, Forehead,
        ],
        Method::Resynthesis => &[FaceHull, InnerFace, LowerFace, EyeBand, Eyes, Mouth],
        Method::OneShot => &[FaceHull, InnerHull, AlignedBox],
        Method::Composite | Method::Geometry => &[Features, Mouth, Eyes],
        // A third whole pictures; else what is inpainted or swapped with such a model.
        Method::Decoded => &[
            WholePicture,
            WholePicture,
            WholePicture,
            WholePicture,
            WholePicture,
            WholeFace,
            FaceHull,
            FaceHull,
            InnerFace,
            InnerHull,
            LowerFace,
            EyeBand,
            Eyes,
            Mouth,
            HalfFace,
            Polygon,
            AlignedBox,
        ],
        Method::Resample => {
            &[WholeFace, FaceHull, InnerHull, LowerFace, EyeBand, Mouth, HalfFace, Polygon, Blob]
        }
        Method::UpConvolve => &[
            WholePicture,
            WholePicture,
            WholePicture,
            WholePicture,
            WholePicture,
            WholeFace,
            FaceHull,
            InnerHull,
            LowerFace,
            HalfFace,
            Polygon,
        ],
    };
    choices[rng.random_range(0..choices.len())]
}

pub(super) fn draw_blend(method: Method, rng: &mut impl Rng) -> Blend {
    let (seamless, hard) = match method {
        Method::SelfBlend => (15, 8),
        Method::PersonSwap => (25, 10),
        Method::Inpaint | Method::PatchFill => (0, 35),
        Method::UpConvolve
        | Method::Resample
        | Method::OneShot
        | Method::Decoded
        | Method::Composite
        | Method::Geometry
        | Method::Graphics => (0, 15),
        Method::Attribute | Method::MeshSwap | Method::Resynthesis => (0, 0),
    };
    Blend::draw(seamless, hard, rng)
}

/// Partial opacity makes harder forgeries; the mask stays the region. The values are those of
/// Self-Blended Images (Shiohara & Yamasaki, CVPR 2022) without 0.25.
pub(super) fn draw_opacity(method: Method, rng: &mut impl Rng) -> f32 {
    let opacity = [0.5, 0.75, 1.0, 1.0, 1.0, 1.0][rng.random_range(0..6)];
    match method {
        Method::SelfBlend | Method::PersonSwap | Method::Attribute => opacity,
        _ => 1.0,
    }
}
