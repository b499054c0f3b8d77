//! COCO: `annotations/instances_train.json` and the like, pictures in `images/train/`.
//!
//! * **In / out**: masks as compressed run lengths, which are lossless, or as polygons. Run lengths in
//!   text and in numbers are read, and the layouts of Roboflow and of COCO's own downloads.
//! * **Not here**: captions, key points and boxes, which are no masks.

mod read;
mod segmentation;
mod write;

pub(super) use read::read;
pub(super) use write::CocoWriter;
