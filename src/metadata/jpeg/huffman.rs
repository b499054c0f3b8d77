//! Whether a Huffman table is one of the four of annex K.
//!
//! Source: ITU-T T.81, tables K.3 to K.6. Most encoders that do not optimize write these.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::metadata::source::span::Span;

/// Number of codes of each length, 1 to 16 bits.
const DC_LENGTHS: [[u8; 16]; 2] = [
    [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0],
    [0, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0],
];
const DC_VALUES: [u8; 12] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
const AC_LENGTHS: [[u8; 16]; 2] = [
    [0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 0x7D],
    [0, 2, 1, 2, 4, 4, 3, 4, 7, 5, 4, 4, 0, 1, 2, 0x77],
];
/// The first values of both tables for AC coefficients, by which they are told from others: an
/// optimized table with the same lengths would have to order 162 values alike.
const AC_FIRST_VALUES: [[u8; 32]; 2] = [
    [
        0x01, 0x02, 0x03, 0x00, 0x04, 0x11, 0x05, 0x12, 0x21, 0x31, 0x41, 0x06, 0x13, 0x51, 0x61,
        0x07, 0x22, 0x71, 0x14, 0x32, 0x81, 0x91, 0xA1, 0x08, 0x23, 0x42, 0xB1, 0xC1, 0x15, 0x52,
        0xD1, 0xF0,
    ],
    [
        0x00, 0x01, 0x02, 0x03, 0x11, 0x04, 0x05, 0x21, 0x31, 0x06, 0x12, 0x41, 0x51, 0x07, 0x61,
        0x71, 0x13, 0x22, 0x32, 0x81, 0x08, 0x14, 0x42, 0x91, 0xA1, 0xB1, 0xC1, 0x09, 0x23, 0x33,
        0x52, 0xF0,
    ],
];

/// Whether all tables of a DHT segment are standard; `None` when it is cut off or holds none.
pub(super) fn is_standard(segment: Span<'_>) -> Option<bool> {
    let (mut at, mut all) = (0usize, None);
    while at < segment.len() {
        let class = segment.u8(at)? >> 4;
        let lengths: [u8; 16] = segment.array(at.checked_add(1)?)?;
        let n = lengths.iter().map(|n| usize::from(*n)).sum();
        let values = segment.part(at.checked_add(17)?, n)?.bytes;
        let is_known = if class == 0 {
            DC_LENGTHS.contains(&lengths) && values == DC_VALUES
        } else {
            let firsts = AC_LENGTHS.iter().zip(&AC_FIRST_VALUES);
            firsts.into_iter().any(|(l, first)| *l == lengths && values.starts_with(first))
        };
        all = Some(all.unwrap_or(true) && is_known);
        at = at.checked_add(17)?.checked_add(n)?;
    }
    all
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests may panic")]
mod tests {
    use super::*;

    #[test]
    fn a_standard_table_is_known_and_a_changed_one_is_not() {
        let mut segment = vec![0];
        segment.extend(DC_LENGTHS[0]);
        segment.extend(DC_VALUES);
        assert_eq!(is_standard(Span::new(&segment, 0)), Some(true));
        let last = segment.len() - 1;
        segment[last] = 12;
        assert_eq!(is_standard(Span::new(&segment, 0)), Some(false));
        segment.truncate(20);
        assert_eq!(is_standard(Span::new(&segment, 0)), None);
    }
}
