//! Thumbnails of a picture in places that the metadata list: they are compared with the picture there.
//!
//! Sources: CIPA DC-008 (EXIF), T.871 (JFIF extension), Adobe's specification of image resources.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::packed::jpeg_segments;
use crate::media::StillFormat;
use crate::media::container::{little_u32, png_chunks};
use crate::media::tiff::exif_thumbnail;

/// As many as are compared.
const MAX_THUMBNAILS: usize = 4;
/// Bytes between the name of Photoshop's resource and its picture.
const RESOURCE_HEAD: usize = 28;

/// Where the thumbnails of a picture begin.
pub(super) fn thumbnails(format: StillFormat, bytes: &[u8]) -> Vec<usize> {
    let mut places: Vec<usize> = match format {
        StillFormat::Jpeg => jpeg_segments(bytes)
            .filter_map(|segment| {
                let within = match segment.code {
                    0xE0 if segment.data.starts_with(b"JFXX\0\x10") => 6,
                    0xE1 if segment.data.starts_with(b"Exif\0") => {
                        exif_thumbnail(segment.data.get(6..)?)?.checked_add(6)?
                    }
                    0xED => resource(segment.data)?,
                    _ => return None,
                };
                segment.begin.checked_add(within)
            })
            .collect(),
        StillFormat::Png => png_chunks(bytes)
            .filter(|part| part.name == b"eXIf")
            .filter_map(|part| part.begin.checked_add(exif_thumbnail(part.data)?))
            .collect(),
        StillFormat::WebP => webp_exif(bytes).into_iter().collect(),
        StillFormat::Tiff => exif_thumbnail(bytes).into_iter().collect(),
        StillFormat::Gif | StillFormat::Bmp => Vec::new(),
    };
    places.truncate(MAX_THUMBNAILS);
    places
}

/// Where the thumbnail begins that a block of EXIF or Photoshop's resources holds.
pub(super) fn thumbnail_of_block(block: &[u8]) -> Option<usize> {
    match block.strip_prefix(b"Exif\0\0") {
        Some(exif) => exif_thumbnail(exif)?.checked_add(6),
        None => resource(block),
    }
}

/// Where the picture of Photoshop's thumbnail begins.
fn resource(data: &[u8]) -> Option<usize> {
    let names: [&[u8]; 2] = [b"8BIM\x04\x0C\0\0", b"8BIM\x04\x09\0\0"];
    let at = data.windows(8).position(|window| names.contains(&window))?;
    // The length follows the name.
    at.checked_add(12)?.checked_add(RESOURCE_HEAD)
}

fn webp_exif(bytes: &[u8]) -> Option<usize> {
    let mut at = 12usize;
    loop {
        let name = bytes.get(at..at.checked_add(4)?)?;
        let length = usize::try_from(little_u32(bytes, at.checked_add(4)?)?).ok()?;
        let data = at.checked_add(8)?;
        if name == b"EXIF" {
            let block = bytes.get(data..)?;
            let head = if block.starts_with(b"Exif\0\0") { 6 } else { 0 };
            return exif_thumbnail(block.get(head..)?)?.checked_add(head)?.checked_add(data);
        }
        at = data.checked_add(length.checked_next_multiple_of(2)?)?;
    }
}
