//! Datumaro 1.0: `annotations/train.json` and the like, pictures in `images/train/`.
//!
//! Masks are COCO's compressed run lengths. Pictures without a mask carry their decision as a label
//! or an attribute.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::classes::{self, CLASSES, class_index};
use super::foreign_item::{ForeignItem, Shape};
use super::run_lengths;
use super::writer::{FormatWriter, PlacedPicture};
use crate::annotate::Decision;
use crate::dataset::files::{annotation_files, base_folder, find_picture, read_text};
use crate::dataset::staging::{StagedFile, StagingFolder};
use crate::dataset::{Entry, Error};

/// Writes one annotation file per part of the split.
#[derive(Default)]
pub(super) struct DatumaroWriter {
    files: [Option<(StagedFile, u64)>; 3],
}

impl FormatWriter for DatumaroWriter {
    fn image_path(&self, entry: &Entry, stem: &str, extension: &str) -> String {
        format!("images/{}/{stem}.{extension}", entry.record.split.foreign_name())
    }

    fn add(
        &mut self,
        folder: &mut StagingFolder,
        entry: &Entry,
        placed: &PlacedPicture,
    ) -> Result<(), Error> {
        let Entry { record, mask, .. } = entry;
        let slot = &mut self.files[record.split as usize];
        if slot.is_none() {
            let mut stream =
                folder.open_file(&format!("annotations/{}.json", record.split.foreign_name()))?;
            let labels: Vec<_> = CLASSES
                .iter()
                .map(|name| json!({"name": name, "parent": "", "attributes": []}))
                .collect();
            let categories =
                json!({"label": {"labels": labels, "label_groups": [], "attributes": []}});
            stream.write(&format!(
                "{{\"dm_format_version\":\"1.0\",\"media_type\":2,\"infos\":{{}},\
                 \"categories\":{categories},\n\"items\":["
            ))?;
            *slot = Some((stream, 0));
        }
        let Some((stream, n_items)) = slot else { return Ok(()) };
        *n_items += 1;
        let attributes = json!({
            "confidence": record.confidence.as_deref().unwrap_or_default(),
            "note": record.note,
        });
        let annotations = if mask.is_empty() {
            if record.decision() == Some(Decision::CannotTell) {
                json!([{"id": 1, "type": "label", "label_id": class_index(record),
                        "attributes": attributes, "group": 0}])
            } else {
                json!([])
            }
        } else {
            let counts = run_lengths::compress(&run_lengths::columns(mask));
            json!([{
                "id": 1,
                "type": "mask",
                "label_id": class_index(record),
                "rle": {"counts": counts, "size": [mask.height_px(), mask.width_px()]},
                "attributes": attributes,
                "group": 0,
                "z_order": 0,
            }])
        };
        let prefix = format!("images/{}/", record.split.foreign_name());
        let item = json!({
            "id": placed.stem,
            "annotations": annotations,
            "attr": {"decision": record.decision},
            "image": {
                "path": placed.file.strip_prefix(&prefix).unwrap_or(&placed.file),
                "size": [record.image.height_px, record.image.width_px],
            },
        });
        stream.write(&format!("{}{item}", if *n_items > 1 { ",\n" } else { "\n" }))
    }

    fn finish(self: Box<Self>, _folder: &mut StagingFolder) -> Result<(), Error> {
        for (mut stream, _) in self.files.into_iter().flatten() {
            stream.write("\n]}\n")?;
            stream.finish()?;
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct DatumaroFile {
    #[serde(default)]
    categories: Categories,
    items: Vec<DatumaroItem>,
}

#[derive(Deserialize, Default)]
struct Categories {
    #[serde(default)]
    label: Option<Labels>,
}

#[derive(Deserialize)]
struct Labels {
    labels: Vec<Label>,
}

#[derive(Deserialize)]
struct Label {
    name: String,
}

#[derive(Deserialize)]
struct DatumaroItem {
    id: String,
    #[serde(default)]
    annotations: Vec<Annotation>,
    #[serde(default)]
    attr: BTreeMap<String, Value>,
    #[serde(default)]
    image: Option<Image>,
}

#[derive(Deserialize)]
struct Image {
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    size: Option<[u32; 2]>,
}

#[derive(Deserialize)]
struct Annotation {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    label_id: Option<i64>,
    #[serde(default)]
    rle: Option<Rle>,
    #[serde(default)]
    points: Vec<f64>,
    #[serde(default)]
    attributes: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
struct Rle {
    counts: String,
    size: [u32; 2],
}

/// Reads a folder, or one annotation file.
pub(super) fn read(path: &Path, remarks: &mut Vec<String>) -> Result<Vec<ForeignItem>, Error> {
    let mut items = Vec::new();
    let mut skipped: BTreeMap<String, u64> = BTreeMap::new();
    for file in annotation_files(path, &["json"])? {
        let parsed: DatumaroFile = serde_json::from_str(&read_text(&file)?)
            .map_err(|e| Error::damaged(&file, format!("as Datumaro: {e}")))?;
        let subset = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let folder = base_folder(path);
        let parent = folder.parent().unwrap_or(folder);
        let picture_folders: Vec<_> = [folder, parent]
            .into_iter()
            .flat_map(|at| [at.join("images").join(&subset), at.join("images"), at.to_owned()])
            .collect();
        let labels: Vec<String> = parsed
            .categories
            .label
            .map(|labels| labels.labels.into_iter().map(|label| label.name).collect())
            .unwrap_or_default();
        for entry in parsed.items {
            let name = (entry.image.as_ref().and_then(|image| image.path.clone()))
                .filter(|path| !path.is_empty())
                .unwrap_or_else(|| format!("{}.jpg", entry.id));
            let mut item = ForeignItem {
                image: find_picture(&picture_folders, &name),
                size: entry.image.and_then(|image| image.size).map(|[h, w]| [w, h]),
                name,
                ..ForeignItem::default()
            };
            item.set_part(&subset);
            item.decision =
                entry.attr.get("decision").and_then(Value::as_str).and_then(Decision::parse);
            for annotation in entry.annotations {
                let label = annotation.label_id.and_then(|i| labels.get(usize::try_from(i).ok()?));
                if annotation.kind == "label" {
                    let decision = label.and_then(|label| classes::decision_of(label));
                    item.decision = decision.or(item.decision);
                }
                if label.is_some_and(|label| classes::is_background(label)) {
                    continue;
                }
                match (annotation.kind.as_str(), annotation.rle) {
                    ("mask", Some(rle)) => {
                        let [height_px, width_px] = rle.size;
                        item.shapes.push(Shape::CompressedColumns {
                            text: rle.counts,
                            width_px,
                            height_px,
                        });
                    }
                    ("polygon", _) => item.shapes.push(Shape::Polygon(annotation.points)),
                    ("label", _) => {}
                    (other, _) => {
                        *skipped.entry(other.to_owned()).or_insert(0) += 1;
                        item.n_unread += 1;
                        continue;
                    }
                }
                item.classes.extend(label.cloned());
                let text = |key: &str| annotation.attributes.get(key)?.as_str().map(str::to_owned);
                item.set_note(text("note"), text("confidence"));
            }
            // A mask may have been drawn later.
            item.decision =
                item.decision.filter(|d| item.shapes.is_empty() || *d != Decision::NothingForged);
            items.push(item);
        }
    }
    for (kind, n) in skipped {
        remarks
            .push(format!("{n} annotations of the kind {kind:?} were skipped: they are no masks."));
    }
    Ok(items)
}
