//! Reads tasks of Label Studio, task by task.

// A JSON value that lacks a key gives null: indexing one never panics.
#![deny(clippy::arithmetic_side_effects)]

use std::path::Path;

use serde_json::Value;

use super::address::resolve_picture;
use super::task::{Region, RegionKind, Task};
use crate::dataset::Error;
use crate::dataset::files::{annotation_files, base_folder};
use crate::dataset::formats::classes;
use crate::dataset::formats::foreign_item::{ForeignItem, Shape};
use crate::dataset::formats::json::{Element, read_json, real, whole};
use crate::dataset::formats::reading::{LeftOut, read_each};

/// What was left out.
#[derive(Default)]
struct Counts {
    tasks: LeftOut,
    n_no_mask: u64,
    n_more: u64,
    n_open: u64,
}

/// Reads a folder with task files, or one such file. Of several annotations of a task the last one
/// that was not cancelled counts.
pub(in crate::dataset::formats) fn read(
    path: &Path,
    remarks: &mut Vec<String>,
) -> Result<Vec<ForeignItem>, Error> {
    let mut counts = Counts::default();
    let files = annotation_files(path, &["json"]);
    let items = read_each(&files, remarks, |file, _| read_file(file, path, &mut counts))?;
    remarks.extend(counts.tasks.remark("tasks"));
    for (n, what) in [
        (counts.n_no_mask, "annotations that are no masks were skipped."),
        (
            counts.n_more,
            "annotations were skipped: of several for one picture the last one counts.",
        ),
        (counts.n_open, "tasks without annotation were skipped."),
    ] {
        if n > 0 {
            remarks.push(format!("{n} {what}"));
        }
    }
    Ok(items)
}

fn read_file(file: &Path, root: &Path, counts: &mut Counts) -> Result<Vec<ForeignItem>, Error> {
    let tasks: Vec<Element<Task>> = read_json(file, "Label Studio tasks")?;
    let mut items = Vec::new();
    for task in tasks {
        let Some(task) = task.or_leave_out(&mut counts.tasks) else { continue };
        let Some(annotation) = task.annotation else {
            counts.n_open = counts.n_open.saturating_add(1);
            continue;
        };
        let (name, image) = resolve_picture(base_folder(root), &task.address);
        let mut item = ForeignItem { name, image, ..ForeignItem::default() };
        item.set_part(task.split.as_deref().unwrap_or_default());
        counts.n_more = counts.n_more.saturating_add(task.n_more);
        item.seconds = annotation.seconds;
        item.at = annotation.at;
        item.annotator = annotation.annotator;
        for region in annotation.regions {
            match add_region(&mut item, region) {
                Ok(true) => {}
                Ok(false) => {
                    counts.n_no_mask = counts.n_no_mask.saturating_add(1);
                    item.n_unread = item.n_unread.saturating_add(1);
                }
                Err(what) => item.refuse(what),
            }
        }
        items.push(item);
    }
    Ok(items)
}

/// Adds one region to a picture; `false` when it is no mask.
fn add_region(item: &mut ForeignItem, region: Region) -> Result<bool, String> {
    let (value, is_rotated, size) = match region.kind {
        RegionKind::Choice(word) if region.control == "confidence" => {
            item.set_note(None, Some(word));
            return Ok(true);
        }
        RegionKind::Choice(word) => {
            item.decide(&word)?;
            return Ok(true);
        }
        RegionKind::Text(text) => {
            item.set_note(Some(text), None);
            return Ok(true);
        }
        RegionKind::Labels => return Ok(true),
        RegionKind::Shape { value, is_rotated, size } => (value, is_rotated, size),
    };
    let strings = |key: &str| {
        let strings = value.get(key).and_then(Value::as_array).into_iter().flatten();
        strings.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let labels =
        ["brushlabels", "polygonlabels", "rectanglelabels", "labels"].map(strings).concat();
    if !labels.is_empty() && labels.iter().all(|label| classes::is_background(label)) {
        return Ok(true);
    }
    let shape = if value.get("rle").and_then(Value::as_array).is_some_and(|rle| !rle.is_empty()) {
        let bytes = value.get("rle").and_then(Value::as_array).into_iter().flatten();
        let bytes = bytes.map(|byte| u8::try_from(whole(byte)?).ok());
        Shape::Brush(bytes.collect::<Option<_>>().ok_or("the brush strokes are no list of bytes")?)
    } else if value.get("points").and_then(Value::as_array).is_some_and(|points| points.len() > 2) {
        let points = value.get("points").and_then(Value::as_array).into_iter().flatten();
        // Percent of width and height.
        let fractions = points.flat_map(|point| [&point[0], &point[1]]);
        let fractions = fractions.map(|percent| Some(real(percent)? / 100.0));
        Shape::RelativePolygon(
            fractions
                .collect::<Option<_>>()
                .ok_or("a polygon holds something else than numbers")?,
        )
    } else {
        return Ok(false);
    };
    if is_rotated {
        return Err(
            "it was rotated in Label Studio; undo the rotation there and export again".to_owned()
        );
    }
    item.shapes.push(shape);
    item.size = size.or(item.size);
    item.classes.extend(labels);
    Ok(true)
}
