//! Decoding the small pictures in a file, within tight limits.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use super::values::SmallPicture;
use crate::base::text::sentence;
use crate::base::{Frame, Limits, Orientation, TaskCtx};
use crate::media;
use crate::metadata::Thumbnail;
use crate::prep;

/// Small pictures that are decoded of a file, beside those of its credential.
pub(super) const MAX_THUMBNAILS: usize = 8;
/// What a small picture may be: real ones have some hundred pixels a side.
const LIMITS: Limits =
    Limits { file_bytes: 8 << 20, pixels: 16_000_000, side_px: 8192, alloc_bytes: 128 << 20 };
/// Longer side of the pixels that are kept.
const KEPT_PX: u32 = 640;

/// Decodes a small picture that stands in the file as it is.
pub(super) fn thumbnail(
    path: &Path,
    place: Thumbnail,
    orientation: Orientation,
    ctx: &TaskCtx<'_>,
) -> SmallPicture {
    if place.length > LIMITS.file_bytes {
        return SmallPicture::Failed(format!(
            "It has {} bytes, more than the limit of {}.",
            place.length, LIMITS.file_bytes
        ));
    }
    match read_part(path, place) {
        Ok(bytes) => decode(&bytes, orientation, ctx),
        Err(error) => SmallPicture::Failed(sentence(&error.to_string())),
    }
}

/// Reads a part of a file. A device or pipe is not opened: reading one may never end.
fn read_part(path: &Path, place: Thumbnail) -> std::io::Result<Vec<u8>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("it is not a regular file any more"));
    }
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(place.offset))?;
    let mut bytes = Vec::new();
    file.take(place.length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Decodes a small picture and turns it as the file says.
pub(super) fn decode(bytes: &[u8], orientation: Orientation, ctx: &TaskCtx<'_>) -> SmallPicture {
    let still = match media::open_still_in_memory(bytes, &LIMITS, ctx) {
        Ok(still) => still,
        Err(error) => return SmallPicture::Failed(sentence(&error.to_string())),
    };
    let stored = &still.frame.image;
    let stored_px = [stored.width_px, stored.height_px];
    // Small pictures lie as the picture does. One that has an orientation of its own says so itself.
    let is_turned =
        orientation != Orientation::UPRIGHT && still.frame.orientation == Orientation::UPRIGHT;
    let upright = if is_turned {
        let picture = Arc::unwrap_or_clone(still.frame.image);
        Frame::new(picture, orientation).upright
    } else {
        still.frame.upright
    };
    let longer = upright.width_px.max(upright.height_px);
    let pixels = if longer > KEPT_PX {
        let side = |px: u32| {
            let scaled = u64::from(px) * u64::from(KEPT_PX) / u64::from(longer);
            (scaled as u32).max(1)
        };
        let (w, h) = (side(upright.width_px), side(upright.height_px));
        Arc::new(prep::resample(&upright, &upright.bounds(), w, h))
    } else {
        upright
    };
    SmallPicture::Decoded { pixels, stored_px, is_turned }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::RgbImage;

    fn jpeg(width_px: u32, height_px: u32) -> Vec<u8> {
        media::encode_jpeg(&RgbImage::filled(width_px, height_px, [9, 99, 200]), 90).unwrap()
    }

    #[test]
    fn a_part_of_a_file_is_decoded_and_turned() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let picture = jpeg(32, 16);
        std::fs::write(&path, [b"before".as_slice(), &picture, b"after"].concat()).unwrap();
        let place = Thumbnail { offset: 6, length: picture.len() as u64 };
        let turned = Orientation::from_exif(6);
        let found = thumbnail(&path, place, turned, &TaskCtx::silent());
        let SmallPicture::Decoded { pixels, stored_px, is_turned } = found else {
            panic!("{found:?}")
        };
        assert_eq!((stored_px, is_turned), ([32, 16], true));
        assert_eq!((pixels.width_px, pixels.height_px), (16, 32), "a quarter turn");
    }

    #[test]
    fn large_ones_are_made_smaller_and_too_large_ones_are_refused() {
        let decoded = |bytes: &[u8]| decode(bytes, Orientation::UPRIGHT, &TaskCtx::silent());
        let SmallPicture::Decoded { pixels, .. } = decoded(&jpeg(1280, 320)) else { panic!() };
        assert_eq!((pixels.width_px, pixels.height_px), (640, 160));
        for bytes in [jpeg(8200, 8), b"no picture".to_vec(), Vec::new()] {
            let SmallPicture::Failed(why) = decoded(&bytes) else {
                panic!("{} bytes", bytes.len())
            };
            assert!(why.ends_with('.'), "a sentence: {why}");
        }
        let place = Thumbnail { offset: 0, length: LIMITS.file_bytes + 1 };
        let found = thumbnail(Path::new("/none"), place, Orientation::UPRIGHT, &TaskCtx::silent());
        assert!(matches!(&found, SmallPicture::Failed(why) if why.contains("limit")), "{found:?}");
    }

    #[test]
    fn a_part_that_is_gone_is_a_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let place = Thumbnail { offset: 0, length: 9 };
        for path in [folder.path().to_owned(), folder.path().join("gone")] {
            let found = thumbnail(&path, place, Orientation::UPRIGHT, &TaskCtx::silent());
            assert!(matches!(found, SmallPicture::Failed(_)), "{path:?}");
        }
    }
}
