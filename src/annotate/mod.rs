//! L2, masks drawn by hand: rasters, tools and undo, without a window.
//!
//! * **In**: a [`Mask`] on the stored pixel grid (image space) and the settings of a tool; the picture,
//!   the model's maps or the points of a face where a tool needs them.
//! * **Out**: a [`Patch`]: which pixels change. Applying it a second time undoes it, so one value
//!   serves undo and redo. Tools change nothing themselves.
//! * **Not here**: which picture a mask belongs to, files, threads (`session`).
//!
//! A mask is one bit per pixel and stays a raster everywhere, so no pixel is lost on the way to a
//! file and back. Everything is deterministic.

mod agreement;
mod components;
mod face_part;
mod history;
mod label;
mod mask;
mod morphology;
mod patch;
mod polygon;
mod slic;
mod stroke;
mod transform;
mod wand;

pub use agreement::Agreement;
pub use face_part::FacePart;
pub use history::History;
pub use label::{Confidence, Decision, ForgeryKind, MaskLabel};
pub use mask::{Mask, PixelRect, Region};
pub use morphology::{grown, shrunk, with_holes_filled, without_islands};
pub use patch::{Change, Patch};
pub use polygon::{polygon, polygons};
pub use slic::{Superpixels, superpixel_window};
pub use stroke::{Brush, pressure_stroke, stroke};
pub use transform::{box_transform, similarity_transform, transformed};
pub use wand::{connected, marked, similar_color};
