//! Masks on disk: an 8-bit PNG of the stored size, and a JSON file beside it with its facts.
//!
//! Files are written beside and renamed, so that there is always a whole one. An original is never
//! written to; a file that is not known to be a mask of the same picture only when told so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::annotate::{Mask, MaskLabel};
use crate::base::release::PROGRAM;
use crate::base::{FrameRef, Limits, ModelRef, TaskCtx};
use crate::files::{read_capped, sha256_hex, sha256_of_file, write_together};
use crate::media;

/// Value of the key `format` in our files.
const FORMAT: &str = "pentimento-mask";
const VERSION: u32 = 1;
/// Larger files beside a mask are not ours.
const MAX_JSON_BYTES: u64 = 1 << 20;

/// The file beside a mask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Sidecar {
    pub(super) format: String,
    pub(super) version: u32,
    pub(super) program: String,
    pub(super) media: MediaFacts,
    /// The frame of a video; `None` for a still.
    pub(super) frame: Option<FrameRef>,
    pub(super) mask: MaskFacts,
    /// The model whose maps were shown.
    pub(super) model: Option<ModelRef>,
    /// The model's map at this threshold was the start.
    pub(super) started_from_map_at: Option<f32>,
    pub(super) kind: Option<String>,
    pub(super) confidence: Option<String>,
    pub(super) note: String,
    /// How often each tool was used.
    pub(super) tools: BTreeMap<String, u32>,
    /// It was carried on from another frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) copy: Option<CopyFacts>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct MediaFacts {
    pub(super) name: String,
    pub(super) sha256: String,
    pub(super) width_px: u32,
    pub(super) height_px: u32,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct MaskFacts {
    pub(super) file: String,
    pub(super) sha256: String,
    pub(super) n_set: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct CopyFacts {
    /// From 0, in the order of showing.
    pub(super) from_frame: usize,
    /// A person has looked at it and found it right.
    pub(super) is_reviewed: bool,
}

impl Sidecar {
    pub(super) fn new(media: MediaFacts, label: &MaskLabel) -> Self {
        let [kind, confidence] = label.to_file();
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            program: PROGRAM.to_owned(),
            media,
            frame: None,
            mask: MaskFacts::default(),
            model: None,
            started_from_map_at: None,
            kind,
            confidence,
            note: label.note.clone(),
            tools: BTreeMap::new(),
            copy: None,
        }
    }

    /// What a person said of the mask.
    pub(super) fn label(&self) -> MaskLabel {
        MaskLabel::from_file(self.kind.as_deref(), self.confidence.as_deref(), &self.note)
    }

    fn is_of(&self, other: &Self) -> bool {
        let frame = |sidecar: &Self| sidecar.frame.as_ref().map(|frame| frame.index);
        self.media.sha256 == other.media.sha256 && frame(self) == frame(other)
    }
}

/// A mask to be saved.
#[derive(Debug, Clone)]
pub(super) struct MaskFile {
    pub(super) path: PathBuf,
    pub(super) replaces: bool,
    pub(super) mask: Arc<Mask>,
    pub(super) sidecar: Sidecar,
    /// The file the mask is of, hashed when `sidecar` has no hash.
    pub(super) original: PathBuf,
    /// Files never written to.
    pub(super) originals: Vec<PathBuf>,
}

/// Why nothing was saved.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotSaved {
    /// A file is in the way; a person may replace it.
    InTheWay(String),
    /// A sentence for people.
    Refused(String),
}

/// Where the facts of a mask are.
pub(super) fn sidecar_path(path: &Path) -> PathBuf {
    path.with_extension("json")
}

pub(super) fn save(to_write: &MaskFile) -> Result<(), NotSaved> {
    let MaskFile { path, replaces, mask, sidecar, original, originals } = to_write;
    let beside = sidecar_path(path);
    let mut sidecar = sidecar.clone();
    let is_original = |path: &Path| originals.iter().any(|other| is_same_file(path, other));
    if is_original(path) || is_original(&beside) {
        let what = "this is a file that is examined, and those are never written to; choose \
                    another name"
            .to_owned();
        return Err(NotSaved::Refused(what));
    }
    let refused = |e: &dyn std::fmt::Display| NotSaved::Refused(e.to_string());
    if sidecar.media.sha256.is_empty() {
        sidecar.media.sha256 = sha256_of_file(original).map_err(|e| {
            NotSaved::Refused(format!("the file the mask is of cannot be read: {e}"))
        })?;
    }
    if !replaces && let Some(why) = in_the_way(path, &beside, &sidecar) {
        return Err(NotSaved::InTheWay(why));
    }
    let (w, h) = (mask.width_px(), mask.height_px());
    let png = media::encode_png_gray(w, h, &mask.to_bytes()).map_err(|e| refused(&e))?;
    sidecar.mask = MaskFacts {
        file: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        sha256: sha256_hex(&png),
        n_set: mask.count(),
    };
    let text = serde_json::to_string_pretty(&sidecar).map_err(|e| refused(&e))? + "\n";
    write_together(&[(path.as_path(), png.as_slice()), (beside.as_path(), text.as_bytes())])
        .map_err(|e| refused(&e))
}

/// Why files that are there may not be replaced without a word.
fn in_the_way(path: &Path, beside: &Path, sidecar: &Sidecar) -> Option<String> {
    let known = read_sidecar(beside);
    if beside.exists() && known.is_none() {
        return Some(format!("{} is there already and is no file about a mask", beside.display()));
    }
    if !path.exists() {
        let other = known.filter(|known| !known.is_of(sidecar))?;
        return Some(format!("{} is about a mask of {}", beside.display(), other.media.name));
    }
    let Some(known) = known else {
        return Some("a file is there already that is not known to be a mask".to_owned());
    };
    if !known.is_of(sidecar) {
        return Some(format!("a mask of {} is there already", known.media.name));
    }
    let found = path.is_file().then(|| sha256_of_file(path).ok()).flatten();
    (found.as_ref() != Some(&known.mask.sha256))
        .then(|| "the mask there was changed by another program since it was saved".to_owned())
}

fn read_sidecar(path: &Path) -> Option<Sidecar> {
    let text = read_capped(path, MAX_JSON_BYTES).ok()??;
    let sidecar: Sidecar = serde_json::from_slice(&text).ok()?;
    (sidecar.format == FORMAT && sidecar.version <= VERSION).then_some(sidecar)
}

fn is_same_file(a: &Path, b: &Path) -> bool {
    if a == b {
        return true;
    }
    let (Ok(real_a), Ok(real_b)) = (a.canonicalize(), b.canonicalize()) else { return false };
    real_a == real_b || has_same_bytes_on_disk(&real_a, &real_b)
}

/// Two names of one file.
#[cfg(unix)]
fn has_same_bytes_on_disk(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let id = |path: &Path| std::fs::metadata(path).ok().map(|m| (m.dev(), m.ino()));
    id(a).is_some_and(|a| Some(a) == id(b))
}

#[cfg(not(unix))]
fn has_same_bytes_on_disk(_a: &Path, _b: &Path) -> bool {
    false
}

/// A mask from a file.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) mask: Mask,
    pub(super) sidecar: Option<Sidecar>,
    /// What is to be said of it.
    pub(super) remarks: Vec<String>,
}

/// Reads a mask that must have this size and should be of the file with this hash.
pub(super) fn load(
    path: &Path,
    [width_px, height_px]: [u32; 2],
    sha256: Option<&str>,
    frame: Option<usize>,
) -> Result<Loaded, String> {
    let still = media::open_still(path, &Limits::default(), &TaskCtx::silent());
    let still = still.map_err(|e| format!("{}: {e}", path.display()))?;
    let image = &still.frame.image;
    if [image.width_px, image.height_px] != [width_px, height_px] {
        return Err(format!(
            "{}: this mask has {} x {} pixels, the picture {width_px} x {height_px}; masks are \
             not scaled",
            path.display(),
            image.width_px,
            image.height_px
        ));
    }
    let mut remarks = Vec::new();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if image.pixels.chunks_exact(3).any(|p| !(p == [0; 3] || p == [255; 3])) {
        remarks.push(format!(
            "{name} is no pure mask: pixels whose green is at least 128 were taken as marked."
        ));
    }
    let sidecar = read_sidecar(&sidecar_path(path));
    if let Some(sidecar) = &sidecar {
        if sha256.is_some_and(|own| own != sidecar.media.sha256) {
            let of = &sidecar.media.name;
            remarks.push(format!("{name} was saved as a mask of another file, {of}."));
        } else if sidecar.frame.as_ref().map(|f| f.index) != frame {
            remarks.push(format!("{name} was saved as the mask of another frame."));
        }
    }
    let mask = Mask::from_green(image);
    let mask = mask.ok_or_else(|| format!("{}: the sizes do not fit", path.display()))?;
    Ok(Loaded { mask, sidecar, remarks })
}
