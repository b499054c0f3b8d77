//! COCO: `annotations/instances_train.json` and the like, pictures in `images/train/`.
//!
//! * **In / out**: entries, and the files of the format. Masks as run lengths in letters, which
//!   every pixel survives, or as polygons.
//! * **Not here**: run lengths (`rle`), outlines (`outline`).
//!
//! One annotation for each mask, `iscrowd` 0. Pictures where nothing was forged have none. Reads
//! run lengths in letters and in numbers, and polygons.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;
use serde_json::json;

use super::classes::{CLASSES, class_of, is_background};
use super::draft::{Draft, Shape};
use super::export::{Placed, Sink};
use super::stage::{Stage, Stream};
use super::{Entry, Error, Split, input, names, outline, rle};
use crate::annotate::Decision;

/// The word of a split in file names.
pub(super) const fn word(split: Split) -> &'static str {
    match split {
        Split::Train => "train",
        Split::Validation => "val",
        Split::Test => "test",
    }
}

/// Writes one file for each part of the split.
pub(super) struct Coco {
    as_polygons: bool,
    files: [Option<Part>; 3],
    n_annotations: u64,
}

struct Part {
    stream: Stream,
    images: String,
    n_images: u64,
    n_annotations: u64,
}

impl Coco {
    pub(super) const fn new(as_polygons: bool) -> Self {
        Self { as_polygons, files: [None, None, None], n_annotations: 0 }
    }

    fn part(&mut self, stage: &mut Stage, split: Split) -> Result<&mut Part, Error> {
        let slot = &mut self.files[split as usize];
        if slot.is_none() {
            let name = format!("annotations/instances_{}.json", word(split));
            let mut stream = stage.stream(&name)?;
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
            stream.text(&head)?;
            *slot = Some(Part { stream, images: String::new(), n_images: 0, n_annotations: 0 });
        }
        slot.as_mut().ok_or_else(|| Error::Source { what: "no file is open".to_owned() })
    }
}

impl Sink for Coco {
    fn image_path(&self, entry: &Entry, stem: &str, extension: &str) -> String {
        format!("images/{}/{stem}.{extension}", word(entry.record.split))
    }

    fn can_hold(&self, entry: &Entry) -> bool {
        entry.record.decision() != Some(Decision::CannotTell) || !entry.mask.is_empty()
    }

    fn add(&mut self, stage: &mut Stage, entry: &Entry, placed: &Placed) -> Result<(), Error> {
        let Entry { record, mask, .. } = entry;
        let as_polygons = self.as_polygons;
        self.n_annotations += 1;
        let id = self.n_annotations;
        let part = self.part(stage, record.split)?;
        part.n_images += 1;
        let image_id = part.n_images;
        let prefix = format!("images/{}/", word(record.split));
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
            json!(outline::outlines(mask).iter().map(|line| line.concat()).collect::<Vec<_>>())
        } else {
            let counts = rle::pack(&rle::columns(mask));
            json!({"size": [mask.height_px(), mask.width_px()], "counts": counts})
        };
        let annotation = json!({
            "id": id,
            "image_id": image_id,
            "category_id": class_of(record) + 1,
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
        part.stream.text(&format!("{comma}{annotation}"))
    }

    fn finish(self: Box<Self>, _stage: &mut Stage) -> Result<(), Error> {
        for mut part in self.files.into_iter().flatten() {
            part.stream.text(&format!("\n],\n\"images\":[{}\n]}}\n", part.images))?;
            part.stream.finish()?;
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct File {
    images: Vec<Image>,
    #[serde(default)]
    annotations: Vec<Annotation>,
    #[serde(default)]
    categories: Vec<Category>,
}

#[derive(Deserialize)]
struct Image {
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
    Letters(String),
    Numbers(Vec<u32>),
}

/// Reads a folder, or one file of annotations.
pub(super) fn read(path: &Path, remarks: &mut Vec<String>) -> Result<Vec<Draft>, Error> {
    let mut all = Vec::new();
    let (mut n_boxes, mut n_unknown) = (0u64, 0u64);
    for file in input::files(path, &["json"])? {
        let text = input::text(&file)?;
        let parsed: File = serde_json::from_str(&text)
            .map_err(|e| Error::damaged(&file, format!("as COCO: {e}")))?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        // instances_train.json, instances_val2017.json, train_2017.json
        let part = name.rsplit(['_', '-', '.']).find(|word| Split::parse(word).is_some());
        let split_word = part.unwrap_or_else(|| name.rsplit('_').next().unwrap_or(&name));
        let folder = input::root(path);
        let up = folder.parent().unwrap_or(folder);
        let places: Vec<_> = [folder, up]
            .into_iter()
            .flat_map(|at| {
                let images = at.join("images");
                [images.join(split_word), images, at.join(split_word), at.to_owned()]
            })
            .collect();
        let categories: BTreeMap<i64, &str> =
            parsed.categories.iter().map(|c| (c.id, c.name.as_str())).collect();
        let mut drafts = BTreeMap::new();
        let mut order = Vec::new();
        for image in &parsed.images {
            let mut draft = Draft {
                name: image.file_name.clone(),
                image: find(&places, &image.file_name),
                size: (image.width > 0 && image.height > 0).then_some([image.width, image.height]),
                ..Draft::default()
            };
            draft.set_part(split_word);
            order.push(image.id);
            drafts.insert(image.id, draft);
        }
        for annotation in parsed.annotations {
            let Some(draft) = drafts.get_mut(&annotation.image_id) else {
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
                draft.n_unread += 1;
                continue;
            }
            draft.shapes.extend(shapes);
            draft.classes.extend(class.map(|class| (*class).to_owned()));
            let text = |key: &str| annotation.attributes.get(key)?.as_str().map(str::to_owned);
            draft.say(text("note"), text("confidence"));
        }
        all.extend(order.iter().filter_map(|id| drafts.remove(id)));
    }
    if n_boxes > 0 {
        remarks.push(format!("{n_boxes} annotations without a mask were skipped."));
    }
    if n_unknown > 0 {
        remarks
            .push(format!("{n_unknown} annotations of pictures that are not listed were skipped."));
    }
    Ok(all)
}

fn shapes(segmentation: Option<Segmentation>) -> Vec<Shape> {
    match segmentation {
        None => Vec::new(),
        Some(Segmentation::Polygons(lines)) => lines.into_iter().map(Shape::Polygon).collect(),
        Some(Segmentation::Rle { size: [height_px, width_px], counts }) => vec![match counts {
            Counts::Letters(text) => Shape::Letters { text, width_px, height_px },
            Counts::Numbers(counts) => Shape::Columns { counts, width_px, height_px },
        }],
    }
}

/// A picture in one of several folders, or where its whole path says.
pub(super) fn find(places: &[std::path::PathBuf], name: &str) -> Option<std::path::PathBuf> {
    let whole = Path::new(name);
    if whole.is_absolute() {
        return whole.is_file().then(|| whole.to_owned());
    }
    places.iter().filter_map(|folder| names::inside(folder, name)).find(|path| path.is_file())
}
