//! Estimates the quality of a JPEG file from its quantization tables.
//!
//! Source: ITU-T T.81, B.2.4.1 (the segment).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::base::{IJG_LUMINANCE, ijg_step};

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
        let table = IJG_LUMINANCE.iter().map(|entry| ijg_step(*entry, *quality, 255));
        values.iter().zip(table).map(|(v, t)| u64::from(u32::from(*v).abs_diff(t))).sum()
    };
    (1..=100u8).min_by_key(distance).unwrap_or(100)
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
