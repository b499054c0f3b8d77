//! What a mask covers.

use strum::VariantArray;

/// What a mask covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, VariantArray)]
pub enum MaskKind {
    /// Forehead to chin.
    WholeFace,
    /// The hull of jaw and brows.
    FaceHull,
    /// An egg from brows to mouth.
    InnerFace,
    /// The hull of brows and mouth.
    InnerHull,
    /// The hulls of brows and eyes and of nose and mouth.
    Features,
    /// Below the nose.
    LowerFace,
    /// A band over both eyes.
    EyeBand,
    /// Both eyes apart.
    Eyes,
    Nose,
    Mouth,
    /// One cheek or both.
    Cheeks,
    /// From the brows to the hair.
    Forehead,
    /// One half of the face, cut at any angle.
    HalfFace,
    /// What is above the face.
    Hair,
    /// A polygon anywhere on the face.
    Polygon,
    /// A blob anywhere on the face.
    Blob,
    /// A few small spots.
    Spots,
    /// The square in which swapping tools align a face.
    AlignedBox,
    /// Everything.
    WholePicture,
}

impl MaskKind {
    pub const ALL: &[Self] = Self::VARIANTS;
}
