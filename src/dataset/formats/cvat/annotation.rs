//! One element of CVAT's XML: its attributes, and the mask that it stands for.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use quick_xml::escape::unescape;
use quick_xml::events::BytesStart;

use crate::annotate::PixelRect;
use crate::dataset::formats::classes::is_background;
use crate::dataset::formats::foreign_item::{ForeignItem, Shape};

pub(super) type Attributes = BTreeMap<String, String>;

pub(super) fn attributes(start: &BytesStart<'_>) -> Result<Attributes, String> {
    let mut found = Attributes::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|e| e.to_string())?;
        let key = String::from_utf8_lossy(attribute.key.as_ref()).into_owned();
        let raw = std::str::from_utf8(&attribute.value).map_err(|e| e.to_string())?;
        found.insert(key, unescape(raw).map_err(|e| e.to_string())?.into_owned());
    }
    Ok(found)
}

/// A whole number from 0 on, which may have a point.
pub(super) fn whole(at: &Attributes, key: &str) -> Result<u32, String> {
    let text = at.get(key).ok_or_else(|| format!("{key} is missing"))?;
    let number: Option<f64> = text.trim().parse().ok();
    let is_whole = |n: &f64| n.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(n);
    let number = number.filter(is_whole).map(|number| number as u32);
    number.ok_or_else(|| format!("{key} is {text:?}, not a whole number from 0 on"))
}

fn numbers<T: std::str::FromStr>(text: &str, separators: &[char]) -> Option<Vec<T>> {
    let words = text.split(separators).map(str::trim).filter(|word| !word.is_empty());
    words.map(|word| word.parse().ok()).collect()
}

/// Adds one annotation to a picture; `false` when it is no mask.
pub(super) fn add_annotation(
    item: &mut ForeignItem,
    tag: &str,
    label: &str,
    at: &Attributes,
) -> Result<bool, String> {
    // Shapes of a higher number lie above the others.
    let layer = match at.get("z_order") {
        Some(text) => {
            text.trim().parse().map_err(|_number| format!("z_order is {text:?}, no number"))?
        }
        None => 0i64,
    };
    match tag {
        "tag" => {
            item.decide(label)?;
            return Ok(true);
        }
        "mask" => {
            let counts = at.get("rle").ok_or("a mask has no rle")?;
            let counts = numbers(counts, &[',']).ok_or("its rle is not a list of numbers")?;
            let (x0, y0) = (whole(at, "left")?, whole(at, "top")?);
            let (w, h) = (whole(at, "width")?, whole(at, "height")?);
            let area = PixelRect { x0, y0, x1: x0.saturating_add(w), y1: y0.saturating_add(h) };
            item.add_layer(Shape::BoxedRows { area, counts }, layer, is_background(label));
        }
        "polygon" => {
            let points = at.get("points").ok_or("a polygon has no points")?;
            let values = numbers(points, &[';', ',']).ok_or("its points are not numbers")?;
            item.add_layer(Shape::Polygon(values), layer, is_background(label));
        }
        _ if is_background(label) => return Ok(true),
        _ => {
            item.n_unread = item.n_unread.saturating_add(1);
            return Ok(false);
        }
    }
    if !is_background(label) {
        item.classes.insert(label.to_owned());
    }
    Ok(true)
}
