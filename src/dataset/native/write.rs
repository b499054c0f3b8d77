//! Writes our own format.

use serde::{Deserialize, Serialize};

use crate::base::release::PROGRAM;
use crate::dataset::formats::{FormatWriter, PlacedPicture};
use crate::dataset::staging::StagingFolder;
use crate::dataset::{Entry, Error, MaskRef};
use crate::files::sha256_hex;
use crate::media;

/// The field `format` of the header.
pub(super) const FORMAT: &str = "pentimento-dataset";
/// The version that is written, and the latest that is read.
pub(super) const VERSION: u32 = 1;
/// The file with the header.
pub(super) const HEADER: &str = "dataset.json";
/// The file with the records.
pub(super) const MANIFEST: &str = "manifest.jsonl";

/// The content of `dataset.json`; format and version come first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) format: String,
    pub(super) version: u32,
    pub(super) program: String,
    pub(super) n_records: u64,
    pub(super) n_train: u64,
    pub(super) n_validation: u64,
    pub(super) n_test: u64,
    pub(super) manifest_sha256: String,
}

#[derive(Default)]
pub(in crate::dataset) struct NativeWriter {
    manifest: String,
    n_splits: [u64; 3],
}

impl FormatWriter for NativeWriter {
    fn image_path(&self, entry: &Entry, stem: &str, extension: &str) -> String {
        let _ = entry;
        format!("images/{stem}.{extension}")
    }

    fn add(
        &mut self,
        folder: &mut StagingFolder,
        entry: &Entry,
        placed: &PlacedPicture,
    ) -> Result<(), Error> {
        let mut record = entry.record.clone();
        let mask = &entry.mask;
        record.mask = None;
        if !mask.is_empty() {
            let file = format!("masks/{}.png", placed.stem);
            let (w, h) = (mask.width_px(), mask.height_px());
            let encode = |path: &_| media::write_png_gray(path, w, h, &mask.to_bytes());
            let sha256 = folder.write_picture(&file, encode)?;
            record.mask = Some(MaskRef { file, sha256, n_set: mask.count() });
        }
        let line = serde_json::to_string(&record)
            .map_err(|e| Error::Entry { id: record.id.clone(), what: e.to_string() })?;
        self.manifest.push_str(&line);
        self.manifest.push('\n');
        let n_split = record.split.entry_mut(&mut self.n_splits);
        *n_split = n_split.saturating_add(1);
        Ok(())
    }

    fn finish(self: Box<Self>, folder: &mut StagingFolder) -> Result<(), Error> {
        folder.write_file(MANIFEST, self.manifest.as_bytes())?;
        let [n_train, n_validation, n_test] = self.n_splits;
        let header = Header {
            format: FORMAT.to_owned(),
            version: VERSION,
            program: PROGRAM.to_owned(),
            n_records: n_train.saturating_add(n_validation).saturating_add(n_test),
            n_train,
            n_validation,
            n_test,
            manifest_sha256: sha256_hex(self.manifest.as_bytes()),
        };
        let text = serde_json::to_string_pretty(&header)
            .map_err(|e| Error::Source { what: e.to_string() })?;
        folder.write_file(HEADER, (text + "\n").as_bytes())
    }
}
