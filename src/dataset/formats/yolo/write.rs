//! Writes YOLO: a label file per entry, and `data.yaml`.

use std::fmt::Write as _;

use crate::annotate::Decision;
use crate::dataset::formats::classes::{CLASSES, class_index};
use crate::dataset::formats::polygons;
use crate::dataset::formats::writer::{FormatWriter, PlacedPicture};
use crate::dataset::staging::StagingFolder;
use crate::dataset::{Entry, Error, Split};

/// Writes a label file per entry.
#[derive(Default)]
pub(in crate::dataset::formats) struct YoloWriter {
    /// Parts that have entries.
    has_part: [bool; 3],
    /// Entries whose picture was not copied.
    n_by_reference: u64,
}

impl FormatWriter for YoloWriter {
    fn can_express(&self, entry: &Entry) -> bool {
        entry.record.decision() != Some(Decision::CannotTell)
    }

    fn add(
        &mut self,
        folder: &mut StagingFolder,
        entry: &Entry,
        placed: &PlacedPicture,
    ) -> Result<(), Error> {
        let Entry { record, mask, .. } = entry;
        let (w, h) = (f64::from(mask.width_px()), f64::from(mask.height_px()));
        let mut text = String::new();
        for line in polygons::outlines(mask) {
            text.push_str(&class_index(record).to_string());
            for [x, y] in line {
                let _infallible = write!(text, " {:.8} {:.8}", f64::from(x) / w, f64::from(y) / h);
            }
            text.push('\n');
        }
        *record.split.entry_mut(&mut self.has_part) = true;
        self.n_by_reference =
            self.n_by_reference.saturating_add(u64::from(record.image.file.is_none()));
        folder.write_file(
            &format!("labels/{}/{}.txt", record.split.foreign_name(), placed.stem),
            text.as_bytes(),
        )
    }

    fn finish(self: Box<Self>, folder: &mut StagingFolder) -> Result<(), Error> {
        let mut text =
            "# Outlines of forged regions on the stored pixel grid.\npath: .\n".to_owned();
        for split in Split::ALL {
            if *split.entry(&self.has_part) {
                let _infallible = writeln!(text, "{0}: images/{0}", split.foreign_name());
            }
        }
        text.push_str("names:\n");
        for (i, class) in CLASSES.iter().enumerate().filter(|(_, c)| **c != "cannot-tell") {
            let _infallible = writeln!(text, "  {i}: {class}");
        }
        folder.write_file("data.yaml", text.as_bytes())
    }

    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.n_by_reference > 0 {
            remarks.push(format!(
                "YOLO finds labels by the path of the picture: copy the {} pictures that were exported \
                 by reference into images/ beside labels/.",
                self.n_by_reference
            ));
        }
        remarks
    }
}
