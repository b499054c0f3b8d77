//! What the child says of a picture, as one line of JSON; the pixels follow it.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use serde::{Deserialize, Serialize};

use crate::base::{Frame, Limits, NotExamined, Orientation, Rect, RgbImage, Warning};
use crate::media::decode::check_size;
use crate::media::{Error, Still, StillFormat};

/// The answer to one file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum StillReply {
    /// The pixels follow.
    Decoded(ReplyHeader),
    /// There are none.
    Failed(Failure),
}

/// All of a picture but its pixels.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ReplyHeader {
    width_px: u32,
    height_px: u32,
    orientation: u8,
    jpeg_quality: Option<u8>,
    /// Left, top, width, height.
    damaged: Option<[f32; 4]>,
    warnings: Vec<String>,
    /// What, where and why.
    not_examined: Vec<[String; 3]>,
    is_reduced_copy: bool,
}

/// Errors that need the whole file; the others are found before a child is started.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Failure {
    Malformed(String),
    Unsupported(String, String),
    Dimensions(u32, u32),
    Memory,
}

impl ReplyHeader {
    pub(super) fn new(still: &Still) -> Self {
        let Still { frame, warnings, not_examined, is_reduced_copy, .. } = still;
        let part =
            |NotExamined { what, place, why }: &NotExamined| [what, place, why].map(String::clone);
        Self {
            width_px: frame.image.width_px,
            height_px: frame.image.height_px,
            orientation: frame.orientation.exif(),
            jpeg_quality: frame.jpeg_quality,
            damaged: frame.damaged.map(|r| [r.x, r.y, r.w, r.h]),
            warnings: warnings.iter().map(|warning| warning.0.clone()).collect(),
            not_examined: not_examined.iter().map(part).collect(),
            is_reduced_copy: *is_reduced_copy,
        }
    }

    /// Bytes of the pixels.
    ///
    /// # Errors
    ///
    /// [`Error::Dimensions`]: a child that was taken over may claim any size.
    pub(super) fn n_bytes(&self, limits: &Limits) -> Result<usize, Error> {
        let n_pixels = check_size((self.width_px, self.height_px), limits)?;
        Ok(usize::try_from(n_pixels.saturating_mul(3)).unwrap_or(usize::MAX))
    }

    /// The picture; `None` when the pixels do not fit its size.
    pub(super) fn still(self, pixels: Vec<u8>, format: StillFormat, hash: String) -> Option<Still> {
        let image = RgbImage::new(self.width_px, self.height_px, pixels)?;
        let part = |[what, place, why]: [String; 3]| NotExamined::new(what, place, why);
        let frame = Frame {
            jpeg_quality: self.jpeg_quality,
            damaged: self.damaged.map(|[x, y, w, h]| Rect::new(x, y, w, h)),
            ..Frame::new(image, Orientation::from_exif(self.orientation))
        };
        Some(Still {
            frame,
            sha256: hash,
            format,
            warnings: self.warnings.into_iter().map(Warning).collect(),
            not_examined: self.not_examined.into_iter().map(part).collect(),
            is_reduced_copy: self.is_reduced_copy,
        })
    }
}

impl Failure {
    pub(super) fn new(error: Error) -> Self {
        match error {
            Error::Malformed { what, .. } => Self::Malformed(what),
            Error::Unsupported { what, advice } => Self::Unsupported(what, advice),
            Error::Dimensions { width_px, height_px, .. } => Self::Dimensions(width_px, height_px),
            Error::Memory { .. } => Self::Memory,
            other => Self::Malformed(other.to_string()),
        }
    }

    pub(super) fn error(self, format: StillFormat, limits: &Limits) -> Error {
        match self {
            Self::Malformed(what) => Error::Malformed { format: format.name(), what },
            Self::Unsupported(what, advice) => Error::Unsupported { what, advice },
            Self::Dimensions(width_px, height_px) => Error::Dimensions {
                width_px,
                height_px,
                side_px: limits.side_px,
                megapixels: limits.pixels / 1_000_000,
            },
            Self::Memory => Error::Memory { limit_mib: limits.alloc_bytes >> 20 },
        }
    }
}
