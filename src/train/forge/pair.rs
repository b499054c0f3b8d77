//! What the forger makes, and what may happen to it afterwards.

use super::masks::kind::MaskKind;
use super::method::Method;
use super::pixels::raster::Plane;
use crate::base::{Rect, RgbImage};

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
