//! Heat maps and overlays of pictures as PNG files, for `inspect --out`.
//!
//! Each examined face gets an 8-bit PNG of the size of the stored picture. One overlay shows all
//! maps over the upright picture, hatched where they are unreliable.
//!
//! Names are `<stem>.<first 8 hex digits of the file's SHA-256>.heat<n>.png` and `….overlay.png`.
//! They never equal the name of an original, and no input file is ever written to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::base::{Affine, Frame, Heatmap, MediaReport, Reliability};
use crate::media;
use crate::signal::{OverlayStyle, compose, hatch};

/// Bytes of the input's name that a new name keeps: file systems take 255 in all.
const STEM_BYTES: usize = 180;

/// Files written for a picture.
#[derive(Debug, Default)]
pub(super) struct HeatmapFiles {
    /// By index of the face.
    pub(super) heatmaps: BTreeMap<usize, PathBuf>,
    pub(super) overlay: Option<PathBuf>,
}

/// The folder of `--out`; it refuses to overwrite an input file.
pub(super) struct OutputFolder {
    folder: PathBuf,
    inputs: Vec<PathBuf>,
}

impl OutputFolder {
    /// Creates the folder if it is missing.
    pub(super) fn create(folder: &Path, inputs: &[PathBuf]) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create the folder {}", folder.display()))?;
        let inputs = inputs.iter().filter_map(|p| p.canonicalize().ok()).collect();
        Ok(Self { folder: folder.to_owned(), inputs })
    }

    /// Writes the maps of one picture. Cells from `map_threshold` on count as marked.
    pub(super) fn write_heatmaps(
        &self,
        path: &Path,
        report: &MediaReport,
        frame: &Frame,
        map_threshold: f32,
    ) -> anyhow::Result<HeatmapFiles> {
        let mut written = HeatmapFiles::default();
        let stem = file_stem(path, &report.sha256);
        let maps: Vec<(usize, &Heatmap)> = report
            .faces
            .iter()
            .enumerate()
            .filter_map(|(i, face)| Some((i, face.heatmap.as_ref()?)))
            .collect();
        if maps.is_empty() {
            return Ok(written);
        }
        let (width_px, height_px) = (frame.image.width_px, frame.image.height_px);
        for (i, map) in &maps {
            let target = self.path_for(&format!("{stem}.heat{i}.png"))?;
            media::write_png_gray(
                &target,
                width_px,
                height_px,
                &map.rasterize(width_px, height_px),
            )?;
            written.heatmaps.insert(*i, target);
        }
        let upright_from_image = frame.upright_from_image();
        let placed: Vec<(&Heatmap, Affine)> = maps
            .iter()
            .filter_map(|(_, map)| {
                Some((*map, upright_from_image.after(&map.image_from_map).inverse()?))
            })
            .collect();
        let style = OverlayStyle { threshold: map_threshold, ..OverlayStyle::default() };
        let target = self.path_for(&format!("{stem}.overlay.png"))?;
        let mut overlay = compose(&frame.upright, &placed, &style);
        let untrusted: Vec<(&Reliability, Affine)> = report
            .faces
            .iter()
            .filter_map(|face| {
                let reliability = face.reliability.as_ref()?;
                let upright_from_map = upright_from_image.after(&reliability.map.image_from_map);
                Some((reliability, upright_from_map.inverse()?))
            })
            .collect();
        hatch(&mut overlay, &untrusted);
        media::write_png(&target, &overlay)?;
        written.overlay = Some(target);
        Ok(written)
    }

    /// The path for a new file of that name; an error when it is one of the inputs.
    pub(super) fn path_for(&self, name: &str) -> anyhow::Result<PathBuf> {
        let target = self.folder.join(name);
        if target.canonicalize().is_ok_and(|real| self.inputs.contains(&real)) {
            bail!("it would overwrite an input file: {}", target.display());
        }
        Ok(target)
    }
}

/// The first part of all file names for one input.
pub(super) fn file_stem(path: &Path, sha256: &str) -> String {
    let stem = path.file_stem().map_or_else(|| "picture".into(), |s| s.to_string_lossy());
    let stem = stem.get(..stem.floor_char_boundary(STEM_BYTES)).unwrap_or_default();
    format!("{stem}.{}", sha256.get(..8).unwrap_or("unknown"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_from_the_original_and_tell_contents_apart() {
        let name = |path: &str, sha| file_stem(Path::new(path), sha);
        assert_eq!(name("/a/photo.png", "0123456789ab"), "photo.01234567");
        assert_ne!(name("photo.jpg", "0123456789ab"), name("photo.jpg", "ff23456789ab"));
        let long = name(&format!("{}.png", "é".repeat(120)), "0123456789ab");
        assert_eq!(long, format!("{}.01234567", "é".repeat(90)), "whole characters, not too many");
    }

    #[test]
    fn a_file_to_be_examined_is_never_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("x.png");
        std::fs::write(&input, "original").unwrap();
        let out = OutputFolder::create(folder.path(), &[input]).unwrap();
        assert!(out.path_for("x.png").is_err(), "it is an input");
        assert!(out.path_for("x.heat0.png").is_ok(), "a new file");
    }
}
