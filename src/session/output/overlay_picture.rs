//! A picture with everything that was found in it, as it leaves the program.

use std::sync::Arc;

use crate::base::{Affine, Heatmap, Rect, Reliability, RgbImage, Verdict};
use crate::session::document::open::{Document, Picture};
use crate::signal::{OverlayStyle, compose, draw_box, fill_rect, hatch, verdict_color};

/// Lines of boxes are this share of the longer side of the picture, and at least 2 px wide.
const LINE_SHARE: f32 = 1.0 / 400.0;

/// All that is drawn, borrowed from nothing: a thread of its own draws it.
#[derive(Debug)]
pub(super) struct OverlayPicture {
    picture: Arc<Picture>,
    /// Each with the map that takes upright positions to its cells.
    maps: Vec<(Arc<Heatmap>, Affine)>,
    reliabilities: Vec<(Reliability, Affine)>,
    boxes: Vec<(Rect, Verdict)>,
    style: OverlayStyle,
    /// Text about the result, as wide as the picture or narrower.
    caption: Arc<RgbImage>,
}

impl OverlayPicture {
    /// What is shown of a document; `None` while its pixels are not all there.
    pub(super) fn of_document(
        document: &Document,
        style: OverlayStyle,
        caption: Arc<RgbImage>,
    ) -> Option<Self> {
        let picture = document.picture.as_ref().filter(|picture| picture.is_exact())?;
        let upright_from_image = picture.frame.upright_from_image();
        let reliability = |found: &Reliability| {
            let map_from_upright = upright_from_image.after(&found.map.image_from_map).inverse()?;
            Some((found.clone(), map_from_upright))
        };
        let faces = &document.faces;
        Some(Self {
            picture: Arc::clone(picture),
            maps: faces.iter().filter_map(|face| face.map.clone()).collect(),
            reliabilities: faces
                .iter()
                .filter_map(|face| reliability(face.finding.reliability.as_ref()?))
                .collect(),
            boxes: faces.iter().map(|face| (face.upright_box, face.finding.verdict)).collect(),
            style,
            caption,
        })
    }

    /// Draws heat maps, hatching and boxes at the picture's own size, and the caption below, where it
    /// covers nothing.
    pub(super) fn draw(&self) -> RgbImage {
        let upright = &self.picture.frame.upright;
        let maps: Vec<(&Heatmap, Affine)> =
            self.maps.iter().map(|(map, place)| (map.as_ref(), *place)).collect();
        let mut drawn = compose(upright, &maps, &self.style);
        let untrusted: Vec<(&Reliability, Affine)> =
            self.reliabilities.iter().map(|(map, place)| (map, *place)).collect();
        hatch(&mut drawn, &untrusted);
        let line = (drawn.width_px.max(drawn.height_px) as f32 * LINE_SHARE).max(2.0).round();
        for (face, verdict) in &self.boxes {
            draw_box(&mut drawn, face, line, verdict_color(*verdict));
        }
        below(drawn, &self.caption)
    }
}

/// Puts a caption below a picture; what it lacks in width gets its first color.
fn below(picture: RgbImage, caption: &RgbImage) -> RgbImage {
    let (width_px, height_px) = (picture.width_px, picture.height_px + caption.height_px);
    let mut whole = RgbImage { width_px, height_px, pixels: picture.pixels };
    let row = width_px as usize * 3;
    whole.pixels.resize(row * height_px as usize, 0);
    let area = Rect::new(0.0, picture.height_px as f32, width_px as f32, caption.height_px as f32);
    fill_rect(&mut whole, &area, caption.get(0, 0));
    let stride = caption.width_px as usize * 3;
    let n = row.min(stride);
    let rows = whole.pixels.chunks_exact_mut(row).skip(picture.height_px as usize);
    for (to, from) in rows.zip(caption.pixels.chunks_exact(stride)) {
        to[..n].copy_from_slice(&from[..n]);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caption_lies_below_and_covers_nothing() {
        let picture = RgbImage::filled(4, 2, [7; 3]);
        for (width, right) in [(2, 1), (4, 2), (9, 2)] {
            let mut caption = RgbImage::filled(width, 3, [2; 3]);
            caption.pixels[..3].fill(1);
            let whole = below(picture.clone(), &caption);
            assert_eq!((whole.width_px, whole.height_px), (4, 5));
            assert_eq!(whole.pixels.len(), 4 * 5 * 3);
            assert_eq!(whole.pixels[..24], picture.pixels, "the picture as it was");
            assert_eq!(whole.get(1, 2), [2; 3], "the caption at {width} px");
            assert_eq!(whole.get(3, 4), [right; 3], "filled up at {width} px");
        }
    }
}
