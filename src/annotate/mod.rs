//! L2, masks drawn by hand: rasters, tools and undo, without a window.
//!
//! * **In**: a [`Mask`] on the stored pixel grid (image space), the wish of a tool; the picture, the
//!   model's maps or the points of a face where a tool looks at them.
//! * **Out**: a [`Patch`]: which pixels change. Applying it twice is applying it never, so that the
//!   same value does, undoes and does again. Tools change nothing themselves.
//! * **Not here**: which picture a mask belongs to, files, threads (`session`).
//!
//! A mask is yes or no for every pixel, and a raster from end to end: nothing goes through polygons,
//! no pixel is lost on the way to a file and back. Everything is deterministic.

mod agreement;
mod components;
mod face_part;
mod follow;
mod history;
mod label;
mod mask;
mod patch;
mod polygon;
mod shape;
mod slic;
mod stroke;
mod wand;

pub use agreement::Agreement;
pub use face_part::FacePart;
pub use follow::{between_boxes, moved, similarity};
pub use history::History;
pub use label::{Confidence, Decision, ForgeryKind, MaskLabel};
pub use mask::{Mask, PixelRect, Region};
pub use patch::{Change, Patch};
pub use polygon::{polygon, polygons};
pub use shape::{grown, shrunk, with_holes_filled, without_islands};
pub use slic::{Superpixels, superpixel_window};
pub use stroke::{Brush, pressed_stroke, stroke};
pub use wand::{connected, like_color, marked};
