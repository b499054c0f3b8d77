//! Finds the files of a data set that is imported.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::Split;
use super::links::stays_inside;
use super::names::path_inside;
use super::staging::MARKERS;
use crate::base::text::file_name;

/// Larger annotation files are refused unread.
pub(super) const MAX_FILE_BYTES: u64 = 512 << 20;
/// Folders in one another that are searched for pictures.
const MAX_DEPTH: usize = 16;
/// Folders in one another that hold nothing else, as in downloaded archives.
const MAX_WRAPPERS: usize = 4;
/// Folders that are a part of a data set, not the whole.
const PARTS: [&str; 6] =
    ["annotations", "images", "labels", "masks", "JPEGImages", "SegmentationClass"];
/// File extensions of pictures in data sets, lower case.
const PICTURES: [&str; 13] = [
    "png", "jpg", "jpeg", "jpe", "jfif", "mpo", "apng", "webp", "gif", "tif", "tiff", "bmp", "dib",
];

/// Whether systems put the file or folder there, not tools: `.DS_Store`, `._a.json`, `__MACOSX`.
pub(super) fn is_of_system(name: &str) -> bool {
    name.starts_with('.') || ["__MACOSX", "Thumbs.db", "desktop.ini"].contains(&name)
}

pub(super) fn is_picture_name(name: &str) -> bool {
    PICTURES.iter().any(|extension| has_extension(name, extension))
}

/// The files and folders of a folder by name; none when it cannot be read.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut found: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    found.retain(|path| !is_of_system(&file_name(path)));
    found.sort();
    found
}

/// The folder of the data set: `path` itself, or the only folder in it when it holds nothing else.
pub(super) fn data_set_root(path: &Path) -> PathBuf {
    let mut root = path.to_owned();
    for _ in 0..MAX_WRAPPERS {
        let inside = entries(&root);
        let [only] = inside.as_slice() else { break };
        let name = file_name(only);
        let is_part = PARTS.contains(&name.as_ref()) || Split::parse(&name).is_some();
        if is_part || !only.is_dir() || only.is_symlink() {
            break;
        }
        root.clone_from(only);
    }
    root
}

/// The annotation files with these extensions: `path` itself, or those in it, in its folder
/// `annotations` and in those of its parts such as `train`; sorted, without the markers of our own
/// exports.
pub(super) fn annotation_files(path: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let inside = entries(path);
    let is_part = |path: &&PathBuf| Split::parse(&file_name(path)).is_some() && path.is_dir();
    let folders = [path.to_owned(), path.join("annotations")];
    let mut found = Vec::new();
    for folder in folders.iter().chain(inside.iter().filter(is_part)) {
        for file in entries(folder) {
            let extension = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
            let is_marker = MARKERS.iter().any(|marker| file.ends_with(marker));
            let is_wanted = extensions.contains(&extension.as_str()) && !is_marker;
            if is_wanted && file.is_file() && stays_inside(path, &file) {
                found.push(file);
            }
        }
    }
    found.sort();
    found
}

/// The files below a folder for which `is_wanted` holds for the name, with their paths below it,
/// with `/` between folders, sorted. Links out of the data set at `root` and links to other folders
/// are not followed.
pub(super) fn files_below(
    root: &Path,
    folder: &Path,
    is_wanted: impl Fn(&str) -> bool,
) -> Vec<(String, PathBuf)> {
    if !stays_inside(root, folder) {
        return Vec::new();
    }
    let walk = WalkDir::new(folder).max_depth(MAX_DEPTH).sort_by_file_name().into_iter();
    let is_shown = |entry: &walkdir::DirEntry| {
        entry.depth() == 0 || !is_of_system(&entry.file_name().to_string_lossy())
    };
    let is_own =
        |entry: &walkdir::DirEntry| !entry.path_is_symlink() || stays_inside(root, entry.path());
    let files = walk.filter_entry(is_shown).flatten().filter(is_own);
    let files = files.map(walkdir::DirEntry::into_path);
    let named = files.filter(|path| is_wanted(&file_name(path)) && path.is_file());
    let below = |path: PathBuf| {
        let parts = path.strip_prefix(folder).ok()?.iter().map(|part| part.to_string_lossy());
        Some((parts.collect::<Vec<_>>().join("/"), path))
    };
    named.filter_map(below).collect()
}

/// The folder that relative paths in an annotation file start from.
pub(super) fn base_folder(path: &Path) -> &Path {
    if path.is_file() { path.parent().unwrap_or(path) } else { path }
}

/// The folders that pictures of an annotation file are looked for in: those beside the file, then
/// those of the data set at `root`.
pub(super) fn picture_folders(file: &Path, root: &Path, part: &str) -> Vec<PathBuf> {
    let own = file.parent().unwrap_or(root);
    let above = own.parent().filter(|_| own.ends_with("annotations"));
    let mut found: Vec<PathBuf> = Vec::new();
    for at in [Some(own), above, Some(base_folder(root))].into_iter().flatten() {
        let images = at.join("images");
        let mut candidates = vec![images.clone(), at.join("data"), at.to_owned()];
        if let Some(of_part) = path_inside(&images, part) {
            candidates.insert(0, of_part);
            candidates.insert(2, at.join(part));
        }
        for folder in candidates {
            if !found.contains(&folder) {
                found.push(folder);
            }
        }
    }
    found
}

/// Looks for a picture in `folders`. A path of another machine, or one that starts elsewhere in the
/// data set, is looked for without its first folders; no path leads out of `folders`.
pub(super) fn find_picture(folders: &[PathBuf], name: &str) -> Option<PathBuf> {
    let name = name.replace('\\', "/");
    let is_absolute = name.starts_with('/') || name.as_bytes().get(1) == Some(&b':');
    // Two slashes name a server: asking for such a file would connect to it.
    if is_absolute && !name.starts_with("//") {
        let path = Path::new(&name);
        let file_below = |folder: &PathBuf| {
            let rest = path.strip_prefix(std::path::absolute(folder).ok()?).ok()?;
            file_inside(folder, rest.to_str()?)
        };
        if let Some(path) = folders.iter().find_map(file_below) {
            return Some(path);
        }
    }
    endings_of(&name).find_map(|name| find_below(folders, name))
}

/// The path, and the path without its first folder, its first two, and so on.
pub(super) fn endings_of(name: &str) -> impl Iterator<Item = &str> {
    let starts = name.match_indices('/').map(|(at, _)| at.saturating_add(1));
    std::iter::once(0).chain(starts).filter_map(|at| name.get(at..)).filter(|name| !name.is_empty())
}

/// Whether a name has this extension, in upper or lower case.
pub(super) fn has_extension(name: &str, extension: &str) -> bool {
    Path::new(name).extension().is_some_and(|own| own.eq_ignore_ascii_case(extension))
}

fn find_below(folders: &[PathBuf], name: &str) -> Option<PathBuf> {
    folders.iter().find_map(|folder| file_inside(folder, name))
}

/// A file below a folder. A link out of the folder is none: it may lead to any file of this
/// machine.
fn file_inside(folder: &Path, name: &str) -> Option<PathBuf> {
    path_inside(folder, name).filter(|path| path.is_file() && stays_inside(folder, path))
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
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(outside.join("secret.png"), set.join("link.png")).unwrap();
            std::os::unix::fs::symlink(set.join("a.png"), set.join("b.png")).unwrap();
            let folders = [set.clone()];
            assert_eq!(find_picture(&folders, "link.png"), None, "a link out of the folder");
            assert_eq!(find_picture(&folders, "b.png"), Some(set.join("b.png")), "a link in it");
        }
        let folders = [set.clone()];
        let find = |name: &str| find_picture(&folders, name);
        assert_eq!(find(outside.join("secret.png").to_str().unwrap()), None);
        assert_eq!(find("../outside/secret.png"), None);
        assert_eq!(find("x/../../outside/secret.png"), None);
        let inside = Some(set.join("a.png"));
        assert_eq!(find(set.join("a.png").to_str().unwrap()), inside);
        let names = ["a.png", "C:\\work\\a.png", "\\\\server\\share\\a.png", "/elsewhere/a.png"];
        for name in names.into_iter().chain(["../a.png", "train/x/a.png"]) {
            assert_eq!(find(name), inside, "{name}: by its last part");
        }
    }

    #[test]
    fn folders_that_hold_only_a_folder_are_entered_and_parts_are_not() {
        let dir = tempfile::tempdir().unwrap();
        let inner = dir.path().join("download/set");
        fs::create_dir_all(inner.join("train")).unwrap();
        fs::create_dir_all(dir.path().join("__MACOSX")).unwrap();
        fs::write(dir.path().join(".DS_Store"), "x").unwrap();
        assert_eq!(data_set_root(dir.path()), inner);
        fs::write(inner.join("train/_annotations.coco.json"), "{}").unwrap();
        fs::write(inner.join("train/._annotations.coco.json"), "x").unwrap();
        let found = annotation_files(&inner, &["json"]);
        assert_eq!(found, [inner.join("train/_annotations.coco.json")]);
    }
}
