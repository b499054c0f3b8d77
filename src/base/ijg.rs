//! Quantization tables of the Independent JPEG Group's library.
//!
//! Sources: ITU-T T.81, table K.1; the rule from quality to scale is libjpeg's, as its documentation
//! states it.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

/// The luminance table, K.1, in zigzag order.
pub const IJG_LUMINANCE: [u16; 64] = [
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37,
    29, 40, 58, 51, 61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81,
    87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
];

/// An entry of a table at a quality of `1..=100`, held to `1..=limit`.
pub fn ijg_step(entry: u16, quality: u8, limit: u32) -> u32 {
    let quality = u32::from(quality.clamp(1, 100));
    let scale = if quality < 50 {
        5000u32.checked_div(quality).unwrap_or(5000)
    } else {
        200u32.saturating_sub(quality.saturating_mul(2))
    };
    let value = u32::from(entry).saturating_mul(scale).saturating_add(50).saturating_div(100);
    value.clamp(1, limit)
}
