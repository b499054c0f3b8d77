//! The application without a window.

mod case;
mod case_safe;
mod mask_tasks;
mod masks;
mod picture;
mod results;
pub(crate) mod training;
mod video;
