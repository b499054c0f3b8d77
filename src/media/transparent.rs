//! Transparent pictures: pixels laid over white, and the colors that this hides.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeSet;

use image::DynamicImage;

use super::remarks::Remarks;
use crate::base::text::counted;
use crate::base::{NotExamined, RgbImage, Warning};

/// Less opaque pixels show more of the background than of themselves.
const HALF: u8 = 128;
/// Fewer hidden pixels of another color than the usual one are no face.
const LEAST_PIXELS: u64 = 48 * 48;
/// A smaller share of the hidden pixels may be the edge of what is shown.
const LEAST_SHARE: u64 = 10;
/// Pixels a side of a tile, of which a face has several.
const TILE: usize = 16;
const TILE_PIXELS: u64 = (TILE * TILE) as u64;
/// A tile shows something when all of it is hidden, so many colors are in it, and none has more pixels.
/// A filling that was compressed has fewer colors, and the edge of what is shown is narrower.
const LEAST_COLORS: usize = 12;
const MOST_OF_ONE_COLOR: usize = TILE * TILE * 3 / 8;

/// Opacity that varies less within a tile makes no other picture. Few levels suffice: over black, light
/// changes as much as over white.
const LEAST_SPREAD: u8 = 6;
/// Pixels of a tile that are neither opaque nor transparent. An edge has fewer.
const LEAST_PARTIAL: usize = TILE * TILE / 4;

/// 8-bit RGB, transparent parts laid over white; `None` for pictures without pixels.
pub(super) fn to_rgb(picture: DynamicImage, remarks: &mut Remarks) -> Option<RgbImage> {
    let (width_px, height_px) = (picture.width(), picture.height());
    if !picture.color().has_alpha() {
        return RgbImage::new(width_px, height_px, picture.into_rgb8().into_raw());
    }
    let rgba = picture.into_rgba8().into_raw();
    let mut pixels = Vec::with_capacity((rgba.len() / 4).saturating_mul(3));
    let (quads, _) = rgba.as_chunks::<4>();
    for [r, g, b, alpha] in quads {
        pixels.extend([r, g, b].map(|v| over_white(*v, *alpha)));
    }
    if quads.iter().any(|[.., alpha]| *alpha < u8::MAX) {
        remarks.warnings.push(Warning(
            "the picture has transparent parts: they are examined as white".to_owned(),
        ));
        let width = width_px as usize;
        let part = hidden_colors(quads, width).or_else(|| other_backgrounds(quads, width));
        remarks.not_examined.extend(part);
    }
    RgbImage::new(width_px, height_px, pixels)
}

pub(super) fn over_white(value: u8, alpha: u8) -> u8 {
    let share = f32::from(alpha) / 255.0;
    (f32::from(value) * share + 255.0 * (1.0 - share)).round() as u8
}

/// The highest five bits of each channel.
fn coarse([r, g, b]: [u8; 3]) -> usize {
    let [r, g, b] = [r, g, b].map(|v| usize::from(v >> 3));
    r << 10 | g << 5 | b
}

/// Colors under transparent pixels, if they are more than a filling.
fn hidden_colors(quads: &[[u8; 4]], width: usize) -> Option<NotExamined> {
    let mut counts = vec![0u64; 1 << 15];
    let mut n_hidden = 0u64;
    for [r, g, b, _] in quads.iter().filter(|[.., alpha]| *alpha < HALF) {
        if let Some(count) = counts.get_mut(coarse([*r, *g, *b])) {
            *count = count.saturating_add(1);
        }
        n_hidden = n_hidden.saturating_add(1);
    }
    let n_usual = counts.iter().max().copied().unwrap_or(0);
    let n_others = n_hidden.saturating_sub(n_usual);
    let is_edge = n_others.saturating_mul(LEAST_SHARE) < n_hidden;
    let is_filling = n_others < LEAST_PIXELS
        || (is_edge && hidden_tiles(quads, width).saturating_mul(TILE_PIXELS) < LEAST_PIXELS);
    (!is_filling).then(|| {
        NotExamined::new(
            "colors under transparent pixels",
            format!("where the picture is transparent, {}", counted(n_hidden, "pixel")),
            "programs show the background there, and whoever takes the transparency away sees the \
             colors; save the picture without transparency to examine them",
        )
    })
}

/// Another picture over another background: opacity and colors that both vary from pixel to pixel.
fn other_backgrounds(quads: &[[u8; 4]], width: usize) -> Option<NotExamined> {
    let n_tiles = count_tiles(quads, width, |tile| {
        let opacity = || tile.iter().map(|[.., alpha]| *alpha);
        let spread = opacity().max().zip(opacity().min()).map_or(0, |(max, min)| max.abs_diff(min));
        let n_partial = opacity().filter(|alpha| !matches!(*alpha, 0 | u8::MAX)).count();
        let colors: BTreeSet<usize> =
            tile.iter().map(|[r, g, b, _]| coarse([*r, *g, *b])).collect();
        spread >= LEAST_SPREAD && n_partial >= LEAST_PARTIAL && colors.len() >= LEAST_COLORS
    });
    (n_tiles.saturating_mul(TILE_PIXELS) >= LEAST_PIXELS).then(|| {
        NotExamined::new(
            "the picture over another background than white",
            format!("where its opacity varies, about {n_tiles} parts of {TILE} x {TILE} pixels"),
            "programs with a dark background show another picture there; save the picture over that \
             background to examine it",
        )
    })
}

/// Tiles in which transparent pixels show something.
fn hidden_tiles(quads: &[[u8; 4]], width: usize) -> u64 {
    count_tiles(quads, width, |tile| {
        let hidden = tile.iter().filter(|[.., alpha]| *alpha < HALF);
        shows_something(&mut hidden.map(|[r, g, b, _]| coarse([*r, *g, *b])).collect::<Vec<_>>())
    })
}

/// The tiles of a picture that count.
fn count_tiles(quads: &[[u8; 4]], width: usize, is_counted: impl Fn(&[[u8; 4]]) -> bool) -> u64 {
    let mut n_tiles = 0u64;
    let mut tiles: Vec<Vec<[u8; 4]>> = vec![Vec::new(); width.div_ceil(TILE)];
    for band in quads.chunks(width.max(1).saturating_mul(TILE)) {
        for row in band.chunks(width.max(1)) {
            for (tile, part) in tiles.iter_mut().zip(row.chunks(TILE)) {
                tile.extend_from_slice(part);
            }
        }
        for tile in &mut tiles {
            n_tiles = n_tiles.saturating_add(u64::from(is_counted(tile)));
            tile.clear();
        }
    }
    n_tiles
}

/// Whether the colors of the hidden pixels of a tile are more than a filling; they are sorted.
fn shows_something(colors: &mut [usize]) -> bool {
    colors.sort_unstable();
    let of_one = || colors.chunk_by(usize::eq).map(<[usize]>::len);
    colors.len() as u64 >= TILE_PIXELS
        && of_one().count() >= LEAST_COLORS
        && of_one().all(|n| n <= MOST_OF_ONE_COLOR)
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "tests may panic")]
mod tests {
    use super::*;

    /// A picture whose left half has this opacity and a pattern of colors, or one color.
    fn parts(alpha: u8, is_pattern: bool) -> Vec<String> {
        let picture = image::RgbaImage::from_fn(128, 96, |x, y| {
            let level = if is_pattern { (x * 7 + y * 3) as u8 } else { 40 };
            image::Rgba([level, level / 2, 90, if x < 64 { alpha } else { 255 }])
        });
        let mut remarks = Remarks::default();
        to_rgb(DynamicImage::ImageRgba8(picture), &mut remarks).unwrap();
        remarks.not_examined.iter().map(|part| part.what.clone()).collect()
    }

    #[test]
    fn colors_under_transparent_pixels_are_not_examined() {
        assert_eq!(parts(0, true), ["colors under transparent pixels"]);
        assert_eq!(parts(100, true), ["colors under transparent pixels"]);
        assert_eq!(parts(200, true), Vec::<String>::new(), "they are seen");
        assert_eq!(parts(0, false), Vec::<String>::new(), "a filling");
    }

    #[test]
    fn opacity_that_varies_with_the_colors_is_another_picture_elsewhere() {
        let reported = |color: fn(u32, u32) -> u8, opacity: fn(u32, u32) -> u8| {
            let picture = image::RgbaImage::from_fn(128, 96, |x, y| {
                let level = color(x, y);
                image::Rgba([level, level / 2, 90, opacity(x, y)])
            });
            let mut remarks = Remarks::default();
            to_rgb(DynamicImage::ImageRgba8(picture), &mut remarks).unwrap();
            remarks.not_examined.len()
        };
        let pattern = |x: u32, y: u32| (x * 7 + y * 3) as u8;
        assert_eq!(reported(pattern, |x, y| 230 + ((x * 5 + y * 11) % 9) as u8), 1);
        assert_eq!(reported(pattern, |_, _| 200), 0, "everywhere the same");
        assert_eq!(reported(|_, _| 0, |x, _| 255 - x as u8), 0, "a shadow");
        assert_eq!(
            reported(pattern, |x, _| if x < 3 { 130 + 8 * x as u8 } else { 255 }),
            0,
            "an edge"
        );
    }

    /// A picture that is transparent but for a strip. `hides`: the color of a hidden pixel.
    fn hidden(hides: impl Fn(u32, u32) -> u8) -> usize {
        let picture = image::RgbaImage::from_fn(800, 600, |x, y| {
            let level = hides(x, y);
            image::Rgba([level, level / 2, 90, if x < 100 { 255 } else { 0 }])
        });
        let mut remarks = Remarks::default();
        to_rgb(DynamicImage::ImageRgba8(picture), &mut remarks).unwrap();
        remarks.not_examined.len()
    }

    #[test]
    fn a_small_part_of_what_is_hidden_may_be_a_face() {
        let in_part = |x: u32, y: u32| (500..580).contains(&x) && (300..380).contains(&y);
        let face = |x: u32, y: u32| if in_part(x, y) { (x * 7 + y * 13) as u8 } else { 40 };
        assert_eq!(hidden(face), 1);
        let block = |x: u32, y: u32| if in_part(x, y) { 200 } else { 40 };
        assert_eq!(hidden(block), 0, "two colors");
        let edge = |x: u32, y: u32| if x < 108 { (x * 7 + y * 13) as u8 } else { 40 };
        assert_eq!(hidden(edge), 0, "the edge of what is shown");
    }
}
