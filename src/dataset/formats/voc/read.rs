//! Reads Pascal VOC: each listed picture with its mask file.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::colors::{LabelMap, Meaning, UsedColors, read_labels};
use super::palette::{IMAGES, LABELS, LISTS, MASKS, index_of};
use crate::dataset::files::{files_below, has_extension, is_picture_name};
use crate::dataset::formats::classes::CLASSES;
use crate::dataset::formats::foreign_item::{ForeignItem, Shape};
use crate::dataset::formats::reading::LeftOut;
use crate::dataset::links::stays_inside;
use crate::dataset::names::path_inside;
use crate::dataset::text::read_text;
use crate::dataset::{Error, Split};

/// Reads a folder.
pub(in crate::dataset::formats) fn read(
    path: &Path,
    remarks: &mut Vec<String>,
) -> Result<Vec<ForeignItem>, Error> {
    let masks = path.join(MASKS);
    if !masks.is_dir() {
        let what = format!("the folder {MASKS} is missing");
        return Err(Error::Unknown { what, path: path.to_owned() });
    }
    let labels = path.join(LABELS);
    let labels =
        if stays_inside(path, &labels) { read_labels(&labels)? } else { LabelMap::default() };
    let pictures = by_stem(path, &path.join(IMAGES), is_picture_name);
    let mut items = Vec::new();
    let mut masks_used = Vec::new();
    let mut missing = LeftOut::default();
    for (line, part) in listed(path, &masks, remarks)? {
        let Some((stem, mask)) = find_mask(path, &masks, &line) else {
            missing.add(line);
            continue;
        };
        let image = pictures.get(&stem).cloned();
        let extension = image.as_ref().and_then(|path| path.extension());
        let extension =
            extension.map_or_else(|| "jpg".into(), |extension| extension.to_string_lossy());
        let mut item =
            ForeignItem { name: format!("{stem}.{extension}"), image, ..ForeignItem::default() };
        item.set_part(&part);
        match UsedColors::read(&mask) {
            Ok(used) => {
                item.size = Some(used.size);
                masks_used.push((items.len(), mask, used));
            }
            Err(error) => item.refuse(format!("its mask cannot be read: {error}")),
        }
        items.push(item);
    }
    // Black and white masks hold no class numbers: white is forged.
    let is_black_and_white = masks_used
        .iter()
        .all(|(_, _, used)| used.is_grey && used.colors.iter().all(|[r, ..]| [0, 255].contains(r)));
    let white = if is_black_and_white {
        Meaning::Class(CLASSES[0].to_owned())
    } else {
        Meaning::Background
    };
    let mut n_odd = 0u64;
    for (i, path, used) in masks_used {
        let Some(item) = items.get_mut(i) else { continue };
        let mut set = BTreeSet::new();
        for color in used.colors {
            let number = if used.is_grey { Some(grey_of(color)) } else { index_of(color) };
            let listed = labels.by_color.get(&color).map(|class| Meaning::from_class(class));
            match listed.unwrap_or_else(|| labels.meaning_of(number, &white)) {
                Meaning::Background => {}
                Meaning::Unknown => item.n_unread = item.n_unread.saturating_add(1),
                Meaning::Class(class) => {
                    set.insert(color);
                    item.classes.insert(class);
                }
            }
        }
        n_odd = n_odd.saturating_add(u64::from(item.n_unread > 0));
        if !set.is_empty() {
            item.shapes.push(Shape::Colors { path, set });
        }
    }
    if n_odd > 0 {
        remarks.push(format!(
            "{n_odd} masks have colors that are neither in {LABELS} nor in the palette of VOC; these \
             colors were ignored."
        ));
    }
    remarks.extend(missing.remark(&format!("listed pictures without a mask in {MASKS}")));
    Ok(items)
}

/// The number of a gray pixel.
const fn grey_of([value, ..]: [u8; 3]) -> u8 {
    value
}

/// The files below a folder by their paths in it without extension.
fn by_stem(
    root: &Path,
    folder: &Path,
    is_wanted: impl Fn(&str) -> bool,
) -> BTreeMap<String, PathBuf> {
    let stem = |name: String| {
        if let Some((stem, _)) = name.rsplit_once('.') { stem.to_owned() } else { name }
    };
    let files = files_below(root, folder, is_wanted).into_iter();
    files.map(|(name, path)| (stem(name), path)).collect()
}

/// The lines of the lists with the names of their parts: of train, val and test, else of all lists,
/// else all masks.
fn listed(
    path: &Path,
    masks: &Path,
    remarks: &mut Vec<String>,
) -> Result<Vec<(String, String)>, Error> {
    let (mut known, mut others) = (Vec::new(), Vec::new());
    for (name, file) in files_below(path, &path.join(LISTS), |name| has_extension(name, "txt")) {
        let part = name.trim_end_matches(".txt").to_owned();
        let is_known = Split::parse(&part).is_some();
        if is_known { &mut known } else { &mut others }.push((part, file));
    }
    if known.is_empty() {
        known.append(&mut others);
    }
    // Lists of several parts together would repeat their entries.
    for (name, _) in others {
        remarks.push(format!("The list {name:?} was skipped: it is none of train, val and test."));
    }
    let mut found = Vec::new();
    for (part, file) in known {
        let text = read_text(&file)?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        found.extend(lines.map(|line| (line.to_owned(), part.clone())));
    }
    if found.is_empty() {
        remarks.push(
            "There are no lists of train, val and test: all masks were imported as train."
                .to_owned(),
        );
        let stems = by_stem(path, masks, |name| has_extension(name, "png")).into_keys();
        found.extend(stems.map(|stem| (stem, "train".to_owned())));
    }
    found.sort();
    Ok(found)
}

/// The name of a listed picture and its mask. A line may have quotes, an extension, and in lists of a
/// class a column more.
fn find_mask(root: &Path, masks: &Path, line: &str) -> Option<(String, PathBuf)> {
    let bare = line.trim_matches('"');
    let without_column = bare.rsplit_once(char::is_whitespace).map(|(name, _)| name.trim_end());
    let without_extension =
        bare.rsplit_once('.').filter(|_| is_picture_name(bare)).map(|(stem, _)| stem);
    let stems = [Some(bare), without_extension, without_column];
    stems.into_iter().flatten().find_map(|stem| {
        let file = path_inside(masks, &format!("{stem}.png"))?;
        let file = Some(file).filter(|file| file.is_file() && stays_inside(root, file))?;
        Some((stem.replace('\\', "/"), file))
    })
}
