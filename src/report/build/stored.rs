//! Findings that a case stores.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::still::map_record;
use super::words::in_words;
use crate::base::{CURVE_PARTS, Verdict};
use crate::case::StoredFinding;
use crate::report::record::{
    ClipFacts, DamageRecord, FaceRecord, FindingsRecord, MomentRecord, NotExaminedRecord,
    QualityRecord, ReliabilityRecord, TrackRecord,
};
use crate::report::{Error, RunRecord};

/// A report as a case stores it. What older programs did not store is missing.
#[derive(Deserialize)]
struct StoredReport {
    kind: String,
    width_px: Option<u32>,
    height_px: Option<u32>,
    verdict: String,
    reason: Option<String>,
    score: Option<f32>,
    #[serde(default)]
    faces: Vec<StoredFace>,
    #[serde(default)]
    tracks: Vec<StoredTrack>,
    #[serde(default)]
    not_examined: Vec<NotExaminedRecord>,
    #[serde(default)]
    damage: Vec<DamageRecord>,
    #[serde(default)]
    warnings: Vec<String>,
    duration_s: Option<f64>,
    fps: Option<f64>,
    #[serde(default)]
    frames: u64,
    #[serde(default)]
    frames_examined: u64,
    #[serde(default)]
    quick: bool,
    #[serde(default)]
    partial: bool,
}

#[derive(Deserialize)]
struct StoredFace {
    box_px: [f32; 4],
    #[serde(default)]
    drawn: bool,
    score: Option<f32>,
    verdict: String,
    reason: Option<String>,
    region: Option<String>,
    /// An older program may have stored other keys.
    #[serde(default)]
    quality: Value,
    #[serde(default)]
    out_of_scope: Vec<String>,
    #[serde(default)]
    reliability: Value,
    #[serde(default)]
    reference: Value,
}

#[derive(Deserialize)]
struct StoredTrack {
    id: u32,
    score: Option<f32>,
    verdict: String,
    reason: Option<String>,
    first_frame: usize,
    last_frame: usize,
    frames_examined: usize,
    first_s: Option<f64>,
    last_s: Option<f64>,
    #[serde(default)]
    worst: Vec<StoredMoment>,
    #[serde(default)]
    score_curve: Vec<Option<f32>>,
}

#[derive(Deserialize)]
struct StoredMoment {
    frame: usize,
    t_s: Option<f64>,
    pts: Option<i64>,
    score: f32,
    region: Option<String>,
    box_px: Option<[f32; 4]>,
}

/// What examined an item and what it found. Cells from `map_threshold` on count as marked.
///
/// # Errors
///
/// [`Error::Record`] when the stored report is none that this program writes.
pub fn stored_findings(
    finding: &StoredFinding,
    map_threshold: f32,
) -> Result<(RunRecord, FindingsRecord), Error> {
    let report: StoredReport = serde_json::from_value(finding.report.clone())
        .map_err(|e| Error::Record(format!("a finding of the case cannot be read: {e}")))?;
    let facts = &finding.facts;
    let run = RunRecord {
        program: facts.program.clone(),
        at: facts.at.clone(),
        model: facts.model.name.clone(),
        model_sha256: facts.model.sha256.clone(),
        engine: facts.engine.clone(),
        provider: facts.provider.clone(),
        parameters: facts.parameters.clone(),
    };
    let left_out: Vec<String> = report
        .not_examined
        .iter()
        .map(|part| format!("not examined: {} ({}): {}", part.what, part.place, part.why))
        .collect();
    let mut faces: Vec<FaceRecord> =
        report.faces.into_iter().enumerate().map(|(i, face)| face.into_record(i + 1)).collect();
    for (face, map) in faces.iter_mut().zip(&finding.maps) {
        face.map = map.as_ref().map(|map| map_record(map, map_threshold));
    }
    let is_clip = report.kind == "video";
    let findings = in_words(FindingsRecord {
        kind: Some(report.kind),
        width_px: report.width_px.filter(|px| *px > 0),
        height_px: report.height_px.filter(|px| *px > 0),
        clip: is_clip.then(|| ClipFacts {
            duration_s: report.duration_s.unwrap_or(0.0),
            fps: report.fps.unwrap_or(0.0),
            frames: report.frames,
            frames_examined: report.frames_examined,
            quick: report.quick,
            partial: report.partial,
        }),
        verdict: report.verdict,
        headline: String::new(),
        score: report.score,
        reason: report.reason,
        sentences: Vec::new(),
        faces,
        tracks: report.tracks.into_iter().map(StoredTrack::into_record).collect(),
        damage: report.damage,
        warnings: report.warnings.into_iter().filter(|text| !left_out.contains(text)).collect(),
        not_examined: report.not_examined,
    });
    Ok((run, findings))
}

/// Findings of a file of which nothing was examined, for this reason.
pub fn failed_findings(reason: &str) -> FindingsRecord {
    in_words(FindingsRecord {
        kind: None,
        width_px: None,
        height_px: None,
        clip: None,
        verdict: Verdict::NotExamined.as_str().to_owned(),
        headline: String::new(),
        score: None,
        reason: Some(reason.to_owned()),
        sentences: Vec::new(),
        faces: Vec::new(),
        tracks: Vec::new(),
        damage: Vec::new(),
        not_examined: Vec::new(),
        warnings: Vec::new(),
    })
}

fn known<T: DeserializeOwned>(value: Value) -> Option<T> {
    serde_json::from_value(value).ok()
}

impl StoredFace {
    fn into_record(self, number: usize) -> FaceRecord {
        let n = |key: &str| self.reference.get(key).and_then(Value::as_u64);
        let reference = n("n_as_high").zip(n("n_faces")).map(|(high, all)| {
            format!("{high} of {all} faces known to be genuine score as high or higher")
        });
        FaceRecord {
            number,
            box_px: self.box_px,
            drawn: self.drawn,
            score: self.score,
            verdict: self.verdict,
            reason: self.reason,
            region: self.region,
            caveats: self.out_of_scope,
            quality: known::<QualityRecord>(self.quality),
            reliability: known::<ReliabilityRecord>(self.reliability),
            reference,
            map: None,
            robustness: None,
            ratio: None,
            why_no_ratio: None,
        }
    }
}

impl StoredTrack {
    fn into_record(self) -> TrackRecord {
        let moment = |m: StoredMoment| MomentRecord {
            frame: m.frame,
            t_s: m.t_s,
            pts: m.pts,
            score: m.score,
            region: m.region,
            box_px: m.box_px,
        };
        TrackRecord {
            id: self.id,
            score: self.score,
            verdict: self.verdict,
            reason: self.reason,
            first_frame: self.first_frame,
            last_frame: self.last_frame,
            first_s: self.first_s,
            last_s: self.last_s,
            frames_examined: self.frames_examined,
            worst: self.worst.into_iter().map(moment).collect(),
            score_curve: self.score_curve.into_iter().take(CURVE_PARTS).collect(),
            why_no_ratio: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::{Affine, Heatmap, ModelRef};
    use crate::case::RunFacts;

    fn finding(report: Value, maps: Vec<Option<Heatmap>>) -> StoredFinding {
        StoredFinding {
            facts: RunFacts {
                media_sha256: "ab".to_owned(),
                model: ModelRef { name: "lae".to_owned(), sha256: "cd".to_owned() },
                engine: "rten".to_owned(),
                provider: "cpu".to_owned(),
                program: "pentimento 0.1.0".to_owned(),
                parameters: Value::Null,
                at: "2026-11-30T00:00:00.000Z".to_owned(),
            },
            verdict: Verdict::TracesFound,
            score: Some(0.9),
            report,
            maps,
        }
    }

    #[test]
    fn what_a_case_stores_comes_back_with_its_maps_and_each_part_once() {
        let report = json!({
            "kind": "image", "width_px": 100, "height_px": 80, "verdict": "traces-found",
            "reason": null, "score": 0.9,
            "faces": [{"box_px": [1, 2, 30, 40], "score": 0.9, "verdict": "traces-found",
                "reason": null, "region": "mouth", "quality": {"old": true}, "reliability": null,
                "reference": {"n_as_high": 3, "n_faces": 40}}],
            "not_examined": [{"what": "face 2", "where": "at 3,4", "why": "small"}],
            "warnings": ["turned", "not examined: face 2 (at 3,4): small"],
        });
        let map = Heatmap {
            width: 2,
            height: 1,
            values: vec![0.9, 0.1],
            image_from_map: Affine::IDENTITY,
        };
        let (run, found) = stored_findings(&finding(report, vec![Some(map)]), 0.5).unwrap();
        assert_eq!((run.model.as_str(), run.model_sha256.as_str()), ("lae", "cd"));
        assert_eq!(found.warnings, ["turned"]);
        assert_eq!(found.faces[0].map.as_ref().unwrap().marked_hex, "80");
        assert!(found.faces[0].quality.is_none(), "an older program measured something else");
        assert!(found.faces[0].reference.as_ref().unwrap().starts_with("3 of 40 faces"));
        assert!(found.sentences[0].contains("traces of forgery found; the marked place: mouth"));
    }

    #[test]
    fn clips_come_back_and_damaged_reports_are_named() {
        let report = json!({
            "kind": "video", "width_px": 100, "height_px": 80, "verdict": "inconclusive",
            "reason": "only 2 frames", "score": 0.4, "duration_s": 2.0, "fps": 25.0, "frames": 50,
            "frames_examined": 24, "quick": true, "partial": false,
            "tracks": [{"id": 1, "score": 0.4, "verdict": "inconclusive", "reason": null,
                "first_frame": 3, "last_frame": 40, "frames_examined": 20,
                "worst": [{"frame": 7, "score": 0.5, "box_px": null}]}],
        });
        let (_, found) = stored_findings(&finding(report, Vec::new()), 0.5).unwrap();
        assert!(found.clip.as_ref().is_some_and(|clip| clip.quick && clip.frames == 50));
        assert_eq!(found.headline, "Inconclusive, because only 2 frames");
        assert!(found.sentences[0].contains("frames 3 to 40"), "{:?}", found.sentences);
        assert!(found.sentences[0].contains("strongest at frame 7"), "{:?}", found.sentences);
        let damaged = stored_findings(&finding(json!({"kind": 3}), Vec::new()), 0.5).unwrap_err();
        assert!(damaged.to_string().contains("a finding of the case cannot be read"));
    }
}
