//! Floating-point pictures and what is done to all of their pixels.
//!
//! * **In**: pictures, masks, numbers. **Out**: pictures.
//! * **Not here**: faces.

pub(in crate::train::forge) mod blend;
pub(in crate::train::forge) mod color;
pub(in crate::train::forge) mod harmonic;
pub(in crate::train::forge) mod noise;
pub(in crate::train::forge) mod picture;
pub(in crate::train::forge) mod post;
pub(in crate::train::forge) mod pyramid;
pub(in crate::train::forge) mod raster;
pub(in crate::train::forge) mod shading;
