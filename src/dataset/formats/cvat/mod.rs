//! CVAT 1.1: `annotations.xml`, pictures in `images/train/` and the like.
//!
//! * **In / out**: for images: a mask is the run lengths along the rows of its bounding box. The parts
//!   of the split are the subsets of a project. Polygons are read, and the tracks of CVAT for video
//!   where the frames lie beside as pictures.
//! * **Not here**: boxes, points and skeletons, which are no masks.

mod annotation;
mod parse;
mod read;
mod write;

pub(super) use read::read;
pub(super) use write::CvatWriter;
