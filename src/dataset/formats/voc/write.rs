//! Writes Pascal VOC: a mask file per entry, lists and `labelmap.txt`.

use std::fmt::Write as _;
use std::path::Path;

use super::palette::{IMAGES, LABELS, LISTS, MASKS, color_of};
use crate::dataset::formats::classes::{CLASSES, class_index};
use crate::dataset::formats::writer::{FormatWriter, PlacedPicture, says_mask_or_nothing};
use crate::dataset::staging::StagingFolder;
use crate::dataset::{Entry, Error, Split};
use crate::media;

/// Writes a mask file per entry.
#[derive(Default)]
pub(in crate::dataset::formats) struct VocWriter {
    lists: [String; 3],
}

impl FormatWriter for VocWriter {
    fn image_path(&self, _entry: &Entry, stem: &str, extension: &str) -> String {
        format!("{IMAGES}/{stem}.{extension}")
    }

    fn can_express(&self, entry: &Entry) -> bool {
        says_mask_or_nothing(entry)
    }

    fn add(
        &mut self,
        folder: &mut StagingFolder,
        entry: &Entry,
        placed: &PlacedPicture,
    ) -> Result<(), Error> {
        let (record, mask) = (&entry.record, &entry.mask);
        let index = (class_index(record) as u8).saturating_add(1);
        let values: Vec<u8> =
            mask.to_bytes().into_iter().map(|v| if v == 0 { 0 } else { index }).collect();
        let (w, h) = (mask.width_px(), mask.height_px());
        let name = format!("{MASKS}/{}.png", placed.stem);
        let palette: Vec<[u8; 3]> = (0..=255).map(color_of).collect();
        let png = media::encode_png_indexed(w, h, &values, &palette);
        folder.write_file(&name, &png.map_err(Error::media(Path::new(&name)))?)?;
        let list = record.split.entry_mut(&mut self.lists);
        list.push_str(&placed.stem);
        list.push('\n');
        Ok(())
    }

    fn finish(self: Box<Self>, folder: &mut StagingFolder) -> Result<(), Error> {
        for split in Split::ALL {
            let list = split.entry(&self.lists);
            if !list.is_empty() {
                folder.write_file(
                    &format!("{LISTS}/{}.txt", split.foreign_name()),
                    list.as_bytes(),
                )?;
            }
        }
        let mut labels = "# label:color_rgb:parts:actions\nbackground:0,0,0::\n".to_owned();
        for (i, class) in CLASSES.iter().enumerate() {
            let [r, g, b] = color_of((i as u8).saturating_add(1));
            let _infallible = writeln!(labels, "{class}:{r},{g},{b}::");
        }
        folder.write_file(LABELS, labels.as_bytes())
    }
}
