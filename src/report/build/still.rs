//! Findings of a picture that was examined just now.

use super::words::in_words;
use crate::base::text::hex;
use crate::base::{
    FaceFinding, FaceOrigin, Heatmap, MediaReport, NotExamined, Quality, Rect, Warning,
};
use crate::report::record::{
    FaceRecord, FindingsRecord, MapRecord, NotExaminedRecord, QualityRecord, ReliabilityRecord,
};

/// The findings of a picture. Cells from `map_threshold` on count as marked.
pub fn still_findings(report: &MediaReport, map_threshold: f32) -> FindingsRecord {
    let is_open = report.width_px > 0;
    let face = |(i, finding): (usize, &FaceFinding)| face_record(i + 1, finding, map_threshold);
    in_words(FindingsRecord {
        kind: is_open.then(|| "image".to_owned()),
        width_px: is_open.then_some(report.width_px),
        height_px: is_open.then_some(report.height_px),
        clip: None,
        verdict: report.verdict.as_str().to_owned(),
        headline: String::new(),
        score: report.score,
        reason: report.reason.clone(),
        sentences: Vec::new(),
        faces: report.faces.iter().enumerate().map(face).collect(),
        tracks: Vec::new(),
        damage: Vec::new(),
        not_examined: parts(&report.not_examined),
        warnings: other_warnings(&report.warnings, &report.not_examined),
    })
}

fn face_record(number: usize, finding: &FaceFinding, map_threshold: f32) -> FaceRecord {
    FaceRecord {
        number,
        box_px: box_array(&finding.face.box_px),
        drawn: finding.face.origin == FaceOrigin::Drawn,
        score: finding.score,
        verdict: finding.verdict.as_str().to_owned(),
        reason: finding.reason.clone(),
        region: finding.region.clone(),
        caveats: finding.caveats.clone(),
        quality: finding.quality.map(quality_record),
        reliability: finding.reliability.as_ref().map(|r| ReliabilityRecord {
            mean_in_marked: r.in_marked,
            untrusted_share: r.untrusted_share,
        }),
        reference: finding.reference.map(|comparison| comparison.sentence()),
        map: finding.heatmap.as_ref().map(|map| map_record(map, map_threshold)),
        robustness: None,
        ratio: None,
        why_no_ratio: None,
    }
}

/// The cells of a map at or above the threshold.
pub fn map_record(map: &Heatmap, threshold: f32) -> MapRecord {
    let mut bytes = vec![0u8; map.values.len().div_ceil(8)];
    let mut n_marked = 0;
    for (i, _) in map.values.iter().enumerate().filter(|(_, v)| **v >= threshold) {
        bytes[i / 8] |= 0x80 >> (i % 8);
        n_marked += 1;
    }
    let marked_hex = hex(&bytes);
    MapRecord { width: map.width, height: map.height, marked_hex, n_marked }
}

fn quality_record(q: Quality) -> QualityRecord {
    QualityRecord {
        face_px: q.face_px,
        blur: q.blur,
        blockiness: q.blockiness,
        noise: q.noise,
        color: q.color,
        shades: q.shades,
        jpeg_quality: q.jpeg,
    }
}

pub(super) fn box_array(r: &Rect) -> [f32; 4] {
    [r.x, r.y, r.w, r.h]
}

pub(super) fn parts(parts: &[NotExamined]) -> Vec<NotExaminedRecord> {
    let record = |NotExamined { what, place, why }: &NotExamined| NotExaminedRecord {
        what: what.clone(),
        place: place.clone(),
        why: why.clone(),
    };
    parts.iter().map(record).collect()
}

/// The warnings that do not repeat what was not examined.
pub(super) fn other_warnings(all: &[Warning], parts: &[NotExamined]) -> Vec<String> {
    let left_out: Vec<String> = parts.iter().map(ToString::to_string).collect();
    all.iter().map(|w| w.0.clone()).filter(|text| !left_out.contains(text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Affine;

    #[test]
    fn marked_cells_are_bits_row_by_row() {
        let values = vec![0.5, 0.4, 0.9, 0.0, 0.0, 0.0, 0.0, 1.0, 0.6];
        let map = Heatmap { width: 3, height: 3, values, image_from_map: Affine::IDENTITY };
        let found = map_record(&map, 0.5);
        assert_eq!((found.marked_hex.as_str(), found.n_marked), ("a180", 4));
    }
}
