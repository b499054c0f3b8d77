//! YOLO: `data.yaml`, `images/train/`, and polygons in `labels/train/`.
//!
//! * **In / out**: a label file has one line per polygon: the number of the class, and the corners in
//!   fractions of width and height. An empty file means that nothing was forged. The layouts of
//!   Ultralytics, Roboflow and CVAT are read.
//! * **Not here**: boxes, which are no masks.

mod config;
mod labels;
mod read;
mod write;

pub(in crate::dataset) use config::find_config;
pub(super) use read::read;
pub(super) use write::YoloWriter;
