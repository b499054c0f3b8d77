//! Reads COCO, element by element.

// A JSON value that lacks a key gives null: indexing one never panics.
#![deny(clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::segmentation::shapes;
use crate::dataset::Error;
use crate::dataset::files::{annotation_files, find_picture, picture_folders};
use crate::dataset::formats::classes::is_background;
use crate::dataset::formats::foreign_item::{ForeignItem, Shape};
use crate::dataset::formats::json::{Element, FromJson, id, read_json, size, text, within};
use crate::dataset::formats::reading::{LeftOut, part_of_file, read_each};

/// Files that COCO's downloads hold beside `instances_….json`.
const OTHER_TASKS: [&str; 5] =
    ["captions_", "person_keypoints_", "stuff_", "panoptic_", "image_info_"];

#[derive(Deserialize)]
struct CocoFile {
    images: Vec<Element<CocoImage>>,
    #[serde(default)]
    annotations: Option<Vec<Element<Annotation>>>,
    #[serde(default)]
    categories: Option<Vec<Element<Category>>>,
}

struct CocoImage {
    id: String,
    name: String,
    size: Option<[u32; 2]>,
}

impl FromJson for CocoImage {
    fn from_json(value: &Value) -> Result<Self, String> {
        let id = id(&value["id"]).ok_or("an image without an id")?;
        let name =
            text(&value["file_name"]).ok_or_else(|| format!("image {id} without file_name"))?;
        Ok(Self { size: size(&value["width"], &value["height"]), id, name })
    }
}

struct Category {
    id: String,
    name: String,
}

impl FromJson for Category {
    fn from_json(value: &Value) -> Result<Self, String> {
        let id = id(&value["id"]).ok_or("a category without an id")?;
        let name = text(&value["name"]).ok_or_else(|| format!("category {id} without a name"))?;
        Ok(Self { id, name })
    }
}

struct Annotation {
    image_id: String,
    category_id: Option<String>,
    shapes: Result<Vec<Shape>, String>,
    note: Option<String>,
    confidence: Option<String>,
}

impl FromJson for Annotation {
    fn from_json(value: &Value) -> Result<Self, String> {
        let of_person = |key: &str| text(within(value, &format!("/attributes/{key}")));
        Ok(Self {
            image_id: id(&value["image_id"]).ok_or("an annotation without an image_id")?,
            category_id: id(&value["category_id"]),
            shapes: shapes(&value["segmentation"]),
            note: of_person("note"),
            confidence: of_person("confidence"),
        })
    }
}

/// What was left out.
#[derive(Default)]
struct Counts {
    elements: LeftOut,
    n_without_mask: u64,
    n_unlisted: u64,
}

/// Reads a folder, or one annotation file.
pub(in crate::dataset::formats) fn read(
    path: &Path,
    remarks: &mut Vec<String>,
) -> Result<Vec<ForeignItem>, Error> {
    let mut files = annotation_files(path, &["json"]);
    let name = |file: &Path| file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if files.iter().any(|file| name(file).starts_with("instances_")) {
        files.retain(|file| {
            let is_other = OTHER_TASKS.iter().any(|head| name(file).starts_with(head));
            if is_other {
                remarks.push(format!("{} was skipped: it holds no masks of regions.", name(file)));
            }
            !is_other
        });
    }
    let mut counts = Counts::default();
    let items = read_each(&files, remarks, |file, _| read_file(file, path, &mut counts))?;
    remarks.extend(counts.elements.remark("elements of COCO"));
    if counts.n_without_mask > 0 {
        remarks.push(format!("{} annotations without a mask were skipped.", counts.n_without_mask));
    }
    if counts.n_unlisted > 0 {
        remarks
            .push(format!("{} annotations of unlisted pictures were skipped.", counts.n_unlisted));
    }
    Ok(items)
}

fn read_file(file: &Path, root: &Path, counts: &mut Counts) -> Result<Vec<ForeignItem>, Error> {
    let parsed: CocoFile = read_json(file, "COCO")?;
    let part = part_of_file(file);
    let folders = picture_folders(file, root, &part);
    let mut categories: BTreeMap<String, String> = BTreeMap::new();
    for category in parsed.categories.into_iter().flatten() {
        let category = category.or_leave_out(&mut counts.elements);
        categories.extend(category.map(|c| (c.id, c.name)));
    }
    let mut items: Vec<ForeignItem> = Vec::new();
    let mut by_id: BTreeMap<String, usize> = BTreeMap::new();
    for image in parsed.images {
        let image = image.or_leave_out(&mut counts.elements);
        let Some(CocoImage { id, name, size }) = image else { continue };
        let known = by_id.get(&id).and_then(|i| items.get_mut(*i));
        let mut item = ForeignItem { name, size, ..ForeignItem::default() };
        if let Some(known) = known {
            if known.name == item.name {
                continue;
            }
            let what = format!(
                "the image id {id} stands for {:?} and for {:?}, so it is unknown which of them its \
                 annotations belong to: give each image an id of its own",
                known.name, item.name
            );
            known.refuse(&what);
            item.refuse(what);
        } else {
            by_id.insert(id, items.len());
        }
        item.image = find_picture(&folders, &item.name);
        item.set_part(&part);
        items.push(item);
    }
    for annotation in parsed.annotations.into_iter().flatten() {
        let annotation = annotation.or_leave_out(&mut counts.elements);
        let Some(annotation) = annotation else { continue };
        let of_image = by_id.get(&annotation.image_id).and_then(|i| items.get_mut(*i));
        let Some(item) = of_image else {
            counts.n_unlisted = counts.n_unlisted.saturating_add(1);
            continue;
        };
        let category = annotation.category_id.as_ref();
        let class = category.and_then(|id| categories.get(id));
        let marks = annotation.shapes.as_ref().is_ok_and(|shapes| !shapes.is_empty());
        // A file without categories marks nothing but forgeries.
        if let (Some(id), None, false, true) = (category, class, categories.is_empty(), marks) {
            item.refuse(format!(
                "an annotation has the category {id}, which the file does not list, so it is unknown \
                 what it marks"
            ));
            continue;
        }
        if class.is_some_and(|class| is_background(class)) {
            continue;
        }
        match annotation.shapes {
            Err(what) => item.refuse(what),
            Ok(shapes) if shapes.is_empty() => {
                counts.n_without_mask = counts.n_without_mask.saturating_add(1);
                item.n_unread = item.n_unread.saturating_add(1);
            }
            Ok(shapes) => {
                item.shapes.extend(shapes);
                item.classes.extend(class.cloned());
                item.set_note(annotation.note, annotation.confidence);
            }
        }
    }
    Ok(items)
}
