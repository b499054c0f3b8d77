//! Finds the writer and the reader of a format.

use std::path::Path;

use super::foreign_item::ForeignItem;
use super::writer::FormatWriter;
use super::{coco, cvat, datumaro, label_studio, voc, yolo};
use crate::dataset::native::NativeWriter;
use crate::dataset::staging::StagingFolder;
use crate::dataset::{Error, Format};

pub(in crate::dataset) fn format_writer(
    format: Format,
    folder: &mut StagingFolder,
) -> Result<Box<dyn FormatWriter>, Error> {
    Ok(match format {
        Format::Pentimento => Box::<NativeWriter>::default(),
        Format::CocoRle => Box::new(coco::CocoWriter::new(false)),
        Format::CocoPolygons => Box::new(coco::CocoWriter::new(true)),
        Format::Datumaro => Box::<datumaro::DatumaroWriter>::default(),
        Format::Cvat => Box::new(cvat::CvatWriter::new(folder)?),
        Format::LabelStudio => Box::new(label_studio::LabelStudioWriter::new(folder)?),
        Format::VocPng => Box::<voc::VocWriter>::default(),
        Format::YoloSeg => Box::<yolo::YoloWriter>::default(),
    })
}

/// Reads a data set of a foreign format. Adds to `remarks` what was skipped. Our own format is no
/// foreign one: `native` reads it.
pub(in crate::dataset) fn read_foreign(
    format: Format,
    path: &Path,
    remarks: &mut Vec<String>,
) -> Result<Vec<ForeignItem>, Error> {
    match format {
        Format::CocoRle | Format::CocoPolygons => coco::read(path, remarks),
        Format::Datumaro => datumaro::read(path, remarks),
        Format::Cvat => cvat::read(path, remarks),
        Format::LabelStudio => label_studio::read(path, remarks),
        Format::VocPng => voc::read(path, remarks),
        Format::YoloSeg => yolo::read(path, remarks),
        Format::Pentimento => Err(Error::Damaged {
            what: "our own format is no foreign one".to_owned(),
            path: path.to_owned(),
        }),
    }
}
