//! The JSON contract of `inspect`: one object a line for each file. Stable; README.md describes it.
//!
//! * **In**: a report. **Out**: a line. Keys come in the order of the fields here.
//! * **Not here**: printing (`output`).

use std::path::Path;

use serde::Serialize;

use super::inspect::Extras;
use super::robustness;
use crate::base::{self, FaceFinding, MediaReport, Rect};

/// One file.
#[derive(Debug, Serialize)]
struct File<'a> {
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
    faces: Vec<Face>,
    model: Model<'a>,
    /// `null` when no engine could be started.
    engine: Option<&'a str>,
    /// `null` when no engine could be started.
    provider: Option<&'a str>,
    elapsed_ms: u64,
    warnings: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
struct Face {
    box_px: [f64; 4],
    score: Option<f32>,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    heatmap: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<Quality>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    out_of_scope: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reliability: Option<Reliability>,
    #[serde(skip_serializing_if = "Option::is_none")]
    robustness: Option<robustness::Object>,
}

/// What was measured of the picture of a face.
#[derive(Debug, Serialize)]
struct Quality {
    face_px: f64,
    blur: f64,
    blockiness: f64,
    noise: f64,
    /// `null` when the file is no JPEG.
    #[serde(rename = "jpeg_quality")]
    jpeg: Option<u8>,
}

/// What the model thinks of its own heat map.
#[derive(Debug, Serialize)]
struct Reliability {
    /// Over the marked cells; `null` when none is marked.
    mean_in_marked: Option<f64>,
    /// Share of cells below the threshold of the card.
    untrusted_share: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct Model<'a> {
    pub(super) name: &'a str,
    /// `null` when the model could not be loaded.
    pub(super) sha256: Option<&'a str>,
}

/// The line for a report.
pub(super) fn line(
    path: &Path,
    report: &MediaReport,
    extras: &Extras,
) -> Result<String, serde_json::Error> {
    let face = |(i, finding): (usize, &'_ FaceFinding)| Face {
        box_px: tenths(&finding.face.box_px),
        score: finding.score,
        verdict: finding.verdict.as_str(),
        heatmap: extras.written.heatmaps.get(&i).map(|p| p.display().to_string()),
        region: finding.region.clone(),
        quality: finding.quality.map(quality),
        out_of_scope: finding.caveats.clone(),
        reliability: finding.reliability.as_ref().map(|r| Reliability {
            mean_in_marked: r.in_marked.map(thousandth),
            untrusted_share: thousandth(r.untrusted_share),
        }),
        robustness: extras.series.get(&i).map(|steps| robustness::object(finding, steps)),
    };
    serde_json::to_string(&File {
        path: path.display().to_string(),
        sha256: known(&report.sha256),
        kind: "image",
        width_px: report.width_px,
        height_px: report.height_px,
        verdict: report.verdict.as_str(),
        reason: report.reason.as_deref(),
        score: report.score,
        faces: report.faces.iter().enumerate().map(face).collect(),
        model: Model { name: &report.model.name, sha256: known(&report.model.sha256) },
        engine: known(&report.engine.engine),
        provider: known(&report.engine.provider),
        elapsed_ms: report.elapsed_ms,
        warnings: report.warnings.iter().map(|w| w.0.as_str()).collect(),
    })
}

fn quality(q: base::Quality) -> Quality {
    Quality {
        face_px: (f64::from(q.face_px) * 10.0).round() / 10.0,
        blur: thousandth(q.blur),
        blockiness: thousandth(q.blockiness),
        noise: thousandth(q.noise),
        jpeg: q.jpeg,
    }
}

fn thousandth(v: f32) -> f64 {
    (f64::from(v) * 1000.0).round() / 1000.0
}

pub(super) fn known(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

/// `[x, y, w, h]` to a tenth of a pixel.
fn tenths(r: &Rect) -> [f64; 4] {
    [r.x, r.y, r.w, r.h].map(|v| (f64::from(v) * 10.0).round() / 10.0)
}
