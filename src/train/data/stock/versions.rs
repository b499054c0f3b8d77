//! What a stock holds of one photo.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::{Affine, Limits, RgbImage, TaskCtx};
use crate::media;
use crate::train::Error;
use crate::train::forge::{Picture, Square};

/// What was made of one photo.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Versions {
    /// The whole picture through a codec, as large as the photo; the words say which.
    pub coded: Vec<(PathBuf, String)>,
    /// Faces drawn by the autoencoder.
    pub decoded: Vec<Decoded>,
    /// One-shot swaps.
    pub squares: Vec<(PathBuf, Affine)>,
}

/// A part of a photo drawn by the autoencoder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The pixels.
    pub path: PathBuf,
    /// Where the first pixel lies in the photo; multiples of 8.
    pub corner: [u32; 2],
    /// How the latent was changed.
    pub look: String,
}

impl Decoded {
    /// Reads the pixels.
    ///
    /// # Errors
    ///
    /// A file that cannot be read any more.
    pub fn picture(&self) -> Result<Picture, Error> {
        Ok(Picture::from_rgb(&read(&self.path)?))
    }
}

impl Versions {
    /// Those of a codec that a detector is trained on.
    pub fn coded_for_training(&self) -> impl Iterator<Item = &Path> {
        self.coded.iter().filter(|(_, coding)| !is_unseen(coding)).map(|(path, _)| path.as_path())
    }

    /// Those of a codec that no detector is trained on.
    pub fn coded_for_measuring(&self) -> impl Iterator<Item = &Path> {
        self.coded.iter().filter(|(_, coding)| is_unseen(coding)).map(|(path, _)| path.as_path())
    }

    /// The swaps with their pixels.
    ///
    /// # Errors
    ///
    /// A file that cannot be read any more.
    pub fn square(&self, index: usize) -> Result<Option<Square>, Error> {
        let Some((path, map)) = self.squares.get(index) else { return Ok(None) };
        let picture = Picture::from_rgb(&read(path)?);
        Ok(Some(Square { picture, picture_from_square: *map }))
    }
}

/// Whether the words of a coding name HEVC or VP9.
fn is_unseen(coding: &str) -> bool {
    coding.starts_with("hevc") || coding.starts_with("vp9")
}

/// A picture of the stock, or a photo, upright.
pub(in crate::train) fn read(path: &Path) -> Result<RgbImage, Error> {
    let still = media::open_still(path, &Limits::default(), &TaskCtx::silent())
        .map_err(|e| Error::malformed_file(path, &e))?;
    Ok(Arc::unwrap_or_clone(still.frame.upright))
}
