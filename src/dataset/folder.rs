//! Our own folder, written: `dataset.json`, `manifest.jsonl`, `images/` and `masks/`.
//!
//! * **In**: entries, in order. **Out**: files in a [`Stage`].
//! * **Not here**: reading it (`read`).
//!
//! Lossless: pictures byte by byte, masks as PNG of 0 and 255 on the stored grid, and a record of
//! everything known, one JSON line each.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::export::{Placed, Sink};
use super::stage::Stage;
use super::{Entry, Error, MaskRef};
use crate::media;

/// The word of the head.
pub(super) const FORMAT: &str = "pentimento-dataset";
/// The version written, and the latest read.
pub(super) const VERSION: u32 = 1;
/// The head.
pub(super) const HEAD: &str = "dataset.json";
/// The records.
pub(super) const MANIFEST: &str = "manifest.jsonl";

/// `dataset.json`; format and version come first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) format: String,
    pub(super) version: u32,
    pub(super) program: String,
    pub(super) n_records: u64,
    pub(super) n_train: u64,
    pub(super) n_validation: u64,
    pub(super) n_test: u64,
    /// Of `manifest.jsonl`.
    pub(super) manifest_sha256: String,
}

/// Writes the folder.
#[derive(Default)]
pub(super) struct Folder {
    manifest: String,
    n_splits: [u64; 3],
}

impl Sink for Folder {
    fn image_path(&self, entry: &Entry, stem: &str, extension: &str) -> String {
        let _ = entry;
        format!("images/{stem}.{extension}")
    }

    fn add(&mut self, stage: &mut Stage, entry: &Entry, placed: &Placed) -> Result<(), Error> {
        let mut record = entry.record.clone();
        let mask = &entry.mask;
        record.mask = None;
        if !mask.is_empty() {
            let file = format!("masks/{}.png", placed.stem);
            let (w, h) = (mask.width_px(), mask.height_px());
            let encode = |path: &_| media::write_png_gray(path, w, h, &mask.to_bytes());
            let sha256 = stage.put_png(&file, encode, |bytes| bytes)?;
            record.mask = Some(MaskRef { file, sha256, n_set: mask.count() });
        }
        let line = serde_json::to_string(&record)
            .map_err(|e| Error::Entry { id: record.id.clone(), what: e.to_string() })?;
        self.manifest.push_str(&line);
        self.manifest.push('\n');
        self.n_splits[record.split as usize] += 1;
        Ok(())
    }

    fn finish(self: Box<Self>, stage: &mut Stage) -> Result<(), Error> {
        stage.put(MANIFEST, self.manifest.as_bytes())?;
        let [n_train, n_validation, n_test] = self.n_splits;
        let head = Head {
            format: FORMAT.to_owned(),
            version: VERSION,
            program: format!("pentimento {}", env!("CARGO_PKG_VERSION")),
            n_records: n_train + n_validation + n_test,
            n_train,
            n_validation,
            n_test,
            manifest_sha256: hex(&Sha256::digest(self.manifest.as_bytes())),
        };
        let text = serde_json::to_string_pretty(&head)
            .map_err(|e| Error::Source { what: e.to_string() })?;
        stage.put(HEAD, (text + "\n").as_bytes())
    }
}

/// Lower-case hex.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}
