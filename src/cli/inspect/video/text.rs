//! The text that `inspect` prints on a video.

use std::path::Path;

use super::files::VideoFiles;
use crate::base::text::{time_code, visible_path};
use crate::base::{Track, Verdict, VideoReport};
use crate::bundle::{Card, Thresholds};
use crate::cli::inspect::text::{PHOTOS, block, explain, not_examined, warnings};

/// Tracks that are listed; further ones are only counted.
const MAX_TRACKS: usize = 12;
/// Moments listed for each track.
const MAX_MOMENTS: usize = 3;

/// The block of text for one video.
pub(in crate::cli::inspect) fn report(
    path: &Path,
    report: &VideoReport,
    card: &Card,
    written: &VideoFiles,
) -> String {
    let is_part = !report.not_examined.is_empty();
    let mut verdict = report.verdict.label_of_file(is_part).to_owned();
    if let Some(reason) = &report.reason {
        verdict = format!("{verdict}: {reason}");
    }
    let mut lines = vec![visible_path(path), verdict];
    if let (Some(score), Some(thresholds)) = (report.score, card.thresholds) {
        lines.extend(meaning(score, &thresholds, report, card));
    }
    lines.extend(not_examined(&report.not_examined));
    lines.extend(extent(report));
    let mut tracks: Vec<&Track> = report.tracks.iter().collect();
    tracks.sort_by(|a, b| b.suspicion().compare(a.suspicion()));
    lines.extend(tracks.iter().take(MAX_TRACKS).flat_map(|t| track(t, report)));
    if tracks.len() > MAX_TRACKS {
        let n = tracks.len() - MAX_TRACKS;
        lines.push(format!("and {n} less suspicious faces (--json lists them)"));
    }
    if report.info.is_some() {
        lines.push("audio was not examined".to_owned());
        lines.push(format!("sha256 {}, {} ms", report.sha256, report.elapsed_ms));
    }
    let files = written.moments.values().flat_map(|f| [&f.heatmap, &f.overlay]);
    let files = files.chain(&written.annotated);
    lines.extend(files.map(|file| format!("written: {}", visible_path(file))));
    lines.extend(warnings(&report.warnings, &report.not_examined));
    block(&lines)
}

/// What the score of a video means. Error rates of videos are given only where they were measured,
/// which is for examinations of every frame.
fn meaning(score: f32, t: &Thresholds, report: &VideoReport, card: &Card) -> Vec<String> {
    if report.reason.is_some() {
        // The verdict line gives the reason.
        let (lower, upper) = (t.no_trace_found, t.traces_found);
        return vec![format!(
            "Score {score:.2} of 1; below {lower:.2} the model {} finds no trace, from {upper:.2} on it \
             finds traces.",
            report.model.name
        )];
    }
    let (verdict, model) = (report.verdict, &report.model);
    let rates = card.clip_rates().zip(card.clip_thresholds()).filter(|_| is_dense(report));
    let Some((rates, thresholds)) = rates else {
        let mut lines = explain(score, verdict, model, t, PHOTOS);
        let what = "These rates are of photos; none were measured for videos examined this way.";
        lines.push(what.to_owned());
        return lines;
    };
    let tested_on = "photos it had not seen, moved as by hand for two seconds";
    let mut lines = explain(score, verdict, model, &thresholds, tested_on);
    lines.push(format!(
        "These rates were measured on {} real and {} forged videos made from photos, one face each.",
        rates.n_real, rates.n_forged
    ));
    lines
}

/// Whether most frames were examined.
fn is_dense(report: &VideoReport) -> bool {
    !report.is_quick && 2 * report.frames_examined > report.frames.len()
}

/// How much of the video was examined.
fn extent(report: &VideoReport) -> Option<String> {
    let info = report.info.as_ref()?;
    let shots = match report.cuts.len() + 1 {
        // Cuts are found between neighboring frames only.
        _ if !is_dense(report) => String::new(),
        1 => ", 1 shot".to_owned(),
        n => format!(", {n} shots"),
    };
    let how = match (report.is_quick, report.is_partial) {
        (true, _) => " (a quick look)",
        (false, true) => " (stopped before the end)",
        (false, false) => "",
    };
    Some(format!(
        "video {} x {} px, {}, {:.3} frames a second, {}: {} of {} frames examined{how}{shots}",
        info.width_px,
        info.height_px,
        time_code(info.duration_s),
        info.fps,
        info.codec,
        report.frames_examined,
        report.frames.len()
    ))
}

fn track(track: &Track, report: &VideoReport) -> Vec<String> {
    let t_s = |frame: usize| report.frames.get(frame).map_or(0.0, |f| f.t_s);
    let score = track.score.map(|score| format!("{score:.2} ")).unwrap_or_default();
    let verdict = track.verdict.label().to_lowercase();
    let reason = track.reason.as_ref().map(|r| format!(" ({r})")).unwrap_or_default();
    let (from, to) = (time_code(t_s(track.first_frame())), time_code(t_s(track.last_frame())));
    let mut lines = vec![format!(
        "face {}, {from} to {to}, {} frames: {score}{verdict}{reason}",
        track.id,
        track.samples.len()
    )];
    if track.verdict != Verdict::NoTraceFound && !track.worst.is_empty() {
        let moments: Vec<String> = track
            .worst
            .iter()
            .take(MAX_MOMENTS)
            .map(|m| {
                let region = m.region.as_ref().map(|r| format!(", {r}")).unwrap_or_default();
                format!("{} (frame {}: {:.2}{region})", time_code(t_s(m.frame)), m.frame, m.score)
            })
            .collect();
        lines.push(format!("  most suspicious at {}", moments.join(", ")));
    }
    lines
}
