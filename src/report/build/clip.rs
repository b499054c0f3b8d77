//! Findings of a clip that was examined just now.

use super::still::{box_array, other_warnings, parts};
use super::words::in_words;
use crate::base::{FrameTime, Track, VideoReport, n_examined};
use crate::report::record::{ClipFacts, DamageRecord, FindingsRecord, MomentRecord, TrackRecord};

pub fn clip_findings(report: &VideoReport) -> FindingsRecord {
    let info = report.info.as_ref();
    in_words(FindingsRecord {
        kind: info.map(|_| "video".to_owned()),
        width_px: info.map(|i| i.width_px),
        height_px: info.map(|i| i.height_px),
        clip: info.map(|i| ClipFacts {
            duration_s: i.duration_s,
            fps: i.fps,
            frames: report.frames.len() as u64,
            frames_examined: report.frames_examined as u64,
            quick: report.is_quick,
            partial: report.is_partial,
        }),
        verdict: report.verdict.as_str().to_owned(),
        headline: String::new(),
        score: report.score,
        reason: report.reason.clone(),
        sentences: Vec::new(),
        faces: Vec::new(),
        tracks: report.tracks.iter().map(|track| track_record(track, &report.frames)).collect(),
        damage: report
            .damage
            .iter()
            .map(|d| DamageRecord { frame: d.frame, t_s: d.t_s, what: d.what.clone() })
            .collect(),
        not_examined: parts(&report.not_examined),
        warnings: other_warnings(&report.warnings, &report.not_examined),
    })
}

fn track_record(track: &Track, frames: &[FrameTime]) -> TrackRecord {
    let t_s = |frame: usize| frames.get(frame).map(|f| f.t_s);
    let worst = track.worst.iter().map(|moment| MomentRecord {
        frame: moment.frame,
        t_s: t_s(moment.frame),
        pts: frames.get(moment.frame).map(|f| f.pts),
        score: moment.score,
        region: moment.region.clone(),
        box_px: track.at(moment.frame).map(|s| box_array(&s.face.box_px)),
    });
    TrackRecord {
        id: track.id,
        score: track.score,
        verdict: track.verdict.as_str().to_owned(),
        reason: track.reason.clone(),
        first_frame: track.first_frame(),
        last_frame: track.last_frame(),
        first_s: t_s(track.first_frame()),
        last_s: t_s(track.last_frame()),
        frames_examined: n_examined(&track.samples),
        worst: worst.collect(),
        score_curve: track.score_curve(frames.len()),
        why_no_ratio: None,
    }
}
