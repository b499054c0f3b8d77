//! Datumaro: `annotations/train.json` and the like, pictures in `images/train/`.
//!
//! * **In / out**: entries, and the files of the format, version 1.0. Masks as COCO's run lengths.
//! * **Not here**: run lengths (`rle`).
//!
//! Pictures that were looked at and hold no mask say so by a label or an attribute.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::classes::{self, CLASSES, class_of};
use super::coco::{find, word};
use super::draft::{Draft, Shape};
use super::export::{Placed, Sink};
use super::stage::{Stage, Stream};
use super::{Entry, Error, input, rle};
use crate::annotate::Decision;

/// Writes one file for each part of the split.
#[derive(Default)]
pub(super) struct Datumaro {
    files: [Option<(Stream, u64)>; 3],
}

impl Sink for Datumaro {
    fn image_path(&self, entry: &Entry, stem: &str, extension: &str) -> String {
        format!("images/{}/{stem}.{extension}", word(entry.record.split))
    }

    fn add(&mut self, stage: &mut Stage, entry: &Entry, placed: &Placed) -> Result<(), Error> {
        let Entry { record, mask, .. } = entry;
        let slot = &mut self.files[record.split as usize];
        if slot.is_none() {
            let mut stream = stage.stream(&format!("annotations/{}.json", word(record.split)))?;
            let labels: Vec<_> = CLASSES
                .iter()
                .map(|name| json!({"name": name, "parent": "", "attributes": []}))
                .collect();
            let categories =
                json!({"label": {"labels": labels, "label_groups": [], "attributes": []}});
            stream.text(&format!(
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
                json!([{"id": 1, "type": "label", "label_id": class_of(record),
                        "attributes": attributes, "group": 0}])
            } else {
                json!([])
            }
        } else {
            let counts = rle::pack(&rle::columns(mask));
            json!([{
                "id": 1,
                "type": "mask",
                "label_id": class_of(record),
                "rle": {"counts": counts, "size": [mask.height_px(), mask.width_px()]},
                "attributes": attributes,
                "group": 0,
                "z_order": 0,
            }])
        };
        let prefix = format!("images/{}/", word(record.split));
        let item = json!({
            "id": placed.stem,
            "annotations": annotations,
            "attr": {"decision": record.decision},
            "image": {
                "path": placed.file.strip_prefix(&prefix).unwrap_or(&placed.file),
                "size": [record.image.height_px, record.image.width_px],
            },
        });
        stream.text(&format!("{}{item}", if *n_items > 1 { ",\n" } else { "\n" }))
    }

    fn finish(self: Box<Self>, _stage: &mut Stage) -> Result<(), Error> {
        for (mut stream, _) in self.files.into_iter().flatten() {
            stream.text("\n]}\n")?;
            stream.finish()?;
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    categories: Categories,
    items: Vec<Item>,
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
struct Item {
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

/// Reads a folder, or one file of annotations.
pub(super) fn read(path: &Path, remarks: &mut Vec<String>) -> Result<Vec<Draft>, Error> {
    let mut drafts = Vec::new();
    let mut skipped: BTreeMap<String, u64> = BTreeMap::new();
    for file in input::files(path, &["json"])? {
        let parsed: File = serde_json::from_str(&input::text(&file)?)
            .map_err(|e| Error::damaged(&file, format!("as Datumaro: {e}")))?;
        let subset = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let folder = input::root(path);
        let up = folder.parent().unwrap_or(folder);
        let places: Vec<_> = [folder, up]
            .into_iter()
            .flat_map(|at| [at.join("images").join(&subset), at.join("images"), at.to_owned()])
            .collect();
        let labels: Vec<String> = parsed
            .categories
            .label
            .map(|labels| labels.labels.into_iter().map(|label| label.name).collect())
            .unwrap_or_default();
        for item in parsed.items {
            let name = (item.image.as_ref().and_then(|image| image.path.clone()))
                .filter(|path| !path.is_empty())
                .unwrap_or_else(|| format!("{}.jpg", item.id));
            let mut draft = Draft {
                image: find(&places, &name),
                size: item.image.and_then(|image| image.size).map(|[h, w]| [w, h]),
                name,
                ..Draft::default()
            };
            draft.set_part(&subset);
            draft.decision =
                item.attr.get("decision").and_then(Value::as_str).and_then(Decision::parse);
            for annotation in item.annotations {
                let label = annotation.label_id.and_then(|i| labels.get(usize::try_from(i).ok()?));
                if annotation.kind == "label" {
                    let said = label.and_then(|label| classes::decision_of(label));
                    draft.decision = said.or(draft.decision);
                }
                if label.is_some_and(|label| classes::is_background(label)) {
                    continue;
                }
                match (annotation.kind.as_str(), annotation.rle) {
                    ("mask", Some(rle)) => {
                        let [height_px, width_px] = rle.size;
                        draft.shapes.push(Shape::Letters { text: rle.counts, width_px, height_px });
                    }
                    ("polygon", _) => draft.shapes.push(Shape::Polygon(annotation.points)),
                    ("label", _) => {}
                    (other, _) => {
                        *skipped.entry(other.to_owned()).or_insert(0) += 1;
                        draft.n_unread += 1;
                        continue;
                    }
                }
                draft.classes.extend(label.cloned());
                let text = |key: &str| annotation.attributes.get(key)?.as_str().map(str::to_owned);
                draft.say(text("note"), text("confidence"));
            }
            // A mask may have been drawn since.
            draft.decision =
                draft.decision.filter(|d| draft.shapes.is_empty() || *d != Decision::NothingForged);
            drafts.push(draft);
        }
    }
    for (kind, n) in skipped {
        remarks
            .push(format!("{n} annotations of the kind {kind:?} were skipped: they are no masks."));
    }
    Ok(drafts)
}
