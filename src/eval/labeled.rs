//! Heat maps of whole pictures against mask pictures.

use super::MaskPair;

/// Pairs a heat map with a mask drawn on the same pixels.
///
/// * `map`, `mask`: `[height, width]` bytes on one grid; a mask pixel is forged from 128 on.
/// * `examined`: whether a pixel was examined; others are not counted.
/// * `band_px`: pixels nearer than this to the rim of the mask are not counted (derived masks are
///   uncertain there).
pub fn pixel_pair(
    (width, height): (usize, usize),
    map: &[u8],
    mask: &[u8],
    examined: &[bool],
    band_px: usize,
) -> MaskPair {
    let forged: Vec<bool> = mask.iter().map(|v| *v >= 128).collect();
    let near_forged = spread(&forged, width, height, band_px);
    let real: Vec<bool> = forged.iter().map(|f| !f).collect();
    let near_real = spread(&real, width, height, band_px);
    let truth = (0..width * height)
        .map(|i| (examined[i] && !(near_forged[i] && near_real[i])).then_some(forged[i]))
        .collect();
    MaskPair { map: map.iter().map(|v| f32::from(*v) / 255.0).collect(), truth }
}

/// Grows a set of pixels by a square of `radius`.
fn spread(set: &[bool], width: usize, height: usize, radius: usize) -> Vec<bool> {
    let rows = grow_lines(set, width, 1, width, height, radius);
    grow_lines(&rows, height, width, 1, width, radius)
}

/// Grows along lines of `len` pixels that are `stride` apart; lines start `line_stride` apart.
fn grow_lines(
    set: &[bool],
    len: usize,
    stride: usize,
    line_stride: usize,
    n_lines: usize,
    radius: usize,
) -> Vec<bool> {
    let mut out = vec![false; set.len()];
    for line in 0..n_lines {
        let mut reach = 0;
        let at = |i: usize| line * line_stride + i * stride;
        // Forwards and backwards: how many more pixels the last set one still covers.
        for i in 0..len {
            reach = if set[at(i)] { radius + 1 } else { reach };
            out[at(i)] |= reach > 0;
            reach = reach.saturating_sub(1);
        }
        reach = 0;
        for i in (0..len).rev() {
            reach = if set[at(i)] { radius + 1 } else { reach };
            out[at(i)] |= reach > 0;
            reach = reach.saturating_sub(1);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreading_makes_a_square() {
        let mut set = vec![false; 49];
        set[3 * 7 + 3] = true;
        let grown = spread(&set, 7, 7, 2);
        assert_eq!(grown.iter().filter(|v| **v).count(), 25);
        assert!(grown[7 + 1] && !grown[0], "corner of the square, not of the picture");
    }

    #[test]
    fn the_band_round_the_rim_does_not_count() {
        let (w, h) = (10, 1);
        let mask: Vec<u8> = (0..10).map(|x| if x < 5 { 255 } else { 0 }).collect();
        let mut examined = vec![true; 10];
        examined[9] = false;
        let pair = pixel_pair((w, h), &[200; 10], &mask, &examined, 2);
        let counted: Vec<usize> = (0..10).filter(|i| pair.truth[*i].is_some()).collect();
        assert_eq!(counted, [0, 1, 2, 7, 8], "3 to 6 lie within 2 px of the rim, 9 was not seen");
        assert_eq!((pair.truth[0], pair.truth[8]), (Some(true), Some(false)));
    }
}
