//! COCO: `annotations/instances_train.json` and the like, pictures in `images/train/`.
//!
//! Masks are compressed run lengths, which are lossless, or polygons. Each mask is one annotation
//! with `iscrowd` 0; pictures without forgery have none. Run lengths in text and in numbers are read,
//! and polygons.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;
use serde_json::json;

use super::classes::{CLASSES, class_index, is_background};
use super::foreign_item::{ForeignItem, Shape};
use super::writer::{FormatWriter, PlacedPicture};
use super::{polygons, run_lengths};
use crate::annotate::Decision;
use crate::dataset::files::{annotation_files, base_folder, find_picture, read_text};
use crate::dataset::staging::{StagedFile, StagingFolder};
use crate::dataset::{Entry, Error, Split};

/// Writes one annotation file per part of the split.
pub(super) struct CocoWriter {
    as_polygons: bool,
    parts: [Option<PartFile>; 3],
    n_annotations: u64,
}

struct PartFile {
    stream: StagedFile,
    images: String,
    n_images: u64,
    n_annotations: u64,
}

impl CocoWriter {
    pub(super) const fn new(as_polygons: bool) -> Self {
        Self { as_polygons, parts: [None, None, None], n_annotations: 0 }
    }

    fn part(&mut self, folder: &mut StagingFolder, split: Split) -> Result<&mut PartFile, Error> {
        let slot = &mut self.parts[split as usize];
        if slot.is_none() {
            let name = format!("annotations/instances_{}.json", split.foreign_name());
            let mut stream = folder.open_file(&name)?;
            let categories: Vec<_> = (CLASSES.iter().enumerate())
                .map(|(i, name)| json!({"id": i + 1, "name": name, "supercategory": "forgery"}))
                .collect();
            let info = json!({
                "description": "Forged regions; masks on the stored pixel grid, EXIF rotation not applied",
                "version": "1.0",
            });
            let head = format!(
                "{{\"info\":{info},\"licenses\":[],\"categories\":{},\n\"annotations\":[",
                json!(categories)
            );
            stream.write(&head)?;
            *slot = Some(PartFile { stream, images: String::new(), n_images: 0, n_annotations: 0 });
        }
        slot.as_mut().ok_or_else(|| Error::Source { what: "no file is open".to_owned() })
    }
}

impl FormatWriter for CocoWriter {
    fn image_path(&self, entry: &Entry, stem: &str, extension: &str) -> String {
        format!("images/{}/{stem}.{extension}", entry.record.split.foreign_name())
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
        let Entry { record, mask, .. } = entry;
        let as_polygons = self.as_polygons;
        self.n_annotations += 1;
        let id = self.n_annotations;
        let part = self.part(folder, record.split)?;
        part.n_images += 1;
        let image_id = part.n_images;
        let prefix = format!("images/{}/", record.split.foreign_name());
        let image = json!({
            "id": image_id,
            "file_name": placed.file.strip_prefix(&prefix).unwrap_or(&placed.file),
            "width": record.image.width_px,
            "height": record.image.height_px,
        });
        let comma = if image_id > 1 { ",\n" } else { "\n" };
        let _infallible = write!(part.images, "{comma}{image}");
        let Some(area) = mask.bounds() else { return Ok(()) };
        let segmentation = if as_polygons {
            json!(polygons::outlines(mask).iter().map(|line| line.concat()).collect::<Vec<_>>())
        } else {
            let counts = run_lengths::compress(&run_lengths::columns(mask));
            json!({"size": [mask.height_px(), mask.width_px()], "counts": counts})
        };
        let annotation = json!({
            "id": id,
            "image_id": image_id,
            "category_id": class_index(record) + 1,
            "segmentation": segmentation,
            "area": mask.count(),
            "bbox": [area.x0, area.y0, area.x1 - area.x0, area.y1 - area.y0],
            "iscrowd": 0,
            "attributes": {
                "confidence": record.confidence.as_deref().unwrap_or_default(),
                "note": record.note,
            },
        });
        part.n_annotations += 1;
        let comma = if part.n_annotations > 1 { ",\n" } else { "\n" };
        part.stream.write(&format!("{comma}{annotation}"))
    }

    fn finish(self: Box<Self>, _folder: &mut StagingFolder) -> Result<(), Error> {
        for mut part in self.parts.into_iter().flatten() {
            part.stream.write(&format!("\n],\n\"images\":[{}\n]}}\n", part.images))?;
            part.stream.finish()?;
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct CocoFile {
    images: Vec<CocoImage>,
    #[serde(default)]
    annotations: Vec<Annotation>,
    #[serde(default)]
    categories: Vec<Category>,
}

#[derive(Deserialize)]
struct CocoImage {
    id: i64,
    file_name: String,
    #[serde(default)]
    width: u32,
    #[serde(default)]
    height: u32,
}

#[derive(Deserialize)]
struct Category {
    id: i64,
    name: String,
}

#[derive(Deserialize)]
struct Annotation {
    image_id: i64,
    #[serde(default)]
    category_id: i64,
    #[serde(default)]
    segmentation: Option<Segmentation>,
    #[serde(default)]
    attributes: BTreeMap<String, serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Segmentation {
    Polygons(Vec<Vec<f64>>),
    Rle { size: [u32; 2], counts: Counts },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Counts {
    Text(String),
    Numbers(Vec<u32>),
}

/// Reads a folder, or one annotation file.
pub(super) fn read(path: &Path, remarks: &mut Vec<String>) -> Result<Vec<ForeignItem>, Error> {
    let mut all = Vec::new();
    let (mut n_boxes, mut n_unknown) = (0u64, 0u64);
    for file in annotation_files(path, &["json"])? {
        let text = read_text(&file)?;
        let parsed: CocoFile = serde_json::from_str(&text)
            .map_err(|e| Error::damaged(&file, format!("as COCO: {e}")))?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // instances_train.json, instances_val2017.json, train_2017.json
        let part = name.rsplit(['_', '-', '.']).find(|word| Split::parse(word).is_some());
        let part_name = part.unwrap_or_else(|| name.rsplit('_').next().unwrap_or(&name));
        let folder = base_folder(path);
        let parent = folder.parent().unwrap_or(folder);
        let picture_folders: Vec<_> = [folder, parent]
            .into_iter()
            .flat_map(|at| {
                let images = at.join("images");
                [images.join(part_name), images, at.join(part_name), at.to_owned()]
            })
            .collect();
        let categories: BTreeMap<i64, &str> =
            parsed.categories.iter().map(|c| (c.id, c.name.as_str())).collect();
        let mut items = BTreeMap::new();
        let mut order = Vec::new();
        for image in &parsed.images {
            let mut item = ForeignItem {
                name: image.file_name.clone(),
                image: find_picture(&picture_folders, &image.file_name),
                size: (image.width > 0 && image.height > 0).then_some([image.width, image.height]),
                ..ForeignItem::default()
            };
            item.set_part(part_name);
            order.push(image.id);
            items.insert(image.id, item);
        }
        for annotation in parsed.annotations {
            let Some(item) = items.get_mut(&annotation.image_id) else {
                n_unknown += 1;
                continue;
            };
            let class = categories.get(&annotation.category_id);
            if class.is_some_and(|class| is_background(class)) {
                continue;
            }
            let shapes = shapes(annotation.segmentation);
            if shapes.is_empty() {
                n_boxes += 1;
                item.n_unread += 1;
                continue;
            }
            item.shapes.extend(shapes);
            item.classes.extend(class.map(|class| (*class).to_owned()));
            let text = |key: &str| annotation.attributes.get(key)?.as_str().map(str::to_owned);
            item.set_note(text("note"), text("confidence"));
        }
        all.extend(order.iter().filter_map(|id| items.remove(id)));
    }
    if n_boxes > 0 {
        remarks.push(format!("{n_boxes} annotations without a mask were skipped."));
    }
    if n_unknown > 0 {
        remarks.push(format!("{n_unknown} annotations of unlisted pictures were skipped."));
    }
    Ok(all)
}

fn shapes(segmentation: Option<Segmentation>) -> Vec<Shape> {
    match segmentation {
        None => Vec::new(),
        Some(Segmentation::Polygons(lines)) => lines.into_iter().map(Shape::Polygon).collect(),
        Some(Segmentation::Rle { size: [height_px, width_px], counts }) => vec![match counts {
            Counts::Text(text) => Shape::CompressedColumns { text, width_px, height_px },
            Counts::Numbers(counts) => Shape::Columns { counts, width_px, height_px },
        }],
    }
}
