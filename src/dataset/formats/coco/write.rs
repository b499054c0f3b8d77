//! Writes COCO: each mask is one annotation with `iscrowd` 0; pictures without forgery have none.

use serde_json::json;

use crate::dataset::formats::classes::{CLASSES, class_index};
use crate::dataset::formats::writer::{
    FormatWriter, JsonList, JsonListFile, PlacedPicture, says_mask_or_nothing,
};
use crate::dataset::formats::{polygons, run_lengths};
use crate::dataset::staging::StagingFolder;
use crate::dataset::{Entry, Error, Split};

/// Writes one annotation file per part of the split.
pub(in crate::dataset::formats) struct CocoWriter {
    as_polygons: bool,
    parts: [Option<PartFile>; 3],
    n_annotations: u64,
}

struct PartFile {
    annotations: JsonListFile,
    images: JsonList,
}

impl CocoWriter {
    pub(in crate::dataset::formats) const fn new(as_polygons: bool) -> Self {
        Self { as_polygons, parts: [None, None, None], n_annotations: 0 }
    }

    fn part(&mut self, folder: &mut StagingFolder, split: Split) -> Result<&mut PartFile, Error> {
        let slot = split.entry_mut(&mut self.parts);
        if slot.is_none() {
            let name = format!("annotations/instances_{}.json", split.foreign_name());
            let categories: Vec<_> = (CLASSES.iter().enumerate())
                .map(|(i, name)| {
                    json!({"id": i.saturating_add(1), "name": name, "supercategory": "forgery"})
                })
                .collect();
            let info = json!({
                "description": "Forged regions; masks on the stored pixel grid, EXIF rotation not applied",
                "version": "1.0",
            });
            let head = format!(
                "{{\"info\":{info},\"licenses\":[],\"categories\":{},\n\"annotations\":[",
                json!(categories)
            );
            let annotations = JsonListFile::open(folder, &name, &head)?;
            *slot = Some(PartFile { annotations, images: JsonList::default() });
        }
        slot.as_mut().ok_or_else(|| Error::Source { what: "no file is open".to_owned() })
    }
}

impl FormatWriter for CocoWriter {
    fn can_express(&self, entry: &Entry) -> bool {
        says_mask_or_nothing(entry)
    }

    fn add(
        &mut self,
        folder: &mut StagingFolder,
        entry: &Entry,
        placed: &PlacedPicture,
    ) -> Result<(), Error> {
        let Entry { record, mask, .. } = entry;
        let as_polygons = self.as_polygons;
        self.n_annotations = self.n_annotations.saturating_add(1);
        let id = self.n_annotations;
        let part = self.part(folder, record.split)?;
        let image_id = part.images.len().saturating_add(1);
        part.images.push(json!({
            "id": image_id,
            "file_name": placed.file_in_part(record.split),
            "width": record.image.width_px,
            "height": record.image.height_px,
        }));
        let Some(area) = mask.bounds() else { return Ok(()) };
        let segmentation = if as_polygons {
            json!(polygons::outlines(mask).iter().map(|line| line.concat()).collect::<Vec<_>>())
        } else {
            let counts = run_lengths::compress(&run_lengths::columns(mask));
            json!({"size": [mask.height_px(), mask.width_px()], "counts": counts})
        };
        part.annotations.push(json!({
            "id": id,
            "image_id": image_id,
            "category_id": class_index(record).saturating_add(1),
            "segmentation": segmentation,
            "area": mask.count(),
            "bbox": [area.x0, area.y0, area.width(), area.height()],
            "iscrowd": 0,
            "attributes": {
                "confidence": record.confidence.as_deref().unwrap_or_default(),
                "note": record.note,
            },
        }))
    }

    fn finish(self: Box<Self>, _folder: &mut StagingFolder) -> Result<(), Error> {
        for mut part in self.parts.into_iter().flatten() {
            let images = part.images.take_text();
            part.annotations.finish(&format!("\n],\n\"images\":[{images}\n]}}\n"))?;
        }
        Ok(())
    }
}
