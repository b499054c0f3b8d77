//! Hatching over the unreliable cells of a heat map.

use super::overlay::covered;
use crate::base::{Affine, Point, Reliability, RgbImage};

/// Distance of the lines, measured along a row.
pub const HATCH_STEP_PX: u32 = 10;
/// Width of the light line, measured along a row; the dark one beside it is as wide.
const LINE_PX: u32 = 2;
/// Opacity of a line.
const ALPHA: f32 = 0.65;

/// Draws the hatching. Each map comes with the map that takes upright positions to its cells.
pub fn hatch(picture: &mut RgbImage, maps: &[(&Reliability, Affine)]) {
    for (reliability, map_from_upright) in maps {
        let covered = covered(&reliability.map, map_from_upright, picture);
        let Some((rows, columns)) = covered else { continue };
        for y in rows {
            for x in columns.clone() {
                let gray = match (x + y) % HATCH_STEP_PX {
                    0..LINE_PX => 255.0,
                    LINE_PX..4 => 0.0,
                    _ => continue,
                };
                let center = Point { x: x as f32 + 0.5, y: y as f32 + 0.5 };
                let cell = map_from_upright.apply(center);
                let inside = cell.x >= 0.0 && cell.y >= 0.0;
                if !inside || !reliability.is_untrusted(cell.x as u32, cell.y as u32) {
                    continue;
                }
                let at = (y as usize * picture.width_px as usize + x as usize) * 3;
                for channel in &mut picture.pixels[at..at + 3] {
                    let mixed = f32::from(*channel) * (1.0 - ALPHA) + gray * ALPHA;
                    *channel = mixed.round() as u8;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Heatmap;

    #[test]
    fn only_untrusted_cells_are_hatched_with_light_and_dark_lines() {
        let values = vec![0.9, 0.2, 0.9, 0.9];
        let image_from_map = Affine { m: [20.0, 0.0, 10.0, 0.0, 20.0, 10.0] };
        let map = Heatmap { width: 2, height: 2, values, image_from_map };
        let place = image_from_map.inverse().unwrap();
        let reliability =
            Reliability { map, threshold: 0.5, in_marked: None, untrusted_share: 0.25 };
        let plain = RgbImage::filled(60, 60, [100; 3]);
        let mut drawn = plain.clone();
        hatch(&mut drawn, &[(&reliability, place)]);
        let (mut light, mut dark) = (0, 0);
        for y in 0..60 {
            for x in 0..60 {
                let [v, ..] = drawn.get(x, y);
                let untrusted = (30..50).contains(&x) && (10..30).contains(&y);
                assert!(untrusted || v == 100, "{x} {y} lies elsewhere");
                light += u32::from(v > 100);
                dark += u32::from(v < 100);
            }
        }
        assert_eq!((light, dark), (80, 80), "a fifth of 400 pixels each");
        let mut bare = plain.clone();
        hatch(&mut bare, &[(&reliability, Affine { m: [0.0; 6] })]);
        assert_eq!(bare, plain);
    }
}
