//! Forgeries and their real partners, coded together by one codec.

use std::path::{Path, PathBuf};

use super::table;
use super::versions::read;
use crate::base::{Rect, RgbImage};
use crate::media;
use crate::train::Error;
use crate::train::forge::{MaskKind, Method, Pair, Plane};

/// Where a pair lies, and what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredPair {
    path: PathBuf,
    face: Rect,
    /// How it was forged.
    pub method: Method,
    kind: MaskKind,
}

impl StoredPair {
    /// Reads its three pictures.
    ///
    /// # Errors
    ///
    /// Files that are not there or do not fit together.
    pub fn load(&self) -> Result<Pair, Error> {
        let file = |what: &str| self.path.with_extension(format!("{what}.png"));
        let (real, forged) = (read(&file("real"))?, read(&file("forged"))?);
        let mask = read(&file("mask"))?;
        let size = |p: &RgbImage| (p.width_px, p.height_px);
        if size(&real) != size(&forged) || size(&real) != size(&mask) {
            return Err(Error::malformed_file(&self.path, &"its pictures differ in size"));
        }
        let mask = Plane {
            width: mask.width_px as usize,
            height: mask.height_px as usize,
            data: mask.pixels.iter().step_by(3).map(|v| f32::from(*v) / 255.0).collect(),
        };
        let (face, method, kind) = (self.face, self.method, self.kind);
        Ok(Pair { real, forged, mask, face, method, kind, steps: vec!["coded"] })
    }
}

/// The coded pairs of a folder.
///
/// # Errors
///
/// A damaged table.
pub fn stored_pairs(folder: &Path) -> Result<Vec<StoredPair>, Error> {
    let rows = table::read::<table::PairRow>(folder, table::PAIRS)?;
    let pair = |row: table::PairRow| {
        let malformed = |what: String| Error::malformed(table::PAIRS, &what);
        let kind = MaskKind::ALL.iter().copied().find(|k| format!("{k:?}") == row.kind);
        let [x, y, w, h] = row.face;
        Ok(StoredPair {
            path: folder.join("pairs").join(&row.name),
            face: Rect::new(x, y, w, h),
            method: row.method.parse().map_err(malformed)?,
            kind: kind.ok_or_else(|| malformed(format!("no mask is called {:?}", row.kind)))?,
        })
    };
    rows.into_iter().map(pair).collect()
}

/// Writes `NAME.real.png`, `NAME.forged.png` and `NAME.mask.png`; `coded` are real and forged.
pub(in crate::train) fn save(name: &Path, pair: &Pair, coded: &[RgbImage]) -> Result<(), Error> {
    let file = |what: &str| name.with_extension(format!("{what}.png"));
    let wrong = |e: media::Error| Error::malformed_file(name, &e);
    for (what, picture) in ["real", "forged"].iter().zip(coded) {
        media::write_png(&file(what), picture).map_err(wrong)?;
    }
    let mask: Vec<u8> = pair.mask.data.iter().map(|m| (m * 255.0).round() as u8).collect();
    let (w, h) = (pair.real.width_px, pair.real.height_px);
    media::write_png_gray(&file("mask"), w, h, &mask).map_err(wrong)
}
