//! One list of faces from detection passes at several scales.
//!
//! The network is at its best on faces of 20 to 450 input pixels. On larger ones the box gets vague
//! and parts of the face turn up as faces of their own ("ghosts"), so each size of face is taken
//! from the pass that suits it.

use super::decode::{Candidate, suppress};

/// Boxes that overlap by more than this share of their union are one face.
pub(super) const MAX_IOU: f32 = 0.3;
/// From this size on, in input pixels, the network sees ghosts inside a face.
const GHOSTS_FROM_PX: f32 = 450.0;

/// Faces found at one scale.
#[derive(Debug, Clone)]
pub(super) struct ScalePass {
    /// Input pixels per pixel of the common space.
    pub(super) scale: f32,
    /// Smallest longer side taken, in input pixels.
    pub(super) min_face_px: f32,
    /// Largest longer side taken, in input pixels.
    pub(super) max_face_px: f32,
    /// In the common space.
    pub(super) found: Vec<Candidate>,
}

/// Merges passes, given from coarse to fine; the most confident face comes first.
pub(super) fn merge(passes: Vec<ScalePass>) -> Vec<Candidate> {
    let mut kept: Vec<Candidate> = Vec::new();
    for pass in passes {
        let sizes = pass.min_face_px..=pass.max_face_px;
        let (coarser, scale) = (kept.clone(), pass.scale);
        let is_ghost = |candidate: &Candidate| {
            let center = candidate.area.center();
            coarser
                .iter()
                .any(|k| longer_side(k) * scale > GHOSTS_FROM_PX && k.area.contains(center))
        };
        kept.extend(
            suppress(pass.found, MAX_IOU)
                .into_iter()
                .filter(|c| sizes.contains(&(longer_side(c) * scale)) && !is_ghost(c)),
        );
    }
    suppress(kept, MAX_IOU)
}

pub(super) fn longer_side(candidate: &Candidate) -> f32 {
    candidate.area.w.max(candidate.area.h)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Point, Rect};

    fn candidate(area: [f32; 4], confidence: f32) -> Candidate {
        let [x, y, w, h] = area;
        let area = Rect::new(x, y, w, h);
        Candidate { area, landmarks: [Point::default(); 5], confidence }
    }

    fn pass(scale: f32, max_face_px: f32, found: Vec<Candidate>) -> ScalePass {
        ScalePass { scale, min_face_px: 0.0, max_face_px, found }
    }

    #[test]
    fn a_face_seen_twice_is_one_face_and_the_surer_look_wins() {
        let first = candidate([0.0, 0.0, 100.0, 100.0], 0.8);
        let again = candidate([4.0, 0.0, 100.0, 100.0], 0.9);
        let small = candidate([300.0, 0.0, 20.0, 20.0], 0.7);
        let merged =
            merge(vec![pass(0.5, 900.0, vec![first]), pass(1.0, 300.0, vec![again, small])]);
        assert_eq!(merged, vec![again, small]);
    }

    #[test]
    fn large_faces_are_not_taken_from_the_fine_look() {
        let merged = merge(vec![pass(1.0, 300.0, vec![candidate([0.0, 0.0, 400.0, 350.0], 0.9)])]);
        assert_eq!(merged, vec![]);
    }

    #[test]
    fn parts_of_a_large_face_are_ghosts_but_faces_beside_it_are_not() {
        let face = candidate([0.0, 0.0, 400.0, 400.0], 0.9);
        let ghost = candidate([150.0, 150.0, 60.0, 60.0], 0.95);
        let beside = candidate([500.0, 0.0, 60.0, 60.0], 0.8);
        let merged =
            merge(vec![pass(1.0, 900.0, vec![face]), pass(2.0, 300.0, vec![ghost, beside])]);
        assert_eq!(merged, vec![face, beside]);
        let modest = merge(vec![pass(0.5, 900.0, vec![face]), pass(1.0, 300.0, vec![ghost])]);
        assert_eq!(modest.len(), 2, "at 400 input pixels there are no ghosts");
    }
}
