//! Heat maps as pictures, for `inspect --out`.
//!
//! * **In**: a report and its frame. **Out**: one 8-bit PNG per examined face at the size of the
//!   stored picture, and one overlay of them all over the upright picture, hatched where the maps
//!   are not to be trusted.
//! * **Not here**: drawing (`base::Heatmap::rasterize`, `signal::compose`).
//!
//! Names are `<stem>.<first 8 hex digits of the file's SHA-256>.heat<n>.png` and `….overlay.png`.
//! They are never the name of an original, and a file that is to be examined is never written to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::base::{Affine, Frame, Heatmap, MediaReport, Reliability};
use crate::media;
use crate::signal::{OverlayStyle, compose, hatch};

/// What was written.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// By number of the face, from 0 on.
    pub(super) heatmaps: BTreeMap<usize, PathBuf>,
    pub(super) overlay: Option<PathBuf>,
}

/// Where to write, and what never to write to.
pub(super) struct Folder {
    folder: PathBuf,
    inputs: Vec<PathBuf>,
}

impl Folder {
    /// Makes the folder if need be.
    pub(super) fn open(folder: &Path, inputs: &[PathBuf]) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let inputs = inputs.iter().filter_map(|p| p.canonicalize().ok()).collect();
        Ok(Self { folder: folder.to_owned(), inputs })
    }

    /// Writes the maps of one file. `map_threshold` is where a cell counts as marked.
    pub(super) fn write(
        &self,
        path: &Path,
        report: &MediaReport,
        frame: &Frame,
        map_threshold: f32,
    ) -> anyhow::Result<Written> {
        let mut written = Written::default();
        let stem = stem(path, &report.sha256);
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
            let target = self.target(&format!("{stem}.heat{i}.png"))?;
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
        let target = self.target(&format!("{stem}.overlay.png"))?;
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

    /// The path of a file to write; refused when it is one of the files to be examined.
    pub(super) fn target(&self, name: &str) -> anyhow::Result<PathBuf> {
        let target = self.folder.join(name);
        if target.canonicalize().is_ok_and(|real| self.inputs.contains(&real)) {
            bail!("it is one of the files to be examined: {}", target.display());
        }
        Ok(target)
    }
}

/// The start of all names for one file.
pub(super) fn stem(path: &Path, sha256: &str) -> String {
    let stem = path.file_stem().map_or_else(|| "picture".into(), |s| s.to_string_lossy());
    format!("{stem}.{}", sha256.get(..8).unwrap_or("unknown"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_from_the_original_and_tell_contents_apart() {
        let name = |path: &str, sha| stem(Path::new(path), sha);
        assert_eq!(name("/a/photo.png", "0123456789ab"), "photo.01234567");
        assert_ne!(name("photo.jpg", "0123456789ab"), name("photo.jpg", "ff23456789ab"));
    }

    #[test]
    fn a_file_to_be_examined_is_never_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let input = folder.path().join("x.png");
        std::fs::write(&input, "original").unwrap();
        let out = Folder::open(folder.path(), &[input]).unwrap();
        assert!(out.target("x.png").is_err(), "it is an input");
        assert!(out.target("x.heat0.png").is_ok(), "a new file");
    }
}
