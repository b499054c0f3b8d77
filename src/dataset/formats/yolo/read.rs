//! Reads YOLO: the pictures of each part with their label files.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::config::{find_config, parse_config};
use super::labels::add_lines;
use crate::dataset::files::{
    endings_of, files_below, find_picture, has_extension, is_picture_name,
};
use crate::dataset::formats::foreign_item::ForeignItem;
use crate::dataset::links::stays_inside;
use crate::dataset::names::path_inside;
use crate::dataset::text::read_text;
use crate::dataset::{Error, Split};

/// A picture and its label file, by the path of both without extension.
type Pairs = BTreeMap<String, (Option<PathBuf>, Option<PathBuf>)>;

/// Reads a folder, or the folder of a `data.yaml`.
pub(in crate::dataset::formats) fn read(
    path: &Path,
    remarks: &mut Vec<String>,
) -> Result<Vec<ForeignItem>, Error> {
    let Some(config_file) = find_config(path) else {
        let what = "the file data.yaml is missing".to_owned();
        return Err(Error::Unknown { what, path: path.to_owned() });
    };
    let root = config_file.parent().unwrap_or(path);
    let config = parse_config(&read_text(&config_file)?);
    for (key, folder) in &config.others {
        if path_inside(root, folder.trim_start_matches("./")).is_some_and(|f| f.is_dir()) {
            remarks.push(format!(
                "{key}: {folder} was skipped: {key:?} is none of train, val and test."
            ));
        }
    }
    let mut items = Vec::new();
    let (mut n_boxes, mut n_without, mut n_found) = (0u64, 0u64, 0u64);
    for (split, place) in &config.parts {
        let is_own = |part: &PathBuf| !part.is_file() || stays_inside(root, part);
        let Some(part) = find_part(root, config.path.as_deref(), place).filter(is_own) else {
            remarks.push(format!(
                "{}: {place:?} was skipped: there is no such folder or list in the data set.",
                split.as_str()
            ));
            continue;
        };
        n_found = n_found.saturating_add(1);
        let pairs =
            if part.is_file() { pairs_of_list(root, &part)? } else { pairs_of_folder(root, &part) };
        for (stem, (picture, labels)) in pairs {
            let Some(labels) = labels else {
                n_without = n_without.saturating_add(1);
                continue;
            };
            let mut item = item_of(&stem, picture, *split);
            let added = read_text(&labels)
                .map_err(|error| error.to_string())
                .and_then(|text| add_lines(&mut item, &text, &config.names));
            match added {
                Ok(n) => n_boxes = n_boxes.saturating_add(n),
                Err(what) => item.refuse(what),
            }
            items.push(item);
        }
    }
    if n_found == 0 {
        let what = "it names no folder of train, val or test that lies in the data set".to_owned();
        return Err(Error::damaged(&config_file, what));
    }
    if n_boxes > 0 {
        remarks.push(format!("{n_boxes} boxes were skipped: they are no masks."));
    }
    if n_without > 0 {
        remarks.push(format!(
            "{n_without} pictures without a label file were skipped: they were not annotated."
        ));
    }
    Ok(items)
}

fn item_of(stem: &str, picture: Option<PathBuf>, split: Split) -> ForeignItem {
    let extension = picture.as_ref().and_then(|path| path.extension());
    let extension = extension.map_or_else(|| "jpg".into(), |extension| extension.to_string_lossy());
    let name = format!("{stem}.{extension}");
    ForeignItem { name, image: picture, split, ..ForeignItem::default() }
}

/// The folder or list of a part. What Roboflow and notebooks write starts elsewhere: `../train/images`,
/// `/content/set/train/images`.
fn find_part(root: &Path, base: Option<&str>, place: &str) -> Option<PathBuf> {
    let place = place.replace('\\', "/");
    let base = base.and_then(|base| path_inside(root, base.trim_start_matches("./")));
    let bases = [base.unwrap_or_else(|| root.to_owned()), root.to_owned()];
    let n_folders = place.split('/').filter(|part| !["", ".", ".."].contains(part)).count();
    endings_of(&place).find_map(|ending| {
        // `images` alone may hold all the parts.
        let is_too_short = n_folders > 1 && !ending.trim_end_matches('/').contains('/');
        let mut candidates = bases.iter().filter_map(|base| path_inside(base, ending));
        // An export by reference has label files and no pictures.
        candidates
            .find(|path| !is_too_short && (path.exists() || label_folder(root, path).is_dir()))
    })
}

/// The pictures and label files of a folder and of those in it.
fn pairs_of_folder(root: &Path, folder: &Path) -> Pairs {
    let mut pairs = Pairs::new();
    for (name, file) in files_below(root, folder, is_picture_name) {
        pairs.entry(without_extension(&name)).or_default().0 = Some(file);
    }
    let labels = label_folder(root, folder);
    let is_labels = |name: &str| has_extension(name, "txt") && name != "classes.txt";
    for (name, file) in files_below(root, &labels, is_labels) {
        pairs.entry(without_extension(&name)).or_default().1 = Some(file);
    }
    pairs
}

/// The pictures that a list names, a path in each line.
fn pairs_of_list(root: &Path, list: &Path) -> Result<Pairs, Error> {
    let folders = [list.parent().unwrap_or(root).to_owned(), root.to_owned()];
    let mut pairs = Pairs::new();
    let text = read_text(list)?;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let picture = find_picture(&folders, line);
        // Where the label file would lie if the picture were there.
        let stands_for = picture
            .clone()
            .or_else(|| path_inside(root, line.trim_start_matches("./").trim_start_matches('/')));
        let is_own = |path: &PathBuf| path.is_file() && stays_inside(root, path);
        let labels = stands_for.map(|path| labels_of(root, &path)).filter(is_own);
        let name = line.trim_start_matches("./").trim_start_matches("images/");
        pairs.insert(without_extension(name), (picture, labels));
    }
    Ok(pairs)
}

fn without_extension(name: &str) -> String {
    name.rsplit_once('.')
        .filter(|(_, tail)| !tail.contains('/'))
        .map_or(name, |(stem, _)| stem)
        .to_owned()
}

/// The folder of the label files of the pictures in a folder.
fn label_folder(root: &Path, folder: &Path) -> PathBuf {
    labels_of(root, &folder.join("x")).with_file_name("")
}

/// The label file of a picture: the last folder `images` of its path becomes `labels`.
fn labels_of(root: &Path, picture: &Path) -> PathBuf {
    let inner = picture.strip_prefix(root).unwrap_or(picture);
    let mut parts: Vec<_> = inner.iter().map(std::ffi::OsStr::to_owned).collect();
    if let Some(part) = parts.iter_mut().rev().skip(1).find(|part| *part == "images") {
        *part = "labels".into();
    }
    root.join(parts.iter().collect::<PathBuf>()).with_extension("txt")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_lie_beside_images() {
        let path =
            labels_of(Path::new("/images/set"), Path::new("/images/set/images/train/a.b.png"));
        assert_eq!(path, Path::new("/images/set/labels/train/a.b.txt"));
    }

    #[test]
    fn parts_are_found_where_other_tools_say_they_are_and_never_outside() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("set");
        for folder in ["set/train/images", "set/images/train", "set/images/val", "other/train"] {
            std::fs::create_dir_all(dir.path().join(folder)).unwrap();
        }
        let find = |place: &str| find_part(&root, Some("./"), place);
        for place in
            ["train/images", "../train/images", "/content/x/train/images", "C:\\x\\train\\images"]
        {
            assert_eq!(find(place), Some(root.join("train/images")), "{place}");
        }
        assert_eq!(find("./images/val/"), Some(root.join("images/val/")));
        for place in ["../other/train", "/x/images", "../valid/images", ".."] {
            assert_eq!(find(place), None, "{place}");
        }
        std::fs::create_dir_all(root.join("labels/test")).unwrap();
        assert_eq!(find("images/test"), Some(root.join("images/test")), "by its labels");
        let inner = find_part(dir.path(), Some("set"), "images/val");
        assert_eq!(inner, Some(root.join("images/val")));
    }
}
