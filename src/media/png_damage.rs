//! Reads PNG files that a strict decoder refuses: a wrong checksum, no end mark, damaged data.
//!
//! Checksums are written anew in a copy. Then the checksum of the unpacked pixels tells whether
//! every pixel is there. If not, the rows before the damage are kept.
//!
//! Source: the PNG specification, third edition, sections 5 (chunks) and 10 (compression).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::io::Cursor;
use std::ops::Range;

use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};

use crate::base::Limits;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1A\n";
/// Bytes of the end mark, an empty chunk.
const END_BYTES: usize = 12;
/// Gray where rows are missing.
const MISSING: u8 = 128;
/// Chunks without which there is no picture.
const CRITICAL: [&[u8]; 4] = [b"IHDR", b"PLTE", b"IDAT", b"IEND"];

/// A copy that a strict decoder reads, and what was wrong.
#[derive(Debug)]
pub(super) struct RepairedPng {
    pub(super) bytes: Vec<u8>,
    /// Faults that took no pixel away, one sentence each.
    pub(super) faults: Vec<String>,
    /// The copy up to the first chunk of pixels that is damaged.
    sound: Vec<u8>,
}

/// Rows of a damaged picture.
#[derive(Debug)]
pub(super) struct PngRows {
    pub(super) picture: DynamicImage,
    /// The first row that cannot be relied on.
    pub(super) first_damaged: u32,
}

struct Chunk<'a> {
    name: &'a [u8],
    data: &'a [u8],
    is_sound: bool,
    is_cut: bool,
}

/// The chunk at a place and the place behind it.
fn chunk(bytes: &[u8], at: usize) -> Option<(Chunk<'_>, usize)> {
    let length = bytes.get(at..at.checked_add(4)?)?;
    let length = usize::try_from(u32::from_be_bytes(length.try_into().ok()?)).ok()?;
    let named = at.checked_add(4)?;
    let data = named.checked_add(4)?;
    let name = bytes.get(named..data)?;
    let end = data.checked_add(length)?;
    let after = end.checked_add(4)?;
    let held: Range<usize> = data..end.min(bytes.len());
    let sum = bytes.get(end..after).and_then(|sum| <[u8; 4]>::try_from(sum).ok());
    let read = bytes.get(named..end).map(crc32fast::hash);
    let is_sound = sum.is_some() && read == sum.map(u32::from_be_bytes);
    let chunk = Chunk { name, data: bytes.get(held)?, is_sound, is_cut: end > bytes.len() };
    Some((chunk, after))
}

fn write(to: &mut Vec<u8>, name: &[u8], data: &[u8]) {
    let Ok(length) = u32::try_from(data.len()) else { return };
    to.extend(length.to_be_bytes());
    let from = to.len();
    to.extend(name);
    to.extend(data);
    let sum = crc32fast::hash(to.get(from..).unwrap_or_default());
    to.extend(sum.to_be_bytes());
}

/// `None` when nothing is wrong that can be repaired.
pub(super) fn repaired(bytes: &[u8]) -> Option<RepairedPng> {
    if !bytes.starts_with(SIGNATURE) {
        return None;
    }
    let (mut whole, mut sound) = (SIGNATURE.to_vec(), None);
    let (mut at, mut n_wrong, mut has_end, mut has_pixels) = (SIGNATURE.len(), 0u64, false, false);
    while let Some((part, after)) = chunk(bytes, at) {
        at = after;
        let is_critical = CRITICAL.contains(&part.name) || part.name == b"tRNS";
        has_pixels |= part.name == b"IDAT";
        if !part.is_sound {
            n_wrong = n_wrong.saturating_add(1);
            // What was cut off is sound up to there.
            if part.name == b"IDAT" && !part.is_cut && sound.is_none() {
                sound = Some(whole.clone());
            }
        }
        // A side note whose checksum is wrong may say anything.
        if part.is_sound || is_critical {
            write(&mut whole, part.name, part.data);
        }
        has_end |= part.name == b"IEND";
        if has_end || part.is_cut {
            break;
        }
    }
    if !has_end {
        write(&mut whole, b"IEND", &[]);
    }
    let mut faults = Vec::new();
    if n_wrong > 0 {
        faults.push(format!(
            "the PNG file has {}: every pixel is there and is examined",
            crate::base::text::counted(n_wrong, "wrong checksum")
        ));
    }
    if !has_end {
        faults
            .push("the PNG file has no end mark: every pixel is there and is examined".to_owned());
    }
    let sound = sound.unwrap_or_else(|| without_end(&whole).to_vec());
    (has_pixels && !faults.is_empty()).then_some(RepairedPng { bytes: whole, faults, sound })
}

/// The file without its end mark: a decoder gives the last rows of an unfinished stream only where
/// the file ends as well.
fn without_end(whole: &[u8]) -> &[u8] {
    whole.get(..whole.len().saturating_sub(END_BYTES)).unwrap_or_default()
}

impl RepairedPng {
    /// Whether the unpacked pixels have the checksum that was stored with them.
    pub(super) fn is_whole(&self, limits: &Limits) -> bool {
        unpack(&self.bytes, true, limits).is_some_and(|rows| rows.is_whole)
    }

    /// The rows that can be unpacked; `None` when there are none.
    pub(super) fn rows(&self, limits: &Limits) -> Option<PngRows> {
        let first_damaged = unpack(&self.sound, false, limits)?.n_rows;
        let all = unpack(without_end(&self.bytes), false, limits)?;
        let Unpacked { size: (w, h), color, mut pixels, .. } = all;
        let n_samples = color.samples();
        let n = (w as usize).checked_mul(h as usize)?.checked_mul(n_samples)?;
        pixels.resize(n, MISSING);
        let picture = match color {
            png::ColorType::Grayscale => GrayImage::from_raw(w, h, pixels)?.into(),
            png::ColorType::GrayscaleAlpha => GrayAlphaImage::from_raw(w, h, pixels)?.into(),
            png::ColorType::Rgba => RgbaImage::from_raw(w, h, pixels)?.into(),
            _ => RgbImage::from_raw(w, h, pixels)?.into(),
        };
        (first_damaged > 0).then_some(PngRows { picture, first_damaged })
    }
}

struct Unpacked {
    size: (u32, u32),
    color: png::ColorType,
    pixels: Vec<u8>,
    n_rows: u32,
    is_whole: bool,
}

/// All rows up to the first that cannot be unpacked, 8 bits a sample. `None` for pictures of more
/// than the limits, and for those whose rows do not come in order.
fn unpack(bytes: &[u8], is_strict: bool, limits: &Limits) -> Option<Unpacked> {
    let budget = usize::try_from(limits.alloc_bytes).unwrap_or(usize::MAX);
    let mut decoder =
        png::Decoder::new_with_limits(Cursor::new(bytes), png::Limits { bytes: budget });
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    if is_strict {
        decoder.ignore_checksums(false);
    }
    let mut reader = decoder.read_info().ok()?;
    let info = reader.info();
    let (size, is_interlaced) = ((info.width, info.height), info.interlaced);
    let n_pixels = u64::from(size.0).checked_mul(u64::from(size.1))?;
    let is_too_large =
        !limits.allows(size.0, size.1) || n_pixels.saturating_mul(8) > limits.alloc_bytes;
    if is_too_large || (is_interlaced && !is_strict) {
        return None;
    }
    let (color, _) = reader.output_color_type();
    let (mut pixels, mut n_rows) = (Vec::new(), 0u32);
    let is_unpacked = loop {
        match reader.next_row() {
            Ok(Some(row)) => {
                if !is_strict {
                    pixels.extend_from_slice(row.data());
                }
                n_rows = n_rows.saturating_add(1);
            }
            Ok(None) => break true,
            Err(_) => break false,
        }
    };
    let is_whole = is_unpacked && reader.finish().is_ok();
    Some(Unpacked { size, color, pixels, n_rows, is_whole })
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests may panic")]
mod tests {
    use super::*;
    use crate::media::{Still, decode_still};

    /// A noisy picture in chunks of 4096 bytes.
    fn picture() -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 120, 100);
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header().unwrap();
        let pixels: Vec<u8> =
            (0..120 * 100 * 3u64).map(|i| ((i * i * 2_654_435_761) >> 13) as u8).collect();
        let mut stream = writer.stream_writer_with_size(4096).unwrap();
        std::io::Write::write_all(&mut stream, &pixels).unwrap();
        stream.finish().unwrap();
        writer.finish().unwrap();
        bytes
    }

    /// The places of the chunks of pixels.
    fn pixel_chunks(bytes: &[u8]) -> Vec<Range<usize>> {
        let (mut at, mut found) = (8, Vec::new());
        while let Some((part, after)) = chunk(bytes, at) {
            if part.name == b"IDAT" {
                found.push(at..after);
            }
            at = after;
        }
        found
    }

    fn open(bytes: &[u8]) -> Still {
        decode_still(bytes, &Limits::default()).unwrap()
    }

    #[test]
    fn a_wrong_checksum_or_a_missing_end_mark_costs_no_pixel_and_is_reported() {
        let whole = picture();
        let chunks = pixel_chunks(&whole);
        assert!(chunks.len() > 3, "{} chunks", chunks.len());
        let mut wrong = whole.clone();
        wrong[chunks[1].end - 4..chunks[1].end].fill(0);
        let mut header = whole.clone();
        header[29..33].fill(0);
        let unended = whole[..whole.len() - 12].to_vec();
        for (bytes, expected) in
            [(wrong, "1 wrong checksum"), (header, "1 wrong checksum"), (unended, "no end mark")]
        {
            let still = open(&bytes);
            assert_eq!(still.frame.image, open(&whole).frame.image, "{expected}");
            let [warning] = still.warnings.as_slice() else { panic!("{:?}", still.warnings) };
            assert!(warning.0.contains(expected), "{warning:?}");
            assert_eq!((still.not_examined, still.frame.damaged), (Vec::new(), None));
        }
    }

    #[test]
    fn rows_before_the_damage_are_kept_and_the_others_are_not_relied_on() {
        let whole = picture();
        let chunks = pixel_chunks(&whole);
        let mut overwritten = whole.clone();
        let middle = &chunks[chunks.len() / 2];
        overwritten[middle.start + 100..middle.start + 400].fill(7);
        let cut = whole[..middle.start + 300].to_vec();
        for bytes in [overwritten, cut] {
            let still = open(&bytes);
            let damaged = still.frame.damaged.unwrap();
            assert!((20.0..60.0).contains(&damaged.y), "{damaged:?}");
            assert_eq!(damaged.y + damaged.h, 100.0);
            let (sound, expected) = (still.frame.image, open(&whole).frame.image);
            let n = damaged.y as usize * 120 * 3;
            assert_eq!(sound.pixels[..n], expected.pixels[..n]);
            assert_eq!(still.not_examined.len(), 1, "{:?}", still.not_examined);
        }
    }

    #[test]
    fn a_refusal_is_a_sentence_for_people() {
        let mut bytes = picture();
        for part in pixel_chunks(&bytes) {
            bytes[part.start + 8..part.end].fill(9);
        }
        let message = decode_still(&bytes, &Limits::default()).unwrap_err().to_string();
        assert_eq!(message, "the PNG file is damaged: its pixels cannot be unpacked");
    }
}
