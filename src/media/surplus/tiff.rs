//! Strips and rows of TIFF pictures that the header does not announce, and such as are not there.
//!
//! Source: TIFF 6.0, sections 3 to 9, 13 and 15.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::lzw::{Packing, count};
use super::png::is_longer;
use crate::media::container::is_filling;
use crate::media::tiff::Directory;

/// What the first picture of a file holds beyond its rows, or lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TiffSurplus {
    /// So many strips or tiles more than its rows need.
    Pieces(u64),
    /// A strip goes on behind the last row.
    Rows,
    /// A strip has no data, or fewer than its rows need.
    Short,
    /// The file asks for bits in reverse order, which decoders do or do not heed.
    Reversed,
}

const NONE: u64 = 1;
const LZW: u64 = 5;
const DEFLATE: [u64; 2] = [8, 32946];
const PACK_BITS: u64 = 32773;
/// Colors whose strips hold fewer samples than pixels.
const YCBCR: u64 = 6;

/// Looks at the strips of the first picture.
pub(super) fn tiff_surplus(bytes: &[u8]) -> Option<TiffSurplus> {
    let directory = Directory::first(bytes)?;
    let one = |tag: u16| directory.values(tag)?.first().copied();
    let (width, height) = (one(256)?, one(257)?);
    let samples = one(277).unwrap_or(1);
    let planes = if one(284) == Some(2) { samples } else { 1 };
    if let Some(offsets) = directory.values(324) {
        let along = |side: u64, tag: u16| Some(side.div_ceil(one(tag).filter(|n| *n > 0)?));
        let needed = along(width, 322)?.checked_mul(along(height, 323)?)?.checked_mul(planes)?;
        return pieces(offsets.len(), needed);
    }
    let offsets = directory.values(273)?;
    let per_strip = one(278).unwrap_or(height).min(height).max(1);
    let per_plane = height.div_ceil(per_strip);
    let surplus = pieces(offsets.len(), per_plane.checked_mul(planes)?);
    if surplus.is_some() {
        return surplus;
    }
    if is_reversed(&directory) {
        return Some(TiffSurplus::Reversed);
    }
    let compression = one(259).unwrap_or(NONE);
    if one(262) == Some(YCBCR) {
        return None;
    }
    // All samples have as many bits in pictures that are decoded here.
    let bits = one(258).unwrap_or(1);
    let row_samples = width.checked_mul(if planes == 1 { samples } else { 1 })?;
    let row_bytes = row_samples.checked_mul(bits)?.div_ceil(8);
    let counts = directory.values(279)?;
    for (i, (offset, n_bytes)) in (0u64..).zip(offsets.iter().zip(&counts)) {
        let first = i.checked_rem(per_plane)?.checked_mul(per_strip)?;
        let rows = height.saturating_sub(first).min(per_strip);
        let expected = rows.checked_mul(row_bytes)?;
        let begin = usize::try_from(*offset).ok()?;
        let end = begin.saturating_add(usize::try_from(*n_bytes).ok()?).min(bytes.len());
        let is_short = *n_bytes == 0 || (compression == NONE && *n_bytes < expected);
        if rows > 0 && is_short {
            return Some(TiffSurplus::Short);
        }
        let Some(data) = bytes.get(begin..end) else { continue };
        if is_longer_strip(data, compression, expected) {
            return Some(TiffSurplus::Rows);
        }
    }
    None
}

/// Whether the first picture asks for bits in reverse order.
pub(in crate::media) fn has_reversed_bits(bytes: &[u8]) -> bool {
    Directory::first(bytes).is_some_and(|directory| is_reversed(&directory))
}

fn is_reversed(directory: &Directory<'_>) -> bool {
    directory.value(266) == Some(2)
}

fn pieces(n: usize, needed: u64) -> Option<TiffSurplus> {
    let more = (n as u64).saturating_sub(needed);
    (more > 0).then_some(TiffSurplus::Pieces(more))
}

fn is_longer_strip(data: &[u8], compression: u64, expected: u64) -> bool {
    match compression {
        NONE => {
            let rest = usize::try_from(expected).ok().and_then(|n| data.get(n..));
            rest.is_some_and(|rest| !is_filling(rest))
        }
        LZW => count(data.iter().copied(), 8, Packing::Tiff, expected).n_unpacked > expected,
        PACK_BITS => packed_bits(data, expected) > expected,
        other if DEFLATE.contains(&other) => is_longer(data, expected),
        _ => false,
    }
}

/// Bytes that runs stand for, counted up to the first beyond `most`.
fn packed_bits(data: &[u8], most: u64) -> u64 {
    let (mut rest, mut n) = (data, 0u64);
    while let Some((head, after)) = rest.split_first().filter(|_| n <= most) {
        let head = head.cast_signed();
        let length = usize::from(head.unsigned_abs()).saturating_add(1);
        let (kept, add) = match head {
            i8::MIN => (0, 0),
            0.. => (length, length.min(after.len())),
            _ => (1, length),
        };
        n = n.saturating_add(add as u64);
        rest = after.get(kept..).unwrap_or_default();
    }
    n
}
