//! Pascal VOC: PNG masks in `SegmentationClass/`, pictures in `JPEGImages/`, lists in `ImageSets/`.
//!
//! * **In / out**: a mask is an indexed PNG with the palette of VOC: 0 is background, the numbers of
//!   the classes are in `labelmap.txt`. Masks in any colors of `labelmap.txt` are read, and masks in
//!   black and white.
//! * **Not here**: the boxes in `Annotations/`, which are no masks.

mod colors;
mod palette;
mod read;
mod write;

pub(super) use read::read;
pub(super) use write::VocWriter;
