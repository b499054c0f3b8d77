//! Label Studio: `tasks.json`, `labels.xml` (the labelling interface), pictures in `images/`.
//!
//! * **In / out**: entries, and tasks with brush strokes as run lengths of bits.
//! * **Not here**: those bits (`rle`).
//!
//! Label Studio shows pictures by a path below its document root: set
//! `LOCAL_FILES_DOCUMENT_ROOT` to the folder that holds the export.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::json;

use super::classes::{self, CLASSES, class_of};
use super::coco::find;
use super::draft::{Draft, Shape};
use super::export::{Placed, Sink};
use super::stage::{Stage, Stream};
use super::{Entry, Error, input, rle};
use crate::annotate::{Confidence, Decision};

/// Writes all tasks to one file.
pub(super) struct LabelStudio {
    stream: Stream,
    n_tasks: u64,
    /// The folder's own name: the head of all paths.
    folder: String,
}

impl LabelStudio {
    pub(super) fn new(stage: &mut Stage) -> Result<Self, Error> {
        let mut stream = stage.stream("tasks.json")?;
        stream.text("[")?;
        stage.put("labels.xml", interface().as_bytes())?;
        Ok(Self { stream, n_tasks: 0, folder: stage.out_name() })
    }
}

/// What a person sees in Label Studio.
fn interface() -> String {
    let lines = |tag: &str, words: &[&str]| {
        words
            .iter()
            .fold(String::new(), |text, word| text + "    <" + tag + " value=\"" + word + "\"/>\n")
    };
    let labels = lines("Label", &CLASSES);
    let decisions = [Decision::Forged, Decision::NothingForged, Decision::CannotTell];
    let choices = lines("Choice", &decisions.map(Decision::as_str));
    let sure = lines("Choice", &Confidence::ALL.map(Confidence::as_str));
    format!(
        "<View>\n  <Image name=\"image\" value=\"$image\" zoom=\"true\"/>\n  <BrushLabels \
         name=\"mask\" toName=\"image\">\n{labels}  </BrushLabels>\n  <Choices name=\"decision\" \
         toName=\"image\">\n{choices}  </Choices>\n  <Choices name=\"confidence\" \
         toName=\"image\">\n{sure}  </Choices>\n  <TextArea name=\"note\" toName=\"image\"/>\n\
         </View>\n"
    )
}

/// Bytes that stand for themselves in an address.
fn encoded(path: &str) -> String {
    path.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _infallible = write!(text, "%{byte:02X}");
        }
        text
    })
}

fn decoded(text: &str) -> String {
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

impl Sink for LabelStudio {
    fn image_path(&self, _entry: &Entry, stem: &str, extension: &str) -> String {
        format!("images/{stem}.{extension}")
    }

    fn add(&mut self, _stage: &mut Stage, entry: &Entry, placed: &Placed) -> Result<(), Error> {
        let Entry { record, mask, .. } = entry;
        self.n_tasks += 1;
        let (w, h) = (record.image.width_px, record.image.height_px);
        if rle::is_too_large_for_brush(w, h) {
            let what = format!("Label Studio's masks cannot have {w} x {h} pixels");
            return Err(Error::Entry { id: record.id.clone(), what });
        }
        let choice = |name: &str, word: &str| {
            json!({"id": name, "type": "choices", "from_name": name, "to_name": "image",
                   "value": {"choices": [word]}})
        };
        let mut result = vec![choice("decision", &record.decision)];
        result.extend(record.confidence.as_deref().map(|sure| choice("confidence", sure)));
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
                    "rle": rle::brush(mask),
                    "brushlabels": [CLASSES[class_of(record)]],
                },
            }));
        }
        let image = if record.image.file.is_some() {
            format!("/data/local-files/?d={}", encoded(&format!("{}/{}", self.folder, placed.file)))
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
        self.stream.text(&format!("{}{task}", if self.n_tasks > 1 { ",\n" } else { "\n" }))
    }

    fn finish(self: Box<Self>, _stage: &mut Stage) -> Result<(), Error> {
        let mut stream = self.stream;
        stream.text("\n]\n")?;
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
    /// In percent of width and height.
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

/// Reads a folder with one file of tasks, or that file. Of several annotations of a task the last
/// one that was not cancelled counts.
pub(super) fn read(path: &Path, remarks: &mut Vec<String>) -> Result<Vec<Draft>, Error> {
    let mut drafts = Vec::new();
    let (mut n_skipped, mut n_more, mut n_open) = (0u64, 0u64, 0u64);
    for file in input::files(path, &["json"])? {
        let tasks: Vec<Task> = serde_json::from_str(&input::text(&file)?)
            .map_err(|e| Error::damaged(&file, format!("as tasks of Label Studio: {e}")))?;
        let folder = input::root(path);
        for task in tasks {
            let (name, image) = picture(folder, &task.data.image);
            let mut draft = Draft { name, image, ..Draft::default() };
            draft.set_part(task.data.split.as_deref().unwrap_or_default());
            let mut sound = task.annotations.into_iter().filter(|a| !a.was_cancelled);
            let Some(annotation) = sound.next_back() else {
                n_open += 1;
                continue;
            };
            n_more += sound.count() as u64;
            draft.seconds = annotation.lead_time;
            draft.at = annotation.created_at;
            draft.annotator = match &annotation.completed_by {
                serde_json::Value::Number(n) => Some(format!("Label Studio user {n}")),
                serde_json::Value::Object(user) => {
                    user.get("email").and_then(|email| email.as_str()).map(str::to_owned)
                }
                _ => None,
            };
            for region in annotation.result {
                if !take(&mut draft, region)? {
                    n_skipped += 1;
                    draft.n_unread += 1;
                }
            }
            drafts.push(draft);
        }
    }
    for (n, what) in [
        (n_skipped, "marks that are no masks were skipped."),
        (n_more, "annotations were skipped: of several of one picture the last one counts."),
        (n_open, "tasks nobody has annotated yet were skipped."),
    ] {
        if n > 0 {
            remarks.push(format!("{n} {what}"));
        }
    }
    Ok(drafts)
}

/// Takes one mark into a draft; `false` when it is no mask.
fn take(draft: &mut Draft, region: Region) -> Result<bool, Error> {
    let value = region.value;
    match (region.kind.as_str(), region.from_name.as_str()) {
        ("choices", name) => {
            let word = value.choices.first().map_or("", String::as_str);
            if name == "confidence" {
                draft.say(None, Some(word.to_owned()));
            } else {
                draft.decision = classes::decision_of(word).or(draft.decision);
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
            draft.say(Some(text), None);
            return Ok(true);
        }
        // The shapes repeat what a list of labels says.
        ("labels", _) if value.rle.is_empty() => return Ok(true),
        _ => {}
    }
    let words = [&value.brushlabels, &value.polygonlabels, &value.boxlabels, &value.labels];
    let words: Vec<&String> = words.into_iter().flatten().collect();
    if !words.is_empty() && words.iter().all(|word| classes::is_background(word)) {
        return Ok(true);
    }
    let (w, h) = (region.original_width, region.original_height);
    let shape = if !value.rle.is_empty() {
        Shape::Brush(value.rle)
    } else if value.points.len() > 2 {
        let shares = value.points.iter().flatten().map(|percent| percent / 100.0);
        Shape::Shares(shares.collect())
    } else {
        return Ok(false);
    };
    if region.image_rotation != 0.0 {
        let what = "it was turned in Label Studio; turn it back there and export again".to_owned();
        return Err(Error::Entry { id: draft.name.clone(), what });
    }
    draft.shapes.push(shape);
    draft.size = Some([w, h]);
    draft.classes.extend(value.brushlabels);
    draft.classes.extend(value.polygonlabels);
    draft.classes.extend(value.labels);
    Ok(true)
}

/// The name of a task's picture, and where it is.
fn picture(folder: &Path, address: &str) -> (String, Option<PathBuf>) {
    let path = match address.split_once("?d=") {
        Some((_, path)) => decoded(path.split('&').next().unwrap_or(path)),
        None => decoded(address.strip_prefix("file://").unwrap_or(address)),
    };
    // Below the document root, below the folder, or by the last part of the name.
    let up = folder.parent().unwrap_or(folder);
    let places = [up, folder, &folder.join("images"), &up.join("images")].map(Path::to_owned);
    let base = path.rsplit('/').next().unwrap_or(&path).to_owned();
    let found = find(&places, &path).or_else(|| find(&places, &base));
    // Uploaded files got eight letters and a line in front of their names.
    let plain = base.split_once('-').filter(|(head, _)| head.len() == 8).map(|(_, tail)| tail);
    let found = found.or_else(|| find(&places, plain?));
    if Path::new(&path).is_absolute() && found.is_some() {
        return (path, found);
    }
    (base, found)
}
