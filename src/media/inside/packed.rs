//! Parts of a file in which pictures may be packed: compressed, or in pieces.
//!
//! Sources: the PNG specification, third edition, section 11.3 (`zTXt`, `iTXt`, `iCCP`), the GIF89a
//! specification (extensions), ISO/IEC 19566-5 (JUMBF in JPEG segments).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::io::Read as _;

use flate2::read::ZlibDecoder;

use crate::media::StillFormat;
use crate::media::container::{PngPart, after_color_table, after_sub_blocks, png_chunks};

/// Bytes of one file that are unpacked, all parts together. Fewer in tests, which are not optimized.
pub(super) const MAX_UNPACKED: u64 = if cfg!(test) { 2 << 20 } else { 32 << 20 };

/// Unpacked bytes, and what they were in the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unpacked {
    pub(super) bytes: Vec<u8>,
    pub(super) place: String,
}

/// Unpacks what programs of this format write packed, part by part. Whether all of it was unpacked.
pub(super) fn unpack(format: StillFormat, bytes: &[u8], visit: &mut dyn FnMut(Unpacked)) -> bool {
    match format {
        StillFormat::Png => unpack_png(bytes, visit),
        StillFormat::Gif => {
            let _end = unpack_gif(bytes, visit);
            true
        }
        StillFormat::Jpeg | StillFormat::WebP | StillFormat::Tiff | StillFormat::Bmp => true,
    }
}

fn unpack_png(bytes: &[u8], visit: &mut dyn FnMut(Unpacked)) -> bool {
    let mut left = MAX_UNPACKED;
    for part in png_chunks(bytes) {
        let Some(packed) = begin_of_packed(&part).and_then(|from| part.data.get(from..)) else {
            continue;
        };
        let mut unpacked = Vec::new();
        // What was unpacked before a fault counts.
        let _fault = ZlibDecoder::new(packed).take(left).read_to_end(&mut unpacked);
        left = left.saturating_sub(unpacked.len() as u64);
        let place = format!("in its chunk {}", String::from_utf8_lossy(part.name));
        visit(Unpacked { bytes: unpacked, place });
        if left == 0 {
            return false;
        }
    }
    true
}

/// Where the compressed data of a chunk begin, if it has some.
fn begin_of_packed(part: &PngPart<'_>) -> Option<usize> {
    let after = |from: usize, n: usize| -> Option<usize> {
        let end = part.data.get(from..)?.iter().position(|byte| *byte == 0)?;
        from.checked_add(end)?.checked_add(n)
    };
    match part.name {
        // A keyword, its end, the method.
        b"zTXt" | b"iCCP" => after(0, 2),
        b"iTXt" => {
            let flag = after(0, 1)?;
            let is_packed = part.data.get(flag) == Some(&1);
            let keyword = after(flag.checked_add(2)?, 1).filter(|_| is_packed)?;
            after(keyword, 1)
        }
        _ => None,
    }
}

/// The extensions of a GIF file, whose data come in blocks of up to 255 bytes.
fn unpack_gif(bytes: &[u8], visit: &mut dyn FnMut(Unpacked)) -> Option<()> {
    let mut at = after_color_table(*bytes.get(10)?, 13)?;
    loop {
        match bytes.get(at) {
            Some(0x21) => {
                let begin = at.checked_add(2)?;
                at = after_sub_blocks(bytes, begin)?;
                let place = "in an extension".to_owned();
                visit(Unpacked { bytes: joined(bytes.get(begin..at)?), place });
            }
            Some(0x2C) => {
                let flags = *bytes.get(at.checked_add(9)?)?;
                let data = after_color_table(flags, at.checked_add(10)?)?;
                at = after_sub_blocks(bytes, data.checked_add(1)?)?;
            }
            _ => return Some(()),
        }
    }
}

/// The data of blocks, each of which begins with its length.
fn joined(blocks: &[u8]) -> Vec<u8> {
    let (mut rest, mut data) = (blocks, Vec::with_capacity(blocks.len()));
    while let Some((length, after)) = rest.split_first() {
        let (block, next) = after.split_at(usize::from(*length).min(after.len()));
        data.extend_from_slice(block);
        rest = next;
    }
    data
}

/// A segment of a JPEG file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment<'a> {
    /// The second byte of its marker.
    pub(super) code: u8,
    /// Where its data begin.
    pub(super) begin: usize,
    pub(super) data: &'a [u8],
}

/// The segments before the first scan of a JPEG file.
pub(super) fn jpeg_segments(bytes: &[u8]) -> impl Iterator<Item = Segment<'_>> {
    let mut at = 2usize;
    std::iter::from_fn(move || {
        while bytes.get(at) == Some(&0xFF) && bytes.get(at.checked_add(1)?) == Some(&0xFF) {
            at = at.checked_add(1)?;
        }
        let [0xFF, code @ (0xC0..=0xCF | 0xDB..=0xFE), high, low, ..] = *bytes.get(at..)? else {
            return None;
        };
        let begin = at.checked_add(4)?;
        let length = usize::from(u16::from_be_bytes([high, low])).checked_sub(2)?;
        let data = bytes.get(begin..begin.checked_add(length)?.min(bytes.len()))?;
        at = begin.checked_add(length)?;
        Some(Segment { code, begin, data })
    })
}

/// The boxes of credentials, which a JPEG file holds in pieces of one segment each.
pub(super) fn jumbf_of_jpeg(bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    for data in jpeg_segments(bytes).filter(is_jumbf).map(|segment| segment.data) {
        let number = data.get(4..8);
        // The head of the box comes again in each piece.
        let head = if number == Some(&[0, 0, 0, 1]) { 8 } else { 16 };
        whole.extend_from_slice(data.get(head..).unwrap_or_default());
    }
    whole
}

pub(super) fn is_jumbf(segment: &Segment<'_>) -> bool {
    segment.code == 0xEB && segment.data.starts_with(b"JP")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_credential_are_joined_without_their_heads() {
        let piece = |number: u8, data: &[u8]| {
            let head = [b"JP\0\x01\0\0\0", &[number][..], b"\0\0\0\x99jumb"].concat();
            let length = (head.len() + data.len() + 2) as u16;
            [&[0xFF, 0xEB], &length.to_be_bytes()[..], &head, data].concat()
        };
        let file = [b"\xFF\xD8", &piece(1, b"one")[..], &piece(2, b"two")].concat();
        assert_eq!(jumbf_of_jpeg(&file), b"\0\0\0\x99jumbonetwo");
    }
}
