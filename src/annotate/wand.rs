//! Magic wands: connected pixels of a similar color, and what the model marked.

use rayon::prelude::*;

use super::components::Components;
use super::mask::Mask;
use crate::base::{Heatmap, Point, Rect, RgbImage};

/// Pixels around (`x`, `y`), joined by edges, whose channels all differ from that pixel's by at
/// most `tolerance`. Empty when the pixel lies outside.
pub fn similar_color(picture: &RgbImage, x: u32, y: u32, tolerance: u8) -> Mask {
    let (w, h) = (picture.width_px, picture.height_px);
    if x >= w || y >= h {
        return Mask::new(w, h);
    }
    let seed = picture.get(i64::from(x), i64::from(y));
    let row_bytes = w as usize * 3;
    let is_like = |row: &[u8], x: u32| {
        let pixel = &row[x as usize * 3..x as usize * 3 + 3];
        pixel.iter().zip(seed).all(|(a, b)| a.abs_diff(b) <= tolerance)
    };
    let alike = by_rows(w, h, |y, mask| {
        let row = &picture.pixels[y as usize * row_bytes..(y as usize + 1) * row_bytes];
        mask.set_row_where(0, |x| is_like(row, x));
    });
    connected(&alike, x, y)
}

/// The connected component that a pixel belongs to, joined by edges; empty when it is not set.
pub fn connected(mask: &Mask, x: u32, y: u32) -> Mask {
    let part = Components::find(mask, false).at(x, y);
    part.unwrap_or_else(|| Mask::new(mask.width_px(), mask.height_px()))
}

/// Pixels whose centers reach the threshold in any of the maps, for a picture of this size.
pub fn marked(maps: &[&Heatmap], threshold: f32, width_px: u32, height_px: u32) -> Mask {
    let placed: Vec<_> = maps
        .iter()
        .filter_map(|map| {
            let grid = Rect::new(0.0, 0.0, map.width as f32, map.height as f32);
            Some((map, map.image_from_map.inverse()?, map.image_from_map.apply_rect(&grid)))
        })
        .collect();
    by_rows(width_px, height_px, |y, mask| {
        let at = y as f32 + 0.5;
        for (map, map_from_image, area) in &placed {
            if at < area.y || at > area.y + area.h {
                continue;
            }
            let first = area.x.max(0.0) as u32;
            let last = ((area.x + area.w).ceil().max(0.0) as u32).min(width_px);
            let mut from = first;
            let reaches = |x: u32| {
                let p = map_from_image.apply(Point { x: x as f32 + 0.5, y: at });
                map.sample(p).is_some_and(|value| value >= threshold)
            };
            for x in first..last {
                if !reaches(x) {
                    mask.set_span(0, from..x);
                    from = x + 1;
                }
            }
            mask.set_span(0, from..last);
        }
    })
}

/// A mask made row by row, by all processors: `fill` gets a number and an empty mask of one row.
fn by_rows(width_px: u32, height_px: u32, fill: impl Fn(u32, &mut Mask) + Sync) -> Mask {
    let mut out = Mask::new(width_px, height_px);
    let n = out.row_words().max(1);
    out.words_mut().par_chunks_exact_mut(n).enumerate().for_each(|(y, words)| {
        let mut row = Mask::new(width_px, 1);
        fill(y as u32, &mut row);
        words.copy_from_slice(row.words());
    });
    out
}
