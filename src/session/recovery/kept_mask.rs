//! A mask as it is kept: an 8-bit PNG file, and a JSON file with what it is of.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::annotate::{Mask, MaskLabel};
use crate::base::{Limits, TaskCtx};
use crate::files::{part_file, read_capped};
use crate::media;

/// Value of the key `format` in our files.
const FORMAT: &str = "pentimento-unsaved-mask";
/// Larger files are not ours.
const MAX_JSON_BYTES: u64 = 1 << 20;

/// What a kept mask is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptFacts {
    format: String,
    /// The picture or clip.
    pub(super) media: PathBuf,
    /// Its hash, if that was known.
    pub(super) sha256: Option<String>,
    /// The frame, of a still 0.
    pub(super) frame: usize,
    kind: Option<String>,
    confidence: Option<String>,
    note: String,
}

impl KeptFacts {
    pub(super) fn new(
        media: PathBuf,
        sha256: Option<String>,
        frame: usize,
        label: &MaskLabel,
    ) -> Self {
        let [kind, confidence] = label.to_file();
        Self {
            format: FORMAT.to_owned(),
            media,
            sha256,
            frame,
            kind,
            confidence,
            note: label.note.clone(),
        }
    }

    /// What a person said of the mask.
    pub(super) fn label(&self) -> MaskLabel {
        MaskLabel::from_file(self.kind.as_deref(), self.confidence.as_deref(), &self.note)
    }
}

#[derive(Debug, Clone)]
pub(super) struct KeptMask {
    pub(super) facts: KeptFacts,
    pub(super) mask: Arc<Mask>,
}

/// Writes a mask under a name in a folder, in place of an older one of that name.
pub(super) fn write(folder: &Path, name: &str, kept: &KeptMask) -> Result<(), String> {
    let (png, json) = paths(folder, name);
    let (w, h) = (kept.mask.width_px(), kept.mask.height_px());
    let pixels = media::encode_png_gray(w, h, &kept.mask.to_bytes()).map_err(|e| e.to_string())?;
    let facts = serde_json::to_vec(&kept.facts).map_err(|e| e.to_string())?;
    // Each whole or not at all. They outlive the program, not a loss of power: that would take
    // time.
    for (path, bytes) in [(png, pixels), (json, facts)] {
        let mut part = part_file(folder, ".part").map_err(|e| e.to_string())?;
        part.write_all(&bytes).map_err(|e| e.to_string())?;
        part.persist(path).map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// Removes what was kept under a name.
pub(super) fn remove(folder: &Path, name: &str) {
    let (png, json) = paths(folder, name);
    for path in [json, png] {
        // What is not there need not be removed.
        std::fs::remove_file(path).unwrap_or_default();
    }
}

fn paths(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
    (folder.join(format!("{name}.png")), folder.join(format!("{name}.json")))
}

/// What the masks kept in a folder are of, by their names. Files that are not ours are passed over.
pub(super) fn list(folder: &Path) -> Vec<(String, KeptFacts)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<(String, KeptFacts)> = entries
        .filter_map(|entry| {
            let path = entry.path();
            let name = path.file_stem()?.to_str()?.to_owned();
            (path.extension()? == "json" && folder.join(format!("{name}.png")).is_file())
                .then(|| Some((name, read_facts(&path)?)))?
        })
        .collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn read_facts(path: &Path) -> Option<KeptFacts> {
    let text = read_capped(path, MAX_JSON_BYTES).ok()??;
    let facts: KeptFacts = serde_json::from_slice(&text).ok()?;
    (facts.format == FORMAT).then_some(facts)
}

pub(super) fn read(folder: &Path, name: &str) -> Result<KeptMask, String> {
    let (png, json) = paths(folder, name);
    let facts = read_facts(&json).ok_or_else(|| "its facts cannot be read".to_owned())?;
    let still = media::open_still(&png, &Limits::default(), &TaskCtx::silent());
    let image = still.map_err(|e| e.to_string())?.frame.image;
    let mask = Mask::from_green(&image).ok_or_else(|| "its sizes do not fit".to_owned())?;
    Ok(KeptMask { facts, mask: Arc::new(mask) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_comes_back_with_what_it_is_of() {
        let folder = tempfile::tempdir().unwrap();
        let mut mask = Mask::new(30, 20);
        mask.set_span(3, 4..9);
        let label = MaskLabel { note: "the mouth".to_owned(), ..MaskLabel::default() };
        let facts = KeptFacts::new("/a/b.png".into(), Some("ab".into()), 7, &label);
        let kept = KeptMask { facts, mask: Arc::new(mask) };
        write(folder.path(), "1-7", &kept).unwrap();
        std::fs::write(folder.path().join("other.json"), "{}").unwrap();
        let listed = list(folder.path());
        assert_eq!(listed, [("1-7".to_owned(), kept.facts.clone())]);
        let back = read(folder.path(), "1-7").unwrap();
        assert_eq!((back.facts.label(), &*back.mask), (label, &*kept.mask));
        remove(folder.path(), "1-7");
        assert!(list(folder.path()).is_empty());
    }
}
