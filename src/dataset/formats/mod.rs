//! The formats of other labeling tools.
//!
//! * **In / out**: entries, and the files of each format.
//! * **Not here**: our own format (`native`), folders and copies of pictures (`export`), records
//!   beside an export (`provenance`).
//!
//! Each format has a folder with its writer and its `read`. Reading gives `ForeignItem`s, whose
//! shapes become masks later.

pub(super) mod classes;
mod coco;
mod cvat;
mod datumaro;
mod foreign_item;
mod json;
mod label_studio;
mod polygons;
mod reading;
mod registry;
mod run_lengths;
mod voc;
mod writer;
pub(super) mod yolo;

pub(super) use foreign_item::ForeignItem;
pub(super) use registry::{format_writer, read_foreign};
#[cfg(fuzzing)]
pub use run_lengths::fuzz as fuzz_run_lengths;
pub(super) use writer::{FormatWriter, PlacedPicture};
