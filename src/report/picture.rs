//! Pictures of a report: a small copy, and the marked places over it.
//!
//! Sizes are bounded, so that a report of many files can be mailed.

use std::sync::Arc;

use super::Error;
use crate::base::{Affine, Cancel, Frame, Heatmap, Rect, Reliability, RgbImage, Verdict};
use crate::media::encode_jpeg;
use crate::signal::{OverlayStyle, Pyramid, compose, draw_box, hatch, outline, verdict_color};

/// Longer side of a small copy.
const THUMBNAIL_PX: u32 = 320;
/// Longer side of a picture with marks.
const OVERLAY_PX: u32 = 1000;
/// Faces whose box takes a smaller share of the longer side of the picture are shown on their own, too.
const SMALL_SHARE: f32 = 0.2;
/// Longer side of a picture of one face.
const CLOSE_UP_PX: u32 = 480;
/// A picture of one face shows this multiple of its box.
const AROUND: f32 = 1.6;
/// One pixel becomes at most this many in each direction.
const MOST_ENLARGED: f32 = 4.0;
/// Quality of the JPEG files.
const QUALITY: u8 = 85;

/// A picture as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JpegPicture {
    /// The bytes of the JPEG file.
    pub bytes: Vec<u8>,
    /// Columns.
    pub width_px: u32,
    /// Rows.
    pub height_px: u32,
}

/// A face with what is drawn of it. All positions are in image space.
#[derive(Debug, Clone)]
pub struct DrawnFace<'a> {
    pub box_px: Rect,
    /// Decides the color of the box.
    pub verdict: Verdict,
    /// Its heat map.
    pub map: Option<&'a Heatmap>,
    /// Where the map is unreliable.
    pub reliability: Option<&'a Reliability>,
}

/// A picture as a person sees it, made smaller once for [`thumbnail`] and [`face_overlay`].
#[derive(Debug, Clone)]
pub struct SmallCopy {
    picture: Arc<RgbImage>,
    /// How many of its pixels one of the picture takes.
    scale: f32,
}

impl SmallCopy {
    pub fn new(upright: &Arc<RgbImage>) -> Self {
        let (picture, scale) = shrink(upright, OVERLAY_PX);
        Self { picture: Arc::new(picture), scale }
    }
}

/// A picture small enough for lists.
///
/// # Errors
///
/// [`Error::Picture`].
pub fn thumbnail(copy: &SmallCopy) -> Result<JpegPicture, Error> {
    let (small, _) = shrink(&copy.picture, THUMBNAIL_PX);
    coded(&small)
}

/// A picture with boxes, heat maps, outlines of what they mark and, where they are unreliable,
/// hatching. Cells from `map_threshold` on count as marked.
///
/// # Errors
///
/// [`Error::Picture`].
pub fn face_overlay(
    copy: &SmallCopy,
    frame: &Frame,
    faces: &[DrawnFace<'_>],
    map_threshold: f32,
) -> Result<JpegPicture, Error> {
    let small_from_image = scaling(copy.scale).after(&frame.upright_from_image());
    draw(RgbImage::clone(&copy.picture), small_from_image, faces, map_threshold)
}

/// Whether a face is hard to see in the picture of [`face_overlay`].
pub fn is_small_in_overlay(frame: &Frame, face: &DrawnFace<'_>) -> bool {
    let side = frame.upright.width_px.max(frame.upright.height_px);
    face.box_px.w.max(face.box_px.h) < SMALL_SHARE * side as f32
}

/// One face with what is round it, enlarged, with the marks of [`face_overlay`]. `None` when it lies
/// outside of the picture.
///
/// # Errors
///
/// [`Error::Picture`].
pub fn close_up(
    frame: &Frame,
    face: &DrawnFace<'_>,
    map_threshold: f32,
) -> Result<Option<JpegPicture>, Error> {
    let upright_from_image = frame.upright_from_image();
    let face_box = upright_from_image.apply_rect(&face.box_px);
    let (w, h, center) = (face_box.w * AROUND, face_box.h * AROUND, face_box.center());
    let around = Rect::new(center.x - 0.5 * w, center.y - 0.5 * h, w, h);
    let Some(part) = around.intersect(&frame.upright.bounds()) else { return Ok(None) };
    let size = |px: f32| (px.round() as u32).max(1);
    let enlarged = (CLOSE_UP_PX as f32 / part.w.max(part.h)).clamp(1.0, MOST_ENLARGED);
    let step = 1.0 / enlarged;
    let upright_from_near = Affine { m: [step, 0.0, part.x, 0.0, step, part.y] };
    let near =
        frame.upright.warp(size(part.w * enlarged), size(part.h * enlarged), &upright_from_near);
    let (small, scale) = shrink(&Arc::new(near), CLOSE_UP_PX);
    let near_from_upright =
        Affine { m: [enlarged, 0.0, -part.x * enlarged, 0.0, enlarged, -part.y * enlarged] };
    let small_from_image = scaling(scale).after(&near_from_upright).after(&upright_from_image);
    draw(small, small_from_image, std::slice::from_ref(face), map_threshold).map(Some)
}

/// The same for a frame of a clip, which is upright.
///
/// # Errors
///
/// [`Error::Picture`].
pub fn moment_picture(
    picture: RgbImage,
    faces: &[DrawnFace<'_>],
    map_threshold: f32,
) -> Result<JpegPicture, Error> {
    let (small, scale) = shrink(&Arc::new(picture), OVERLAY_PX);
    draw(small, scaling(scale), faces, map_threshold)
}

const fn scaling(scale: f32) -> Affine {
    Affine { m: [scale, 0.0, 0.0, 0.0, scale, 0.0] }
}

/// Draws what is marked over `small`.
fn draw(
    small: RgbImage,
    small_from_image: Affine,
    faces: &[DrawnFace<'_>],
    map_threshold: f32,
) -> Result<JpegPicture, Error> {
    let map_from_small = |map: &Heatmap| small_from_image.after(&map.image_from_map).inverse();
    let maps: Vec<(&Heatmap, Affine)> =
        faces.iter().filter_map(|face| Some((face.map?, map_from_small(face.map?)?))).collect();
    let style = OverlayStyle { threshold: map_threshold, ..OverlayStyle::default() };
    let mut drawn = if maps.is_empty() { small } else { compose(&small, &maps, &style) };
    let untrusted: Vec<(&Reliability, Affine)> = faces
        .iter()
        .filter_map(|face| Some((face.reliability?, map_from_small(&face.reliability?.map)?)))
        .collect();
    hatch(&mut drawn, &untrusted);
    let line = (drawn.width_px.max(drawn.height_px) as f32 / 250.0).max(2.0);
    // In gray the colors of a map are hardly seen.
    outline(&mut drawn, &maps, map_threshold, 0.5 * line);
    for face in faces {
        let area = small_from_image.apply_rect(&face.box_px);
        // A dark line beside the bright one keeps the box visible in gray.
        let outer =
            Rect::new(area.x - line, area.y - line, area.w + 2.0 * line, area.h + 2.0 * line);
        draw_box(&mut drawn, &outer, line, [20; 3]);
        draw_box(&mut drawn, &area, line, verdict_color(face.verdict));
    }
    coded(&drawn)
}

/// A copy of at most `longest` px, and how many of its pixels one of the picture takes.
fn shrink(picture: &Arc<RgbImage>, longest: u32) -> (RgbImage, f32) {
    let side = picture.width_px.max(picture.height_px);
    if side <= longest {
        return (RgbImage::clone(picture), 1.0);
    }
    let scale = longest as f32 / side as f32;
    let size = |px: u32| ((px as f32 * scale).round() as u32).max(1);
    // Nobody cancels it, so that it is always built.
    let levels = Pyramid::build(picture, &Cancel::default()).map(|p| {
        let level = p.level_for(scale);
        p.levels.get(level).map_or_else(|| Arc::clone(picture), Arc::clone)
    });
    let near = levels.unwrap_or_else(|_| Arc::clone(picture));
    let (width, height) = (size(picture.width_px), size(picture.height_px));
    let (sx, sy) = (near.width_px as f32 / width as f32, near.height_px as f32 / height as f32);
    (near.warp(width, height, &Affine { m: [sx, 0.0, 0.0, 0.0, sy, 0.0] }), scale)
}

/// A picture as a file of the report.
///
/// # Errors
///
/// [`Error::Picture`].
pub fn coded(picture: &RgbImage) -> Result<JpegPicture, Error> {
    let bytes = encode_jpeg(picture, QUALITY)?;
    Ok(JpegPicture { bytes, width_px: picture.width_px, height_px: picture.height_px })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Limits, Orientation};
    use crate::media::decode_still;

    #[test]
    fn pictures_are_small_and_marks_lie_where_the_face_is() {
        let gray = Arc::new(RgbImage::filled(3000, 1500, [90; 3]));
        let copy = SmallCopy::new(&gray);
        let small = thumbnail(&copy).unwrap();
        assert_eq!((small.width_px, small.height_px), (320, 160));
        let frame = Frame {
            upright: Arc::clone(&gray),
            image: gray,
            orientation: Orientation::UPRIGHT,
            jpeg_quality: None,
            damaged: None,
        };
        let map = Heatmap {
            width: 2,
            height: 1,
            values: vec![0.0, 1.0],
            image_from_map: Affine { m: [300.0, 0.0, 600.0, 0.0, 600.0, 600.0] },
        };
        let face = DrawnFace {
            box_px: Rect::new(600.0, 600.0, 600.0, 600.0),
            verdict: Verdict::TracesFound,
            map: Some(&map),
            reliability: None,
        };
        let drawn = face_overlay(&copy, &frame, std::slice::from_ref(&face), 0.5).unwrap();
        assert_eq!((drawn.width_px, drawn.height_px), (1000, 500));
        assert!(drawn.bytes.len() < 300_000, "{} bytes", drawn.bytes.len());
        let back = decode_still(&drawn.bytes, &Limits::default()).unwrap().frame.image;
        let differs = |x: i64, y: i64| back.get(x, y).iter().any(|v| v.abs_diff(90) > 30);
        assert!(differs(201, 300), "the left side of the box");
        assert!(differs(370, 300), "the marked half");
        assert!(!differs(240, 300) && !differs(600, 300), "elsewhere");
        let row: Vec<u8> = (230..370).map(|x| back.get(x, 300)[1]).collect();
        let (least, most) = (row.iter().min().unwrap(), row.iter().max().unwrap());
        assert!(*least < 60 && *most > 200, "the edge of the marked half: {row:?}");
        assert!(!is_small_in_overlay(&frame, &face));
        let small = DrawnFace { box_px: Rect::new(600.0, 600.0, 594.0, 300.0), ..face.clone() };
        assert!(is_small_in_overlay(&frame, &small));

        // 960 px round the face become 480.
        let near = close_up(&frame, &face, 0.5).unwrap().unwrap();
        assert_eq!((near.width_px, near.height_px), (480, 480));
        let back = decode_still(&near.bytes, &Limits::default()).unwrap().frame.image;
        let differs = |x: i64, y: i64| back.get(x, y).iter().any(|v| v.abs_diff(90) > 30);
        assert!(differs(91, 240), "the left side of the box");
        assert!(differs(320, 240), "the marked half");
        assert!(!differs(150, 240) && !differs(30, 240), "elsewhere");
        let tiny = DrawnFace { box_px: Rect::new(-10.0, 0.0, 40.0, 40.0), map: None, ..face };
        let near = close_up(&frame, &tiny, 0.5).unwrap().unwrap();
        assert_eq!((near.width_px, near.height_px), (168, 208), "four times 42 and 52 px");
        let outside = DrawnFace { box_px: Rect::new(-90.0, 0.0, 40.0, 40.0), ..tiny };
        assert_eq!(close_up(&frame, &outside, 0.5).unwrap(), None);
    }
}
