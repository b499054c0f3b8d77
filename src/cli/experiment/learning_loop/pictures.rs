//! Makes the pictures of the loop: a queue forged by one method, and held-out pictures.
//!
//! Every picture is drawn separately, so a photo is rarely in the queue both real and forged. All go
//! through the same JPEG coding. File names do not reveal the truth.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::annotate::{Mask, MaskLabel};
use crate::base::{Phase, RgbImage, TaskCtx};
use crate::dataset::{self, Entry, ExportOptions, Format, ImageRef, Pixels, Record, Split};
use crate::media;
use crate::train::batch::loader;
use crate::train::data::Photo;
use crate::train::forge::{Method, Plane, PostProcessing};

/// Written last, when all pictures are complete.
const DONE: &str = "made.json";
/// Offset of the random draws of held-out pictures from those of the queue.
const REST: u64 = 1 << 32;
/// Pictures between two progress reports.
const CHUNK: u64 = 16;

/// The pictures to make.
pub(super) struct PicturePlan {
    pub(super) folder: PathBuf,
    pub(super) method: Method,
    pub(super) n_pool: u64,
    pub(super) n_rest: u64,
    pub(super) seed: u64,
}

/// The pictures that were made.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PictureSet {
    pub(super) method: String,
    /// Folder of the queue.
    pub(super) pool: PathBuf,
    /// PNG of the mask by the path of the picture below `pool`; `None` for real pictures.
    pub(super) truth: BTreeMap<String, Option<PathBuf>>,
    /// Data set of the held-out pictures.
    pub(super) rest: PathBuf,
    pub(super) n_rest: u64,
    /// `None` for pictures from elsewhere.
    #[serde(default)]
    pub(super) seed: Option<u64>,
}

pub(super) fn is_made(run: &Path) -> bool {
    run.join(DONE).is_file()
}

pub(super) fn read(run: &Path) -> anyhow::Result<PictureSet> {
    let path = run.join(DONE);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

/// A picture with its truth.
struct Drawn {
    picture: RgbImage,
    mask: Mask,
    face: [f32; 4],
    group: String,
}

pub(super) fn make(
    making: &PicturePlan,
    for_pool: &[Photo],
    for_rest: &[Photo],
    ctx: &TaskCtx<'_>,
) -> anyhow::Result<PictureSet> {
    let folder = std::path::absolute(&making.folder)?;
    let (pool, masks) = (folder.join("pool"), folder.join("truth"));
    std::fs::create_dir_all(&masks)?;
    let total = making.n_pool + making.n_rest;
    let mut truth = BTreeMap::new();
    for start in (0..making.n_pool).step_by(CHUNK as usize) {
        ctx.step(Phase::Writing, start, total)?;
        let end = (start + CHUNK).min(making.n_pool);
        let drawn = (start..end).into_par_iter().map(|i| draw(for_pool, making, i));
        for (i, drawn) in (start..end).zip(drawn.collect::<anyhow::Result<Vec<_>>>()?) {
            // Sub-folders become sources, by which the export splits.
            let name = format!("{}/{i:06}.png", plain(&drawn.group));
            let path = pool.join(&name);
            std::fs::create_dir_all(path.parent().unwrap_or(&pool))?;
            media::write_png(&path, &drawn.picture)?;
            let mask = masks.join(format!("{i:06}.png"));
            let is_forged = !drawn.mask.is_empty();
            if is_forged {
                let (w, h) = (drawn.mask.width_px(), drawn.mask.height_px());
                media::write_png_gray(&mask, w, h, &drawn.mask.to_bytes())?;
            }
            truth.insert(name, is_forged.then_some(mask));
        }
    }
    let rest = folder.join("rest");
    let mut entries = (0..making.n_rest).map(|i| {
        // A cancelled export is gone on with by the same command.
        entry(for_rest, making, i).map_err(|e| dataset::Error::Source { what: format!("{e:#}") })
    });
    let options =
        ExportOptions { replaces: true, n_entries: making.n_rest, ..ExportOptions::default() };
    dataset::export(&mut entries, Format::Pentimento, &rest, &options, ctx)?;
    let method = making.method.as_str().to_owned();
    let (n_rest, seed) = (making.n_rest, Some(making.seed));
    let made = PictureSet { method, pool, truth, rest, n_rest, seed };
    std::fs::write(folder.join(DONE), serde_json::to_string(&made)?)?;
    Ok(made)
}

/// Every second picture is forged.
fn draw(photos: &[Photo], making: &PicturePlan, index: u64) -> anyhow::Result<Drawn> {
    let (photo, _) = loader::photo_of(photos, making.seed, index)?;
    let (method, post) = (Some(making.method), PostProcessing::Native);
    let (pair, _) = loader::make_pair_with(photos, method, post, making.seed, index)?;
    let (w, h) = (pair.real.width_px, pair.real.height_px);
    let is_forged = index.is_multiple_of(2);
    let mask = if is_forged { mask_of(&pair.mask) } else { Mask::new(w, h) };
    let face = [pair.face.x, pair.face.y, pair.face.w, pair.face.h];
    let picture = if is_forged { pair.forged } else { pair.real };
    Ok(Drawn { picture, mask, face, group: photo.group.clone() })
}

fn mask_of(plane: &Plane) -> Mask {
    let bytes: Vec<u8> = plane.data.iter().map(|v| if *v >= 0.5 { 255 } else { 0 }).collect();
    let (w, h) = (plane.width as u32, plane.height as u32);
    Mask::from_bytes(w, h, &bytes).unwrap_or_else(|| Mask::new(w, h))
}

fn entry(photos: &[Photo], making: &PicturePlan, index: u64) -> anyhow::Result<Entry> {
    let Drawn { picture, mask, face, group } = draw(photos, making, REST + index)?;
    let id = format!("{index:06}");
    let image = ImageRef {
        origin: id.clone(),
        width_px: picture.width_px,
        height_px: picture.height_px,
        ..ImageRef::default()
    };
    let mut record =
        Record { id, image, split: Split::Test, faces: vec![face], ..Record::default() };
    record.source = Some(group);
    record.set_label(&MaskLabel::default(), mask.is_empty());
    Ok(Entry { record, mask, pixels: Pixels::Decoded(picture) })
}

/// A name for a folder.
fn plain(group: &str) -> String {
    group.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect()
}
