//! From frames and findings to what is drawn of them: done on the threads that decode and examine.

use std::sync::Arc;

use crate::base::{
    Affine, Cancel, Cancelled, FaceFinding, Frame, Heatmap, Reconstruction, Rect, RgbImage,
};
use crate::detect::Rescored;
use crate::prep;
use crate::session::document::documents::Documents;
use crate::session::document::face::{DegradedFace, FaceItem, FacePatch, Robustness, placed_map};
use crate::session::document::open::Picture;
use crate::signal::{Colormap, Pyramid, RESIDUAL_GAIN, residual_view};

/// Longer side of thumbnails.
const THUMBNAIL_PX: f32 = 96.0;

/// A picture with its smaller copies. `full_px` is the size that positions refer to when the frame is
/// itself a smaller copy.
pub(in crate::session) fn picture(
    frame: Frame,
    full_px: Option<[u32; 2]>,
    cancel: &Cancel,
) -> Result<Arc<Picture>, Cancelled> {
    let pyramid = Arc::new(Pyramid::build(&frame.upright, cancel)?);
    let full_px = full_px.unwrap_or([frame.upright.width_px, frame.upright.height_px]);
    Ok(Arc::new(Picture { frame, pyramid, full_px }))
}

/// A small copy of a part of a picture, not enlarged.
pub(in crate::session) fn thumbnail(picture: &RgbImage, part: &Rect) -> Arc<RgbImage> {
    let part = part.intersect(&picture.bounds()).unwrap_or_else(|| picture.bounds());
    let scale = (THUMBNAIL_PX / part.w.max(part.h)).min(1.0);
    let side = |extent: f32| ((extent * scale).round() as u32).max(1);
    Arc::new(prep::resample(picture, &part, side(part.w), side(part.h)))
}

/// A small copy of a whole picture.
pub(in crate::session) fn picture_thumbnail(picture: &Picture) -> Arc<RgbImage> {
    let small = picture.pyramid.levels.last().unwrap_or(&picture.frame.upright);
    thumbnail(small, &small.bounds())
}

/// A face with its places in the upright picture.
pub(in crate::session) fn face_item(
    frame: &Frame,
    finding: FaceFinding,
    colormap: Colormap,
) -> FaceItem {
    let upright_from_image = frame.upright_from_image();
    let upright_box = upright_from_image.apply_rect(&finding.face.box_px);
    let map = placed_map(finding.heatmap.as_ref(), &frame.image_from_upright());
    let patch = finding
        .heatmap
        .as_ref()
        .zip(finding.reconstruction.as_ref())
        .map(|(map, reconstruction)| patch(&upright_from_image, map, reconstruction, colormap));
    let thumbnail = thumbnail(&frame.upright, &upright_box);
    let robustness = Robustness::default();
    FaceItem { finding, upright_box, map, patch, thumbnail, robustness, track: None }
}

/// Longer side of a degraded copy as it is shown; larger ones are shown smaller.
const MAX_COPY_PX: f32 = 2048.0;

/// A degraded copy with its map, as they are drawn.
pub(in crate::session) fn rescored_item(frame: &Frame, rescored: Rescored) -> DegradedFace {
    let Rescored { degradation, finding, agreement, copy, upright_from_copy } = rescored;
    let map = placed_map(finding.heatmap.as_ref(), &frame.image_from_upright());
    let upright_box = frame.upright_from_image().apply_rect(&finding.face.box_px);
    let face =
        upright_from_copy.inverse().map(|from_upright| from_upright.apply_rect(&upright_box));
    let thumbnail = thumbnail(&copy, &face.unwrap_or_else(|| copy.bounds()));
    let shrink = MAX_COPY_PX / copy.width_px.max(copy.height_px) as f32;
    let (copy, upright_from_copy) = if shrink < 1.0 {
        let side = |px: u32| ((px as f32 * shrink) as u32).max(1);
        let (w, h) = (side(copy.width_px), side(copy.height_px));
        let small = prep::resample(&copy, &copy.bounds(), w, h);
        let copy_from_small = Affine::rect_to_rect(&small.bounds(), &copy.bounds());
        (small, upright_from_copy.after(&copy_from_small))
    } else {
        (copy, upright_from_copy)
    };
    DegradedFace {
        degradation,
        finding,
        agreement,
        map,
        copy: Arc::new(copy),
        upright_from_copy,
        thumbnail,
    }
}

/// The reconstruction covers the same square as the map.
fn patch(
    upright_from_image: &Affine,
    map: &Heatmap,
    reconstruction: &Reconstruction,
    colormap: Colormap,
) -> FacePatch {
    let grid = Rect::new(0.0, 0.0, map.width as f32, map.height as f32);
    let map_from_patch = Affine::rect_to_rect(&reconstruction.output.bounds(), &grid);
    let image_from_patch = map.image_from_map.after(&map_from_patch);
    FacePatch {
        input: Arc::new(reconstruction.input.clone()),
        output: Arc::new(reconstruction.output.clone()),
        residual: residual(reconstruction, colormap),
        upright_from_patch: upright_from_image.after(&image_from_patch),
    }
}

fn residual(reconstruction: &Reconstruction, colormap: Colormap) -> Arc<RgbImage> {
    Arc::new(residual_view(reconstruction, colormap, RESIDUAL_GAIN))
}

pub(in crate::session) fn recolor_residuals(documents: &mut Documents, colormap: Colormap) {
    for document in documents.iter_mut() {
        document.replace_residuals(|reconstruction| residual(reconstruction, colormap));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Face, FaceOrigin, Orientation, Point, Verdict};

    #[test]
    fn huge_copies_are_shown_smaller_at_the_same_place() {
        let frame = Frame::new(RgbImage::filled(5000, 3000, [9; 3]), Orientation::UPRIGHT);
        let finding = FaceFinding {
            face: Face {
                box_px: Rect::new(500.0, 300.0, 2000.0, 2000.0),
                landmarks: None,
                confidence: 1.0,
                origin: FaceOrigin::Found,
            },
            score: Some(0.5),
            verdict: Verdict::Inconclusive,
            reason: None,
            heatmap: None,
            reliability: None,
            region: None,
            quality: None,
            caveats: Vec::new(),
            reconstruction: None,
            embedding: None,
            reference: None,
        };
        let item = rescored_item(
            &frame,
            Rescored {
                degradation: crate::detect::Degradation::Jpeg(50),
                finding,
                agreement: crate::detect::MapAgreement { iou: 1.0, correlation: None },
                copy: RgbImage::filled(4096, 2048, [50; 3]),
                upright_from_copy: Affine { m: [1.0, 0.0, 100.0, 0.0, 1.0, 40.0] },
            },
        );
        assert_eq!((item.copy.width_px, item.copy.height_px), (2048, 1024));
        let place = item.upright_from_copy.apply_rect(&item.copy.bounds());
        assert_eq!(place, Rect::new(100.0, 40.0, 4096.0, 2048.0));
        assert_eq!((item.thumbnail.width_px, item.thumbnail.height_px), (96, 86));
    }

    #[test]
    fn maps_and_patches_follow_a_turned_picture() {
        // Stored lying on its side: 200 wide, 100 high; upright 100 wide, 200 high.
        let frame = Frame::new(RgbImage::filled(200, 100, [9; 3]), Orientation::from_exif(6));
        let crop = Rect::new(10.0, 20.0, 56.0, 56.0);
        let grid = Rect::new(0.0, 0.0, 28.0, 28.0);
        let upright_from_map = Affine::rect_to_rect(&grid, &crop);
        let finding = FaceFinding {
            face: Face {
                box_px: frame.image_from_upright().apply_rect(&Rect::new(18.0, 28.0, 40.0, 40.0)),
                landmarks: None,
                confidence: 1.0,
                origin: FaceOrigin::Found,
            },
            score: Some(0.5),
            verdict: Verdict::Inconclusive,
            reason: None,
            heatmap: Some(Heatmap {
                width: 28,
                height: 28,
                values: vec![0.0; 784],
                image_from_map: frame.image_from_upright().after(&upright_from_map),
            }),
            reliability: None,
            region: None,
            quality: None,
            caveats: Vec::new(),
            reconstruction: Some(Reconstruction {
                input: RgbImage::filled(112, 112, [0; 3]),
                output: RgbImage::filled(112, 112, [0; 3]),
                residual: vec![0; 112 * 112],
            }),
            embedding: None,
            reference: None,
        };
        let item = face_item(&frame, finding, Colormap::Viridis);
        let near =
            |a: Rect, b: Rect| (a.x - b.x).abs() + (a.y - b.y).abs() + (a.w - b.w).abs() < 0.01;
        assert!(
            near(item.upright_box, Rect::new(18.0, 28.0, 40.0, 40.0)),
            "{:?}",
            item.upright_box
        );
        let (_, map_from_upright) = item.map.unwrap();
        let corner = map_from_upright.apply(Point { x: 10.0, y: 20.0 });
        assert!(corner.x.abs() < 0.01 && corner.y.abs() < 0.01, "{corner:?}");
        let patch = item.patch.unwrap();
        let drawn = patch.upright_from_patch.apply_rect(&patch.output.bounds());
        assert!(near(drawn, crop), "{drawn:?}");
        assert_eq!((item.thumbnail.width_px, item.thumbnail.height_px), (40, 40));
    }
}
