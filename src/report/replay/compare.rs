//! Compares the findings of one item.

use super::Comparison;
use super::tree::Rules;
use crate::base::{Rect, Verdict};
use crate::report::record::{
    FaceRecord, FindingsRecord, MapRecord, ReportItem, ToleranceRecord, TrackRecord,
};

/// Boxes of one face overlap by at least this much (IoU).
const SAME_FACE: f32 = 0.5;
/// Largest difference of a coordinate of a box with the same engine and provider, in pixels.
const BOX_PX: f64 = 1e-3;
/// The warning where a file is no longer the one that was examined: it is about the report, no finding.
pub const PICTURES_LEFT_OUT: &str =
    "pictures are missing: only those of the very file that was examined are shown";
/// Stands beside a verdict that genuine pictures had weakened, which are not at hand.
pub const WEAKENED: &str = "then compared with genuine pictures, now without";
/// What the record makes of its other values: see [`super::compare_derived`].
const DERIVED: [&str; 5] = ["headline", "sentences", "ratio", "why_no_ratio", "n_marked"];
/// Words and places that hang on single cells of a heat map, and on its highest value.
const OF_ONE_PROVIDER: [&str; 4] = ["number", "region", "caveats", "worst"];

/// Compares what was found now with an item of the record. `is_same_provider`: engine, version and
/// provider are those of the record.
///
/// With another provider verdicts and counts have to be equal as well: a difference there is named,
/// even where every score is within the tolerance. Words about the marked place are not compared then.
pub fn compare_findings(
    item: &ReportItem,
    now: &FindingsRecord,
    tolerance: &ToleranceRecord,
    is_same_provider: bool,
) -> Vec<Comparison> {
    let is_of_case = item.case_item.is_some();
    let rules = Rules { item: item.number, tolerance: *tolerance, is_same_provider, is_of_case };
    let mut then = item.findings.clone();
    let mut now = now.clone();
    for findings in [&mut then, &mut now] {
        findings.warnings.retain(|text| text != PICTURES_LEFT_OUT);
    }
    let has_reference = then.faces.iter().any(|face| face.reference.is_some());
    let left_out = [&["faces", "tracks"][..], &DERIVED].concat();
    let mut found = rules.values("", [&then, &now], &left_out);
    forgive(&mut found, has_reference);
    found.push(rules.count("faces", [then.faces.len(), now.faces.len()]));
    found.push(rules.count("faces of the clip", [then.tracks.len(), now.tracks.len()]));
    for face in &then.faces {
        found.extend(rules.face(face, &now.faces));
    }
    for track in &then.tracks {
        found.extend(rules.track(track, &now.tracks));
    }
    found
}

/// A verdict that was weakened by genuine pictures cannot be repeated without them: traces were found,
/// and the verdict was "inconclusive" for them. No other difference comes of it.
fn forgive(found: &mut [Comparison], has_reference: bool) {
    let is_weaker = |value: &Comparison| {
        value.what.ends_with("verdict")
            && value.then == Verdict::Inconclusive.as_str()
            && value.now == Verdict::TracesFound.as_str()
    };
    if !has_reference || !found.iter().any(is_weaker) {
        return;
    }
    for value in found.iter_mut().filter(|v| is_weaker(v) || v.what.ends_with("reason")) {
        value.is_beyond = false;
        value.what = format!("{} ({WEAKENED})", value.what);
    }
}

impl Rules {
    /// The keys that are compared elsewhere or not at all.
    fn left_out<'a>(&self, own: &[&'a str]) -> Vec<&'a str> {
        let of_provider = if self.is_same_provider { &[][..] } else { &OF_ONE_PROVIDER };
        [own, &DERIVED, of_provider].concat()
    }

    fn face(&self, then: &FaceRecord, all: &[FaceRecord]) -> Vec<Comparison> {
        let what = format!("face {}", then.number);
        let overlaps = all.iter().map(|face| (overlap(&then.box_px, &face.box_px), face));
        let best = overlaps.max_by(|a, b| a.0.total_cmp(&b.0));
        let Some((iou, now)) = best.filter(|(iou, _)| *iou >= SAME_FACE) else {
            return vec![self.texts(&what, "found", "not found")];
        };
        let left_out = self.left_out(&["box_px", "map", "reference"]);
        let mut found = self.values(&format!("{what}, "), [then, now], &left_out);
        forgive(&mut found, then.reference.is_some());
        if self.is_same_provider {
            let differences = then.box_px.iter().zip(now.box_px).map(|(a, b)| (a - b).abs());
            let largest = f64::from(differences.fold(0.0, f32::max));
            let what = format!("{what}, box_px (largest difference)");
            found.push(Comparison::numbers(self.item, &what, [Some(0.0), Some(largest)], BOX_PX));
        } else {
            let what = format!("{what}, overlap of the boxes");
            found.push(self.share(&what, f64::from(iou)));
        }
        match (&then.map, &now.map) {
            (Some(then), Some(now)) => match map_overlap(then, now) {
                Some(iou) => found.push(self.share(&format!("{what}, overlap of the maps"), iou)),
                None => found.push(self.texts(
                    &format!("{what}, map"),
                    &format!("{} × {} cells: {}", then.width, then.height, then.marked_hex),
                    &format!("{} × {} cells: {}", now.width, now.height, now.marked_hex),
                )),
            },
            (then, now) => {
                let maps = [then, now].map(|map| serde_json::json!({ "map": map }));
                found.extend(self.values(&format!("{what}, "), [&maps[0], &maps[1]], &[]));
            }
        }
        found
    }

    fn track(&self, then: &TrackRecord, all: &[TrackRecord]) -> Vec<Comparison> {
        let what = format!("face {} of the clip", then.id);
        let Some(now) = all.iter().find(|track| track.id == then.id) else {
            return vec![self.texts(&what, "found", "not found")];
        };
        self.values(&format!("{what}, "), [then, now], &self.left_out(&[]))
    }

    /// An overlap, which is 1 when nothing differs.
    fn share(&self, what: &str, iou: f64) -> Comparison {
        let least = if self.is_same_provider { 1.0 } else { self.tolerance.map_iou_other_provider };
        Comparison::numbers(self.item, what, [Some(1.0), Some(iou)], 1.0 - least)
    }
}

fn overlap(a: &[f32; 4], b: &[f32; 4]) -> f32 {
    let rect = |[x, y, w, h]: [f32; 4]| Rect::new(x, y, w, h);
    let (a, b) = (rect(*a), rect(*b));
    let common = a.intersect(&b).map_or(0.0, |r| r.w * r.h);
    let either = a.w * a.h + b.w * b.h - common;
    if either > 0.0 { common / either } else { 0.0 }
}

/// Marked in both, divided by marked in either; 1 where neither marks a cell. `None` for maps of
/// different size or damaged ones.
fn map_overlap(a: &MapRecord, b: &MapRecord) -> Option<f64> {
    if (a.width, a.height, a.marked_hex.len()) != (b.width, b.height, b.marked_hex.len()) {
        return None;
    }
    let (mut both, mut either) = (0, 0);
    for (a, b) in a.marked_hex.chars().zip(b.marked_hex.chars()) {
        let (a, b) = (a.to_digit(16)?, b.to_digit(16)?);
        both += (a & b).count_ones();
        either += (a | b).count_ones();
    }
    Some(if either == 0 { 1.0 } else { f64::from(both) / f64::from(either) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_of_one_size_overlap_by_their_marked_cells() {
        let map =
            |hex: &str| MapRecord { width: 4, height: 2, marked_hex: hex.into(), n_marked: 0 };
        assert_eq!(map_overlap(&map("f0"), &map("f0")), Some(1.0));
        assert_eq!(map_overlap(&map("f0"), &map("70")), Some(0.75));
        assert_eq!(map_overlap(&map("00"), &map("00")), Some(1.0));
        assert_eq!(map_overlap(&map("00"), &map("0")), None);
        assert_eq!(map_overlap(&map("0g"), &map("00")), None, "damaged");
    }

    #[test]
    fn genuine_pictures_weaken_a_verdict_and_do_nothing_else() {
        let beyond = |then: &str, now: &str, has_reference: bool| {
            let mut found = [
                Comparison::texts(1, "face 1, verdict", then, now),
                Comparison::texts(1, "reason", "such scores are usual here", "none"),
                Comparison::texts(1, "face 1, score", "0.1", "0.9"),
            ];
            forgive(&mut found, has_reference);
            found.map(|value| value.is_beyond)
        };
        assert_eq!(beyond("inconclusive", "traces-found", true), [false, false, true]);
        assert_eq!(beyond("inconclusive", "traces-found", false), [true; 3], "without a reference");
        for (then, now) in [
            ("no-trace-found", "traces-found"),
            ("traces-found", "no-trace-found"),
            ("traces-found", "inconclusive"),
            ("inconclusive", "no-trace-found"),
        ] {
            assert_eq!(beyond(then, now, true), [true; 3], "{then}, now {now}");
        }
    }

    #[test]
    fn boxes_overlap_by_area() {
        assert_eq!(overlap(&[0.0, 0.0, 10.0, 10.0], &[5.0, 0.0, 10.0, 10.0]), 50.0 / 150.0);
        assert_eq!(overlap(&[0.0; 4], &[0.0; 4]), 0.0);
    }
}
