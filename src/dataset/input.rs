//! The files of a data set that is taken in: which there are, and of what format.
//!
//! * **In**: a path. **Out**: a [`Format`], files, their text within limits.
//! * **Not here**: what the files of a format say (each has a file of its own), entries (`import`).

use std::fs;
use std::path::{Path, PathBuf};

use super::read::open;
use super::stage::{MARKERS, beside};
use super::{Error, Format, yolo};

/// Larger files of annotations are refused unread.
pub(super) const MAX_FILE_BYTES: u64 = 512 << 20;

/// What a path holds, by its content.
pub(super) fn recognized(path: &Path) -> Result<Format, Error> {
    let has = |name: &str| path.join(name).exists();
    if has(MARKERS[0]) {
        return Ok(Format::Pentimento);
    }
    let is_unfinished = path.extension().is_some_and(|e| e == "partial")
        || (!path.exists() && beside(path, ".partial").is_dir());
    if is_unfinished {
        // Says that it was not finished.
        return open(path).map(|_| Format::Pentimento);
    }
    if !path.exists() {
        let missing = std::io::Error::from(std::io::ErrorKind::NotFound);
        return Err(Error::read(path)(missing));
    }
    if has("ImageSets/Segmentation") || has("SegmentationClass") {
        return Ok(Format::VocPng);
    }
    if yolo::head(path).is_some() {
        return Ok(Format::YoloSeg);
    }
    for file in files(path, &["json", "xml"])? {
        let text = beginning(&file)?;
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
    let what = "looked for a Pentimento folder, COCO, Datumaro, CVAT, Label Studio, VOC and YOLO";
    Err(Error::Unknown { what: what.to_owned(), path: path.to_owned() })
}

fn beginning(path: &Path) -> Result<String, Error> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(Error::read(path))?;
    file.take(1 << 16).read_to_end(&mut bytes).map_err(Error::read(path))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The file itself, or those of a folder and its folder `annotations`, by name, but not ours.
pub(super) fn files(path: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, Error> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for folder in [path.to_owned(), path.join("annotations")] {
        let Ok(inside) = fs::read_dir(&folder) else { continue };
        for file in inside {
            let file = file.map_err(Error::read(&folder))?.path();
            let extension = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
            let is_ours = MARKERS.iter().any(|marker| file.ends_with(marker));
            if extensions.contains(&extension.as_str()) && file.is_file() && !is_ours {
                found.push(file);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The whole of a text file.
pub(super) fn text(path: &Path) -> Result<String, Error> {
    let bytes = fs::metadata(path).map_err(Error::read(path))?.len();
    if bytes > MAX_FILE_BYTES {
        return Err(Error::damaged(path, format!("{bytes} bytes are too many")));
    }
    let bytes = fs::read(path).map_err(Error::read(path))?;
    String::from_utf8(bytes).map_err(|e| Error::damaged(path, e))
}

/// The folder that names in a file are relative to.
pub(super) fn root(path: &Path) -> &Path {
    if path.is_file() { path.parent().unwrap_or(path) } else { path }
}
