//! The nearest quantization table of the Independent JPEG Group's library.
//!
//! Source: ITU-T T.81, table K.2.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::coding::IjgMatch;
use crate::base::{IJG_LUMINANCE, ijg_step};

/// The first entries of table K.2 in zigzag order; all others are 99.
const CHROMINANCE: [u16; 14] = [17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66];
const CHROMINANCE_REST: u16 = 99;

/// The largest entry of a baseline file and of one with wide entries.
const MAX_STEP: u32 = 255;
const MAX_WIDE_STEP: u32 = 32_767;

/// The nearest table of all qualities. `steps` in zigzag order. Of several that are as near the one
/// of the quality `preferred` wins: at some qualities tables coincide.
pub(super) fn nearest(steps: &[u16], is_wide: bool, preferred: Option<u8>) -> IjgMatch {
    let mut best = (u64::MAX, 100, true);
    let limits: &[u32] = if is_wide { &[MAX_STEP, MAX_WIDE_STEP] } else { &[MAX_STEP] };
    for quality in preferred.into_iter().chain(1..=100u8) {
        for &limit in limits {
            for is_luminance in [true, false] {
                if let Some(sum) = difference(steps, (quality, is_luminance, limit), best.0) {
                    best = (sum, quality, is_luminance);
                }
            }
        }
    }
    let (sum, quality, is_luminance) = best;
    IjgMatch { quality, is_luminance, deviation: sum as f64 / steps.len().max(1) as f64 }
}

/// The sum of the differences from a table; `None` as soon as it reaches `most`.
fn difference(
    steps: &[u16],
    (quality, is_luminance, limit): (u8, bool, u32),
    most: u64,
) -> Option<u64> {
    let mut sum = 0u64;
    for (i, step) in steps.iter().enumerate() {
        let entry = ijg_step(base_entry(i, is_luminance), quality, limit);
        sum = sum.saturating_add(u64::from(u32::from(*step).abs_diff(entry)));
        if sum >= most {
            return None;
        }
    }
    Some(sum)
}

fn base_entry(index: usize, is_luminance: bool) -> u16 {
    let known = if is_luminance { IJG_LUMINANCE.get(index) } else { CHROMINANCE.get(index) };
    known.copied().unwrap_or(CHROMINANCE_REST)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(quality: u8, is_luminance: bool, limit: u32) -> Vec<u16> {
        (0..64).map(|i| ijg_step(base_entry(i, is_luminance), quality, limit) as u16).collect()
    }

    #[test]
    fn every_quality_is_found_again() {
        for quality in 1..=100 {
            for is_luminance in [true, false] {
                let steps = table(quality, is_luminance, MAX_STEP);
                let found = nearest(&steps, false, None);
                assert_eq!(found.deviation, 0.0, "quality {quality}");
                let same = table(found.quality, found.is_luminance, MAX_STEP);
                assert_eq!(same, steps, "quality {quality}");
            }
        }
        let wide = nearest(&table(3, true, MAX_WIDE_STEP), true, None);
        assert_eq!((wide.quality, wide.deviation), (3, 0.0));
    }

    #[test]
    fn a_table_of_another_coder_has_a_deviation() {
        let mut steps = table(75, true, MAX_STEP);
        for step in &mut steps {
            *step += 1;
        }
        let found = nearest(&steps, false, None);
        assert!(found.deviation > 0.1 && (70..=76).contains(&found.quality), "{found:?}");
    }
}
