//! Letters for which no font is installed: their code points in hexadecimal digits, in place of empty
//! boxes that all look alike.

use egui::epaint::text::{GlyphBitmap, GlyphRasterizer, GlyphRasterizerRequest, RasterizedGlyph};
use egui::{Color32, ColorImage, vec2};

/// The hexadecimal digits, 3 by 5 pixels each: rows from the top, the left pixel in the highest bit.
const DIGITS: [[u8; 5]; 16] = [
    [7, 5, 5, 5, 7],
    [2, 6, 2, 2, 7],
    [7, 1, 7, 4, 7],
    [7, 1, 3, 1, 7],
    [5, 5, 7, 1, 1],
    [7, 4, 7, 1, 7],
    [7, 4, 7, 5, 7],
    [7, 1, 2, 2, 2],
    [7, 5, 7, 5, 7],
    [7, 5, 7, 1, 7],
    [2, 5, 7, 5, 5],
    [6, 5, 6, 5, 6],
    [3, 4, 4, 4, 3],
    [6, 5, 5, 5, 6],
    [7, 4, 6, 4, 7],
    [7, 4, 6, 4, 4],
];
/// Pixels from one digit to the next, sideways and down.
const STEP: [usize; 2] = [4, 6];
/// Letters of one cluster that are drawn; after them stands an empty field. A name can pile up any
/// number of marks.
const MAX_LETTERS: usize = 4;
/// Height of a line for which the digits have their own size, pixels.
const LINE_PX: f32 = 13.0;
/// How much of the ink the field behind the digits has, 0 to 255.
const FIELD: u8 = 70;

/// Draws what no font has.
pub(in crate::gui) fn install(ctx: &egui::Context) {
    ctx.add_glyph_rasterizer(GlyphRasterizer::new("pentimento code points", |request| {
        // Tabs and spaces are laid out, not drawn.
        let is_space = request.cluster.starts_with(|c: char| c.is_whitespace() || c.is_control());
        (!is_space).then(|| drawn(request))
    }));
}

fn drawn(request: &GlyphRasterizerRequest<'_>) -> RasterizedGlyph {
    let scale = ((request.font_size_px / LINE_PX) as usize).clamp(1, 8);
    let mut letters: Vec<[Vec<usize>; 2]> =
        request.cluster.chars().take(MAX_LETTERS).map(digits).collect();
    if request.cluster.chars().nth(MAX_LETTERS).is_some() {
        letters.push([Vec::new(), Vec::new()]);
    }
    // A pixel between two letters, and at each end of all.
    let width = |rows: &[Vec<usize>; 2]| rows[0].len().max(1) * STEP[0] + 1;
    let whole: usize = letters.iter().map(|rows| width(rows) + 1).sum();
    let size = [whole * scale, (2 * STEP[1] + 1) * scale];
    let mut image = ColorImage::filled(size, Color32::TRANSPARENT);
    let mut left = 0;
    for rows in &letters {
        let mut fill = |x: usize, y: usize, alpha: u8| {
            for (dx, dy) in (0..scale * scale).map(|i| (i % scale, i / scale)) {
                let at = (y * scale + dy) * size[0] + (left + x) * scale + dx;
                image.pixels[at] = Color32::from_white_alpha(alpha);
            }
        };
        for (x, y) in (0..width(rows)).flat_map(|x| (0..=2 * STEP[1]).map(move |y| (x, y))) {
            fill(x, y, FIELD);
        }
        for (row, line) in rows.iter().enumerate() {
            for (column, digit) in line.iter().enumerate() {
                for (dy, bits) in DIGITS[*digit].iter().enumerate() {
                    for dx in (0..3).filter(|dx| bits >> (2 - dx) & 1 == 1) {
                        fill(column * STEP[0] + 1 + dx, row * STEP[1] + 1 + dy, 255);
                    }
                }
            }
        }
        left += width(rows) + 1;
    }
    let offset_px = vec2(scale as f32, -((2 * STEP[1] - 1) as f32) * scale as f32);
    let bitmap = GlyphBitmap { image, offset_px, is_color: false };
    RasterizedGlyph { bitmap, advance_px: ((whole + 1) * scale) as f32 }
}

/// The digits of a letter in two rows: four, or six for those beyond U+FFFF.
fn digits(letter: char) -> [Vec<usize>; 2] {
    let code = letter as usize;
    let columns: usize = if code > 0xffff { 3 } else { 2 };
    let digit = |i: usize| code >> (4 * (2 * columns - 1 - i)) & 15;
    [0, columns].map(|first| (first..first + columns).map(digit).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(cluster: &str, font_size_px: f32) -> RasterizedGlyph {
        let family = egui::FontFamily::Proportional;
        let request = GlyphRasterizerRequest {
            cluster,
            family: &family,
            font_size_px,
            subpixel_offset_px: 0.0,
        };
        drawn(&request)
    }

    #[test]
    fn two_letters_without_a_font_are_told_apart() {
        assert_eq!(digits('\u{915}'), [vec![0, 9], vec![1, 5]]);
        assert_eq!(digits('\u{1f600}'), [vec![0, 1, 15], vec![6, 0, 0]]);
        let [ka, kha] = ["\u{915}", "\u{916}"].map(|letter| draw(letter, 14.0).bitmap.image);
        assert_eq!((ka.size, kha.size), ([10, 13], [10, 13]));
        assert_ne!(ka.pixels, kha.pixels);
        assert_eq!(draw("\u{915}", 28.0).bitmap.image.size, [20, 26], "on a dense screen");
    }

    #[test]
    fn every_mark_of_a_cluster_is_seen_and_the_picture_stays_small() {
        let one = draw("\u{915}", 14.0).advance_px;
        assert!(draw("\u{915}\u{93f}", 14.0).advance_px > one, "the vowel too");
        let piled = "\u{915}".to_owned() + &"\u{93f}".repeat(10_000);
        assert!(draw(&piled, 1000.0).bitmap.image.size[0] < 500, "bounded");
    }
}
