//! Writes Label Studio tasks and the labeling interface.

use std::fmt::Write as _;

use serde_json::json;

use crate::annotate::{Confidence, Decision};
use crate::dataset::formats::classes::{CLASSES, class_of};
use crate::dataset::formats::run_lengths;
use crate::dataset::formats::writer::{FormatWriter, JsonListFile, PlacedPicture};
use crate::dataset::staging::StagingFolder;
use crate::dataset::{Entry, Error};

/// Writes all tasks to one file.
pub(in crate::dataset::formats) struct LabelStudioWriter {
    tasks: JsonListFile,
    /// Name of the folder; all paths start with it.
    folder: String,
}

impl LabelStudioWriter {
    pub(in crate::dataset::formats) fn new(folder: &mut StagingFolder) -> Result<Self, Error> {
        let tasks = JsonListFile::open(folder, "tasks.json", "[")?;
        folder.write_file("labels.xml", interface().as_bytes())?;
        Ok(Self { tasks, folder: folder.out_name() })
    }
}

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
                    "brushlabels": [class_of(record)],
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
        let id = self.tasks.len().saturating_add(1);
        self.tasks.push(json!({
            "id": id,
            "data": {"image": image, "split": record.split.as_str()},
            "annotations": [{
                "result": result,
                "was_cancelled": false,
                "ground_truth": false,
                "lead_time": record.seconds,
                "created_at": record.at,
            }],
        }))
    }

    fn finish(self: Box<Self>, _folder: &mut StagingFolder) -> Result<(), Error> {
        self.tasks.finish("\n]\n")
    }
}
