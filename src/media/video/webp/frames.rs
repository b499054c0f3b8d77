//! Decodes the frames of an animated WebP file.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ffi::OsString;
use std::io::Cursor;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::webp::WebPDecoder;
use image::imageops::FilterType;
use image::{AnimationDecoder as _, ImageDecoder as _, Limits as ImageLimits, RgbaImage};

use crate::base::RgbImage;
use crate::media::error::one_line;
use crate::media::transparent::over_white;

/// Which frames are wanted, and how large.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::media) struct WantedFrames {
    /// Numbers of frames.
    pub(in crate::media) frames: Range<usize>,
    /// Every n-th of them, the first included.
    pub(in crate::media) every: usize,
    /// Width and height in pixels.
    pub(in crate::media) size: (u32, u32),
}

impl WantedFrames {
    /// As arguments of a program.
    pub(in crate::media) fn arguments(&self) -> [OsString; 5] {
        let Self { frames, every, size } = self;
        [frames.start, frames.end, *every, size.0 as usize, size.1 as usize]
            .map(|n| n.to_string().into())
    }

    /// From the words of [`Self::words`].
    pub(in crate::media) fn from_arguments(arguments: &[OsString]) -> Option<Self> {
        let numbers: Option<Vec<usize>> =
            arguments.iter().map(|word| word.to_str()?.parse().ok()).collect();
        let [start, end, every, width, height] = numbers?.try_into().ok()?;
        let size = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
        Some(Self { frames: start..end, every: every.max(1), size })
    }

    pub(in crate::media) fn n_bytes(&self) -> usize {
        let (width, height) = self.size;
        (width as usize).saturating_mul(height as usize).saturating_mul(3)
    }
}

/// Decodes from the first frame on, since frames build upon each other. `take` gets the wanted ones
/// with their numbers, and `None` for others; it returns whether to go on. Returns an error message
/// if something went wrong.
pub(in crate::media) fn decode_frames(
    bytes: &[u8],
    wanted: &WantedFrames,
    take: impl FnMut(usize, Option<RgbImage>) -> bool,
) -> Option<String> {
    // The decoder is made for hostile files; should it panic nevertheless, the file is to blame.
    catch_unwind(AssertUnwindSafe(|| decode(bytes, wanted, take)))
        .unwrap_or_else(|_panic| Some("the decoder failed".to_owned()))
}

fn decode(
    bytes: &[u8],
    wanted: &WantedFrames,
    mut take: impl FnMut(usize, Option<RgbImage>) -> bool,
) -> Option<String> {
    let mut decoder = match WebPDecoder::new(Cursor::new(bytes)) {
        Ok(decoder) => decoder,
        Err(e) => return Some(one_line(&e)),
    };
    // Canvas, frame and the copy that is handed out.
    let pixels =
        u64::from(decoder.dimensions().0).saturating_mul(u64::from(decoder.dimensions().1));
    let mut limits = ImageLimits::no_limits();
    limits.max_alloc = Some(pixels.saturating_mul(16).saturating_add(1 << 20));
    if let Err(e) = decoder.set_limits(limits) {
        return Some(one_line(&e));
    }
    for (number, frame) in decoder.into_frames().enumerate().take(wanted.frames.end) {
        let frame = match frame {
            Ok(frame) => frame,
            Err(e) => return Some(one_line(&e)),
        };
        let ahead = number.checked_sub(wanted.frames.start);
        let is_wanted = ahead.is_some_and(|ahead| ahead.is_multiple_of(wanted.every));
        let image = if is_wanted { Some(flat(&frame.into_buffer(), wanted.size)?) } else { None };
        if !take(number, image) {
            return None;
        }
    }
    None
}

/// Laid over white, and of the wanted size.
fn flat(picture: &RgbaImage, (width_px, height_px): (u32, u32)) -> Option<RgbImage> {
    let scaled;
    let picture = if picture.dimensions() == (width_px, height_px) {
        picture
    } else {
        scaled = image::imageops::resize(picture, width_px, height_px, FilterType::Triangle);
        &scaled
    };
    let (quads, _) = picture.as_raw().as_chunks::<4>();
    let opaque = |[r, g, b, a]: &[u8; 4]| [*r, *g, *b].map(|v| over_white(v, *a));
    RgbImage::new(width_px, height_px, quads.iter().flat_map(opaque).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_comes_back_from_its_words() {
        let wanted = WantedFrames { frames: 3..90, every: 2, size: (16, 9) };
        assert_eq!(WantedFrames::from_arguments(&wanted.arguments()), Some(wanted.clone()));
        assert_eq!(WantedFrames::from_arguments(&["1".into()]), None);
        assert_eq!(wanted.n_bytes(), 16 * 9 * 3);
    }
}
