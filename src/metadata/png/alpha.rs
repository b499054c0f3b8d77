//! Text in the last bits of an alpha channel, as some generators hide it.
//!
//! The bits run down the columns: a mark of 15 letters, the length in bits, then text. With the mark
//! `stealth_pngcomp` the text is packed. The form is that of "stealth pnginfo" of the Stable
//! Diffusion web UI; `NovelAI` uses it too.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::io::Read;

use super::header::Header;
use crate::metadata::field::Field;
use crate::metadata::sink::{MAX_TEXT_BYTES, Sink};
use crate::metadata::source::inflate::gzip;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::text;

const MARK_BYTES: usize = 15;
const PLAIN: &[u8] = b"stealth_pnginfo";
const PACKED: &[u8] = b"stealth_pngcomp";
/// Larger pictures are not searched.
const MAX_PIXELS: u64 = 24 << 20;

/// Searches 8-bit pictures with alpha. Most have no mark, which their first rows tell.
pub(super) fn hidden_text(header: Header, data: &[Span<'_>], sink: &mut Sink) {
    let is_readable = header.bit_depth == 8 && header.has_alpha() && !header.is_interlaced;
    let n_pixels = u64::from(header.width_px).saturating_mul(u64::from(header.height_px));
    let Some(first) = data.first().filter(|_| is_readable && n_pixels <= MAX_PIXELS) else {
        return;
    };
    // The mark lies in the first column, if the picture is high enough.
    let needed = (header.height_px as usize).min(MARK_BYTES.saturating_mul(8));
    let Some(bits) = last_bits(header, data, needed) else { return };
    let mark = bytes_of(&bits, header.width_px as usize, needed, 0, MARK_BYTES);
    let is_packed = mark == PACKED;
    if !is_packed && mark != PLAIN {
        return;
    }
    let rows = header.height_px as usize;
    let Some(bits) = last_bits(header, data, rows) else { return };
    let read = |from: usize, n: usize| bytes_of(&bits, header.width_px as usize, rows, from, n);
    let length = <[u8; 4]>::try_from(read(MARK_BYTES, 4)).map_or(0, u32::from_be_bytes);
    let n_bytes = (length as usize / 8).min(MAX_TEXT_BYTES);
    let stored = read(MARK_BYTES.saturating_add(4), n_bytes);
    let words = if is_packed {
        let out = gzip(&stored, MAX_TEXT_BYTES);
        if out.is_cut {
            sink.warn("the text in the alpha channel is damaged or too long");
        }
        text(&out.bytes)
    } else {
        text(&stored)
    };
    let tag = String::from_utf8_lossy(&mark).into_owned();
    sink.field(Field::new("PNG-alpha", "HiddenText", tag, words, *first));
}

/// The last bits of the alpha values of the first rows, row by row.
fn last_bits(header: Header, data: &[Span<'_>], n_rows: usize) -> Option<Vec<bool>> {
    let n_channels = if header.color_type == 6 { 4usize } else { 2 };
    let width = header.width_px as usize;
    let row_bytes = width.checked_mul(n_channels)?;
    let packed = Chain { parts: data, at: 0 };
    let mut rows = flate2::read::ZlibDecoder::new(packed);
    let mut bits = Vec::new();
    let (mut before, mut row) = (vec![0u8; row_bytes], vec![0u8; row_bytes]);
    for _ in 0..n_rows {
        let mut filter = [0u8; 1];
        rows.read_exact(&mut filter).ok()?;
        rows.read_exact(&mut row).ok()?;
        unfilter(filter, &mut row, &before, n_channels)?;
        bits.extend(
            row.chunks_exact(n_channels).map(|pixel| pixel.last().is_some_and(|a| a & 1 == 1)),
        );
        std::mem::swap(&mut before, &mut row);
    }
    Some(bits)
}

/// Undoes the filter of a row.
fn unfilter([filter]: [u8; 1], row: &mut [u8], before: &[u8], n_channels: usize) -> Option<()> {
    for i in 0..row.len() {
        let left_at = i.checked_sub(n_channels);
        let left = left_at.and_then(|at| row.get(at)).copied().unwrap_or(0);
        let up = before.get(i).copied().unwrap_or(0);
        let corner = left_at.and_then(|at| before.get(at)).copied().unwrap_or(0);
        let predicted = match filter {
            0 => 0,
            1 => left,
            2 => up,
            3 => left.midpoint(up),
            4 => paeth(left, up, corner),
            _ => return None,
        };
        let value = row.get_mut(i)?;
        *value = value.wrapping_add(predicted);
    }
    Some(())
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let [a, b, c] = [left, up, corner].map(i16::from);
    let guess = a.saturating_add(b).saturating_sub(c);
    let [to_a, to_b, to_c] = [a, b, c].map(|v| guess.abs_diff(v));
    if to_a <= to_b && to_a <= to_c {
        left
    } else if to_b <= to_c {
        up
    } else {
        corner
    }
}

/// Bytes from bits that run down the columns. `bits` row by row; `from` in bytes.
fn bytes_of(bits: &[bool], width: usize, rows: usize, from: usize, n: usize) -> Vec<u8> {
    let bit = |index: usize| {
        let (column, row) = (index.checked_div(rows)?, index.checked_rem(rows)?);
        let at = row.checked_mul(width)?.checked_add(column).filter(|_| column < width)?;
        bits.get(at).copied()
    };
    let byte = |index: usize| {
        (0..8usize).try_fold(0u8, |value, i| {
            let bit = bit(index.checked_mul(8)?.checked_add(i)?)?;
            Some(value.wrapping_shl(1) | u8::from(bit))
        })
    };
    (from..from.saturating_add(n)).map_while(byte).collect()
}

/// The bytes of several chunks as one stream.
struct Chain<'a> {
    parts: &'a [Span<'a>],
    at: usize,
}

impl Read for Chain<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while let Some((part, others)) = self.parts.split_first() {
            let mut rest = part.rest(self.at).bytes;
            if rest.is_empty() {
                (self.parts, self.at) = (others, 0);
                continue;
            }
            let n = rest.read(buffer)?;
            self.at = self.at.saturating_add(n);
            return Ok(n);
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn hidden_text_is_found_and_a_plain_picture_has_none() {
        let (width, height) = (20usize, 32usize);
        let message = b"stealth_pnginfo\0\0\0\x10hi";
        let header = Header {
            width_px: 20,
            height_px: 32,
            bit_depth: 8,
            color_type: 6,
            is_interlaced: false,
        };
        for is_hidden in [true, false] {
            let mut packer =
                flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
            for row in 0..height {
                packer.write_all(&[0]).unwrap();
                for column in 0..width {
                    let index = column * height + row;
                    let bit = message.get(index / 8).map_or(0, |b| b >> (7 - index % 8) & 1);
                    packer.write_all(&[9, 9, 9, 0xFE | (bit & u8::from(is_hidden))]).unwrap();
                }
            }
            let packed = packer.finish().unwrap();
            let (first, second) = packed.split_at(5);
            let data = [Span::new(first, 41), Span::new(second, 99)];
            let mut sink = Sink::default();
            hidden_text(header, &data, &mut sink);
            let found: Vec<_> = sink.fields.iter().map(|f| f.raw.as_str()).collect();
            assert_eq!(found, if is_hidden { vec!["hi"] } else { vec![] });
        }
    }
}
