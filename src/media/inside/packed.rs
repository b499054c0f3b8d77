//! Parts of a file in which pictures may be packed: as base64, compressed, or in pieces.
//!
//! Sources: RFC 4648 (base64), the PNG specification, third edition, section 11.3 (`zTXt`, `iTXt`,
//! `iCCP`), the GIF89a specification (extensions), ISO/IEC 19566-5 (JUMBF in JPEG segments).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::io::Read as _;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::read::ZlibDecoder;

use super::places::BytePairs;
use crate::media::StillFormat;
use crate::media::container::{after_color_table, after_sub_blocks, png_chunks};

/// Bytes of one part that are unpacked.
const MAX_UNPACKED: u64 = 16 << 20;
/// More parts of a file are not unpacked.
const MAX_PARTS: usize = 64;
/// How the pictures that are decoded here begin in base64.
const IN_BASE64: [&[u8]; 5] = [b"/9j/", b"iVBORw0KGgo", b"R0lGODlh", b"R0lGODdh", b"UklGR"];

/// Unpacked bytes, and what they were in the file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unpacked {
    pub(super) bytes: Vec<u8>,
    pub(super) place: String,
}

/// Unpacks what programs of this format write packed.
pub(super) fn unpacked(format: StillFormat, bytes: &[u8]) -> Vec<Unpacked> {
    match format {
        StillFormat::Png => of_png(bytes),
        StillFormat::Gif => of_gif(bytes).unwrap_or_default(),
        StillFormat::Jpeg | StillFormat::WebP | StillFormat::Tiff | StillFormat::Bmp => Vec::new(),
    }
}

fn of_png(bytes: &[u8]) -> Vec<Unpacked> {
    let packed = png_chunks(bytes).filter_map(|part| {
        let after = |data: &'_ [u8], n: usize| -> Option<usize> {
            let end = data.iter().position(|byte| *byte == 0)?;
            end.checked_add(n)
        };
        let from = match part.name {
            // A keyword, its end, the method.
            b"zTXt" | b"iCCP" => after(part.data, 2)?,
            b"iTXt" => {
                let flag = after(part.data, 1)?;
                if part.data.get(flag) != Some(&1) {
                    return None;
                }
                let language = flag.checked_add(2)?;
                let keyword = after(part.data.get(language..)?, 1)?.checked_add(language)?;
                after(part.data.get(keyword..)?, 1)?.checked_add(keyword)?
            }
            _ => return None,
        };
        let mut unpacked = Vec::new();
        // What was unpacked before a fault counts.
        let _fault =
            ZlibDecoder::new(part.data.get(from..)?).take(MAX_UNPACKED).read_to_end(&mut unpacked);
        let place = format!("in its chunk {}", String::from_utf8_lossy(part.name));
        Some(Unpacked { bytes: unpacked, place })
    });
    packed.take(MAX_PARTS).collect()
}

/// The extensions of a GIF file, whose data come in blocks of up to 255 bytes.
fn of_gif(bytes: &[u8]) -> Option<Vec<Unpacked>> {
    let mut found = Vec::new();
    let mut at = after_color_table(*bytes.get(10)?, 13)?;
    while found.len() < MAX_PARTS {
        match bytes.get(at) {
            Some(0x21) => {
                let begin = at.checked_add(2)?;
                let Some(end) = after_sub_blocks(bytes, begin) else { break };
                let place = "in an extension".to_owned();
                found.push(Unpacked { bytes: joined(bytes.get(begin..end)?), place });
                at = end;
            }
            Some(0x2C) => {
                let flags = *bytes.get(at.checked_add(9)?)?;
                let data = after_color_table(flags, at.checked_add(10)?)?;
                let Some(end) = after_sub_blocks(bytes, data.checked_add(1)?) else { break };
                at = end;
            }
            _ => break,
        }
    }
    Some(found)
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

/// Pictures in base64: where each begins, and its bytes.
pub(super) fn in_base64(bytes: &[u8]) -> Vec<(usize, Vec<u8>)> {
    let firsts = BytePairs::new(IN_BASE64.iter().filter_map(|text| text.first_chunk().copied()));
    let mut found = Vec::new();
    let mut at = 0usize;
    while found.len() < MAX_PARTS {
        let is_begin = |at: &usize| {
            let here = bytes.get(*at..).unwrap_or_default();
            IN_BASE64.iter().any(|begin| here.starts_with(begin))
        };
        let Some(begin) = firsts.places(bytes, at).find(is_begin) else { break };
        let (text, n_read) = base64_text(bytes.get(begin..).unwrap_or_default());
        if let Some(picture) = decoded(&text) {
            found.push((begin, picture));
        }
        at = begin.saturating_add(n_read.max(1));
    }
    found
}

/// The characters of base64 from the start on, without breaks of lines, also such as XML writes; and the
/// bytes that they take.
fn base64_text(bytes: &[u8]) -> (Vec<u8>, usize) {
    let (mut text, mut at) = (Vec::new(), 0usize);
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let breaks: [&[u8]; 6] = [b"&#xA;", b"&#10;", b"&#xD;", b"\\n", b"\\/", b"%2B"];
        let is_full = text.len() as u64 >= MAX_UNPACKED;
        match rest {
            [byte @ (b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'+' | b'/'), ..] if !is_full => {
                text.push(*byte);
                at = at.saturating_add(1);
            }
            [b'\r' | b'\n' | b' ' | b'\t', ..] => at = at.saturating_add(1),
            _ => match breaks.iter().find(|mark| rest.starts_with(mark)) {
                Some(mark) => {
                    match *mark {
                        b"\\/" => text.push(b'/'),
                        b"%2B" => text.push(b'+'),
                        _ => {}
                    }
                    at = at.saturating_add(mark.len());
                }
                None => break,
            },
        }
    }
    (text, at)
}

fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    // Four characters are three bytes; what is left over of the last four is dropped.
    let n_whole = text.len().saturating_sub(text.len() % 4);
    GeneralPurpose::new(&STANDARD, config).decode(text.get(..n_whole)?).ok()
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests may panic")]
mod tests {
    use base64::prelude::BASE64_STANDARD;

    use super::*;

    #[test]
    fn base64_is_found_and_read_over_breaks_of_lines() {
        let data: Vec<u8> = b"\xFF\xD8\xFF\xE0".iter().copied().chain(0..=200).collect();
        let text = BASE64_STANDARD.encode(&data);
        let (one, two) = text.split_at(30);
        for part in [text.clone(), format!("{one}\r\n{two}"), format!("{one}&#xA;{two}\"/>")] {
            let file = [b"<img src='data:image/jpeg;base64,", part.as_bytes()].concat();
            let found = in_base64(&file);
            let [(33, bytes)] = &found[..] else { panic!("{part}: {found:?}") };
            assert!(data.starts_with(&bytes[..data.len() - 3]), "{part}");
        }
        assert_eq!(in_base64(b"nothing of the kind / iR"), []);
    }

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
