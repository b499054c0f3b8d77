//! Pascal VOC: PNG masks in `SegmentationClass/`, pictures in `JPEGImages/`, lists in `ImageSets/`.
//!
//! A mask is an indexed PNG with the palette of VOC: 0 is background, the numbers of the classes are
//! in `labelmap.txt`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::classes::{CLASSES, class_index, is_background};
use super::foreign_item::{ForeignItem, Shape};
use super::writer::{FormatWriter, PlacedPicture};
use crate::annotate::Decision;
use crate::dataset::files::read_text;
use crate::dataset::names::path_inside;
use crate::dataset::staging::StagingFolder;
use crate::dataset::{Entry, Error, Split};
use crate::media;

const MASKS: &str = "SegmentationClass";
const IMAGES: &str = "JPEGImages";
const LISTS: &str = "ImageSets/Segmentation";
const LABELS: &str = "labelmap.txt";

/// The color of an index in VOC's palette: its bits, three at a time, become the highest bits of
/// red, green and blue.
fn color_of(index: u8) -> [u8; 3] {
    let mut color = [0u8; 3];
    for bit in 0..8u8 {
        let channel = usize::from(bit % 3);
        color[channel] |= (index >> bit & 1) << (7 - bit / 3);
    }
    color
}

/// The index of a color of the palette.
fn index_of([r, g, b]: [u8; 3]) -> Option<u8> {
    let mut index = 0u8;
    for bit in 0..8u8 {
        let value = [r, g, b][usize::from(bit % 3)];
        index |= (value >> (7 - bit / 3) & 1) << bit;
    }
    (color_of(index) == [r, g, b]).then_some(index)
}

/// Writes a mask file per entry.
#[derive(Default)]
pub(super) struct VocWriter {
    lists: [String; 3],
}

impl FormatWriter for VocWriter {
    fn image_path(&self, _entry: &Entry, stem: &str, extension: &str) -> String {
        format!("{IMAGES}/{stem}.{extension}")
    }

    fn can_express(&self, entry: &Entry) -> bool {
        entry.record.decision() != Some(Decision::CannotTell) || !entry.mask.is_empty()
    }

    fn add(
        &mut self,
        folder: &mut StagingFolder,
        entry: &Entry,
        placed: &PlacedPicture,
    ) -> Result<(), Error> {
        let (record, mask) = (&entry.record, &entry.mask);
        let index = class_index(record) as u8 + 1;
        let values: Vec<u8> =
            mask.to_bytes().into_iter().map(|v| if v == 0 { 0 } else { index }).collect();
        let (w, h) = (mask.width_px(), mask.height_px());
        let name = format!("{MASKS}/{}.png", placed.stem);
        let palette: Vec<[u8; 3]> = (0..=255).map(color_of).collect();
        let png = media::encode_png_indexed(w, h, &values, &palette);
        folder.write_file(&name, &png.map_err(Error::media(Path::new(&name)))?)?;
        let list = &mut self.lists[record.split as usize];
        list.push_str(&placed.stem);
        list.push('\n');
        Ok(())
    }

    fn finish(self: Box<Self>, folder: &mut StagingFolder) -> Result<(), Error> {
        for split in Split::ALL {
            let list = &self.lists[split as usize];
            if !list.is_empty() {
                folder.write_file(
                    &format!("{LISTS}/{}.txt", split.foreign_name()),
                    list.as_bytes(),
                )?;
            }
        }
        let mut labels = "# label:color_rgb:parts:actions\nbackground:0,0,0::\n".to_owned();
        for (i, class) in CLASSES.iter().enumerate() {
            let [r, g, b] = color_of(i as u8 + 1);
            let _infallible = writeln!(labels, "{class}:{r},{g},{b}::");
        }
        folder.write_file(LABELS, labels.as_bytes())
    }
}

/// Reads a folder.
pub(super) fn read(path: &Path, remarks: &mut Vec<String>) -> Result<Vec<ForeignItem>, Error> {
    let masks = path.join(MASKS);
    if !masks.is_dir() {
        let what = format!("the folder {MASKS} is missing");
        return Err(Error::Unknown { what, path: path.to_owned() });
    }
    let labels = read_labels(&path.join(LABELS))?;
    let mut pictures: BTreeMap<String, PathBuf> = BTreeMap::new();
    for file in fs::read_dir(path.join(IMAGES)).into_iter().flatten() {
        let file = file.map_err(Error::read(path))?.path();
        pictures.insert(file.file_stem().unwrap_or_default().to_string_lossy().into_owned(), file);
    }
    let mut listed: Vec<(String, Split)> = Vec::new();
    for file in fs::read_dir(path.join(LISTS)).into_iter().flatten() {
        let file = file.map_err(Error::read(path))?.path();
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // Lists of several parts together would repeat their entries.
        let Some(split) = Split::parse(&name) else {
            remarks
                .push(format!("The list {name:?} was skipped: it is none of train, val and test."));
            continue;
        };
        let text = read_text(&file)?;
        listed.extend(
            text.lines().map(str::trim).filter(|l| !l.is_empty()).map(|l| (l.to_owned(), split)),
        );
    }
    if listed.is_empty() {
        remarks.push(
            "There are no lists of train, val and test: all masks were imported as train."
                .to_owned(),
        );
        for file in fs::read_dir(&masks).into_iter().flatten() {
            let file = file.map_err(Error::read(path))?.path();
            let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            listed.push((stem, Split::Train));
        }
    }
    listed.sort();
    let mut n_missing = 0u64;
    let mut items = Vec::new();
    let mut masks_used = Vec::new();
    for (stem, split) in listed {
        let file = path_inside(&masks, &format!("{stem}.png"));
        let Some(mask) = file.filter(|file| file.is_file()) else {
            n_missing += 1;
            continue;
        };
        let image = pictures.get(&stem).cloned();
        let name = image
            .as_ref()
            .and_then(|path| path.file_name())
            .map_or_else(|| format!("{stem}.jpg"), |name| name.to_string_lossy().into_owned());
        let used = UsedColors::read(&mask)?;
        items.push(ForeignItem {
            name,
            image,
            size: Some(used.size),
            split,
            ..ForeignItem::default()
        });
        masks_used.push((mask, used));
    }
    // Black and white masks hold no class numbers: white is forged.
    let is_black_and_white = masks_used
        .iter()
        .all(|(_, used)| used.is_grey && used.colors.iter().all(|c| [0, 255].contains(&c[0])));
    let white = if is_black_and_white {
        Meaning::Class(CLASSES[0].to_owned())
    } else {
        Meaning::Background
    };
    for (item, (path, used)) in items.iter_mut().zip(masks_used) {
        let mut set = BTreeSet::new();
        for color in used.colors {
            let number = if used.is_grey { Some(color[0]) } else { index_of(color) };
            let listed = labels.by_color.get(&color).map(|class| Meaning::from_class(class));
            match listed.unwrap_or_else(|| labels.meaning_of(number, &white)) {
                Meaning::Background => {}
                Meaning::Unknown => item.n_unread += 1,
                Meaning::Class(class) => {
                    set.insert(color);
                    item.classes.insert(class);
                }
            }
        }
        if !set.is_empty() {
            item.shapes.push(Shape::Colors { path, set });
        }
    }
    let n_odd = items.iter().filter(|item| item.n_unread > 0).count();
    if n_odd > 0 {
        remarks.push(format!(
            "{n_odd} masks have colors that are neither in {LABELS} nor in the palette of VOC; these \
             colors were ignored."
        ));
    }
    if n_missing > 0 {
        remarks
            .push(format!("{n_missing} listed pictures have no mask in {MASKS} and were skipped."));
    }
    Ok(items)
}

/// A file with more colors is a picture, not a mask.
const MAX_COLORS: usize = 1024;

/// The size and the colors of a mask file.
struct UsedColors {
    size: [u32; 2],
    colors: BTreeSet<[u8; 3]>,
    is_grey: bool,
}

impl UsedColors {
    fn read(path: &Path) -> Result<Self, Error> {
        let limits = crate::base::Limits::default();
        let still = media::open_still(path, &limits, &crate::base::TaskCtx::silent());
        let still = still.map_err(Error::media(path))?;
        let image = &still.frame.image;
        let mut last = None;
        let mut colors = BTreeSet::new();
        for p in image.pixels.chunks_exact(3) {
            if last != Some(p) {
                colors.insert([p[0], p[1], p[2]]);
                last = Some(p);
                if colors.len() > MAX_COLORS {
                    let what = format!("it has more than {MAX_COLORS} colors and is no mask");
                    return Err(Error::damaged(path, what));
                }
            }
        }
        let is_grey = colors.iter().all(|[r, g, b]| r == g && g == b);
        Ok(Self { size: [image.width_px, image.height_px], colors, is_grey })
    }
}

/// The meaning of a color.
#[derive(Clone)]
enum Meaning {
    /// Background, or not counted.
    Background,
    /// Neither in the label file nor in the palette.
    Unknown,
    Class(String),
}

impl Meaning {
    fn from_class(class: &str) -> Self {
        if is_background(class) { Self::Background } else { Self::Class(class.to_owned()) }
    }
}

/// The classes of `labelmap.txt`; empty without the file.
#[derive(Default)]
struct LabelMap {
    by_color: BTreeMap<[u8; 3], String>,
    /// A class without a color is numbered by its line.
    by_number: BTreeMap<u8, String>,
}

impl LabelMap {
    /// The meaning of an index, which is a gray value or from VOC's palette. `white` is the meaning
    /// of 255.
    fn meaning_of(&self, number: Option<u8>, white: &Meaning) -> Meaning {
        match number {
            None => Meaning::Unknown,
            Some(0) => Meaning::Background,
            Some(u8::MAX) => white.clone(),
            Some(number) => match self.by_number.get(&number) {
                Some(class) => Meaning::from_class(class),
                None => Meaning::Class(format!("class {number}")),
            },
        }
    }
}

fn read_labels(path: &Path) -> Result<LabelMap, Error> {
    let mut found = LabelMap::default();
    if !path.is_file() {
        return Ok(found);
    }
    let text = read_text(path)?;
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    for (i, line) in lines.enumerate() {
        let (name, rest) = line.split_once(':').unwrap_or((line, ""));
        let color = rest.split(':').next().unwrap_or_default();
        let color: Vec<u8> = color.split(',').filter_map(|v| v.trim().parse().ok()).collect();
        let name = name.trim().to_owned();
        let number = match color[..] {
            [r, g, b] => {
                found.by_color.insert([r, g, b], name.clone());
                index_of([r, g, b])
            }
            _ => u8::try_from(i).ok(),
        };
        if let Some(number) = number {
            found.by_number.insert(number, name);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_palette_is_that_of_voc() {
        let known = [(0, [0, 0, 0]), (1, [128, 0, 0]), (2, [0, 128, 0]), (15, [192, 128, 128])];
        for (index, color) in known {
            assert_eq!(color_of(index), color);
        }
        assert!((0..=255).all(|n| index_of(color_of(n)) == Some(n)), "one number, one color");
        assert_eq!(index_of([1, 2, 3]), None, "not in the palette");
    }
}
