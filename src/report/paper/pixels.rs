//! Draws a set page as pixels, without a window and without a graphics card.

use vello_cpu::kurbo::{Affine, Rect};
use vello_cpu::peniko::color::AlphaColor;
use vello_cpu::{Glyph, Pixmap, RenderContext, Resources};

use super::lines::Run;
use super::page::{Mark, Page};
use crate::base::{Affine as PictureAffine, Limits, RgbImage};
use crate::media::decode_still;
use crate::report::Error;

const INK: [u8; 3] = [17; 3];

/// A page of this size in points with so many pixels a point, black on white.
pub(super) fn draw_page(page: &Page, size: [f32; 2], scale: f32) -> Result<RgbImage, Error> {
    let [width, height] = size.map(|points| (points * scale).ceil() as u16);
    let mut context = RenderContext::new(width, height);
    let mut resources = Resources::new();
    let scaled = Affine::scale(f64::from(scale));
    context.set_transform(scaled);
    for placed in &page.marks {
        match &placed.mark {
            Mark::Text { line, x, y } => {
                context.set_paint(paint(INK));
                for run in &line.runs {
                    draw_run(&mut context, &mut resources, run, *x, y + line.baseline);
                }
            }
            Mark::Fill { area, color } => {
                context.set_paint(paint(*color));
                context.fill_rect(&rect(*area));
            }
            Mark::Picture { .. } => {}
        }
    }
    context.flush();
    let mut pixmap = Pixmap::new(width, height);
    context.render(&mut pixmap, &mut resources);
    let mut out = on_white(&pixmap);
    // Nothing lies over pictures.
    for placed in &page.marks {
        if let Mark::Picture { area, jpeg } = &placed.mark {
            draw_picture(&mut out, jpeg, area.map(|points| points * scale))?;
        }
    }
    Ok(out)
}

fn paint([r, g, b]: [u8; 3]) -> AlphaColor<vello_cpu::color::Srgb> {
    AlphaColor::from_rgb8(r, g, b)
}

fn rect([x, y, w, h]: [f32; 4]) -> Rect {
    Rect::new(f64::from(x), f64::from(y), f64::from(x + w), f64::from(y + h))
}

fn draw_run(
    context: &mut RenderContext,
    resources: &mut Resources,
    run: &Run,
    x: f32,
    baseline: f32,
) {
    let mut pen = x + run.x;
    let glyphs: Vec<Glyph> = run
        .glyphs
        .iter()
        .map(|glyph| {
            let placed = Glyph { id: glyph.id, x: pen + glyph.dx, y: baseline - glyph.dy };
            pen += glyph.advance;
            placed
        })
        .collect();
    context
        .glyph_run(resources, &run.font)
        .font_size(run.size)
        .hint(false)
        .fill_glyphs(glyphs.into_iter());
}

fn on_white(pixmap: &Pixmap) -> RgbImage {
    let pixels = pixmap.data().iter().flat_map(|p| {
        let white = 255 - p.a;
        // Premultiplied: at most 255 together.
        [p.r.saturating_add(white), p.g.saturating_add(white), p.b.saturating_add(white)]
    });
    RgbImage {
        width_px: u32::from(pixmap.width()),
        height_px: u32::from(pixmap.height()),
        pixels: pixels.collect(),
    }
}

/// Draws a picture of ours, made smaller with the mean of what each pixel covers.
fn draw_picture(out: &mut RgbImage, jpeg: &[u8], [x, y, w, h]: [f32; 4]) -> Result<(), Error> {
    let picture = decode_still(jpeg, &Limits::default())?.frame.upright;
    let (left, top) = (x.round().max(0.0) as u32, y.round().max(0.0) as u32);
    let (width, height) = ((w.round() as u32).max(1), (h.round() as u32).max(1));
    let scale = [picture.width_px as f32 / width as f32, picture.height_px as f32 / height as f32];
    let small =
        picture.warp(width, height, &PictureAffine { m: [scale[0], 0.0, 0.0, 0.0, scale[1], 0.0] });
    for row in 0..height.min(out.height_px.saturating_sub(top)) {
        let n = width.min(out.width_px.saturating_sub(left)) as usize * 3;
        let from = (row * width) as usize * 3;
        let to = ((top + row) * out.width_px + left) as usize * 3;
        let source = small.pixels.get(from..from + n);
        if let Some((source, target)) = source.zip(out.pixels.get_mut(to..to + n)) {
            target.copy_from_slice(source);
        }
    }
    Ok(())
}
