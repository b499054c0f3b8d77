//! The JSON object that `inspect --json` prints for a video. The keys are a stable contract.

use std::path::Path;

use serde::Serialize;

use super::examine::VideoResult;
use super::files::VideoFiles;
use crate::base::{FrameTime, RemoteServer, Track, Verdict};
use crate::bundle::Origin;
use crate::cli::inspect::json::{ModelObject, NotExaminedObject, box_array, non_empty};
use crate::pipeline::described::DescriptionObject;

/// One video. Keys come in this order.
#[derive(Debug, Serialize)]
struct VideoObject<'a> {
    path: String,
    /// `null` when the file could not be read.
    sha256: Option<&'a str>,
    kind: &'static str,
    width_px: u32,
    height_px: u32,
    duration_s: f64,
    fps: f64,
    container: &'a str,
    codec: &'a str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    score: Option<f32>,
    frames: usize,
    frames_examined: usize,
    /// Only some frames, spread over the video, were examined.
    quick: bool,
    /// The examination stopped before the end.
    partial: bool,
    tracks: Vec<TrackObject>,
    /// Start times of new shots in seconds.
    cuts_s: Vec<f64>,
    damage: Vec<DamageObject<'a>>,
    not_examined: Vec<NotExaminedObject<'a>>,
    audio: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotated: Option<String>,
    model: ModelObject<'a>,
    engine: Option<&'a str>,
    provider: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remote: Option<&'a RemoteServer>,
    elapsed_ms: u64,
    warnings: Vec<&'a str>,
    #[serde(flatten)]
    said: &'a DescriptionObject,
}

#[derive(Debug, Serialize)]
struct TrackObject {
    id: u32,
    score: Option<f32>,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    first_s: f64,
    last_s: f64,
    first_frame: usize,
    last_frame: usize,
    frames_examined: usize,
    /// Frames with the verdict "traces found" of their own.
    frames_with_traces: usize,
    worst: Vec<MomentObject>,
}

#[derive(Debug, Serialize)]
struct MomentObject {
    t_s: f64,
    pts: i64,
    frame: usize,
    score: f32,
    region: Option<String>,
    box_px: [f64; 4],
    #[serde(skip_serializing_if = "Option::is_none")]
    heatmap: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overlay: Option<String>,
}

#[derive(Debug, Serialize)]
struct DamageObject<'a> {
    t_s: f64,
    frame: usize,
    what: &'a str,
}

/// The JSON line for a video.
pub(in crate::cli::inspect) fn line(
    path: &Path,
    result: &VideoResult,
    origin: Origin,
) -> Result<String, serde_json::Error> {
    let VideoResult { report, written, said, .. } = result;
    let unread = DescriptionObject::unreadable();
    let info = report.info.as_ref();
    let seconds = |frame: usize| report.frames.get(frame).map_or(0.0, |f| thousandth(f.t_s));
    serde_json::to_string(&VideoObject {
        path: path.display().to_string(),
        sha256: non_empty(&report.sha256),
        kind: "video",
        width_px: info.map_or(0, |i| i.width_px),
        height_px: info.map_or(0, |i| i.height_px),
        duration_s: info.map_or(0.0, |i| thousandth(i.duration_s)),
        fps: info.map_or(0.0, |i| thousandth(i.fps)),
        container: info.map_or("", |i| &i.container),
        codec: info.map_or("", |i| &i.codec),
        verdict: report.verdict.as_str(),
        reason: report.reason.as_deref(),
        score: report.score,
        frames: report.frames.len(),
        frames_examined: report.frames_examined,
        quick: report.is_quick,
        partial: report.is_partial,
        tracks: report.tracks.iter().map(|t| track(t, &report.frames, written)).collect(),
        cuts_s: report.cuts.iter().map(|frame| seconds(*frame)).collect(),
        damage: report
            .damage
            .iter()
            .map(|d| DamageObject { t_s: thousandth(d.t_s), frame: d.frame, what: &d.what })
            .collect(),
        not_examined: NotExaminedObject::list(&report.not_examined),
        audio: "not examined",
        annotated: written.annotated.as_ref().map(|p| p.display().to_string()),
        model: ModelObject::new(&report.model, Some(origin)),
        engine: non_empty(&report.engine.engine),
        provider: non_empty(&report.engine.provider),
        remote: report.engine.remote.as_ref(),
        elapsed_ms: report.elapsed_ms,
        warnings: report.warnings.iter().map(|w| w.0.as_str()).collect(),
        said: said.as_ref().unwrap_or(&unread),
    })
}

fn track(track: &Track, frames: &[FrameTime], written: &VideoFiles) -> TrackObject {
    let time = |frame: usize| frames.get(frame).copied();
    let t_s = |frame: usize| time(frame).map_or(0.0, |f| thousandth(f.t_s));
    let examined = || track.samples.iter().filter(|s| s.score.is_some());
    let worst = track.worst.iter().map(|moment| {
        let files = written.moments.get(&(track.id, moment.frame));
        let path = |p: &std::path::PathBuf| p.display().to_string();
        let b = track.at(moment.frame).map(|s| s.face.box_px).unwrap_or_default();
        MomentObject {
            t_s: t_s(moment.frame),
            pts: time(moment.frame).map_or(0, |f| f.pts),
            frame: moment.frame,
            score: moment.score,
            region: moment.region.clone(),
            box_px: box_array(&b),
            heatmap: files.map(|f| path(&f.heatmap)),
            overlay: files.map(|f| path(&f.overlay)),
        }
    });
    TrackObject {
        id: track.id,
        score: track.score,
        verdict: track.verdict.as_str(),
        reason: track.reason.clone(),
        first_s: t_s(track.first_frame()),
        last_s: t_s(track.last_frame()),
        first_frame: track.first_frame(),
        last_frame: track.last_frame(),
        frames_examined: examined().count(),
        frames_with_traces: examined().filter(|s| s.verdict == Verdict::TracesFound).count(),
        worst: worst.collect(),
    }
}

fn thousandth(v: f64) -> f64 {
    (v * 1000.0).round() / 1000.0
}
