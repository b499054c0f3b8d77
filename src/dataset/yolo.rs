//! YOLO: `data.yaml`, `images/train/`, and for each picture polygons in `labels/train/`.
//!
//! * **In / out**: entries, and the files of the format: a line for each polygon, the number of its
//!   class and its corners in shares of width and height.
//! * **Not here**: outlines (`outline`).
//!
//! A file of labels without a line: nothing was forged. Of `data.yaml` the keys that are needed are
//! read, as far as they are written in the usual ways.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::classes::{CLASSES, class_of, is_background};
use super::coco::word;
use super::draft::{Draft, Shape};
use super::export::{Placed, Sink};
use super::stage::Stage;
use super::{Entry, Error, Split, input, outline};
use crate::annotate::Decision;

/// Writes a file of labels for each entry.
#[derive(Default)]
pub(super) struct Yolo {
    has: [bool; 3],
    n_elsewhere: u64,
}

impl Sink for Yolo {
    fn image_path(&self, entry: &Entry, stem: &str, extension: &str) -> String {
        format!("images/{}/{stem}.{extension}", word(entry.record.split))
    }

    fn can_hold(&self, entry: &Entry) -> bool {
        entry.record.decision() != Some(Decision::CannotTell)
    }

    fn add(&mut self, stage: &mut Stage, entry: &Entry, placed: &Placed) -> Result<(), Error> {
        let Entry { record, mask, .. } = entry;
        let (w, h) = (f64::from(mask.width_px()), f64::from(mask.height_px()));
        let mut text = String::new();
        for line in outline::outlines(mask) {
            text.push_str(&class_of(record).to_string());
            for [x, y] in line {
                let _infallible = write!(text, " {:.8} {:.8}", f64::from(x) / w, f64::from(y) / h);
            }
            text.push('\n');
        }
        self.has[record.split as usize] = true;
        self.n_elsewhere += u64::from(record.image.file.is_none());
        stage.put(&format!("labels/{}/{}.txt", word(record.split), placed.stem), text.as_bytes())
    }

    fn finish(self: Box<Self>, stage: &mut Stage) -> Result<(), Error> {
        let mut text =
            "# Outlines of forged regions on the stored pixel grid.\npath: .\n".to_owned();
        for split in Split::ALL {
            if self.has[split as usize] {
                let _infallible = writeln!(text, "{0}: images/{0}", word(split));
            }
        }
        text.push_str("names:\n");
        for (i, class) in CLASSES.iter().enumerate().filter(|(_, c)| **c != "cannot-tell") {
            let _infallible = writeln!(text, "  {i}: {class}");
        }
        stage.put("data.yaml", text.as_bytes())
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.n_elsewhere > 0 {
            remarks.push(format!(
                "YOLO finds labels by the place of their picture: put the {} pictures that were not \
                 copied into images/ beside labels/.",
                self.n_elsewhere
            ));
        }
        remarks
    }
}

/// `data.yaml` of a folder, or the file itself.
pub(super) fn head(path: &Path) -> Option<PathBuf> {
    let is_yaml = |path: &Path| path.extension().is_some_and(|e| e == "yaml" || e == "yml");
    if path.is_file() {
        return is_yaml(path).then(|| path.to_owned());
    }
    let named = ["data.yaml", "dataset.yaml", "data.yml"].map(|name| path.join(name));
    named.into_iter().find(|path| path.is_file())
}

/// Reads a folder, or the folder of a `data.yaml`.
pub(super) fn read(path: &Path, remarks: &mut Vec<String>) -> Result<Vec<Draft>, Error> {
    let Some(head) = head(path) else {
        let what = "a file data.yaml was looked for".to_owned();
        return Err(Error::Unknown { what, path: path.to_owned() });
    };
    let root = head.parent().unwrap_or(path);
    let Head { names, parts, others } = parse(&input::text(&head)?);
    for (key, folder) in others {
        if super::names::inside(root, folder.trim_start_matches("./")).is_some_and(|f| f.is_dir()) {
            remarks.push(format!(
                "{key}: {folder} was passed over: {key:?} is neither train, nor val, nor test."
            ));
        }
    }
    let mut drafts = Vec::new();
    let (mut n_boxes, mut n_without) = (0u64, 0u64);
    for (split, folder) in &parts {
        let Some(folder) = super::names::inside(root, folder.trim_start_matches("./")) else {
            let what = format!("{folder:?} leads out of the folder");
            return Err(Error::damaged(&head, what));
        };
        let beside = labels_of(root, &folder.join("x")).with_file_name("");
        let mut both: BTreeMap<String, (Option<PathBuf>, Option<PathBuf>)> = BTreeMap::new();
        for file in listing(&folder).into_iter().chain(listing(&beside)) {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let (picture, labels) = both.entry(stem).or_default();
            if file.extension().is_some_and(|e| e == "txt") {
                *labels = Some(file);
            } else {
                *picture = Some(file);
            }
        }
        for (stem, (picture, labels)) in both {
            let Some(labels) = labels else {
                n_without += 1;
                continue;
            };
            let name = picture
                .as_ref()
                .and_then(|path| path.file_name())
                .map_or_else(|| format!("{stem}.jpg"), |name| name.to_string_lossy().into_owned());
            let mut draft = Draft { name, image: picture, split: *split, ..Draft::default() };
            for line in input::text(&labels)?.lines().filter(|line| !line.trim().is_empty()) {
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
                    draft.n_unread += 1;
                    continue;
                }
                draft.shapes.push(Shape::Shares(values));
                draft.classes.insert(name);
            }
            drafts.push(draft);
        }
    }
    if n_boxes > 0 {
        remarks.push(format!("{n_boxes} boxes were skipped: they are no masks."));
    }
    if n_without > 0 {
        remarks.push(format!(
            "{n_without} pictures without a file of labels were skipped: nobody looked at them."
        ));
    }
    Ok(drafts)
}

/// The files of a folder; none when it is not there.
fn listing(folder: &Path) -> Vec<PathBuf> {
    let inside = fs::read_dir(folder).into_iter().flatten();
    inside.filter_map(|file| Some(file.ok()?.path())).filter(|path| path.is_file()).collect()
}

/// The last folder `images` of a path becomes `labels`.
fn labels_of(root: &Path, picture: &Path) -> PathBuf {
    let inner = picture.strip_prefix(root).unwrap_or(picture);
    let mut parts: Vec<_> = inner.iter().map(std::ffi::OsStr::to_owned).collect();
    if let Some(part) = parts.iter_mut().rev().skip(1).find(|part| *part == "images") {
        *part = "labels".into();
    }
    root.join(parts.iter().collect::<PathBuf>()).with_extension("txt")
}

/// What is needed of `data.yaml`.
#[derive(Debug, Default)]
struct Head {
    /// Class names by their numbers.
    names: BTreeMap<usize, String>,
    /// The folders of the parts.
    parts: Vec<(Split, String)>,
    /// Other keys with their values.
    others: Vec<(String, String)>,
}

fn parse(text: &str) -> Head {
    let Head { mut names, mut parts, mut others } = Head::default();
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
    Head { names, parts, others }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_as_people_write_them() {
        let expected: BTreeMap<usize, String> =
            [(0, "forged".to_owned()), (1, "swap".to_owned())].into();
        for text in [
            "train: images/train\nnames:\n  0: forged\n  1: swap\n",
            "names: ['forged', \"swap\"]\ntrain: images/train # half\n",
            "names: {0: forged, 1: swap}\ntrain: images/train\n",
            "# head\ntrain: images/train\nnames:\n- forged\n- swap\nnc: 2\n",
        ] {
            let Head { names, parts, .. } = parse(text);
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
