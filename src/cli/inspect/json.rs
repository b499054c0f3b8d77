//! The JSON object that `inspect --json` prints for a picture. The keys are a stable contract.

use std::path::Path;

use serde::Serialize;

use super::robustness::{self, RobustnessObject};
use super::still::StillResult;
use crate::base::{self, FaceFinding, ModelRef, NotExamined, Rect, RemoteServer};
use crate::bundle::Origin;
use crate::pipeline::described::DescriptionObject;

/// One picture. Keys come in this order.
#[derive(Debug, Serialize)]
struct PictureObject<'a> {
    path: String,
    /// `null` when the file could not be read.
    sha256: Option<&'a str>,
    kind: &'static str,
    width_px: u32,
    height_px: u32,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    score: Option<f32>,
    faces: Vec<FaceObject>,
    not_examined: Vec<NotExaminedObject<'a>>,
    model: ModelObject<'a>,
    /// `null` when no engine could be started.
    engine: Option<&'a str>,
    /// `null` when no engine could be started.
    provider: Option<&'a str>,
    /// The model server, if one ran the detector.
    #[serde(skip_serializing_if = "Option::is_none")]
    remote: Option<&'a RemoteServer>,
    elapsed_ms: u64,
    warnings: Vec<&'a str>,
    #[serde(flatten)]
    said: &'a DescriptionObject,
}

#[derive(Debug, Serialize)]
struct FaceObject {
    box_px: [f64; 4],
    score: Option<f32>,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    heatmap: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<QualityObject>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    out_of_scope: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reliability: Option<ReliabilityObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    robustness: Option<RobustnessObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<ReferenceObject>,
}

/// The face among genuine ones of `--reference`.
#[derive(Debug, Serialize)]
struct ReferenceObject {
    n_faces: usize,
    n_files: usize,
    n_as_high: usize,
    n_as_marked: usize,
    score_of_95_percent: f64,
    /// `null` with too few faces.
    is_usual: Option<bool>,
}

/// Measured quality of the part of the picture round a face.
#[derive(Debug, Serialize)]
struct QualityObject {
    face_px: f64,
    blur: f64,
    blockiness: f64,
    noise: f64,
    color: f64,
    shades: f64,
    /// `null` when the file is no JPEG.
    #[serde(rename = "jpeg_quality")]
    jpeg: Option<u8>,
}

/// The model's own estimate of how reliable its heat map is.
#[derive(Debug, Serialize)]
struct ReliabilityObject {
    /// Over the marked cells; `null` when none is marked.
    mean_in_marked: Option<f64>,
    /// Share of cells below the threshold of the card.
    untrusted_share: f64,
}

/// A part of the file that the verdict says nothing about.
#[derive(Debug, Serialize)]
pub(super) struct NotExaminedObject<'a> {
    what: &'a str,
    #[serde(rename = "where")]
    place: &'a str,
    why: &'a str,
}

impl<'a> NotExaminedObject<'a> {
    pub(super) fn list(parts: &'a [NotExamined]) -> Vec<Self> {
        let object = |part: &'a NotExamined| {
            let NotExamined { what, place, why } = part;
            Self { what, place, why }
        };
        parts.iter().map(object).collect()
    }
}

#[derive(Debug, Serialize)]
pub(super) struct ModelObject<'a> {
    pub(super) name: &'a str,
    /// `null` when the model could not be loaded.
    pub(super) sha256: Option<&'a str>,
    /// `shipped` with this program, or `foreign`; `null` when it could not be loaded.
    pub(super) origin: Option<Origin>,
}

impl<'a> ModelObject<'a> {
    pub(super) fn new(model: &'a ModelRef, origin: Option<Origin>) -> Self {
        Self { name: &model.name, sha256: non_empty(&model.sha256), origin }
    }
}

/// The JSON line for a picture.
pub(super) fn line(
    path: &Path,
    result: &StillResult,
    origin: Option<Origin>,
) -> Result<String, serde_json::Error> {
    let StillResult { report, degraded, written, .. } = result;
    let face = |(i, finding): (usize, &'_ FaceFinding)| FaceObject {
        box_px: box_array(&finding.face.box_px),
        score: finding.score,
        verdict: finding.verdict.as_str(),
        heatmap: written.heatmaps.get(&i).map(|p| p.display().to_string()),
        region: finding.region.clone(),
        quality: finding.quality.map(quality_object),
        out_of_scope: finding.caveats.clone(),
        reliability: finding.reliability.as_ref().map(|r| ReliabilityObject {
            mean_in_marked: r.in_marked.map(thousandth),
            untrusted_share: thousandth(r.untrusted_share),
        }),
        robustness: degraded.get(&i).map(|steps| robustness::object(finding, steps)),
        reference: finding.reference.map(|c| ReferenceObject {
            n_faces: c.n_faces,
            n_files: c.n_files,
            n_as_high: c.n_as_high,
            n_as_marked: c.n_as_marked,
            score_of_95_percent: thousandth(c.usual_score),
            is_usual: c.is_usual(),
        }),
    };
    let unread = DescriptionObject::unreadable();
    serde_json::to_string(&PictureObject {
        path: path.display().to_string(),
        sha256: non_empty(&report.sha256),
        kind: "image",
        width_px: report.width_px,
        height_px: report.height_px,
        verdict: report.verdict.as_str(),
        reason: report.reason.as_deref(),
        score: report.score,
        faces: report.faces.iter().enumerate().map(face).collect(),
        not_examined: NotExaminedObject::list(&report.not_examined),
        model: ModelObject::new(&report.model, origin),
        engine: non_empty(&report.engine.engine),
        provider: non_empty(&report.engine.provider),
        remote: report.engine.remote.as_ref(),
        elapsed_ms: report.elapsed_ms,
        warnings: report.warnings.iter().map(|w| w.0.as_str()).collect(),
        said: result.said.as_ref().unwrap_or(&unread),
    })
}

fn quality_object(q: base::Quality) -> QualityObject {
    QualityObject {
        face_px: (f64::from(q.face_px) * 10.0).round() / 10.0,
        blur: thousandth(q.blur),
        blockiness: thousandth(q.blockiness),
        noise: thousandth(q.noise),
        color: thousandth(q.color),
        shades: thousandth(q.shades),
        jpeg: q.jpeg,
    }
}

fn thousandth(v: f32) -> f64 {
    (f64::from(v) * 1000.0).round() / 1000.0
}

/// `None` for an empty text.
pub(super) fn non_empty(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// `[x, y, w, h]`, rounded to a tenth of a pixel.
pub(super) fn box_array(r: &Rect) -> [f64; 4] {
    [r.x, r.y, r.w, r.h].map(|v| (f64::from(v) * 10.0).round() / 10.0)
}
