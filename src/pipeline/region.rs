//! Regions drawn by hand: whether a face is in one. The model knows faces only, so elsewhere it gives
//! no verdict.

use super::Stages;
use crate::base::{Face, FaceFinding, Frame, Rect, TaskCtx, Verdict};
use crate::{faces, prep};

/// Faces are looked for in this multiple of the region: they are found by what is round them.
const AROUND: f32 = 1.6;
/// Smaller pictures are enlarged to this longer side: the finder is at its best there.
const LEAST_PX: f32 = 320.0;
/// Faces from this size on are looked for, in pixels of the enlarged part.
const MIN_FACE_PX: f32 = 24.0;

/// What is said of a region without a face.
pub(super) const NO_FACE: &str =
    "no face was found in this region, and the model was made for faces and tested on faces only";

/// Whether a face lies in the region: one that was found before, or one that is found in the part
/// around it.
///
/// # Errors
///
/// As the face finder.
pub(super) fn shows_face(
    stages: &mut Stages,
    frame: &Frame,
    region: &Rect,
    found: &[Face],
    ctx: &TaskCtx<'_>,
) -> Result<bool, faces::Error> {
    if found.iter().any(|face| is_in(&face.box_px, region)) {
        return Ok(true);
    }
    let Some(part) = around(region).intersect(&frame.image.bounds()) else { return Ok(false) };
    let scale = (LEAST_PX / part.w.max(part.h)).max(1.0);
    let side = |extent: f32| ((extent * scale).round() as u32).max(1);
    let pixels = prep::resample(&frame.image, &part, side(part.w), side(part.h));
    let close = Frame::new(pixels, frame.orientation);
    let again = stages.finder.find_from(&close, MIN_FACE_PX, ctx)?;
    let inside = Rect::new(
        (region.x - part.x) * scale,
        (region.y - part.y) * scale,
        region.w * scale,
        region.h * scale,
    );
    Ok(again.faces.iter().any(|face| is_in(&face.box_px, &inside)))
}

fn around(region: &Rect) -> Rect {
    let (w, h) = (region.w * AROUND, region.h * AROUND);
    let center = region.center();
    Rect::new(center.x - w / 2.0, center.y - h / 2.0, w, h)
}

/// Whether a face and a region mean the same: the middle of one lies in the other.
fn is_in(face: &Rect, region: &Rect) -> bool {
    region.contains(face.center()) || face.contains(region.center())
}

/// Takes the verdict of a face back where there is none. Score and heat map stay to be looked at.
pub(super) fn soften_region(finding: &mut FaceFinding) {
    if matches!(finding.verdict, Verdict::TracesFound | Verdict::NoTraceFound) {
        finding.verdict = Verdict::Inconclusive;
    }
    finding.caveats.push(NO_FACE.to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_means_a_face_when_the_middle_of_one_lies_in_the_other() {
        let face = Rect::new(100.0, 100.0, 80.0, 100.0);
        assert!(is_in(&face, &Rect::new(90.0, 90.0, 100.0, 120.0)), "round it");
        assert!(is_in(&face, &Rect::new(120.0, 160.0, 40.0, 30.0)), "its mouth");
        assert!(!is_in(&face, &Rect::new(190.0, 100.0, 80.0, 80.0)), "beside it");
        assert_eq!(around(&Rect::new(10.0, 10.0, 10.0, 20.0)), Rect::new(7.0, 4.0, 16.0, 32.0));
    }
}
