//! The edge of what a heat map marks, as a line that gray paper shows as well.

use super::overlay::{covered, line, slope};
use crate::base::{Affine, Heatmap, Point, RgbImage};

/// The light line and the dark ones beside it, in gray levels.
const LIGHT: f32 = 255.0;
const DARK: f32 = 0.0;

/// Draws the edges of the cells from `threshold` on: a light line between two dark ones.
///
/// The light line is `line_px` pixels wide, the dark ones are half as wide. Each map comes with the map
/// that takes upright positions to its cells. Where a map ends there is no line.
pub fn outline(picture: &mut RgbImage, maps: &[(&Heatmap, Affine)], threshold: f32, line_px: f32) {
    for (map, map_from_upright) in maps {
        let Some((rows, columns)) = covered(map, map_from_upright, picture) else { continue };
        for y in rows {
            for x in columns.clone() {
                let center = Point { x: x as f32 + 0.5, y: y as f32 + 0.5 };
                let q = map_from_upright.apply(center);
                let Some(v) = map.sample(q) else { continue };
                let slope = slope(map, map_from_upright, q);
                let dark = line(v, threshold, slope, line_px);
                if dark == 0.0 {
                    continue;
                }
                let light = line(v, threshold, slope, 0.5 * line_px);
                let at = (y as usize * picture.width_px as usize + x as usize) * 3;
                for channel in &mut picture.pixels[at..at + 3] {
                    let below = f32::from(*channel) * (1.0 - dark) + DARK * dark;
                    *channel = (below * (1.0 - light) + LIGHT * light).round() as u8;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_of_the_marked_half_is_a_light_line_between_dark_ones() {
        let values = (0..8).flat_map(|_| (0..8).map(|x| x as f32 / 7.0)).collect();
        let image_from_map = Affine { m: [10.0, 0.0, 10.0, 0.0, 10.0, 10.0] };
        let map = Heatmap { width: 8, height: 8, values, image_from_map };
        let plain = RgbImage::filled(100, 100, [120; 3]);
        let place = image_from_map.inverse().unwrap();
        let mut drawn = plain.clone();
        outline(&mut drawn, &[(&map, place)], 0.5, 4.0);
        let row: Vec<u8> = (0..100).map(|x| drawn.get(x, 50)[0]).collect();
        // The value is a half in the middle of the map.
        let light: Vec<usize> = (0..100).filter(|x| row[*x] > 200).collect();
        let dark: Vec<usize> = (0..100).filter(|x| row[*x] < 60).collect();
        assert!(light.iter().all(|x| (46..54).contains(x)) && light.len() >= 3, "{row:?}");
        assert!(
            dark.iter().any(|x| *x < light[0]) && dark.iter().any(|x| *x > light[2]),
            "{row:?}"
        );
        assert!((0..40).chain(60..100).all(|x| row[x] == 120), "elsewhere: {row:?}");
        let mut bare = plain.clone();
        outline(&mut bare, &[(&map, place)], 2.0, 4.0);
        assert_eq!(bare, plain, "nothing is marked");
        outline(&mut bare, &[(&map, Affine { m: [0.0; 6] })], 0.5, 4.0);
        assert_eq!(bare, plain, "a flat plane");
    }
}
