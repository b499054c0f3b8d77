//! PNG masks as in Pascal VOC: `SegmentationClass/`, `JPEGImages/`, lists in `ImageSets/`.
//!
//! * **In / out**: entries, and the files of the format. A mask is a PNG of class numbers with the
//!   palette of VOC: 0 is nothing, the numbers of the classes are in `labelmap.txt`.
//! * **Not here**: how PNG files are packed (`media`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::classes::{CLASSES, class_of, is_background};
use super::coco::word;
use super::draft::{Draft, Shape};
use super::export::{Placed, Sink};
use super::stage::Stage;
use super::{Entry, Error, Split, input, names};
use crate::annotate::Decision;
use crate::media;

const MASKS: &str = "SegmentationClass";
const IMAGES: &str = "JPEGImages";
const LISTS: &str = "ImageSets/Segmentation";
const LABELS: &str = "labelmap.txt";

/// The color of a number in VOC's palette: its bits, three at a time, become the highest bits of
/// red, green and blue.
fn color_of(index: u8) -> [u8; 3] {
    let mut color = [0u8; 3];
    for bit in 0..8u8 {
        let channel = usize::from(bit % 3);
        color[channel] |= (index >> bit & 1) << (7 - bit / 3);
    }
    color
}

/// The number of a color of the palette.
fn number_of([r, g, b]: [u8; 3]) -> Option<u8> {
    let mut index = 0u8;
    for bit in 0..8u8 {
        let value = [r, g, b][usize::from(bit % 3)];
        index |= (value >> (7 - bit / 3) & 1) << bit;
    }
    (color_of(index) == [r, g, b]).then_some(index)
}

/// Turns a grey 8-bit PNG file into one with VOC's palette: the pixels stay as they are.
fn with_palette(png: Vec<u8>) -> Vec<u8> {
    // Signature, then the header: length, name, 13 bytes of which the tenth is the kind, checksum.
    let (header, rest) = match png.split_at_checked(33) {
        Some((header, rest)) if header[25] == 0 && header[24] == 8 => (header.to_vec(), rest),
        _ => return png,
    };
    let mut out = header;
    out[25] = 3;
    let checksum = crc32(&out[12..29]);
    out[29..33].copy_from_slice(&checksum.to_be_bytes());
    let mut palette = b"PLTE".to_vec();
    (0..=255).for_each(|index| palette.extend(color_of(index)));
    out.extend(768u32.to_be_bytes());
    let checksum = crc32(&palette);
    out.extend(palette);
    out.extend(checksum.to_be_bytes());
    out.extend(rest);
    out
}

/// The checksum of PNG chunks (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 }
        })
    })
}

/// Writes a mask file for each entry.
#[derive(Default)]
pub(super) struct Voc {
    lists: [String; 3],
}

impl Sink for Voc {
    fn image_path(&self, _entry: &Entry, stem: &str, extension: &str) -> String {
        format!("{IMAGES}/{stem}.{extension}")
    }

    fn can_hold(&self, entry: &Entry) -> bool {
        entry.record.decision() != Some(Decision::CannotTell) || !entry.mask.is_empty()
    }

    fn add(&mut self, stage: &mut Stage, entry: &Entry, placed: &Placed) -> Result<(), Error> {
        let (record, mask) = (&entry.record, &entry.mask);
        let index = class_of(record) as u8 + 1;
        let values: Vec<u8> =
            mask.to_bytes().into_iter().map(|v| if v == 0 { 0 } else { index }).collect();
        let (w, h) = (mask.width_px(), mask.height_px());
        let encode = |path: &Path| media::write_png_gray(path, w, h, &values);
        stage.put_png(&format!("{MASKS}/{}.png", placed.stem), encode, with_palette)?;
        let list = &mut self.lists[record.split as usize];
        list.push_str(&placed.stem);
        list.push('\n');
        Ok(())
    }

    fn finish(self: Box<Self>, stage: &mut Stage) -> Result<(), Error> {
        for split in Split::ALL {
            let list = &self.lists[split as usize];
            if !list.is_empty() {
                stage.put(&format!("{LISTS}/{}.txt", word(split)), list.as_bytes())?;
            }
        }
        let mut labels = "# label:color_rgb:parts:actions\nbackground:0,0,0::\n".to_owned();
        for (i, class) in CLASSES.iter().enumerate() {
            let [r, g, b] = color_of(i as u8 + 1);
            let _infallible = writeln!(labels, "{class}:{r},{g},{b}::");
        }
        stage.put(LABELS, labels.as_bytes())
    }
}

/// Reads a folder.
pub(super) fn read(path: &Path, remarks: &mut Vec<String>) -> Result<Vec<Draft>, Error> {
    let masks = path.join(MASKS);
    if !masks.is_dir() {
        let what = format!("a folder {MASKS} was looked for");
        return Err(Error::Unknown { what, path: path.to_owned() });
    }
    let labels = labels(&path.join(LABELS))?;
    let mut pictures: BTreeMap<String, PathBuf> = BTreeMap::new();
    for file in fs::read_dir(path.join(IMAGES)).into_iter().flatten() {
        let file = file.map_err(Error::read(path))?.path();
        pictures.insert(file.file_stem().unwrap_or_default().to_string_lossy().into_owned(), file);
    }
    let mut listed: Vec<(String, Split)> = Vec::new();
    for file in fs::read_dir(path.join(LISTS)).into_iter().flatten() {
        let file = file.map_err(Error::read(path))?.path();
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // Lists of several parts together would double everything.
        let Some(split) = Split::parse(&name) else {
            remarks.push(format!(
                "The list {name:?} was passed over: it is neither train, nor val, nor test."
            ));
            continue;
        };
        let text = input::text(&file)?;
        listed.extend(
            text.lines().map(str::trim).filter(|l| !l.is_empty()).map(|l| (l.to_owned(), split)),
        );
    }
    if listed.is_empty() {
        remarks
            .push("There are no lists of train, val and test: all masks are in train.".to_owned());
        for file in fs::read_dir(&masks).into_iter().flatten() {
            let file = file.map_err(Error::read(path))?.path();
            let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            listed.push((stem, Split::Train));
        }
    }
    listed.sort();
    let mut n_missing = 0u64;
    let mut drafts = Vec::new();
    let mut marked = Vec::new();
    for (stem, split) in listed {
        let file = names::inside(&masks, &format!("{stem}.png"));
        let Some(mask) = file.filter(|file| file.is_file()) else {
            n_missing += 1;
            continue;
        };
        let image = pictures.get(&stem).cloned();
        let name = image
            .as_ref()
            .and_then(|path| path.file_name())
            .map_or_else(|| format!("{stem}.jpg"), |name| name.to_string_lossy().into_owned());
        let used = Used::of(&mask)?;
        drafts.push(Draft { name, image, size: Some(used.size), split, ..Draft::default() });
        marked.push((mask, used));
    }
    // Masks of black and white are not numbers of classes: there white is what is marked.
    let is_black_and_white = marked
        .iter()
        .all(|(_, used)| used.is_grey && used.colors.iter().all(|c| [0, 255].contains(&c[0])));
    let white =
        if is_black_and_white { Meaning::Class(CLASSES[0].to_owned()) } else { Meaning::Nothing };
    for (draft, (path, used)) in drafts.iter_mut().zip(marked) {
        let mut set = BTreeSet::new();
        for color in used.colors {
            let number = if used.is_grey { Some(color[0]) } else { number_of(color) };
            let listed = labels.by_color.get(&color).map(|class| Meaning::of(class));
            match listed.unwrap_or_else(|| labels.of_number(number, &white)) {
                Meaning::Nothing => {}
                Meaning::Unknown => draft.n_unread += 1,
                Meaning::Class(class) => {
                    set.insert(color);
                    draft.classes.insert(class);
                }
            }
        }
        if !set.is_empty() {
            draft.shapes.push(Shape::Colors { path, set });
        }
    }
    let n_odd = drafts.iter().filter(|draft| draft.n_unread > 0).count();
    if n_odd > 0 {
        remarks.push(format!(
            "{n_odd} masks have colors that neither {LABELS} nor the palette of VOC names; they were \
             not read."
        ));
    }
    if n_missing > 0 {
        remarks
            .push(format!("{n_missing} listed pictures have no mask in {MASKS} and were skipped."));
    }
    Ok(drafts)
}

/// More colors than this are a picture and no mask.
const MAX_COLORS: usize = 1024;

/// What a mask file uses.
struct Used {
    size: [u32; 2],
    colors: BTreeSet<[u8; 3]>,
    is_grey: bool,
}

impl Used {
    fn of(path: &Path) -> Result<Self, Error> {
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
                    let what = format!("it has more than {MAX_COLORS} colors: this is no mask");
                    return Err(Error::damaged(path, what));
                }
            }
        }
        let is_grey = colors.iter().all(|[r, g, b]| r == g && g == b);
        Ok(Self { size: [image.width_px, image.height_px], colors, is_grey })
    }
}

/// What a color stands for.
#[derive(Clone)]
enum Meaning {
    /// Nothing forged, or not to be counted.
    Nothing,
    /// Nobody says what.
    Unknown,
    Class(String),
}

impl Meaning {
    fn of(class: &str) -> Self {
        if is_background(class) { Self::Nothing } else { Self::Class(class.to_owned()) }
    }
}

/// The classes as the file lists them; none without a file.
#[derive(Default)]
struct Labels {
    by_color: BTreeMap<[u8; 3], String>,
    /// A class without a color has the number of its line.
    by_number: BTreeMap<u8, String>,
}

impl Labels {
    /// What a color stands for that was looked for in the list and not found there: a number, as a
    /// grey value or in VOC's palette. `white` is what 255 means.
    fn of_number(&self, number: Option<u8>, white: &Meaning) -> Meaning {
        match number {
            None => Meaning::Unknown,
            Some(0) => Meaning::Nothing,
            Some(u8::MAX) => white.clone(),
            Some(number) => match self.by_number.get(&number) {
                Some(class) => Meaning::of(class),
                None => Meaning::Class(format!("class {number}")),
            },
        }
    }
}

fn labels(path: &Path) -> Result<Labels, Error> {
    let mut found = Labels::default();
    if !path.is_file() {
        return Ok(found);
    }
    let text = input::text(path)?;
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    for (i, line) in lines.enumerate() {
        let (name, rest) = line.split_once(':').unwrap_or((line, ""));
        let color = rest.split(':').next().unwrap_or_default();
        let color: Vec<u8> = color.split(',').filter_map(|v| v.trim().parse().ok()).collect();
        let name = name.trim().to_owned();
        let number = match color[..] {
            [r, g, b] => {
                found.by_color.insert([r, g, b], name.clone());
                number_of([r, g, b])
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
        assert!((0..=255).all(|n| number_of(color_of(n)) == Some(n)), "one number, one color");
        assert_eq!(number_of([1, 2, 3]), None, "not in the palette");
    }

    #[test]
    fn the_checksum_is_that_of_png() {
        assert_eq!(crc32(b"IEND"), 0xAE42_6082);
    }
}
