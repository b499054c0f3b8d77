//! Our records beside an export to a foreign format: `pentimento.jsonl`, one JSON line per entry.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::base::release::PROGRAM;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::files::base_folder;
use super::formats::ForeignItem;
use super::names::names_server;
use super::record::mask_sha256;
use super::staging::{MARKERS, StagingFolder};
use super::text::read_text;
use super::{Entry, Error, Format, MaskRef, Record};

/// The file with the records.
const PROVENANCE: &str = "pentimento.jsonl";
/// Version of the marker file.
const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct ProvenanceLine {
    /// Name of the entry's files, without extension.
    stem: String,
    #[serde(flatten)]
    record: Record,
}

/// The line of an exported entry. The hash of the mask shows later whether another tool changed it.
pub(super) fn provenance_line(
    Entry { mut record, mask, .. }: Entry,
    stem: String,
) -> Result<String, Error> {
    record.mask = (!mask.is_empty()).then(|| MaskRef {
        file: String::new(),
        sha256: mask_sha256(&mask),
        n_set: mask.count(),
    });
    let id = record.id.clone();
    let line = serde_json::to_string(&ProvenanceLine { stem, record });
    let line = line.map_err(|e| Error::Entry { id, what: e.to_string() })?;
    Ok(line + "\n")
}

/// Writes the records and the marker of a foreign export.
pub(super) fn write_provenance(
    folder: &mut StagingFolder,
    format: Format,
    lines: &str,
) -> Result<(), Error> {
    folder.write_file(PROVENANCE, lines.as_bytes())?;
    let marker = format!(
        "{{\n  \"format\": \"pentimento-export\",\n  \"version\": {VERSION},\n  \"to\": \
         \"{}\",\n  \"program\": \"{PROGRAM}\"\n}}\n",
        format.as_str()
    );
    folder.write_file(MARKERS[1], marker.as_bytes())
}

/// The record of each item of a foreign data set, where it has one. Sets the picture of items that
/// were exported by reference.
pub(super) fn read_provenance(
    path: &Path,
    items: &mut [ForeignItem],
) -> Result<Vec<Option<Record>>, Error> {
    let root = base_folder(path);
    let file = [root, root.parent().unwrap_or(root)].map(|folder| folder.join(PROVENANCE));
    let Some(file) = file.into_iter().find(|file| file.is_file()) else {
        return Ok(vec![None; items.len()]);
    };
    let folder = file.parent().unwrap_or(root);
    let mut by_picture: BTreeMap<PathBuf, usize> = BTreeMap::new();
    let mut by_stem: BTreeMap<String, usize> = BTreeMap::new();
    let mut records = Vec::new();
    for (i, line) in read_text(&file)?.lines().enumerate() {
        let line: ProvenanceLine = serde_json::from_str(line)
            .map_err(|e| Error::damaged(&file, format!("line {}: {e}", i.saturating_add(1))))?;
        let picture = match &line.record.image.file {
            Some(name) => folder.join(name),
            None => PathBuf::from(&line.record.image.origin),
        };
        by_picture.insert(picture, i);
        by_stem.insert(line.stem, i);
        records.push(Some(line.record));
    }
    let mut found = Vec::new();
    for item in items {
        let stem = Path::new(&item.name).file_stem().unwrap_or_default().to_string_lossy();
        let i = (item.image.as_ref().and_then(|image| by_picture.get(image)))
            .or_else(|| by_picture.get(Path::new(&item.name)))
            .or_else(|| by_stem.get(stem.as_ref()));
        // Each record belongs to one picture.
        let known = i.and_then(|i| records.get_mut(*i)).and_then(Option::take);
        if let (Some(known), None) = (&known, &item.image) {
            let origin = PathBuf::from(&known.image.origin);
            // Asking for a file on a server would connect to it.
            let is_here = !names_server(&known.image.origin) && origin.is_file();
            item.image = (known.image.frame.is_none() && is_here).then_some(origin);
            item.size = item.size.or(Some([known.image.width_px, known.image.height_px]));
        }
        found.push(known);
    }
    Ok(found)
}
