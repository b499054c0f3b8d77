//! Recognizes the format of a data set by its files.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::files::annotation_files;
use super::formats::yolo;
use super::native::open;
use super::staging::{MARKERS, sibling};
use super::{Error, Format};

/// The format of the data set at `path`.
pub(super) fn detect_format(path: &Path) -> Result<Format, Error> {
    let has = |name: &str| path.join(name).exists();
    if has(MARKERS[0]) {
        return Ok(Format::Pentimento);
    }
    let is_unfinished = path.extension().is_some_and(|e| e == "partial")
        || (!path.exists() && sibling(path, ".partial").is_dir());
    if is_unfinished {
        // Returns the error for an unfinished export.
        return open(path).map(|_| Format::Pentimento);
    }
    if !path.exists() {
        let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(Error::read(path)(missing));
    }
    if has("ImageSets/Segmentation") || has("SegmentationClass") {
        return Ok(Format::VocPng);
    }
    if yolo::find_config(path).is_some() {
        return Ok(Format::YoloSeg);
    }
    for file in annotation_files(path, &["json", "xml"])? {
        let text = read_beginning(&file)?;
        let has = |key: &str| text.contains(key);
        if file.extension().is_some_and(|e| e == "xml") {
            if has("<annotations") {
                return Ok(Format::Cvat);
            }
        } else if text.trim_start().starts_with('[') {
            return Ok(Format::LabelStudio);
        } else if has("\"dm_format_version\"") || (has("\"items\"") && !has("\"images\"")) {
            return Ok(Format::Datumaro);
        } else if has("\"images\"") || has("\"annotations\"") || has("\"licenses\"") {
            return Ok(Format::CocoRle);
        }
    }
    let what = "searched for Pentimento, COCO, Datumaro, CVAT, Label Studio, VOC and YOLO";
    Err(Error::Unknown { what: what.to_owned(), path: path.to_owned() })
}

fn read_beginning(path: &Path) -> Result<String, Error> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(Error::read(path))?;
    file.take(1 << 16).read_to_end(&mut bytes).map_err(Error::read(path))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
