//! Recognizes the format of a data set by its files.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fs;
use std::io::Read as _;
use std::path::Path;

use super::files::{annotation_files, files_below};
use super::formats::yolo;
use super::native::open;
use super::staging::{MARKERS, sibling};
use super::text::beginning;
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
    let mut boxes_of_voc = None;
    for file in annotation_files(path, &["json", "xml"]) {
        // What cannot be read is reported when the others are.
        let Ok(text) = read_beginning(&file) else { continue };
        let has = |key: &str| text.contains(key);
        if file.extension().is_some_and(|e| e.eq_ignore_ascii_case("xml")) {
            if has("<annotations") {
                return Ok(Format::Cvat);
            } else if has("<annotation") && has("<bndbox") {
                boxes_of_voc = Some("these are boxes of Pascal VOC");
            }
        } else if text.trim_start().starts_with('[') {
            if has("{") {
                return Ok(Format::LabelStudio);
            }
        } else if has("\"dm_format_version\"") || (has("\"items\"") && !has("\"images\"")) {
            return Ok(Format::Datumaro);
        } else if has("\"images\"") || has("\"annotations\"") || has("\"licenses\"") {
            return Ok(Format::CocoRle);
        }
    }
    let what = match boxes_of_voc.or_else(|| other_format(path)) {
        Some(found) => format!(
            "{found}, which hold no masks or are not read here; in the tool they come from, export \
             segmentation as COCO"
        ),
        None => {
            "searched for Pentimento, COCO, Datumaro, CVAT, Label Studio, VOC and YOLO".to_owned()
        }
    };
    Err(Error::Unknown { what, path: path.to_owned() })
}

/// Files of formats that are not read, as a clause.
fn other_format(path: &Path) -> Option<&'static str> {
    if path.is_file() {
        return None;
    }
    let known = [
        ("obj.data", "these are boxes of YOLO 1.1 (Darknet)"),
        ("_darknet.labels", "these are boxes of YOLO (Darknet)"),
        ("_classes.csv", "these are classes or masks of Roboflow as CSV"),
        ("_annotations.csv", "these are boxes as CSV"),
        ("via_region_data.json", "this is the VGG Image Annotator"),
        ("meta.json", "this looks like Supervisely"),
    ];
    let is_known = |name: &str| known.iter().any(|(file, _)| *file == name);
    let found = files_below(path, path, is_known);
    let names = found.iter().map(|(name, _)| name.rsplit('/').next().unwrap_or(name));
    let of_name = |name| known.iter().find(|(file, _)| *file == name);
    names.filter_map(of_name).map(|(_, what)| *what).next()
}

fn read_beginning(path: &Path) -> Result<String, Error> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(Error::read(path))?;
    file.take(1 << 16).read_to_end(&mut bytes).map_err(Error::read(path))?;
    Ok(beginning(bytes))
}
