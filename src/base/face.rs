//! A face, or a region the analyst asks about.

use super::{Point, Rect};

/// Five points in image space, in the order of YuNet: the person's right eye, left eye, tip of the
/// nose, right corner of the mouth, left corner of the mouth.
pub type Landmarks = [Point; 5];

/// 468 points on the surface of one face, in **upright space**.
///
/// The numbering is that of Google's Face Mesh: 1 is the tip of the nose, 152 the chin, 10 the top
/// of the forehead, 33 and 263 the outer corners of the person's right and left eye. Points may lie
/// outside the picture where the face does.
pub type Mesh = [Point; 468];

/// Where a face or region comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaceOrigin {
    /// The face finder.
    Found,
    /// A region drawn by hand; it need not show a face.
    Drawn,
}

/// A place to examine. All coordinates in image space (the stored grid).
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// Bounding box in image space.
    pub box_px: Rect,
    /// `None` for regions drawn by hand.
    pub landmarks: Option<Landmarks>,
    /// Confidence of the finder, `0.0..=1.0`; 1 for drawn regions.
    pub confidence: f32,
    /// Found or drawn.
    pub origin: FaceOrigin,
}
