//! Estimates the quality of a JPEG file from its quantization tables.
//!
//! Sources: ITU-T T.81, B.2.4.1 (the segment) and table K.1 (the luminance table); the rule from
//! quality to scale is libjpeg's, as its documentation states it.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

/// Table K.1 in zigzag order.
const LUMINANCE: [u16; 64] = [
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37,
    29, 40, 58, 51, 61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81,
    87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
];

/// The quality that table 0 of a DQT segment (after its length) stands for; `None` when it holds
/// no table 0 or is cut off.
pub(super) fn quality_of_segment(segment: &[u8]) -> Option<u8> {
    let mut rest = segment;
    while let Some((head, tables)) = rest.split_first() {
        let is_wide = head >> 4 != 0;
        let length = if is_wide { 128 } else { 64 };
        let table = tables.get(..length)?;
        if head % 16 == 0 {
            let values: Vec<u16> = if is_wide {
                let (pairs, _) = table.as_chunks::<2>();
                pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect()
            } else {
                table.iter().map(|v| u16::from(*v)).collect()
            };
            return Some(nearest(&values));
        }
        rest = tables.get(length..)?;
    }
    None
}

fn nearest(values: &[u16]) -> u8 {
    let distance = |quality: &u8| -> u64 {
        let table = LUMINANCE.iter().map(|v| scaled(*v, *quality));
        values.iter().zip(table).map(|(v, t)| u64::from(v.abs_diff(t))).sum()
    };
    (1..=100u8).min_by_key(distance).unwrap_or(100)
}

/// An entry of the table at a quality, as libjpeg scales it.
fn scaled(entry: u16, quality: u8) -> u16 {
    let quality = u32::from(quality.clamp(1, 100));
    let scale = if quality < 50 {
        5000u32.checked_div(quality).unwrap_or(5000)
    } else {
        200u32.saturating_sub(quality.saturating_mul(2))
    };
    let value = u32::from(entry).saturating_mul(scale).saturating_add(50).saturating_div(100);
    u16::try_from(value.clamp(1, 255)).unwrap_or(255)
}

#[cfg(test)]
mod tests {
    use super::super::{decode_still, encode_jpeg};
    use super::*;
    use crate::base::{Limits, RgbImage};

    #[test]
    fn the_quality_of_a_written_file_is_read_back() {
        let image = RgbImage::filled(16, 16, [90, 120, 200]);
        for quality in [5, 15, 30, 50, 75, 90, 98] {
            let bytes = encode_jpeg(&image, quality).unwrap();
            let still = decode_still(&bytes, &Limits::default()).unwrap();
            assert_eq!(still.frame.jpeg_quality, Some(quality));
        }
    }

    #[test]
    fn foreign_and_damaged_tables_are_survived() {
        let segment = |head: u8, value: u8| [vec![head], vec![value; 64]].concat();
        assert_eq!(quality_of_segment(&segment(1, 9)), None, "chroma only");
        assert!(quality_of_segment(&segment(0, 1)).is_some_and(|q| q >= 99), "no loss at all");
        assert!(quality_of_segment(&segment(0, 255)).is_some_and(|q| q <= 5), "nothing is left");
        let both = [segment(1, 9), segment(0, 1)].concat();
        assert!(quality_of_segment(&both).is_some(), "the second table of a segment");
        let cut: Vec<u8> = segment(0, 3).into_iter().take(40).collect();
        assert_eq!(quality_of_segment(&cut), None, "cut off");
        let wide = [vec![0x10], [0u8, 1].repeat(64)].concat();
        assert!(quality_of_segment(&wide).is_some_and(|q| q >= 99), "16 bits an entry");
    }
}
