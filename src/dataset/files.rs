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

/// Looks for a picture in `folders`. An absolute path, of whatever system, comes from another
/// machine or from somebody who wants other files of this one read: it counts only where it leads
/// below one of the folders, else its last part is looked for.
pub(super) fn find_picture(folders: &[PathBuf], name: &str) -> Option<PathBuf> {
    let name = name.replace('\\', "/");
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    if !name.starts_with('/') && !has_drive {
        return find_below(folders, &name);
    }
    // Two slashes name a server: asking for such a file would connect to it.
    let path = Path::new(&name);
    let is_below = |folder: &PathBuf| {
        let rest = path.strip_prefix(std::path::absolute(folder).ok()?).ok()?;
        path_inside(folder, rest.to_str()?)
    };
    let found = folders.iter().filter(|_| !name.starts_with("//")).filter_map(is_below);
    found
        .into_iter()
        .find(|path| path.is_file())
        .or_else(|| find_below(folders, name.rsplit('/').next()?))
}

fn find_below(folders: &[PathBuf], name: &str) -> Option<PathBuf> {
    folders.iter().filter_map(|folder| path_inside(folder, name)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_paths_lead_to_no_file_outside_the_folder() {
        let root = tempfile::tempdir().unwrap();
        let [outside, set] = ["outside", "set"].map(|name| root.path().join(name));
        for folder in [&outside, &set] {
            fs::create_dir(folder).unwrap();
        }
        fs::write(outside.join("secret.png"), "x").unwrap();
        fs::write(set.join("a.png"), "x").unwrap();
        let folders = [set.clone()];
        let find = |name: &str| find_picture(&folders, name);
        assert_eq!(find(outside.join("secret.png").to_str().unwrap()), None);
        assert_eq!(find("../outside/secret.png"), None);
        let inside = Some(set.join("a.png"));
        assert_eq!(find(set.join("a.png").to_str().unwrap()), inside);
        for name in ["a.png", "C:\\work\\a.png", "\\\\server\\share\\a.png", "/elsewhere/a.png"] {
            assert_eq!(find(name), inside, "{name}: by its last part");
        }
    }
}
