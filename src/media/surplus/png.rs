//! Rows of PNG pictures that the header does not announce.
//!
//! Source: the PNG specification, third edition, sections 7 (scanlines), 8 (interlacing), 10
//! (compression) and 11.3.6 (animations).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use flate2::{Decompress, FlushDecompress, Status};

use crate::media::container::{big_u32, is_filling, png_chunks};

/// Bytes of frames that are unpacked to be counted.
const MAX_FRAME_BYTES: u64 = 1 << 30;
const SCRATCH_BYTES: usize = 64 << 10;
/// First column and row of each pass, and the steps from one to the next.
const PASSES: [[u64; 4]; 7] = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
];

/// What the data of a picture hold beyond its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PngSurplus {
    /// The packed data go on behind the last row.
    Rows,
    /// So many bytes follow the packed data within the chunks of pixels.
    Behind(u64),
}

/// What the frames of an animation hold beyond their rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct AnimationSurplus {
    pub(super) n_longer: u64,
    /// Not all frames were looked at.
    pub(super) is_unfinished: bool,
}

/// Bytes of unpacked rows: of a sample how many bits, and how the rows come.
#[derive(Debug, Clone, Copy)]
struct Rows {
    bits: u64,
    is_interlaced: bool,
}

impl Rows {
    fn from_header(bytes: &[u8]) -> Option<Self> {
        let channels = match bytes.get(25)? {
            0 | 3 => 1,
            2 => 3,
            4 => 2,
            6 => 4,
            _ => return None,
        };
        let bits = u64::from(*bytes.get(24)?).checked_mul(channels)?;
        Some(Self { bits, is_interlaced: *bytes.get(28)? == 1 })
    }

    /// Each row begins with the number of its filter.
    fn n_bytes(self, width: u64, height: u64) -> Option<u64> {
        let pass = |w: u64, h: u64| {
            if w == 0 {
                return Some(0);
            }
            w.checked_mul(self.bits)?.div_ceil(8).checked_add(1)?.checked_mul(h)
        };
        if !self.is_interlaced {
            return pass(width, height);
        }
        PASSES.iter().try_fold(0u64, |sum, [x, y, dx, dy]| {
            let along = |side: u64, from: u64, step: u64| side.saturating_sub(from).div_ceil(step);
            sum.checked_add(pass(along(width, *x, *dx), along(height, *y, *dy))?)
        })
    }
}

/// Unpacks the data of the picture and counts.
pub(super) fn png_surplus(bytes: &[u8]) -> Option<PngSurplus> {
    let [width, height] = [16, 20].map(|at| big_u32(bytes, at).map(u64::from));
    let expected = Rows::from_header(bytes)?.n_bytes(width?, height?)?;
    let parts = png_chunks(bytes).filter(|part| part.name == b"IDAT").map(|part| part.data);
    match unpacked(parts, expected) {
        Unpacked::Longer => Some(PngSurplus::Rows),
        Unpacked::Ended { n_behind } if n_behind > 0 => Some(PngSurplus::Behind(n_behind)),
        Unpacked::Ended { .. } | Unpacked::Broken => None,
    }
}

/// The same for the frames behind the first picture.
pub(super) fn animation_surplus(bytes: &[u8]) -> AnimationSurplus {
    let mut found = AnimationSurplus::default();
    let Some(rows) = Rows::from_header(bytes) else { return found };
    found.n_longer = u64::from(png_surplus(bytes).is_some());
    // Size of the frame and its data.
    let mut frame: Option<(u64, Vec<&[u8]>)> = None;
    let mut n_left = MAX_FRAME_BYTES;
    let mut close = |frame: Option<(u64, Vec<&[u8]>)>, found: &mut AnimationSurplus| {
        let Some((expected, parts)) = frame.filter(|(_, parts)| !parts.is_empty()) else { return };
        if expected > n_left {
            found.is_unfinished = true;
            return;
        }
        n_left = n_left.saturating_sub(expected);
        let is_longer = match unpacked(parts.into_iter(), expected) {
            Unpacked::Longer => true,
            Unpacked::Ended { n_behind } => n_behind > 0,
            Unpacked::Broken => false,
        };
        found.n_longer = found.n_longer.saturating_add(u64::from(is_longer));
    };
    for part in png_chunks(bytes) {
        match part.name {
            b"fcTL" => {
                close(frame.take(), &mut found);
                let side = |at| big_u32(part.data, at).map(u64::from);
                let expected = side(4).zip(side(8)).and_then(|(w, h)| rows.n_bytes(w, h));
                frame = expected.map(|expected| (expected, Vec::new()));
            }
            b"fdAT" => {
                // A number stands before the data.
                if let (Some((_, parts)), Some(data)) = (&mut frame, part.data.get(4..)) {
                    parts.push(data);
                }
            }
            b"IEND" => break,
            _ => {}
        }
    }
    close(frame, &mut found);
    found
}

enum Unpacked {
    /// More bytes than expected.
    Longer,
    /// No more, and so many packed bytes that mean something behind the end.
    Ended { n_behind: u64 },
    /// The data are damaged or end early.
    Broken,
}

fn unpacked<'a>(parts: impl Iterator<Item = &'a [u8]>, expected: u64) -> Unpacked {
    let mut unpacker = Decompress::new(true);
    let mut scratch = vec![0; SCRATCH_BYTES];
    let (mut is_ended, mut n_behind) = (false, 0u64);
    for part in parts {
        let mut rest = part;
        while !is_ended && !rest.is_empty() {
            let before = (unpacker.total_in(), unpacker.total_out());
            let status = unpacker.decompress(rest, &mut scratch, FlushDecompress::None);
            let n = unpacker.total_in().saturating_sub(before.0);
            rest = rest.get(usize::try_from(n).unwrap_or(rest.len())..).unwrap_or_default();
            if unpacker.total_out() > expected {
                return Unpacked::Longer;
            }
            match status {
                Ok(Status::StreamEnd) => is_ended = true,
                Ok(_) if (unpacker.total_in(), unpacker.total_out()) != before => {}
                _ => return Unpacked::Broken,
            }
        }
        if is_ended && !is_filling(rest) {
            n_behind = n_behind.saturating_add(rest.len() as u64);
        }
    }
    if is_ended { Unpacked::Ended { n_behind } } else { Unpacked::Broken }
}

/// Bytes beyond `most` in data that are packed alone, as in strips of TIFF files.
pub(super) fn is_longer(packed: &[u8], most: u64) -> bool {
    matches!(unpacked(std::iter::once(packed), most), Unpacked::Longer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_interlaced_pictures_are_counted_pass_by_pass() {
        let rows = |is_interlaced| Rows { bits: 24, is_interlaced };
        assert_eq!(rows(false).n_bytes(8, 8), Some(8 * 25));
        assert_eq!(rows(true).n_bytes(8, 8), Some(4 + 4 + 7 + 2 * 7 + 2 * 13 + 4 * 13 + 4 * 25));
        assert_eq!(rows(true).n_bytes(1, 1), Some(4), "empty passes have no rows");
        assert_eq!(rows(false).n_bytes(u64::MAX, 2), None);
    }
}
