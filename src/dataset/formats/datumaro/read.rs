//! Reads Datumaro, element by element.

// A JSON value that lacks a key gives null: indexing one never panics.
#![deny(clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::annotate::Decision;
use crate::dataset::Error;
use crate::dataset::files::{annotation_files, find_picture, picture_folders};
use crate::dataset::formats::classes;
use crate::dataset::formats::foreign_item::{ForeignItem, Shape};
use crate::dataset::formats::json::{
    Element, FromJson, id, read_json, reals, size, text, whole, within,
};
use crate::dataset::formats::reading::{LeftOut, read_each};

#[derive(Deserialize)]
struct DatumaroFile {
    #[serde(default)]
    categories: Value,
    items: Vec<Element<DatumaroItem>>,
}

struct DatumaroItem {
    name: String,
    size: Option<[u32; 2]>,
    decision: Option<Decision>,
    annotations: Vec<Value>,
}

impl FromJson for DatumaroItem {
    fn from_json(value: &Value) -> Result<Self, String> {
        // Other versions of Datumaro call it `media`.
        let image = if value["image"].is_object() { &value["image"] } else { &value["media"] };
        let name = text(&image["path"]).or_else(|| Some(format!("{}.jpg", id(&value["id"])?)));
        Ok(Self {
            name: name.ok_or("an item has neither an id nor the path of a picture")?,
            size: size(within(image, "/size/1"), within(image, "/size/0")),
            decision: within(value, "/attr/decision").as_str().and_then(Decision::parse),
            annotations: value["annotations"].as_array().cloned().unwrap_or_default(),
        })
    }
}

/// Reads a folder, or one annotation file.
pub(in crate::dataset::formats) fn read(
    path: &Path,
    remarks: &mut Vec<String>,
) -> Result<Vec<ForeignItem>, Error> {
    let mut skipped: BTreeMap<String, u64> = BTreeMap::new();
    let mut left_out = LeftOut::default();
    let files = annotation_files(path, &["json"]);
    let items =
        read_each(&files, remarks, |file, _| read_file(file, path, &mut skipped, &mut left_out))?;
    remarks.extend(left_out.remark("items of Datumaro"));
    for (kind, n) in skipped {
        remarks
            .push(format!("{n} annotations of the kind {kind:?} were skipped: they are no masks."));
    }
    Ok(items)
}

fn read_file(
    file: &Path,
    root: &Path,
    skipped: &mut BTreeMap<String, u64>,
    left_out: &mut LeftOut,
) -> Result<Vec<ForeignItem>, Error> {
    let parsed: DatumaroFile = read_json(file, "Datumaro")?;
    let labels =
        within(&parsed.categories, "/label/labels").as_array().cloned().unwrap_or_default();
    let labels: Vec<Option<String>> = labels.iter().map(|label| text(&label["name"])).collect();
    let part = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let folders = picture_folders(file, root, &part);
    let mut items = Vec::new();
    for element in parsed.items {
        let Some(found) = element.or_leave_out(left_out) else { continue };
        let mut item = ForeignItem {
            image: find_picture(&folders, &found.name),
            size: found.size,
            decision: found.decision,
            name: found.name,
            ..ForeignItem::default()
        };
        item.set_part(&part);
        for annotation in &found.annotations {
            let label =
                whole(&annotation["label_id"]).and_then(|i| labels.get(i as usize)?.clone());
            // A file without labels marks nothing but forgeries.
            if label.is_none() && !labels.is_empty() {
                item.refuse(format!(
                    "an annotation has the label {}, which the file does not list, so it is unknown \
                     what it marks",
                    annotation["label_id"]
                ));
                continue;
            }
            if let Err(what) = add_annotation(&mut item, annotation, label, skipped) {
                item.refuse(what);
            }
        }
        // A mask may have been drawn later.
        item.decision =
            item.decision.filter(|d| item.shapes.is_empty() || *d != Decision::NothingForged);
        items.push(item);
    }
    Ok(items)
}

fn add_annotation(
    item: &mut ForeignItem,
    annotation: &Value,
    label: Option<String>,
    skipped: &mut BTreeMap<String, u64>,
) -> Result<(), String> {
    let kind = annotation["type"].as_str().unwrap_or_default();
    if let ("label", Some(label)) = (kind, &label) {
        item.decide(label)?;
    }
    let is_background = label.as_deref().is_some_and(classes::is_background);
    let layer = annotation["z_order"].as_i64().unwrap_or(0);
    match kind {
        "mask" => {
            let rle = &annotation["rle"];
            let counts = rle["counts"].as_str().ok_or("a mask has no run lengths as text")?;
            let size = [within(rle, "/size/1"), within(rle, "/size/0")].map(whole);
            let [Some(width_px), Some(height_px)] = size else {
                return Err("a mask has no size of height and width".to_owned());
            };
            let text = counts.to_owned();
            let shape = Shape::CompressedColumns { text, width_px, height_px };
            item.add_layer(shape, layer, is_background);
        }
        "polygon" => {
            let points = reals(&annotation["points"]);
            let points = points.ok_or("a polygon has no list of numbers")?;
            item.add_layer(Shape::Polygon(points), layer, is_background);
        }
        "label" => {}
        _ if is_background => return Ok(()),
        other => {
            let n = skipped.entry(other.to_owned()).or_insert(0);
            *n = n.saturating_add(1);
            item.n_unread = item.n_unread.saturating_add(1);
            return Ok(());
        }
    }
    if is_background {
        return Ok(());
    }
    item.classes.extend(label);
    let of_person = |key: &str| text(within(annotation, &format!("/attributes/{key}")));
    item.set_note(of_person("note"), of_person("confidence"));
    Ok(())
}
