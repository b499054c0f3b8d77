//! A finding from the object of `inspect --json`, with the keys that a case stores.

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use crate::base::{ModelRef, Verdict};
use crate::case::{self, RunFacts, StoredFinding};

/// Characters of a text, and parts of a list, at most.
const MAX_CHARS: usize = 4096;
const MAX_PARTS: usize = 10_000;

/// Said wherever the warnings of a finding are shown.
const NO_MAPS: &str = "This was taken from the results of a scan, which hold no heat maps; \
                       pentimento case examine --again examines the file here.";

/// A text of bounded length.
#[derive(Debug, Serialize)]
struct Text(String);

/// A finite number.
#[derive(Debug, Clone, Copy, Serialize)]
struct Number(f32);

/// A finite number from 0 to 1.
#[derive(Debug, Clone, Copy, Serialize)]
struct Share(f32);

/// A list of bounded length.
#[derive(Debug, Serialize)]
struct Parts<T>(Vec<T>);

impl<T> Default for Parts<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Image,
    Video,
}

/// What `inspect --json` prints, but for what a case keeps elsewhere or not at all.
#[derive(Debug, Deserialize)]
struct Report {
    kind: Kind,
    width_px: u32,
    height_px: u32,
    verdict: Text,
    reason: Option<Text>,
    score: Option<Share>,
    #[serde(default)]
    faces: Parts<Face>,
    #[serde(default)]
    tracks: Parts<Track>,
    not_examined: Parts<Part>,
    warnings: Parts<Text>,
    model: Model,
    engine: Option<Text>,
    provider: Option<Text>,
    duration_s: Option<Number>,
    fps: Option<Number>,
    #[serde(default)]
    frames: u32,
    #[serde(default)]
    frames_examined: u32,
    #[serde(default)]
    quick: bool,
    #[serde(default)]
    partial: bool,
    #[serde(default)]
    cuts_s: Parts<Number>,
    #[serde(default)]
    damage: Parts<Damage>,
}

#[derive(Debug, Deserialize)]
struct Model {
    name: Text,
    sha256: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Face {
    box_px: [Number; 4],
    score: Option<Share>,
    verdict: Text,
    region: Option<Text>,
    quality: Option<Quality>,
    #[serde(default)]
    out_of_scope: Parts<Text>,
    reliability: Option<Reliability>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Quality {
    face_px: Number,
    blur: Number,
    blockiness: Number,
    noise: Number,
    color: Number,
    shades: Number,
    #[serde(rename = "jpeg_quality")]
    jpeg: Option<u8>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Reliability {
    mean_in_marked: Option<Share>,
    untrusted_share: Share,
}

#[derive(Debug, Serialize, Deserialize)]
struct Part {
    what: Text,
    #[serde(rename = "where")]
    place: Text,
    why: Text,
}

#[derive(Debug, Serialize, Deserialize)]
struct Track {
    id: u32,
    score: Option<Share>,
    verdict: Text,
    reason: Option<Text>,
    first_frame: u32,
    last_frame: u32,
    #[serde(default)]
    first_s: Option<Number>,
    #[serde(default)]
    last_s: Option<Number>,
    frames_examined: u32,
    #[serde(default)]
    worst: Parts<Moment>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Moment {
    frame: u32,
    #[serde(default)]
    t_s: Option<Number>,
    #[serde(default)]
    pts: Option<i64>,
    score: Share,
    #[serde(default)]
    region: Option<Text>,
    box_px: [Number; 4],
}

#[derive(Debug, Serialize, Deserialize)]
struct Damage {
    frame: u32,
    t_s: Number,
    what: Text,
}

/// Program that examined the files of a scan, and with which options.
#[derive(Debug, Clone)]
pub(super) struct ScanFacts<'a> {
    pub(super) program: &'a str,
    pub(super) parameters: &'a Value,
}

/// The finding, or what is wrong with the object.
pub(super) fn finding(
    object: Value,
    media_sha256: &str,
    scan: &ScanFacts<'_>,
) -> Result<StoredFinding, String> {
    let report: Report =
        serde_json::from_value(object).map_err(|error| format!("inspect: {error}"))?;
    let verdict = verdict(&report.verdict)?;
    for word in report.faces.0.iter().map(|face| &face.verdict) {
        self::verdict(word)?;
    }
    for word in report.tracks.0.iter().map(|track| &track.verdict) {
        self::verdict(word)?;
    }
    let model_sha256 = report.model.sha256.clone().filter(|hash| is_sha256(hash));
    let text = |text: &Option<Text>| text.as_ref().map_or_else(String::new, |text| text.0.clone());
    let facts = RunFacts {
        media_sha256: media_sha256.to_owned(),
        model: ModelRef {
            name: report.model.name.0.clone(),
            sha256: model_sha256.ok_or("inspect: the model has no SHA-256")?,
        },
        engine: text(&report.engine),
        provider: text(&report.provider),
        program: scan.program.to_owned(),
        parameters: parameters(scan.parameters, &report),
        at: case::now(),
    };
    let n_maps = report.faces.0.len();
    Ok(StoredFinding {
        facts,
        verdict,
        score: report.score.map(|score| score.0),
        maps: vec![None; n_maps],
        report: stored(report, media_sha256),
    })
}

/// The keys of `report_json`, and `scanned`.
fn stored(report: Report, media_sha256: &str) -> Value {
    let warnings = report.warnings.0.into_iter().map(|text| text.0);
    let warnings: Vec<String> = warnings.chain([NO_MAPS.to_owned()]).collect();
    let mut value = json!({
        "sha256": media_sha256,
        "width_px": report.width_px,
        "height_px": report.height_px,
        "verdict": report.verdict,
        "reason": report.reason,
        "score": report.score,
        "not_examined": report.not_examined,
        "warnings": warnings,
        "scanned": true,
    });
    let more = match report.kind {
        Kind::Image => json!({ "kind": "image", "faces": report.faces }),
        Kind::Video => json!({
            "kind": "video",
            "duration_s": report.duration_s,
            "fps": report.fps,
            "frames": report.frames,
            "frames_examined": report.frames_examined,
            "quick": report.quick,
            "partial": report.partial,
            "tracks": report.tracks,
            "cuts_s": report.cuts_s,
            "damage": report.damage,
        }),
    };
    if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
        value.extend(more);
    }
    value
}

/// The options of the scan, and what the report says of them.
fn parameters(common: &Value, report: &Report) -> Value {
    let mut parameters = common.clone();
    if let Value::Object(parameters) = &mut parameters {
        let every_frame = matches!(report.kind, Kind::Video) && !report.quick;
        parameters.insert("every_frame".to_owned(), every_frame.into());
    }
    parameters
}

fn verdict(word: &Text) -> Result<Verdict, String> {
    word.0
        .parse()
        .map_err(|_unknown| "inspect: a verdict is none that this program knows".to_owned())
}

pub(super) fn is_sha256(hash: &str) -> bool {
    hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The beginning of a text that is too long to be kept.
pub(super) fn short(text: &str) -> String {
    text.chars().take(MAX_CHARS).collect()
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        if text.chars().nth(MAX_CHARS).is_some() {
            return Err(D::Error::custom(format!("a text has more than {MAX_CHARS} characters")));
        }
        Ok(Self(text))
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let number = f32::deserialize(from)?;
        if number.is_finite() { Ok(Self(number)) } else { Err(D::Error::custom("too large")) }
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let share = f32::deserialize(from)?;
        if (0.0..=1.0).contains(&share) {
            return Ok(Self(share));
        }
        Err(D::Error::custom(format!("{share} is not between 0 and 1")))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Parts<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct PartsVisitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for PartsVisitor<T> {
            type Value = Parts<T>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Parts<T>, A::Error> {
                let mut parts = Vec::new();
                while let Some(part) = from.next_element()? {
                    if parts.len() == MAX_PARTS {
                        let what = format!("a list has more than {MAX_PARTS} parts");
                        return Err(A::Error::custom(what));
                    }
                    parts.push(part);
                }
                Ok(Parts(parts))
            }
        }
        from.deserialize_seq(PartsVisitor(std::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "abababababababababababababababababababababababababababababababab";

    fn picture() -> Value {
        json!({
            "path": "a.png", "sha256": HASH, "kind": "image", "width_px": 8, "height_px": 6,
            "verdict": "traces-found", "score": 0.9,
            "faces": [{"box_px": [1, 2, 3, 4], "score": 0.9, "verdict": "traces-found",
                "region": "mouth"}],
            "not_examined": [], "model": {"name": "lae", "sha256": HASH, "origin": "shipped"},
            "engine": "rten", "provider": "cpu", "elapsed_ms": 5, "warnings": ["turned"],
            "metadata": null, "hints": []
        })
    }

    fn clip() -> Value {
        let mut clip = picture();
        let object = clip.as_object_mut().unwrap();
        object.remove("faces");
        let more = json!({
            "kind": "video", "duration_s": 2.0, "fps": 25.0, "frames": 50, "frames_examined": 24,
            "quick": true, "partial": false, "cuts_s": [1.0], "damage": [],
            "tracks": [{"id": 1, "score": 0.4, "verdict": "inconclusive", "first_s": 0.1,
                "last_s": 1.6, "first_frame": 3, "last_frame": 40, "frames_examined": 20,
                "worst": [{"t_s": 0.3, "pts": 3, "frame": 7, "score": 0.5, "box_px": [1, 2, 3, 4]}]}],
        });
        object.extend(more.as_object().unwrap().clone());
        clip
    }

    fn taken(object: Value) -> Result<StoredFinding, String> {
        let parameters = json!({ "min_face_px": 30.0 });
        let scan = ScanFacts { program: "pentimento 1.0", parameters: &parameters };
        finding(object, HASH, &scan)
    }

    #[test]
    fn a_picture_and_a_clip_become_findings_that_say_what_they_lack() {
        let found = taken(picture()).unwrap();
        assert_eq!((found.verdict, found.score), (Verdict::TracesFound, Some(0.9)));
        assert_eq!((found.maps.len(), found.facts.model.sha256.as_str()), (1, HASH));
        assert_eq!(found.report["faces"][0]["region"], "mouth");
        assert!(found.report["warnings"][1].as_str().unwrap().contains("no heat maps"));
        assert!(found.report.get("metadata").is_none() && found.report.get("path").is_none());
        let found = taken(clip()).unwrap();
        assert_eq!(found.report["tracks"][0]["last_frame"], 40);
        assert_eq!((&found.report["quick"], found.maps.len()), (&json!(true), 0));
        assert_eq!(found.facts.parameters, json!({"min_face_px": 30.0, "every_frame": false}));
    }

    #[test]
    fn what_is_no_report_is_refused() {
        let long = "x".repeat(MAX_CHARS + 1);
        let wrong: [(&str, Value); 11] = [
            ("/score", json!(1.5)),
            ("/score", json!(1e300)),
            ("/score", json!("NaN")),
            ("/verdict", json!("forged")),
            ("/faces/0/verdict", json!("forged")),
            ("/faces/0/box_px", json!([1, 2, 3])),
            ("/faces/0/box_px/0", json!(1e39)),
            ("/faces", json!(vec![picture()["faces"][0].clone(); MAX_PARTS + 1])),
            ("/model/sha256", json!("12")),
            ("/warnings/0", json!(long)),
            ("/kind", json!("sound")),
        ];
        for (place, value) in wrong {
            let mut object = picture();
            *object.pointer_mut(place).unwrap() = value;
            assert!(taken(object).is_err(), "{place}");
        }
        assert!(taken(json!([])).is_err() && taken(json!({})).is_err());
    }
}
