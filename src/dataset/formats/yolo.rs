//! YOLO: `data.yaml`, `images/train/`, and polygons in `labels/train/`.
//!
//! A label file has one line per polygon: the number of the class, and the corners in fractions of
//! width and height. An empty file means that nothing was forged. Of `data.yaml` only the keys needed
//! here are read, in their usual spellings.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::classes::{CLASSES, class_index, is_background};
use super::foreign_item::{ForeignItem, Shape};
use super::polygons;
use super::writer::{FormatWriter, PlacedPicture};
use crate::annotate::Decision;
use crate::dataset::files::read_text;
use crate::dataset::names::path_inside;
use crate::dataset::staging::StagingFolder;
use crate::dataset::{Entry, Error, Split};

/// Writes a label file per entry.
#[derive(Default)]
pub(super) struct YoloWriter {
    /// Parts that have entries.
    has_part: [bool; 3],
    /// Entries whose picture was not copied.
    n_by_reference: u64,
}

impl FormatWriter for YoloWriter {
    fn image_path(&self, entry: &Entry, stem: &str, extension: &str) -> String {
        format!("images/{}/{stem}.{extension}", entry.record.split.foreign_name())
    }

    fn can_express(&self, entry: &Entry) -> bool {
        entry.record.decision() != Some(Decision::CannotTell)
    }

    fn add(
        &mut self,
        folder: &mut StagingFolder,
        entry: &Entry,
        placed: &PlacedPicture,
    ) -> Result<(), Error> {
        let Entry { record, mask, .. } = entry;
        let (w, h) = (f64::from(mask.width_px()), f64::from(mask.height_px()));
        let mut text = String::new();
        for line in polygons::outlines(mask) {
            text.push_str(&class_index(record).to_string());
            for [x, y] in line {
                let _infallible = write!(text, " {:.8} {:.8}", f64::from(x) / w, f64::from(y) / h);
            }
            text.push('\n');
        }
        self.has_part[record.split as usize] = true;
        self.n_by_reference += u64::from(record.image.file.is_none());
        folder.write_file(
            &format!("labels/{}/{}.txt", record.split.foreign_name(), placed.stem),
            text.as_bytes(),
        )
    }

    fn finish(self: Box<Self>, folder: &mut StagingFolder) -> Result<(), Error> {
        let mut text =
            "# Outlines of forged regions on the stored pixel grid.\npath: .\n".to_owned();
        for split in Split::ALL {
            if self.has_part[split as usize] {
                let _infallible = writeln!(text, "{0}: images/{0}", split.foreign_name());
            }
        }
        text.push_str("names:\n");
        for (i, class) in CLASSES.iter().enumerate().filter(|(_, c)| **c != "cannot-tell") {
            let _infallible = writeln!(text, "  {i}: {class}");
        }
        folder.write_file("data.yaml", text.as_bytes())
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.n_by_reference > 0 {
            remarks.push(format!(
                "YOLO finds labels by the path of the picture: copy the {} pictures that were exported \
                 by reference into images/ beside labels/.",
                self.n_by_reference
            ));
        }
        remarks
    }
}

/// The file `data.yaml` of a folder, or the file itself.
pub(in crate::dataset) fn find_config(path: &Path) -> Option<PathBuf> {
    let is_yaml = |path: &Path| path.extension().is_some_and(|e| e == "yaml" || e == "yml");
    if path.is_file() {
        return is_yaml(path).then(|| path.to_owned());
    }
    let named = ["data.yaml", "dataset.yaml", "data.yml"].map(|name| path.join(name));
    named.into_iter().find(|path| path.is_file())
}

/// Reads a folder, or the folder of a `data.yaml`.
pub(super) fn read(path: &Path, remarks: &mut Vec<String>) -> Result<Vec<ForeignItem>, Error> {
    let Some(config) = find_config(path) else {
        let what = "the file data.yaml is missing".to_owned();
        return Err(Error::Unknown { what, path: path.to_owned() });
    };
    let root = config.parent().unwrap_or(path);
    let Config { names, parts, others } = parse_config(&read_text(&config)?);
    for (key, folder) in others {
        if path_inside(root, folder.trim_start_matches("./")).is_some_and(|f| f.is_dir()) {
            remarks.push(format!(
                "{key}: {folder} was skipped: {key:?} is none of train, val and test."
            ));
        }
    }
    let mut items = Vec::new();
    let (mut n_boxes, mut n_without) = (0u64, 0u64);
    for (split, folder) in &parts {
        let Some(folder) = path_inside(root, folder.trim_start_matches("./")) else {
            let what = format!("{folder:?} points outside the folder");
            return Err(Error::damaged(&config, what));
        };
        let label_folder = labels_of(root, &folder.join("x")).with_file_name("");
        let mut pairs: BTreeMap<String, (Option<PathBuf>, Option<PathBuf>)> = BTreeMap::new();
        for file in list_files(&folder).into_iter().chain(list_files(&label_folder)) {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let (picture, labels) = pairs.entry(stem).or_default();
            if file.extension().is_some_and(|e| e == "txt") {
                *labels = Some(file);
            } else {
                *picture = Some(file);
            }
        }
        for (stem, (picture, labels)) in pairs {
            let Some(labels) = labels else {
                n_without += 1;
                continue;
            };
            let name = picture
                .as_ref()
                .and_then(|path| path.file_name())
                .map_or_else(|| format!("{stem}.jpg"), |name| name.to_string_lossy().into_owned());
            let mut item =
                ForeignItem { name, image: picture, split: *split, ..ForeignItem::default() };
            for line in read_text(&labels)?.lines().filter(|line| !line.trim().is_empty()) {
                let wrong = || Error::damaged(&labels, format!("{line:?} is no polygon"));
                let mut words = line.split_whitespace();
                let class: usize = words.next().and_then(|w| w.parse().ok()).ok_or_else(wrong)?;
                let values: Result<Vec<f64>, _> = words.map(str::parse).collect();
                let values = values.map_err(|_not_a_number| wrong())?;
                let name = names.get(&class).cloned().unwrap_or_else(|| format!("class {class}"));
                if is_background(&name) {
                    continue;
                }
                if values.len() == 4 {
                    n_boxes += 1;
                    item.n_unread += 1;
                    continue;
                }
                item.shapes.push(Shape::RelativePolygon(values));
                item.classes.insert(name);
            }
            items.push(item);
        }
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

/// The files of a folder; none when it does not exist.
fn list_files(folder: &Path) -> Vec<PathBuf> {
    let inside = fs::read_dir(folder).into_iter().flatten();
    inside.filter_map(|file| Some(file.ok()?.path())).filter(|path| path.is_file()).collect()
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

/// The keys of `data.yaml` that are used.
#[derive(Debug, Default)]
struct Config {
    /// Class names by their numbers.
    names: BTreeMap<usize, String>,
    /// The folders of the parts.
    parts: Vec<(Split, String)>,
    /// Other keys with their values.
    others: Vec<(String, String)>,
}

fn parse_config(text: &str) -> Config {
    let Config { mut names, mut parts, mut others } = Config::default();
    let plain = |text: &str| text.trim().trim_matches(['"', '\'']).to_owned();
    let mut in_names = false;
    for line in text.lines() {
        let bare = line.split(" #").next().unwrap_or(line);
        if bare.trim().is_empty() || bare.trim_start().starts_with('#') {
            continue;
        }
        let is_inner = bare.starts_with([' ', '\t', '-']);
        if in_names && is_inner {
            let item = bare.trim();
            if let Some(name) = item.strip_prefix('-') {
                names.insert(names.len(), plain(name));
            } else if let Some((number, name)) = item.split_once(':')
                && let Ok(number) = number.trim().parse()
            {
                names.insert(number, plain(name));
            }
            continue;
        }
        in_names = false;
        let Some((key, value)) = bare.split_once(':') else { continue };
        let value = value.trim();
        if key == "names" {
            in_names = value.is_empty();
            let inner = value.trim_matches(['[', ']', '{', '}']);
            for (i, item) in inner.split(',').filter(|item| !item.trim().is_empty()).enumerate() {
                let (number, name) = item.split_once(':').unwrap_or(("", item));
                names.insert(number.trim().parse().unwrap_or(i), plain(name));
            }
        } else if let Some(split) = Split::parse(key).filter(|_| !value.is_empty()) {
            parts.push((split, plain(value)));
        } else if !["path", "nc", "download"].contains(&key) && !value.is_empty() {
            others.push((key.to_owned(), plain(value)));
        }
    }
    Config { names, parts, others }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_spellings_of_the_config_are_read() {
        let expected: BTreeMap<usize, String> =
            [(0, "forged".to_owned()), (1, "swap".to_owned())].into();
        for text in [
            "train: images/train\nnames:\n  0: forged\n  1: swap\n",
            "names: ['forged', \"swap\"]\ntrain: images/train # half\n",
            "names: {0: forged, 1: swap}\ntrain: images/train\n",
            "# head\ntrain: images/train\nnames:\n- forged\n- swap\nnc: 2\n",
        ] {
            let Config { names, parts, .. } = parse_config(text);
            assert_eq!(names, expected, "{text}");
            assert_eq!(parts, [(Split::Train, "images/train".to_owned())], "{text}");
        }
    }

    #[test]
    fn labels_lie_beside_images() {
        let path =
            labels_of(Path::new("/images/set"), Path::new("/images/set/images/train/a.b.png"));
        assert_eq!(path, Path::new("/images/set/labels/train/a.b.txt"));
    }
}
