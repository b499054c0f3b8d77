//! Decides which faces of a clip are the same person.
//!
//! Within a shot, boxes and landmarks decide. Across a cut, and after a second of absence, only a
//! clear match of appearance does.

use serde::{Deserialize, Serialize};

use crate::base::{Face, FaceOrigin, Landmarks, Point, Rect, RgbImage, luma};

/// Overlap from which two boxes within a shot are one face.
const MIN_IOU: f32 = 0.3;
/// Mean distance of the five points, in face widths, up to which two faces are one without overlap.
const MAX_DISTANCE: f32 = 0.6;
/// Faces that differ by more than this factor in size are two, within a shot.
const MAX_GROWTH: f32 = 1.6;
/// Seconds for which a place within a shot is remembered.
const REMEMBERED_S: f64 = 1.0;
/// Appearance from which a face is taken for one that was seen before.
const MIN_LIKENESS: f32 = 0.75;
/// By how much it must be more like that one than like any other.
const MIN_MARGIN: f32 = 0.05;
/// Faces remembered.
const MAX_KNOWN: usize = 200;
/// Weight of a new detection in the remembered appearance.
const RENEWAL: f32 = 0.2;
/// The box is widened by this factor for the appearance: hair and collar differ more than skin.
const WIDENED: f32 = 1.6;

/// Levels of luminance and of each of the two color differences in a histogram.
const LEVELS: usize = 6;

/// A coarse histogram of colors about a face, in an upper and a lower half. Sums to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Appearance(Vec<f32>);

impl Appearance {
    /// The part of a picture from which the appearance of a face is taken.
    pub fn area(face: &Rect) -> Rect {
        let (w, h) = (face.w * WIDENED, face.h * WIDENED);
        let center = face.center();
        Rect::new(center.x - w / 2.0, center.y - h / 2.0, w, h)
    }

    /// Computes it from a picture of the face alone.
    pub fn from_image(part: &RgbImage) -> Self {
        let mut bins = vec![0.0f32; 2 * LEVELS * LEVELS * LEVELS];
        let level = |v: f32| ((v * LEVELS as f32) as usize).min(LEVELS - 1);
        let (w, h) = (part.width_px as usize, part.height_px as usize);
        // A sample of about 32 by 32 pixels says as much as all of them.
        let (dx, dy) = (w.div_ceil(32).max(1), h.div_ceil(32).max(1));
        let mut n = 0.0;
        for y in (0..h).step_by(dy) {
            for x in (0..w).step_by(dx) {
                let [r, g, b] = part.get(x as i64, y as i64).map(|v| f32::from(v) / 255.0);
                let luma = luma([r, g, b]);
                // Color differences of skin and cloth lie near the middle: that is spread out.
                let (cb, cr) = (0.5 + (b - luma), 0.5 + (r - luma));
                let half = usize::from(y * 2 >= h);
                let bin = ((half * LEVELS + level(luma)) * LEVELS + level(cb.clamp(0.0, 1.0)))
                    * LEVELS
                    + level(cr.clamp(0.0, 1.0));
                bins[bin] += 1.0;
                n += 1.0;
            }
        }
        for value in &mut bins {
            *value /= n;
        }
        Self(bins)
    }

    /// Histogram intersection, `0.0..=1.0`.
    pub fn likeness(&self, other: &Self) -> f32 {
        self.0.iter().zip(&other.0).map(|(a, b)| a.min(*b)).sum()
    }

    fn renew(&mut self, newer: &Self) {
        for (old, new) in self.0.iter_mut().zip(&newer.0) {
            *old += RENEWAL * (new - *old);
        }
    }
}

/// A face known from earlier detections.
#[derive(Debug)]
struct KnownFace {
    id: u32,
    face: Face,
    appearance: Appearance,
    seen_s: f64,
    shot: usize,
}

/// Assigns track numbers, detection after detection.
#[derive(Debug, Default)]
pub struct Tracker {
    known: Vec<KnownFace>,
    shot: usize,
    n_numbered: u32,
}

/// All that a [`Tracker`] knows, for keeping on disk. Opaque but for its being text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrackerState {
    shot: usize,
    n_numbered: u32,
    known: Vec<KnownState>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KnownState {
    id: u32,
    face: FaceState,
    appearance: Appearance,
    seen_s: f64,
    shot: usize,
}

/// A found [`Face`] for keeping on disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaceState {
    box_px: [f32; 4],
    landmarks: Option<[[f32; 2]; 5]>,
    confidence: f32,
}

impl From<&Face> for FaceState {
    fn from(face: &Face) -> Self {
        let Rect { x, y, w, h } = face.box_px;
        Self {
            box_px: [x, y, w, h],
            landmarks: face.landmarks.map(|l| l.map(|p| [p.x, p.y])),
            confidence: face.confidence,
        }
    }
}

impl From<FaceState> for Face {
    fn from(state: FaceState) -> Self {
        let [x, y, w, h] = state.box_px;
        let landmarks: Option<Landmarks> = state.landmarks.map(|l| l.map(|[x, y]| Point { x, y }));
        Self {
            box_px: Rect::new(x, y, w, h),
            landmarks,
            confidence: state.confidence,
            origin: FaceOrigin::Found,
        }
    }
}

impl Tracker {
    pub fn state(&self) -> TrackerState {
        let known = self.known.iter().map(|k| KnownState {
            id: k.id,
            face: FaceState::from(&k.face),
            appearance: k.appearance.clone(),
            seen_s: k.seen_s,
            shot: k.shot,
        });
        TrackerState { shot: self.shot, n_numbered: self.n_numbered, known: known.collect() }
    }

    /// A tracker that continues from a state.
    pub fn restore(state: TrackerState) -> Self {
        let known = state.known.into_iter().map(|k| KnownFace {
            id: k.id,
            face: k.face.into(),
            appearance: k.appearance,
            seen_s: k.seen_s,
            shot: k.shot,
        });
        Self { known: known.collect(), shot: state.shot, n_numbered: state.n_numbered }
    }

    /// Starts a new shot: places are no longer compared.
    pub const fn cut(&mut self) {
        self.shot += 1;
    }

    /// The track numbers of the faces detected at second `t_s`, in their order; from 1, unique
    /// within one call. Calls must come in display order.
    pub fn assign_ids(&mut self, t_s: f64, faces: &[Face], appearances: &[Appearance]) -> Vec<u32> {
        let mut numbers = vec![None; faces.len()];
        let mut taken = vec![false; self.known.len()];
        // By place first, best matches first.
        let is_here = |k: &KnownFace| k.shot == self.shot && t_s - k.seen_s <= REMEMBERED_S;
        let mut pairs = Vec::new();
        for (f, face) in faces.iter().enumerate() {
            for (k, known) in self.known.iter().enumerate().filter(|(_, k)| is_here(k)) {
                pairs.extend(match_score(&known.face, face).map(|near| (near, f, k)));
            }
        }
        assign(pairs, &mut numbers, &mut taken);
        // The remaining faces may match earlier ones by appearance.
        let mut pairs = Vec::new();
        for f in (0..faces.len()).filter(|f| numbers[*f].is_none()) {
            let Some(appearance) = appearances.get(f) else { continue };
            let mut likes: Vec<(f32, usize)> = (self.known.iter().enumerate())
                .filter(|(k, known)| !taken[*k] && !is_here(known))
                .map(|(k, known)| (known.appearance.likeness(appearance), k))
                .collect();
            likes.sort_by(|a, b| b.0.total_cmp(&a.0));
            let second = likes.get(1).map_or(0.0, |(like, _)| *like);
            if let Some((like, k)) = likes.first()
                && *like >= MIN_LIKENESS
                && *like >= second + MIN_MARGIN
            {
                pairs.push((*like, f, *k));
            }
        }
        assign(pairs, &mut numbers, &mut taken);
        let mut out = Vec::with_capacity(faces.len());
        for (f, (face, known)) in faces.iter().zip(numbers).enumerate() {
            let appearance = appearances.get(f);
            if let Some(k) = known {
                let shot = self.shot;
                let known = &mut self.known[k];
                (known.face, known.seen_s, known.shot) = (face.clone(), t_s, shot);
                if let Some(newer) = appearance {
                    known.appearance.renew(newer);
                }
                out.push(known.id);
            } else {
                self.n_numbered += 1;
                let id = self.n_numbered;
                let appearance = appearance.cloned().unwrap_or_else(|| Appearance(Vec::new()));
                let (face, shot) = (face.clone(), self.shot);
                self.known.push(KnownFace { id, face, appearance, seen_s: t_s, shot });
                out.push(id);
            }
        }
        // In a crowd, those not seen for longest are forgotten.
        if self.known.len() > MAX_KNOWN {
            self.known.sort_by(|a, b| b.seen_s.total_cmp(&a.seen_s));
            self.known.truncate(MAX_KNOWN);
        }
        out
    }
}

/// Assigns pairs greedily from the best on.
fn assign(mut pairs: Vec<(f32, usize, usize)>, numbers: &mut [Option<usize>], taken: &mut [bool]) {
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (_, f, k) in pairs {
        if numbers[f].is_none() && !taken[k] {
            numbers[f] = Some(k);
            taken[k] = true;
        }
    }
}

/// How well two faces of consecutive detections in one shot match: larger is better, `None` is no
/// match.
pub fn match_score(before: &Face, after: &Face) -> Option<f32> {
    let width = |f: &Face| f.box_px.w.max(f.box_px.h).max(1.0);
    let growth = width(before).max(width(after)) / width(before).min(width(after));
    if growth > MAX_GROWTH {
        return None;
    }
    let iou = before.box_px.iou(&after.box_px);
    let distance = if let (Some(a), Some(b)) = (&before.landmarks, &after.landmarks) {
        let sum: f32 = a.iter().zip(b).map(|(p, q)| (p.x - q.x).hypot(p.y - q.y)).sum();
        sum / a.len() as f32
    } else {
        let (a, b) = (before.box_px.center(), after.box_px.center());
        (a.x - b.x).hypot(a.y - b.y)
    } / f32::midpoint(width(before), width(after));
    (iou >= MIN_IOU || distance <= MAX_DISTANCE).then_some(iou + 1.0 - distance.min(1.0))
}

/// Interpolates a face at the share `t` (`0.0..=1.0`) between two detections.
pub fn interpolate(before: &Face, after: &Face, t: f32) -> Face {
    let mix = |a: f32, b: f32| a + t * (b - a);
    let (a, b) = (&before.box_px, &after.box_px);
    let box_px = Rect::new(mix(a.x, b.x), mix(a.y, b.y), mix(a.w, b.w), mix(a.h, b.h));
    let landmarks = before.landmarks.zip(after.landmarks).map(|(a, b)| {
        std::array::from_fn(|i| Point { x: mix(a[i].x, b[i].x), y: mix(a[i].y, b[i].y) })
    });
    Face {
        box_px,
        landmarks,
        confidence: mix(before.confidence, after.confidence),
        origin: before.origin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn face(x: f32, y: f32, side: f32) -> Face {
        let at = |u: f32, v: f32| Point { x: x + u * side, y: y + v * side };
        let landmarks = [at(0.3, 0.4), at(0.7, 0.4), at(0.5, 0.6), at(0.35, 0.8), at(0.65, 0.8)];
        Face {
            box_px: Rect::new(x, y, side, side),
            landmarks: Some(landmarks),
            confidence: 0.9,
            origin: FaceOrigin::Found,
        }
    }

    fn looks(colors: &[[u8; 3]]) -> Vec<Appearance> {
        colors.iter().map(|c| Appearance::from_image(&RgbImage::filled(20, 20, *c))).collect()
    }

    const RED: [u8; 3] = [200, 40, 40];
    const BLUE: [u8; 3] = [40, 40, 200];

    #[test]
    fn faces_keep_their_numbers_while_they_move_and_pass_each_other() {
        let mut tracker = Tracker::default();
        let colors = looks(&[RED, BLUE]);
        let first =
            tracker.assign_ids(0.0, &[face(0.0, 0.0, 50.0), face(200.0, 0.0, 50.0)], &colors);
        assert_eq!(first, [1, 2]);
        let swapped = looks(&[BLUE, RED]);
        let next =
            tracker.assign_ids(0.2, &[face(188.0, 3.0, 52.0), face(14.0, 1.0, 49.0)], &swapped);
        assert_eq!(next, [2, 1], "the order of the finder means nothing");
        let alone = tracker.assign_ids(0.4, &[face(30.0, 0.0, 50.0)], &looks(&[RED]));
        assert_eq!(alone, [1]);
        let newcomer = looks(&[RED, [90, 200, 90]]);
        let both =
            tracker.assign_ids(0.6, &[face(40.0, 0.0, 50.0), face(400.0, 0.0, 50.0)], &newcomer);
        assert_eq!(both, [1, 3], "a newcomer gets a number of its own");
    }

    #[test]
    fn after_a_cut_only_looks_count() {
        let mut tracker = Tracker::default();
        assert_eq!(tracker.assign_ids(0.0, &[face(0.0, 0.0, 50.0)], &looks(&[RED])), [1]);
        tracker.cut();
        // The same place, but somebody else.
        assert_eq!(tracker.assign_ids(0.1, &[face(0.0, 0.0, 50.0)], &looks(&[BLUE])), [2]);
        tracker.cut();
        // Back again at another place and size.
        assert_eq!(tracker.assign_ids(0.2, &[face(300.0, 80.0, 120.0)], &looks(&[RED])), [1]);
    }

    #[test]
    fn two_who_look_alike_are_not_taken_for_each_other_across_a_cut() {
        let mut tracker = Tracker::default();
        let two = [face(0.0, 0.0, 50.0), face(200.0, 0.0, 50.0)];
        assert_eq!(tracker.assign_ids(0.0, &two, &looks(&[RED, RED])), [1, 2]);
        tracker.cut();
        let one = tracker.assign_ids(0.1, &[face(90.0, 0.0, 50.0)], &looks(&[RED]));
        assert_eq!(one, [3], "it cannot be told which: a new number is the honest one");
    }

    #[test]
    fn who_comes_back_after_a_while_is_known_by_looks() {
        let mut tracker = Tracker::default();
        assert_eq!(tracker.assign_ids(0.0, &[face(0.0, 0.0, 50.0)], &looks(&[RED])), [1]);
        assert_eq!(tracker.assign_ids(5.0, &[face(250.0, 0.0, 50.0)], &looks(&[RED])), [1]);
        assert_eq!(tracker.assign_ids(9.0, &[face(250.0, 0.0, 50.0)], &looks(&[BLUE])), [2]);
    }

    #[test]
    fn a_tracker_goes_on_where_another_one_was() {
        let mut tracker = Tracker::default();
        tracker.assign_ids(
            0.0,
            &[face(0.0, 0.0, 50.0), face(200.0, 0.0, 50.0)],
            &looks(&[RED, BLUE]),
        );
        let kept = serde_json::to_string(&tracker.state()).unwrap();
        let mut other = Tracker::restore(serde_json::from_str(&kept).unwrap());
        let next = [face(198.0, 0.0, 50.0), face(90.0, 0.0, 50.0)];
        let colors = looks(&[BLUE, [80, 200, 80]]);
        assert_eq!(other.assign_ids(0.2, &next, &colors), [2, 3]);
        assert_eq!(tracker.assign_ids(0.2, &next, &colors), [2, 3]);
    }

    #[test]
    fn between_two_looks_the_face_moves_in_a_straight_line() {
        let (a, b) = (face(0.0, 10.0, 40.0), face(20.0, 30.0, 60.0));
        assert_eq!(interpolate(&a, &b, 0.0), a);
        let middle = interpolate(&a, &b, 0.5);
        assert_eq!(middle.box_px, Rect::new(10.0, 20.0, 50.0, 50.0));
        let eye = middle.landmarks.map(|l| l[0]);
        assert_eq!(eye, Some(Point { x: 25.0, y: 40.0 }));
    }

    #[test]
    fn a_face_that_jumps_or_grows_too_much_is_another() {
        assert!(match_score(&face(0.0, 0.0, 50.0), &face(45.0, 0.0, 50.0)).is_none(), "too far");
        assert!(match_score(&face(0.0, 0.0, 50.0), &face(0.0, 0.0, 90.0)).is_none(), "too large");
        let near = match_score(&face(0.0, 0.0, 50.0), &face(5.0, 0.0, 50.0));
        let nearer = match_score(&face(0.0, 0.0, 50.0), &face(1.0, 0.0, 50.0));
        assert!(near > Some(1.0) && nearer > near, "{near:?} {nearer:?}");
    }
}
