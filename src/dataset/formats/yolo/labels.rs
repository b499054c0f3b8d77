//! One label file: a line for each polygon.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use crate::dataset::formats::classes::is_background;
use crate::dataset::formats::foreign_item::{ForeignItem, Shape};

/// Adds the lines of a label file to its picture; returns the number of boxes, which are no masks.
pub(super) fn add_lines(
    item: &mut ForeignItem,
    text: &str,
    names: &BTreeMap<usize, String>,
) -> Result<u64, String> {
    let mut n_boxes = 0u64;
    for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |why: &str| format!("line {} of its labels {why}", i.saturating_add(1));
        let values: Result<Vec<f64>, _> = line.split_whitespace().map(str::parse).collect();
        let values = values.ok().filter(|values| values.iter().all(|v| v.is_finite()));
        let values = values.ok_or_else(|| wrong("holds something else than numbers"))?;
        let Some((class, corners)) = values.split_first() else { continue };
        if class.fract() != 0.0 || !(0.0..1e6).contains(class) {
            return Err(wrong("does not begin with the number of a class"));
        }
        let class = *class as usize;
        let name = names.get(&class).cloned().unwrap_or_else(|| format!("class {class}"));
        if is_background(&name) {
            continue;
        }
        match corners.len() {
            // Center, width and height; predictions add how sure they are.
            4 | 5 => {
                n_boxes = n_boxes.saturating_add(1);
                item.n_unread = item.n_unread.saturating_add(1);
                continue;
            }
            n if n < 6 || n % 2 == 1 => {
                return Err(wrong("is no polygon: three corners or more as pairs of x and y"));
            }
            _ => {}
        }
        item.shapes.push(Shape::RelativePolygon(corners.to_vec()));
        item.classes.insert(name);
    }
    Ok(n_boxes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polygons_are_read_boxes_counted_and_nonsense_refused() {
        let names = [(0, "swap".to_owned()), (1, "real".to_owned())].into();
        let mut item = ForeignItem::default();
        let text = "0 0 0 1 0 1 1\n\n1 0 0 1 0 1 1\r\n0 .5 .5 .1 .1\n0.0 .5 .5 .1 .1 .9\n";
        assert_eq!(add_lines(&mut item, text, &names), Ok(2));
        assert_eq!((item.shapes.len(), item.n_unread), (1, 2));
        for line in
            ["0 0 0 1", "x 0 0 1 0 1 1", "0 0 0 1 0 1 1 0", "-1 0 0 1 0 1 1", "0 nan 0 1 0 1 1"]
        {
            let wrong = add_lines(&mut ForeignItem::default(), line, &names).unwrap_err();
            assert!(wrong.starts_with("line 1 of its labels"), "{wrong}");
        }
    }
}
