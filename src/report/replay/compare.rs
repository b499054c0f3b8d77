//! Compares the findings of one item.

use super::Comparison;
use crate::base::Rect;
use crate::report::record::{
    FaceRecord, FindingsRecord, MapRecord, NotExaminedRecord, ReportItem, ToleranceRecord,
    TrackRecord,
};

/// Boxes of one face overlap by at least this much (IoU).
const SAME_FACE: f32 = 0.5;
/// Largest difference of a coordinate of a box with the same engine and provider, in pixels.
const BOX_PX: f64 = 1e-3;

/// Compares what was found now with an item of the record. `is_same_provider`: engine, version and
/// provider are those of the record.
///
/// With another provider verdicts and counts have to be equal as well: a difference there is named,
/// even where every score is within the tolerance.
pub fn compare_findings(
    item: &ReportItem,
    now: &FindingsRecord,
    tolerance: &ToleranceRecord,
    is_same_provider: bool,
) -> Vec<Comparison> {
    let then = &item.findings;
    let rules = Rules { item: item.number, tolerance: *tolerance, is_same_provider };
    let mut found = vec![
        rules.verdict("verdict", &then.verdict, &now.verdict, is_weakened(then)),
        rules.score("score", then.score, now.score),
        rules.count("faces", then.faces.len(), now.faces.len()),
        rules.count("faces of the clip", then.tracks.len(), now.tracks.len()),
        rules.texts(
            "why nothing was examined",
            then.reason.as_deref().unwrap_or("none"),
            now.reason.as_deref().unwrap_or("none"),
        ),
        rules.texts("not examined", &parts(then), &parts(now)),
    ];
    for face in &then.faces {
        found.extend(rules.face(face, &now.faces));
    }
    for track in &then.tracks {
        found.extend(rules.track(track, &now.tracks));
    }
    found
}

struct Rules {
    item: usize,
    tolerance: ToleranceRecord,
    is_same_provider: bool,
}

impl Rules {
    fn texts(&self, what: &str, then: &str, now: &str) -> Comparison {
        Comparison::texts(self.item, what, then, now)
    }

    /// A verdict that was weakened by genuine pictures cannot be repeated without them.
    fn verdict(&self, what: &str, then: &str, now: &str, is_weakened: bool) -> Comparison {
        let mut compared = self.texts(what, then, now);
        if is_weakened && compared.is_beyond {
            compared.is_beyond = false;
            compared.what.push_str(" (then compared with genuine pictures, now without)");
        }
        compared
    }

    fn count(&self, what: &str, then: usize, now: usize) -> Comparison {
        Comparison::numbers(self.item, what, [Some(then as f64), Some(now as f64)], 0.0)
    }

    fn score(&self, what: &str, then: Option<f32>, now: Option<f32>) -> Comparison {
        let allowed = if self.is_same_provider {
            self.tolerance.score_same_provider
        } else {
            self.tolerance.score_other_provider
        };
        Comparison::numbers(self.item, what, [then.map(f64::from), now.map(f64::from)], allowed)
    }

    fn face(&self, then: &FaceRecord, all: &[FaceRecord]) -> Vec<Comparison> {
        let what = format!("face {}", then.number);
        let overlaps = all.iter().map(|face| (overlap(&then.box_px, &face.box_px), face));
        let best = overlaps.max_by(|a, b| a.0.total_cmp(&b.0));
        let Some((iou, now)) = best.filter(|(iou, _)| *iou >= SAME_FACE) else {
            return vec![self.texts(&what, "found", "not found")];
        };
        let mut found = vec![
            self.score(&format!("{what}, score"), then.score, now.score),
            self.verdict(
                &format!("{what}, verdict"),
                &then.verdict,
                &now.verdict,
                then.reference.is_some(),
            ),
        ];
        if self.is_same_provider {
            let differences = then.box_px.iter().zip(now.box_px).map(|(a, b)| (a - b).abs());
            let largest = f64::from(differences.fold(0.0, f32::max));
            let what = format!("{what}, box (largest difference in px)");
            found.push(Comparison::numbers(self.item, &what, [Some(0.0), Some(largest)], BOX_PX));
            let region =
                |face: &FaceRecord| face.region.clone().unwrap_or_else(|| "none".to_owned());
            found.push(self.texts("marked place", &region(then), &region(now)));
        } else {
            let what = format!("{what}, overlap of the boxes");
            found.push(self.share(&what, f64::from(iou)));
        }
        match (&then.map, &now.map) {
            (Some(then), Some(now)) => match map_overlap(then, now) {
                Some(iou) => found.push(self.share(&format!("{what}, overlap of the maps"), iou)),
                None => found.push(self.texts(
                    &format!("{what}, size of the map"),
                    &format!("{} × {}", then.width, then.height),
                    &format!("{} × {}", now.width, now.height),
                )),
            },
            (None, None) => {}
            (then, now) => {
                let word = |is_there: bool| if is_there { "there" } else { "not there" };
                let what = format!("{what}, heat map");
                found.push(self.texts(&what, word(then.is_some()), word(now.is_some())));
            }
        }
        found
    }

    fn track(&self, then: &TrackRecord, all: &[TrackRecord]) -> Vec<Comparison> {
        let what = format!("face {} of the clip", then.id);
        let Some(now) = all.iter().find(|track| track.id == then.id) else {
            return vec![self.texts(&what, "found", "not found")];
        };
        let worst = |track: &TrackRecord| track.worst.first().map(|moment| moment.frame as f64);
        let mut found = vec![
            self.score(&format!("{what}, score"), then.score, now.score),
            self.verdict(&format!("{what}, verdict"), &then.verdict, &now.verdict, false),
            self.count(&format!("{what}, frames"), then.frames_examined, now.frames_examined),
        ];
        if self.is_same_provider {
            let what = format!("{what}, strongest frame");
            found.push(Comparison::numbers(self.item, &what, [worst(then), worst(now)], 0.0));
        }
        found
    }

    /// An overlap, which is 1 when nothing differs.
    fn share(&self, what: &str, iou: f64) -> Comparison {
        let least = if self.is_same_provider { 1.0 } else { self.tolerance.map_iou_other_provider };
        Comparison::numbers(self.item, what, [Some(1.0), Some(iou)], 1.0 - least)
    }
}

fn is_weakened(findings: &FindingsRecord) -> bool {
    findings.faces.iter().any(|face| face.reference.is_some())
}

fn parts(findings: &FindingsRecord) -> String {
    if findings.not_examined.is_empty() {
        return "nothing".to_owned();
    }
    let part = |p: &NotExaminedRecord| format!("{} ({})", p.what, p.place);
    findings.not_examined.iter().map(part).collect::<Vec<_>>().join("; ")
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
    fn boxes_overlap_by_area() {
        assert_eq!(overlap(&[0.0, 0.0, 10.0, 10.0], &[5.0, 0.0, 10.0, 10.0]), 50.0 / 150.0);
        assert_eq!(overlap(&[0.0; 4], &[0.0; 4]), 0.0);
    }
}
