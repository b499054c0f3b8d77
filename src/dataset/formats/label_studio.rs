//! Label Studio: `tasks.json`, `labels.xml` (the labeling interface), pictures in `images/`.
//!
//! Masks are brush strokes as run lengths of bits. Label Studio finds pictures by a path below its
//! document root: set `LOCAL_FILES_DOCUMENT_ROOT` to the folder that holds the export.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::json;

use super::classes::{self, CLASSES, class_index};
use super::foreign_item::{ForeignItem, Shape};
use super::run_lengths;
use super::writer::{FormatWriter, PlacedPicture};
use crate::annotate::{Confidence, Decision};
use crate::dataset::files::{annotation_files, base_folder, find_picture, read_text};
use crate::dataset::staging::{StagedFile, StagingFolder};
use crate::dataset::{Entry, Error};

/// Writes all tasks to one file.
pub(super) struct LabelStudioWriter {
    stream: StagedFile,
    n_tasks: u64,
    /// Name of the folder; all paths start with it.
    folder: String,
}

impl LabelStudioWriter {
    pub(super) fn new(folder: &mut StagingFolder) -> Result<Self, Error> {
        let mut stream = folder.open_file("tasks.json")?;
        stream.write("[")?;
        folder.write_file("labels.xml", interface().as_bytes())?;
        Ok(Self { stream, n_tasks: 0, folder: folder.out_name() })
    }
}

/// The labeling interface.
fn interface() -> String {
    let lines = |tag: &str, names: &[&str]| {
        names
            .iter()
            .fold(String::new(), |text, name| text + "    <" + tag + " value=\"" + name + "\"/>\n")
    };
    let labels = lines("Label", &CLASSES);
    let decisions = [Decision::Forged, Decision::NothingForged, Decision::CannotTell];
    let choices = lines("Choice", &decisions.map(Decision::as_str));
    let confidences = lines("Choice", &Confidence::ALL.map(Confidence::as_str));
    format!(
        "<View>\n  <Image name=\"image\" value=\"$image\" zoom=\"true\"/>\n  <BrushLabels \
         name=\"mask\" toName=\"image\">\n{labels}  </BrushLabels>\n  <Choices name=\"decision\" \
         toName=\"image\">\n{choices}  </Choices>\n  <Choices name=\"confidence\" \
         toName=\"image\">\n{confidences}  </Choices>\n  <TextArea name=\"note\" toName=\"image\"/>\n\
         </View>\n"
    )
}

/// Percent-encodes a path.
fn percent_encode(path: &str) -> String {
    path.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _infallible = write!(text, "%{byte:02X}");
        }
        text
    })
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex =
            tail.get(..2).filter(|_| *first == b'%').and_then(|h| std::str::from_utf8(h).ok());
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            bytes.push(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl FormatWriter for LabelStudioWriter {
    fn image_path(&self, _entry: &Entry, stem: &str, extension: &str) -> String {
        format!("images/{stem}.{extension}")
    }

    fn add(
        &mut self,
        _folder: &mut StagingFolder,
        entry: &Entry,
        placed: &PlacedPicture,
    ) -> Result<(), Error> {
        let Entry { record, mask, .. } = entry;
        self.n_tasks += 1;
        let (w, h) = (record.image.width_px, record.image.height_px);
        if run_lengths::is_too_large_for_brush(w, h) {
            let what = format!("Label Studio cannot store a mask of {w} x {h} pixels");
            return Err(Error::Entry { id: record.id.clone(), what });
        }
        let choice = |name: &str, value: &str| {
            json!({"id": name, "type": "choices", "from_name": name, "to_name": "image",
                   "value": {"choices": [value]}})
        };
        let mut result = vec![choice("decision", &record.decision)];
        result.extend(record.confidence.as_deref().map(|value| choice("confidence", value)));
        if !record.note.is_empty() {
            result.push(json!({"id": "note", "type": "textarea", "from_name": "note",
                               "to_name": "image", "value": {"text": [record.note]}}));
        }
        if !mask.is_empty() {
            result.push(json!({
                "id": "mask",
                "type": "brushlabels",
                "from_name": "mask",
                "to_name": "image",
                "original_width": w,
                "original_height": h,
                "image_rotation": 0,
                "value": {
                    "format": "rle",
                    "rle": run_lengths::encode_brush(mask),
                    "brushlabels": [CLASSES[class_index(record)]],
                },
            }));
        }
        let image = if record.image.file.is_some() {
            format!(
                "/data/local-files/?d={}",
                percent_encode(&format!("{}/{}", self.folder, placed.file))
            )
        } else {
            placed.file.clone()
        };
        let task = json!({
            "id": self.n_tasks,
            "data": {"image": image, "split": record.split.as_str()},
            "annotations": [{
                "result": result,
                "was_cancelled": false,
                "ground_truth": false,
                "lead_time": record.seconds,
                "created_at": record.at,
            }],
        });
        self.stream.write(&format!("{}{task}", if self.n_tasks > 1 { ",\n" } else { "\n" }))
    }

    fn finish(self: Box<Self>, _folder: &mut StagingFolder) -> Result<(), Error> {
        let mut stream = self.stream;
        stream.write("\n]\n")?;
        stream.finish()
    }
}

#[derive(Deserialize)]
struct Task {
    data: Data,
    #[serde(default)]
    annotations: Vec<Annotation>,
}

#[derive(Deserialize)]
struct Data {
    image: String,
    #[serde(default)]
    split: Option<String>,
}

#[derive(Deserialize)]
struct Annotation {
    #[serde(default)]
    result: Vec<Region>,
    #[serde(default)]
    was_cancelled: bool,
    #[serde(default)]
    lead_time: Option<f64>,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    completed_by: serde_json::Value,
}

#[derive(Deserialize)]
struct Region {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    from_name: String,
    #[serde(default)]
    original_width: u32,
    #[serde(default)]
    original_height: u32,
    #[serde(default)]
    image_rotation: f64,
    #[serde(default)]
    value: Value,
}

#[derive(Deserialize, Default)]
struct Value {
    #[serde(default)]
    rle: Vec<u8>,
    /// Polygon corners in percent of width and height.
    #[serde(default)]
    points: Vec<[f64; 2]>,
    #[serde(default)]
    brushlabels: Vec<String>,
    #[serde(default)]
    polygonlabels: Vec<String>,
    #[serde(default, rename = "rectanglelabels")]
    boxlabels: Vec<String>,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    choices: Vec<String>,
    #[serde(default)]
    text: serde_json::Value,
}

/// Reads a folder with task files, or one such file. Of several annotations of a task the last one
/// that was not cancelled counts.
pub(super) fn read(path: &Path, remarks: &mut Vec<String>) -> Result<Vec<ForeignItem>, Error> {
    let mut items = Vec::new();
    let (mut n_skipped, mut n_more, mut n_open) = (0u64, 0u64, 0u64);
    for file in annotation_files(path, &["json"])? {
        let tasks: Vec<Task> = serde_json::from_str(&read_text(&file)?)
            .map_err(|e| Error::damaged(&file, format!("as Label Studio tasks: {e}")))?;
        let folder = base_folder(path);
        for task in tasks {
            let (name, image) = resolve_picture(folder, &task.data.image);
            let mut item = ForeignItem { name, image, ..ForeignItem::default() };
            item.set_part(task.data.split.as_deref().unwrap_or_default());
            let mut annotations = task.annotations.into_iter().filter(|a| !a.was_cancelled);
            let Some(annotation) = annotations.next_back() else {
                n_open += 1;
                continue;
            };
            n_more += annotations.count() as u64;
            item.seconds = annotation.lead_time;
            item.at = annotation.created_at;
            item.annotator = match &annotation.completed_by {
                serde_json::Value::Number(n) => Some(format!("Label Studio user {n}")),
                serde_json::Value::Object(user) => {
                    user.get("email").and_then(|email| email.as_str()).map(str::to_owned)
                }
                _ => None,
            };
            for region in annotation.result {
                if !add_region(&mut item, region)? {
                    n_skipped += 1;
                    item.n_unread += 1;
                }
            }
            items.push(item);
        }
    }
    for (n, what) in [
        (n_skipped, "annotations that are no masks were skipped."),
        (n_more, "annotations were skipped: of several for one picture the last one counts."),
        (n_open, "tasks without annotation were skipped."),
    ] {
        if n > 0 {
            remarks.push(format!("{n} {what}"));
        }
    }
    Ok(items)
}

/// Adds one region to a picture; `false` when it is no mask.
fn add_region(item: &mut ForeignItem, region: Region) -> Result<bool, Error> {
    let value = region.value;
    match (region.kind.as_str(), region.from_name.as_str()) {
        ("choices", name) => {
            let choice = value.choices.first().map_or("", String::as_str);
            if name == "confidence" {
                item.set_note(None, Some(choice.to_owned()));
            } else {
                item.decision = classes::decision_of(choice).or(item.decision);
            }
            return Ok(true);
        }
        ("textarea", _) => {
            let text = match &value.text {
                serde_json::Value::Array(lines) => {
                    lines.iter().filter_map(|l| l.as_str()).collect::<Vec<_>>().join("\n")
                }
                other => other.as_str().unwrap_or_default().to_owned(),
            };
            item.set_note(Some(text), None);
            return Ok(true);
        }
        // The shapes repeat the labels of this list.
        ("labels", _) if value.rle.is_empty() => return Ok(true),
        _ => {}
    }
    let labels = [&value.brushlabels, &value.polygonlabels, &value.boxlabels, &value.labels];
    let labels: Vec<&String> = labels.into_iter().flatten().collect();
    if !labels.is_empty() && labels.iter().all(|label| classes::is_background(label)) {
        return Ok(true);
    }
    let (w, h) = (region.original_width, region.original_height);
    let shape = if !value.rle.is_empty() {
        Shape::Brush(value.rle)
    } else if value.points.len() > 2 {
        let fractions = value.points.iter().flatten().map(|percent| percent / 100.0);
        Shape::RelativePolygon(fractions.collect())
    } else {
        return Ok(false);
    };
    if region.image_rotation != 0.0 {
        let what =
            "it was rotated in Label Studio; undo the rotation there and export again".to_owned();
        return Err(Error::Entry { id: item.name.clone(), what });
    }
    item.shapes.push(shape);
    item.size = Some([w, h]);
    item.classes.extend(value.brushlabels);
    item.classes.extend(value.polygonlabels);
    item.classes.extend(value.labels);
    Ok(true)
}

/// The name of a task's picture, and its path if it was found.
fn resolve_picture(folder: &Path, address: &str) -> (String, Option<PathBuf>) {
    let path = match address.split_once("?d=") {
        Some((_, path)) => percent_decode(path.split('&').next().unwrap_or(path)),
        None => percent_decode(address.strip_prefix("file://").unwrap_or(address)),
    };
    // Look below the document root, below the folder, and by the file name alone.
    let parent = folder.parent().unwrap_or(folder);
    let folders =
        [parent, folder, &folder.join("images"), &parent.join("images")].map(Path::to_owned);
    let base = path.rsplit('/').next().unwrap_or(&path).to_owned();
    let found = find_picture(&folders, &path).or_else(|| find_picture(&folders, &base));
    // Label Studio prefixes uploaded files with eight characters and a hyphen.
    let plain = base.split_once('-').filter(|(head, _)| head.len() == 8).map(|(_, tail)| tail);
    let found = found.or_else(|| find_picture(&folders, plain?));
    if Path::new(&path).is_absolute() && found.is_some() {
        return (path, found);
    }
    (base, found)
}
