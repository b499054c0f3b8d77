//! The colors of a mask file, and what they mean.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::palette::index_of;
use crate::dataset::Error;
use crate::dataset::formats::classes::is_background;
use crate::dataset::text::read_text;
use crate::media;

/// A file with more colors is a picture, not a mask.
const MAX_COLORS: usize = 1024;

/// The size and the colors of a mask file.
pub(super) struct UsedColors {
    pub(super) size: [u32; 2],
    pub(super) colors: BTreeSet<[u8; 3]>,
    pub(super) is_grey: bool,
}

impl UsedColors {
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let limits = crate::base::Limits::default();
        let still = media::open_still(path, &limits, &crate::base::TaskCtx::silent());
        let still = still.map_err(Error::media(path))?;
        let image = &still.frame.image;
        let mut last = None;
        let mut colors = BTreeSet::new();
        for p in image.pixels.as_chunks::<3>().0 {
            if last != Some(p) {
                colors.insert(*p);
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

#[derive(Clone)]
pub(super) enum Meaning {
    /// Background, or not counted.
    Background,
    /// Neither in the label file nor in the palette.
    Unknown,
    Class(String),
}

impl Meaning {
    pub(super) fn from_class(class: &str) -> Self {
        if is_background(class) { Self::Background } else { Self::Class(class.to_owned()) }
    }
}

/// The classes of `labelmap.txt`; empty without the file.
#[derive(Default)]
pub(super) struct LabelMap {
    pub(super) by_color: BTreeMap<[u8; 3], String>,
    /// A class without a color is numbered by its line.
    by_number: BTreeMap<u8, String>,
}

impl LabelMap {
    /// The meaning of an index, which is a gray value or from VOC's palette. `white` is the meaning
    /// of 255.
    pub(super) fn meaning_of(&self, number: Option<u8>, white: &Meaning) -> Meaning {
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

pub(super) fn read_labels(path: &Path) -> Result<LabelMap, Error> {
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
