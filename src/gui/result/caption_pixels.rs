//! Draws a caption with the fonts of the window, without a graphics card.

use egui::epaint::Mesh;
use egui::{Color32, ColorImage, FontId, Pos2};

use crate::base::RgbImage;
use crate::gui::widgets::word_order;

/// Letters are this share of the width of the picture high.
const SIZE_SHARE: f32 = 1.0 / 62.0;
/// Smallest and largest height of letters, pixels.
const SIZES: [f32; 2] = [13.0, 54.0];
const PAPER: [u8; 3] = [24, 26, 30];
const INK: [u8; 3] = [236, 238, 241];

/// The text, wrapped to this many pixels.
pub(in crate::gui) fn caption_pixels(ctx: &egui::Context, text: &str, width_px: u32) -> RgbImage {
    let size = (width_px as f32 * SIZE_SHARE).clamp(SIZES[0], SIZES[1]);
    let margin = (size * 0.7).round();
    let scale = ctx.pixels_per_point();
    let room = (width_px as f32 - 2.0 * margin).max(size);
    let ink = Color32::from_rgb(INK[0], INK[1], INK[2]);
    let (mut galley, atlas) = ctx.fonts_mut(|fonts| {
        let font = FontId::proportional(size / scale);
        let galley = fonts.layout(text.to_owned(), font, ink, room / scale);
        (galley, fonts.image())
    });
    word_order::in_galley(&mut galley);
    let height_px = (galley.rect.height() * scale + 2.0 * margin).ceil().max(1.0) as u32;
    let mut pixels = RgbImage::filled(width_px, height_px, PAPER);
    for row in &galley.rows {
        let at = row.pos.to_vec2() * scale + egui::vec2(margin, margin);
        draw_glyphs(&mut pixels, &row.visuals.mesh, &atlas, scale, at);
    }
    pixels
}

/// Draws the glyphs of a row. Each is a rectangle of four vertices; positions are points, texture
/// coordinates texels of the atlas.
fn draw_glyphs(
    pixels: &mut RgbImage,
    mesh: &Mesh,
    atlas: &ColorImage,
    scale: f32,
    offset: egui::Vec2,
) {
    for corners in mesh.vertices.chunks_exact(4) {
        let place = egui::Rect::from_points(
            &[0, 1, 2, 3].map(|i: usize| (corners[i].pos.to_vec2() * scale + offset).to_pos2()),
        );
        let source = egui::Rect::from_points(&[0, 1, 2, 3].map(|i: usize| corners[i].uv));
        if place.area() <= 0.0 || source.area() <= 0.0 {
            continue;
        }
        let texels = source.size() / place.size();
        for y in place.min.y.floor().max(0.0) as u32
            ..(place.max.y.ceil().max(0.0) as u32).min(pixels.height_px)
        {
            for x in place.min.x.floor().max(0.0) as u32
                ..(place.max.x.ceil().max(0.0) as u32).min(pixels.width_px)
            {
                let center = Pos2::new(x as f32 + 0.5, y as f32 + 0.5);
                if place.contains(center) {
                    let texel = source.min + (center - place.min) * texels;
                    mix(pixels, x, y, atlas, texel);
                }
            }
        }
    }
}

/// Lays a texel over a pixel; its color is premultiplied.
fn mix(pixels: &mut RgbImage, x: u32, y: u32, atlas: &ColorImage, texel: Pos2) {
    let [w, h] = atlas.size;
    let (u, v) = ((texel.x as usize).min(w - 1), (texel.y as usize).min(h - 1));
    let coverage = f32::from(atlas.pixels[v * w + u].a()) / 255.0;
    let at = (y as usize * pixels.width_px as usize + x as usize) * 3;
    for (channel, ink) in pixels.pixels[at..at + 3].iter_mut().zip(INK) {
        let mixed = f32::from(*channel) * (1.0 - coverage) + f32::from(ink) * coverage;
        *channel = mixed.round() as u8;
    }
}
