//! Transparent pictures: pixels laid over white, and the colors that this hides.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use image::DynamicImage;

use super::remarks::Remarks;
use crate::base::text::counted;
use crate::base::{NotExamined, RgbImage, Warning};

/// Less opaque pixels show more of the background than of themselves.
const HALF: u8 = 128;
/// Fewer hidden pixels of another color than the usual one are no face.
const LEAST_PIXELS: u64 = 48 * 48;
/// A smaller share of the hidden pixels is the edge of what is shown.
const LEAST_SHARE: u64 = 10;

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
        remarks.not_examined.extend(hidden_colors(quads));
    }
    RgbImage::new(width_px, height_px, pixels)
}

pub(super) fn over_white(value: u8, alpha: u8) -> u8 {
    let share = f32::from(alpha) / 255.0;
    (f32::from(value) * share + 255.0 * (1.0 - share)).round() as u8
}

/// Colors under transparent pixels, if they are more than a filling.
fn hidden_colors(quads: &[[u8; 4]]) -> Option<NotExamined> {
    // Of each channel the highest five bits.
    let mut counts = vec![0u64; 1 << 15];
    let mut n_hidden = 0u64;
    for [r, g, b, _] in quads.iter().filter(|[.., alpha]| *alpha < HALF) {
        let [r, g, b] = [r, g, b].map(|v| usize::from(v >> 3));
        if let Some(count) = counts.get_mut(r << 10 | g << 5 | b) {
            *count = count.saturating_add(1);
        }
        n_hidden = n_hidden.saturating_add(1);
    }
    let n_usual = counts.iter().max().copied().unwrap_or(0);
    let n_others = n_hidden.saturating_sub(n_usual);
    let is_filling = n_others < LEAST_PIXELS || n_others.saturating_mul(LEAST_SHARE) < n_hidden;
    (!is_filling).then(|| {
        NotExamined::new(
            "colors under transparent pixels",
            format!("where the picture is transparent, {}", counted(n_hidden, "pixel")),
            "programs show the background there, and whoever takes the transparency away sees the \
             colors; save the picture without transparency to examine them",
        )
    })
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
}
