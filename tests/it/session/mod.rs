//! The application without a window.

mod case;
mod case_safe;
mod masks;
mod masks_desk;
mod picture;
mod results;
pub(crate) mod training;
mod video;
