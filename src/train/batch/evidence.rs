//! How much of a forgery is left after post-processing.
//!
//! Heavy JPEG and blur erase what tells a forgery from its real partner. Both are at hand here, so
//! what is left can be measured instead of guessed.

use crate::train::net::CELL_PX;

/// Mean high-pass difference under the mask from which on a pair counts in full, in gray levels.
const FINE: f32 = 1.2;
/// The same of the plain difference, for changes of color and light.
const BROAD: f32 = 8.0;
/// A cell takes part when at least this share of it was forged.
const FORGED_SHARE: f32 = 0.3;

/// `0..=1`: 0 where nothing tells the partners apart, 1 where plenty does.
///
/// * `real`, `forged`: `[3, px, px]` in input units, 2 for 255 gray levels.
/// * `mask`: `[px / 8, px / 8]`, forged shares.
pub(in crate::train) fn remaining(real: &[f32], forged: &[f32], mask: &[f32], px: usize) -> f32 {
    let plane = px * px;
    let gray = |p: &[f32], i: usize| (p[i] + p[plane + i] + p[2 * plane + i]) * (127.5 / 3.0);
    let difference: Vec<f32> = (0..plane).map(|i| gray(forged, i) - gray(real, i)).collect();
    let cells = px / CELL_PX;
    let (mut fine, mut broad, mut n) = (0.0f32, 0.0f32, 0.0f32);
    for y in 1..px - 1 {
        for x in 1..px - 1 {
            if mask[y / CELL_PX * cells + x / CELL_PX] < FORGED_SHARE {
                continue;
            }
            let here = y * px + x;
            let around: f32 = [here - px, here, here + px]
                .iter()
                .map(|i| difference[i - 1] + difference[*i] + difference[i + 1])
                .sum();
            fine += (difference[here] - around / 9.0).abs();
            broad += difference[here].abs();
            n += 1.0;
        }
    }
    if n == 0.0 {
        return 0.0;
    }
    (fine / n / FINE + broad / n / BROAD).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_with_the_difference_under_the_mask_alone() {
        let px = 32;
        let real = vec![0.1; 3 * px * px];
        let changed = |gray: f32, inside: bool| -> Vec<f32> {
            (0..3 * px * px)
                .map(|i| {
                    let (x, y) = (i % px, i / px % px);
                    let sign = if (x + y) % 2 == 0 { 1.0 } else { -1.0 };
                    let is_there = (x < 16) == inside;
                    0.1 + if is_there { sign * gray / 127.5 } else { 0.0 }
                })
                .collect()
        };
        let mask: Vec<f32> = (0..16).map(|i| if i % 4 < 2 { 1.0 } else { 0.0 }).collect();
        let share = |forged: &[f32]| remaining(&real, forged, &mask, px);
        assert_eq!(share(&real), 0.0, "no difference");
        let (faint, plain) = (share(&changed(0.2, true)), share(&changed(5.0, true)));
        assert!(0.05 < faint && faint < 0.5 && plain == 1.0, "{faint} {plain}");
        assert!(share(&changed(5.0, false)) < 0.5, "what lies outside the mask is no evidence");
    }
}
