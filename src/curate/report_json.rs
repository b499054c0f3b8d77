//! Reports as a case stores them: JSON with the keys of the command line's contract.
//!
//! The JSON of the same picture, model and engine is always the same: elapsed time is not in it, and
//! heat maps are stored beside it.

use serde_json::{Value, json};

use crate::base::{
    FaceFinding, FaceOrigin, FrameTime, MediaReport, NotExamined, Quality, Rect,
    ReferenceComparison, Track, VideoReport, n_examined,
};

/// The report on a still picture.
pub(super) fn still_report_json(report: &MediaReport) -> Value {
    json!({
        "kind": "image",
        "sha256": report.sha256,
        "width_px": report.width_px,
        "height_px": report.height_px,
        "verdict": report.verdict.as_str(),
        "reason": report.reason,
        "score": report.score,
        "faces": report.faces.iter().map(face_json).collect::<Vec<_>>(),
        "not_examined": not_examined_json(&report.not_examined),
        "warnings": report.warnings.iter().map(|w| w.0.as_str()).collect::<Vec<_>>(),
    })
}

/// The report on a clip: one object for each track, without the samples of its frames.
pub(super) fn clip_report_json(report: &VideoReport) -> Value {
    let info = report.info.as_ref();
    json!({
        "kind": "video",
        "sha256": report.sha256,
        "width_px": info.map(|i| i.width_px),
        "height_px": info.map(|i| i.height_px),
        "duration_s": info.map(|i| i.duration_s),
        "fps": info.map(|i| i.fps),
        "frames": report.frames.len(),
        "frames_examined": report.frames_examined,
        "quick": report.is_quick,
        "partial": report.is_partial,
        "verdict": report.verdict.as_str(),
        "reason": report.reason,
        "score": report.score,
        "tracks": report.tracks.iter().map(|track| track_json(track, &report.frames)).collect::<Vec<_>>(),
        "cuts": report.cuts,
        "not_examined": not_examined_json(&report.not_examined),
        "damage": report.damage.iter().map(|d| json!({
            "frame": d.frame, "t_s": d.t_s, "what": d.what,
        })).collect::<Vec<_>>(),
        "warnings": report.warnings.iter().map(|w| w.0.as_str()).collect::<Vec<_>>(),
    })
}

fn not_examined_json(parts: &[NotExamined]) -> Vec<Value> {
    let object = |NotExamined { what, place, why }: &NotExamined| json!({ "what": what, "where": place, "why": why });
    parts.iter().map(object).collect()
}

fn rect_json(r: &Rect) -> Value {
    json!([r.x, r.y, r.w, r.h])
}

fn quality_json(q: &Quality) -> Value {
    json!({
        "face_px": q.face_px, "blur": q.blur, "blockiness": q.blockiness, "noise": q.noise,
        "color": q.color, "shades": q.shades,
        "jpeg_quality": q.jpeg,
    })
}

fn face_json(finding: &FaceFinding) -> Value {
    let face = &finding.face;
    let landmarks = face.landmarks.map(|points| points.map(|p| [p.x, p.y]));
    let reliability = finding
        .reliability
        .as_ref()
        .map(|r| json!({ "mean_in_marked": r.in_marked, "untrusted_share": r.untrusted_share }));
    json!({
        "box_px": rect_json(&face.box_px),
        "landmarks": landmarks,
        "confidence": face.confidence,
        "drawn": face.origin == FaceOrigin::Drawn,
        "score": finding.score,
        "verdict": finding.verdict.as_str(),
        "reason": finding.reason,
        "region": finding.region,
        "quality": finding.quality.as_ref().map(quality_json),
        "out_of_scope": finding.caveats,
        "reliability": reliability,
        "reference": finding.reference.as_ref().map(reference_json),
    })
}

/// The keys are those of `inspect --json`.
fn reference_json(c: &ReferenceComparison) -> Value {
    json!({
        "n_faces": c.n_faces, "n_files": c.n_files, "n_as_high": c.n_as_high,
        "n_as_marked": c.n_as_marked, "score_of_95_percent": c.usual_score,
        "is_usual": c.is_usual(),
    })
}

fn track_json(track: &Track, frames: &[FrameTime]) -> Value {
    let t_s = |frame: usize| frames.get(frame).map(|f| f.t_s);
    let worst = track.worst.iter().map(|moment| {
        let at = track.at(moment.frame).map(|s| rect_json(&s.face.box_px));
        json!({
            "frame": moment.frame, "t_s": t_s(moment.frame),
            "pts": frames.get(moment.frame).map(|f| f.pts), "score": moment.score,
            "region": moment.region, "box_px": at,
        })
    });
    json!({
        "id": track.id,
        "score": track.score,
        "verdict": track.verdict.as_str(),
        "reason": track.reason,
        "first_frame": track.first_frame(),
        "last_frame": track.last_frame(),
        "first_s": t_s(track.first_frame()),
        "last_s": t_s(track.last_frame()),
        "frames_examined": n_examined(&track.samples),
        "worst": worst.collect::<Vec<_>>(),
        "score_curve": track.score_curve(frames.len()),
    })
}

/// Box (x, y, width, height) and five landmarks of a face, image space.
pub(super) type FacePosition = ([f32; 4], Option<[[f32; 2]; 5]>);

/// Positions of the faces in the report on a still picture; empty for clips and damaged reports.
pub(super) fn face_positions(report: &Value) -> Vec<FacePosition> {
    let faces = report["faces"].as_array().map_or(&[][..], Vec::as_slice);
    let position = |face: &Value| {
        let at = serde_json::from_value(face["box_px"].clone()).ok()?;
        Some((at, serde_json::from_value(face["landmarks"].clone()).ok().flatten()))
    };
    faces.iter().filter_map(position).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{EngineInfo, Face, ModelRef, Point, Verdict, Warning};

    fn report() -> MediaReport {
        let point = |i: u8| Point { x: 10.0 + f32::from(i), y: 20.5 };
        let found = Face {
            box_px: Rect::new(1.5, 2.0, 30.0, 40.0),
            landmarks: Some([0, 1, 2, 3, 4].map(point)),
            confidence: 0.9,
            origin: FaceOrigin::Found,
        };
        let drawn = Face { landmarks: None, origin: FaceOrigin::Drawn, ..found };
        let finding = |face| FaceFinding {
            face,
            score: Some(0.75),
            verdict: Verdict::Inconclusive,
            reason: None,
            heatmap: None,
            reliability: None,
            region: Some("mouth".into()),
            quality: None,
            caveats: vec!["it is small".into()],
            reconstruction: None,
            embedding: Some(vec![1.0; 3]),
            reference: None,
        };
        MediaReport {
            sha256: "abc".into(),
            width_px: 100,
            height_px: 80,
            verdict: Verdict::Inconclusive,
            reason: None,
            score: Some(0.75),
            faces: vec![finding(found), finding(drawn)],
            model: ModelRef { name: "m".into(), sha256: "d".into() },
            engine: EngineInfo {
                engine: "e".into(),
                provider: "cpu".into(),
                unused_providers: Vec::new(),
                remote: None,
            },
            not_examined: vec![NotExamined::new("face 2", "at 3,4", "small")],
            elapsed_ms: 17,
            warnings: vec![Warning("turned".into())],
        }
    }

    #[test]
    fn a_report_is_the_same_however_long_it_took_and_tells_where_the_faces_were() {
        let value = still_report_json(&report());
        assert_eq!(value, still_report_json(&MediaReport { elapsed_ms: 99, ..report() }));
        assert_eq!(value["verdict"], "inconclusive");
        assert_eq!(value["faces"][0]["out_of_scope"][0], "it is small");
        assert_eq!(value["warnings"][0], "turned");
        let text = value.to_string();
        assert!(!text.contains("embedding"), "it is stored beside: {text}");
        let places = face_positions(&serde_json::from_str(&text).unwrap());
        assert_eq!(places[0].0, [1.5, 2.0, 30.0, 40.0]);
        assert_eq!(places[0].1.map(|l| l[4]), Some([14.0, 20.5]));
        assert_eq!(places[1].1, None);
        assert_eq!(face_positions(&json!({ "faces": "none" })), Vec::new());
    }
}
