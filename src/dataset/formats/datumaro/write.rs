//! Writes Datumaro 1.0.

use serde_json::json;

use crate::annotate::Decision;
use crate::dataset::formats::classes::{CLASSES, class_index};
use crate::dataset::formats::run_lengths;
use crate::dataset::formats::writer::{FormatWriter, JsonListFile, PlacedPicture};
use crate::dataset::staging::StagingFolder;
use crate::dataset::{Entry, Error};

/// Writes one annotation file per part of the split.
#[derive(Default)]
pub(in crate::dataset::formats) struct DatumaroWriter {
    files: [Option<JsonListFile>; 3],
}

impl FormatWriter for DatumaroWriter {
    fn add(
        &mut self,
        folder: &mut StagingFolder,
        entry: &Entry,
        placed: &PlacedPicture,
    ) -> Result<(), Error> {
        let Entry { record, mask, .. } = entry;
        let slot = record.split.entry_mut(&mut self.files);
        if slot.is_none() {
            let name = format!("annotations/{}.json", record.split.foreign_name());
            let labels: Vec<_> = CLASSES
                .iter()
                .map(|name| json!({"name": name, "parent": "", "attributes": []}))
                .collect();
            let categories =
                json!({"label": {"labels": labels, "label_groups": [], "attributes": []}});
            let head = format!(
                "{{\"dm_format_version\":\"1.0\",\"media_type\":2,\"infos\":{{}},\
                 \"categories\":{categories},\n\"items\":["
            );
            *slot = Some(JsonListFile::open(folder, &name, &head)?);
        }
        let Some(file) = slot else { return Ok(()) };
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
        file.push(json!({
            "id": placed.stem,
            "annotations": annotations,
            "attr": {"decision": record.decision},
            "image": {
                "path": placed.file_in_part(record.split),
                "size": [record.image.height_px, record.image.width_px],
            },
        }))
    }

    fn finish(self: Box<Self>, _folder: &mut StagingFolder) -> Result<(), Error> {
        self.files.into_iter().flatten().try_for_each(|file| file.finish("\n]}\n"))
    }
}
