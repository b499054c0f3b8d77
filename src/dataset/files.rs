//! Finds and reads the files of a data set that is imported.

use std::fs;
use std::path::{Path, PathBuf};

use super::Error;
use super::names::path_inside;
use super::staging::MARKERS;

/// Larger annotation files are refused unread.
pub(super) const MAX_FILE_BYTES: u64 = 512 << 20;

/// The annotation files with these extensions: `path` itself, or those in it and in its folder
/// `annotations`, sorted, without the markers of our own exports.
pub(super) fn annotation_files(path: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, Error> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for folder in [path.to_owned(), path.join("annotations")] {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for file in entries {
            let file = file.map_err(Error::read(&folder))?.path();
            let extension = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
            let is_marker = MARKERS.iter().any(|marker| file.ends_with(marker));
            if extensions.contains(&extension.as_str()) && file.is_file() && !is_marker {
                found.push(file);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Reads a text file of at most [`MAX_FILE_BYTES`].
pub(super) fn read_text(path: &Path) -> Result<String, Error> {
    let bytes = fs::metadata(path).map_err(Error::read(path))?.len();
    if bytes > MAX_FILE_BYTES {
        return Err(Error::damaged(path, format!("it is too large ({bytes} bytes)")));
    }
    let bytes = fs::read(path).map_err(Error::read(path))?;
    String::from_utf8(bytes).map_err(|e| Error::damaged(path, e))
}

/// The folder that relative paths in an annotation file start from.
pub(super) fn base_folder(path: &Path) -> &Path {
    if path.is_file() { path.parent().unwrap_or(path) } else { path }
}

/// Looks for a picture in `folders`, or at its absolute path.
pub(super) fn find_picture(folders: &[PathBuf], name: &str) -> Option<PathBuf> {
    let path = Path::new(name);
    if path.is_absolute() {
        return path.is_file().then(|| path.to_owned());
    }
    folders.iter().filter_map(|folder| path_inside(folder, name)).find(|path| path.is_file())
}
