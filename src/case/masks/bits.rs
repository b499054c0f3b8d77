//! A mask as a few bytes, without loss, and back.
//!
//! The first byte is the encoding: 0 for runs, 1 for bits; the shorter one is taken. Runs are the
//! numbers of pixels that are clear, set, clear, … row after row without regard to where rows end,
//! seven bits a byte, the lowest first, the high bit set when more follow. Bits are rows of 32-bit
//! words in little-endian order, the leftmost pixel of a word in its lowest bit.

use crate::annotate::Mask;
use crate::base::Limits;
use crate::case::Error;

const RUNS: u8 = 0;
const BITS: u8 = 1;

/// Mask to bytes.
#[expect(clippy::arithmetic_side_effects, reason = "a mask has at most 2^31 pixels")]
pub(super) fn encode(mask: &Mask) -> Vec<u8> {
    let n_bits = mask.words().len() * 4 + 1;
    let mut bytes = vec![RUNS];
    // Pixels before this index are written.
    let mut at = 0u64;
    let mut pending: Option<(u64, u64)> = None;
    for y in 0..mask.height_px() {
        let row = u64::from(y) * u64::from(mask.width_px());
        for run in mask.runs(y) {
            let end = u64::from(run.end.min(mask.width_px()));
            let (start, end) = (row + u64::from(run.start), row + end);
            pending = match pending {
                // A run that goes on in the next row.
                Some((first, last)) if last == start => Some((first, end)),
                Some(whole) => {
                    at = write_run(at, whole, &mut bytes);
                    Some((start, end))
                }
                None => Some((start, end)),
            };
        }
        if bytes.len() > n_bits {
            return encode_bits(mask);
        }
    }
    if let Some(whole) = pending {
        write_run(at, whole, &mut bytes);
    }
    if bytes.len() > n_bits { encode_bits(mask) } else { bytes }
}

#[expect(clippy::arithmetic_side_effects, reason = "runs come in order")]
fn write_run(at: u64, (start, end): (u64, u64), bytes: &mut Vec<u8>) -> u64 {
    write_number(start - at, bytes);
    write_number(end - start, bytes);
    end
}

fn encode_bits(mask: &Mask) -> Vec<u8> {
    std::iter::once(BITS).chain(mask.words().iter().flat_map(|word| word.to_le_bytes())).collect()
}

/// Bytes to mask.
///
/// # Errors
///
/// [`Error::Damaged`] when the bytes hold no mask of that size, or the size exceeds the limits.
#[deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
pub(super) fn decode(width_px: u32, height_px: u32, bytes: &[u8]) -> Result<Mask, Error> {
    let damaged = || Error::damaged("a mask is unreadable");
    let n_pixels = u64::from(width_px).saturating_mul(u64::from(height_px));
    if !Limits::default().allows(width_px, height_px) {
        return Err(Error::damaged("a mask is larger than any picture"));
    }
    let (kind, rest) = bytes.split_first().ok_or_else(damaged)?;
    let mut mask = Mask::new(width_px, height_px);
    match *kind {
        RUNS => decode_runs(&mut mask, n_pixels, rest).ok_or_else(damaged)?,
        BITS if rest.len() == mask.words().len().saturating_mul(4) => decode_bits(&mut mask, rest),
        _ => return Err(damaged()),
    }
    Ok(mask)
}

#[deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
fn decode_runs(mask: &mut Mask, n_pixels: u64, mut rest: &[u8]) -> Option<()> {
    let width = u64::from(mask.width_px());
    let mut at = 0u64;
    while !rest.is_empty() {
        at = at.checked_add(read_number(&mut rest)?)?;
        let end = at.checked_add(read_number(&mut rest)?)?;
        if end > n_pixels {
            return None;
        }
        while at < end {
            let (y, x) = (at.checked_div(width)?, at.checked_rem(width)?);
            let n = end.checked_sub(at)?.min(width.checked_sub(x)?);
            mask.set_span(y as u32, x as u32..x.checked_add(n)? as u32);
            at = at.checked_add(n)?;
        }
    }
    Some(())
}

/// Pixels beyond the width are left out: a mask has none.
#[deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
fn decode_bits(mask: &mut Mask, bytes: &[u8]) {
    let row_bytes = mask.row_words().saturating_mul(4);
    for (y, row) in bytes.chunks_exact(row_bytes.max(1)).enumerate() {
        for (i, word) in row.chunks_exact(4).enumerate() {
            let mut word = word.iter().rev().fold(0u32, |word, byte| word << 8 | u32::from(*byte));
            while word != 0 {
                let first = word.trailing_zeros();
                let n = (word >> first).trailing_ones();
                let from = (i as u32).saturating_mul(32).saturating_add(first);
                mask.set_span(y as u32, from..from.saturating_add(n));
                word &= u32::MAX.checked_shl(first.saturating_add(n)).unwrap_or(0);
            }
        }
    }
}

fn write_number(mut value: u64, bytes: &mut Vec<u8>) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
fn read_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..63).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Entry for `tests/fuzz`.
#[cfg(fuzzing)]
pub fn fuzz(bytes: &[u8]) {
    if let Some((size, rest)) = bytes.split_first_chunk::<4>() {
        let side = |at: usize| u32::from(u16::from_le_bytes([size[at], size[at + 1]])) % 2048;
        drop(decode(side(0), side(2), rest));
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn comes_back(mask: &Mask) -> usize {
        let bytes = encode(mask);
        assert_eq!(&decode(mask.width_px(), mask.height_px(), &bytes).unwrap(), mask);
        bytes.len()
    }

    /// Masks of all densities, some without any pixel.
    fn masks() -> impl Strategy<Value = Mask> {
        (0..70u32, 0..20u32, 0..=255u8).prop_flat_map(|(width, height, threshold)| {
            vec(any::<u8>(), (width * height) as usize).prop_map(move |values| {
                let values: Vec<u8> =
                    values.iter().map(|v| if *v < threshold { 255 } else { 0 }).collect();
                Mask::from_bytes(width, height, &values).unwrap()
            })
        })
    }

    proptest! {
        #[test]
        fn every_mask_comes_back(mask in masks()) {
            let n_bits = mask.words().len() * 4 + 1;
            prop_assert!(comes_back(&mask) <= n_bits, "no mask takes more than its bits");
            comes_back(&mask.inverted());
        }

        /// Bytes that are read at all are a mask that comes back; none makes a panic.
        #[test]
        fn any_bytes_are_a_mask_or_refused(
            (width, height) in (0..70u32, 0..20u32),
            kind in 0..4u8,
            bytes in vec(any::<u8>(), 0..40),
        ) {
            let bytes = [&[kind][..], &bytes].concat();
            if let Ok(mask) = decode(width, height, &bytes) {
                comes_back(&mask);
            }
        }

        #[test]
        fn bytes_with_one_changed_are_a_mask_or_refused(
            mask in masks(), at in any::<prop::sample::Index>(), byte in any::<u8>()
        ) {
            let mut bytes = encode(&mask);
            *at.get_mut(&mut bytes) = byte;
            if let Ok(other) = decode(mask.width_px(), mask.height_px(), &bytes) {
                comes_back(&other);
            }
        }
    }

    #[test]
    fn simple_masks_are_small() {
        assert_eq!(comes_back(&Mask::new(4000, 3000)), 1, "nothing");
        let full = Mask::new(4000, 3000).inverted();
        assert!(comes_back(&full) < 8, "one run over all rows");
        let mut disc = Mask::new(3840, 2160);
        for y in 300..1500u32 {
            let half = (600.0f64.powi(2) - (f64::from(y) - 900.0).powi(2)).sqrt() as u32;
            disc.set_span(y, 1000 - half..1000 + half);
        }
        assert!(comes_back(&disc) < 6000, "a 4K disc takes {} bytes", comes_back(&disc));
    }

    #[test]
    fn bytes_that_are_no_mask_are_refused() {
        let bad: [&[u8]; 7] = [
            &[],
            &[2],
            &[0, 1],
            &[0, 60, 5],
            &[0, 0x80],
            &[1, 0, 0],
            &[0, 255, 255, 255, 255, 255],
        ];
        for bytes in bad {
            assert!(decode(8, 8, bytes).is_err(), "{bytes:?}");
        }
        let huge = [0, 255, 255, 255, 255, 255, 255, 255, 255, 127, 1];
        assert!(decode(8, 8, &huge).is_err());
        assert!(decode(100_000, 100_000, &[0]).is_err(), "no memory for absurd sizes");
        assert!(decode(0, 8, &[0, 0, 1]).is_err(), "no division by nothing");
    }
}
