//! What is said to people of a clip.
//!
//! * **In**: a report, the model's card. **Out**: text.
//! * **Not here**: single pictures (`super::super::words`), printing (`output`).

use std::path::Path;

use super::Written;
use crate::base::{Track, Verdict, VideoReport};
use crate::bundle::{Card, Thresholds};
use crate::cli::words::{PHOTOS, explain};

/// Tracks told of one by one; of the others only how many there are.
const MAX_TRACKS: usize = 12;
/// Moments told of for each.
const MAX_MOMENTS: usize = 3;

/// The block for one clip.
pub(in crate::cli) fn report(
    path: &Path,
    report: &VideoReport,
    card: &Card,
    written: &Written,
) -> String {
    let mut verdict = report.verdict.label().to_owned();
    if let Some(reason) = &report.reason {
        verdict = format!("{verdict}: {reason}");
    }
    let mut lines = vec![path.display().to_string(), verdict];
    if let (Some(score), Some(thresholds)) = (report.score, card.thresholds) {
        lines.extend(meaning(score, &thresholds, report, card));
    }
    lines.extend(extent(report));
    let mut tracks: Vec<&Track> = report.tracks.iter().collect();
    tracks.sort_by(|a, b| b.suspicion().compare(a.suspicion()));
    lines.extend(tracks.iter().take(MAX_TRACKS).flat_map(|t| track(t, report)));
    if tracks.len() > MAX_TRACKS {
        let n = tracks.len() - MAX_TRACKS;
        lines.push(format!("and {n} faces more, none more suspicious (--json lists them)"));
    }
    if report.info.is_some() {
        lines.push("audio was not examined".to_owned());
        lines.push(format!("sha256 {}, {} ms", report.sha256, report.elapsed_ms));
    }
    let files = written.moments.values().flat_map(|f| [&f.heatmap, &f.overlay]);
    let files = files.chain(&written.annotated);
    lines.extend(files.map(|file| format!("written: {}", file.display())));
    lines.extend(report.warnings.iter().map(|warning| format!("warning: {}", warning.0)));
    lines.join("\n  ")
}

/// What the score of a clip means. The rates of clips are given only where they were measured: for
/// every frame of a stretch.
fn meaning(score: f32, t: &Thresholds, report: &VideoReport, card: &Card) -> Vec<String> {
    if report.reason.is_some() {
        // The reason stands beside the verdict.
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
        let what = "These rates are of photos; for this way to look at a clip none were measured.";
        lines.push(what.to_owned());
        return lines;
    };
    let tested_on = "photos it had not seen, moved as by hand for two seconds";
    let mut lines = explain(score, verdict, model, &thresholds, tested_on);
    lines.push(format!(
        "These rates are of one face each in {} real and {} forged clips made of photos.",
        rates.n_real, rates.n_forged
    ));
    lines
}

/// Whether most frames of the clip, or of a stretch of it, were examined.
fn is_dense(report: &VideoReport) -> bool {
    !report.is_quick && 2 * report.frames_examined > report.frames.len()
}

/// What was examined of how much.
fn extent(report: &VideoReport) -> Option<String> {
    let info = report.info.as_ref()?;
    let shots = match report.cuts.len() + 1 {
        // Cuts show between neighbors only.
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
        clock(info.duration_s),
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
    let (from, to) = (clock(t_s(track.first_frame())), clock(t_s(track.last_frame())));
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
            .map(|m| format!("{} (frame {}: {:.2})", clock(t_s(m.frame)), m.frame, m.score))
            .collect();
        lines.push(format!("  look at {}", moments.join(", ")));
    }
    lines
}

/// `01:02.345`.
pub(in crate::cli) fn clock(t_s: f64) -> String {
    let ms = (t_s.max(0.0) * 1000.0).round() as u64;
    format!("{:02}:{:02}.{:03}", ms / 60_000, ms / 1000 % 60, ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::clock;

    #[test]
    fn times_are_said_to_the_millisecond() {
        assert_eq!(clock(62.3456), "01:02.346");
        assert_eq!(clock(-0.1), "00:00.000");
        assert_eq!(clock(59.9996), "01:00.000");
    }
}
