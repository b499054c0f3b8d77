//! The text that `inspect` prints on a picture.
//!
//! Never "real" or "fake": "no trace found" never stands without the sentence that it does not
//! mean authentic, and a score never without the error rates at its threshold.

use std::path::Path;

use super::robustness;
use super::still::StillResult;
use crate::base::text::{percent, visible, visible_path};
use crate::base::{
    EngineInfo, FaceFinding, FaceOrigin, ModelRef, NotExamined, RemoteServer, Verdict, Warning,
};
use crate::bundle::{Card, Origin, Thresholds};

/// The block of text for one picture.
pub(super) fn report(path: &Path, result: &StillResult, thresholds: &Thresholds) -> String {
    let StillResult { report, degraded, written, .. } = result;
    let is_part = !report.not_examined.is_empty();
    let mut verdict = report.verdict.label_of_file(is_part).to_owned();
    if let Some(reason) = &report.reason {
        verdict = format!("{verdict}: {reason}");
    }
    let mut lines = vec![visible_path(path), verdict];
    if let Some(score) = report.score {
        lines.extend(explain(score, report.verdict, &report.model, thresholds, PHOTOS));
    }
    lines.extend(not_examined(&report.not_examined));
    for (i, finding) in report.faces.iter().enumerate() {
        lines.push(face(i + 1, finding));
        lines.extend(quality(finding).map(|line| format!("  {line}")));
        lines.extend(reliability(finding).map(|line| format!("  {line}")));
        lines.extend(finding.reference.map(|c| format!("  reference: {}", c.sentence())));
        if let Some(steps) = degraded.get(&i) {
            lines.push(format!("face {} under degradations:", i + 1));
            lines.extend(robustness::table(finding, steps).iter().map(|line| format!("  {line}")));
        }
    }
    if report.width_px > 0 {
        let (w, h, ms) = (report.width_px, report.height_px, report.elapsed_ms);
        lines.push(format!("{w} x {h} px, sha256 {}, {ms} ms", report.sha256));
    }
    let files = written.heatmaps.values().chain(&written.overlay);
    lines.extend(files.map(|file| format!("written: {}", visible_path(file))));
    lines.extend(warnings(&report.warnings, &report.not_examined));
    block(&lines)
}

/// Lines below the first one, each of which is one line whatever a file or a model says.
pub(super) fn block(lines: &[String]) -> String {
    lines.iter().map(|line| visible(line)).collect::<Vec<_>>().join("\n  ")
}

/// Parts that are listed; of the rest only the number is given.
const MAX_PARTS: usize = 12;

/// One line for each part that was not examined.
pub(super) fn not_examined(parts: &[NotExamined]) -> Vec<String> {
    let mut lines: Vec<String> = parts.iter().take(MAX_PARTS).map(ToString::to_string).collect();
    if parts.len() > MAX_PARTS {
        let n = parts.len() - MAX_PARTS;
        lines.push(format!("not examined: {n} more parts (--json lists them)"));
    }
    lines
}

/// The warnings that do not repeat what was not examined.
pub(super) fn warnings(all: &[Warning], not_examined: &[NotExamined]) -> Vec<String> {
    let left_out: Vec<String> = not_examined.iter().map(ToString::to_string).collect();
    let others = all.iter().filter(|warning| !left_out.contains(&warning.0));
    others.map(|warning| format!("warning: {}", warning.0)).collect()
}

/// The pictures on which the error rates of the card were measured.
pub(super) const PHOTOS: &str = "photos it had not seen";

/// What a score means and what it does not. The error rates were measured on `tested_on`.
pub(super) fn explain(
    score: f32,
    verdict: Verdict,
    model: &ModelRef,
    t: &Thresholds,
    tested_on: &str,
) -> Vec<String> {
    let (name, lower, upper) = (&model.name, t.no_trace_found, t.traces_found);
    match verdict {
        Verdict::TracesFound => vec![
            format!("Score {score:.2} of 1. The model {name} reports traces from {upper:.2} on;"),
            format!(
                "in its test it did so for {} of the real faces, too ({tested_on}).",
                percent(t.false_positive_rate)
            ),
        ],
        Verdict::Inconclusive if score < lower => vec![
            format!(
                "Score {score:.2} of 1 lies below {lower:.2}, where the model {name} finds no trace; but this picture is"
            ),
            "beyond what the model was tested on, see the warnings.".to_owned(),
        ],
        Verdict::Inconclusive if score >= upper => vec![
            format!(
                "Score {score:.2} of 1 lies above {upper:.2}, where the model {name} finds traces; but this picture is"
            ),
            "beyond what the model was tested on, see the warnings.".to_owned(),
        ],
        Verdict::Inconclusive => vec![
            format!(
                "Score {score:.2} of 1, between {lower:.2} and {upper:.2}: the model {name} cannot tell."
            ),
            format!(
                "In its test, {} of the real faces scored {upper:.2} or more, and {} of our own \
                 forger's forgeries less than {lower:.2}.",
                percent(t.false_positive_rate),
                percent(t.miss_rate)
            ),
        ],
        Verdict::NoTraceFound => vec![
            "This does not mean the picture is authentic.".to_owned(),
            format!(
                "Score {score:.2} of 1. The model {name} reports no trace below {lower:.2}; in its test it missed {}",
                percent(t.miss_rate)
            ),
            "of our own forger's forgeries; of other kinds it misses more, of some nearly all."
                .to_owned(),
        ]
        .into_iter()
        .chain(verdict.blind_spots().map(str::to_owned))
        .collect(),
        Verdict::NotExamined => Vec::new(),
    }
}

/// The line for one face or region.
fn face(number: usize, finding: &FaceFinding) -> String {
    let what = match finding.face.origin {
        FaceOrigin::Found => "face",
        FaceOrigin::Drawn => "region",
    };
    let r = &finding.face.box_px;
    let place = format!("{:.0} x {:.0} px at {:.0},{:.0}", r.w, r.h, r.x, r.y);
    let score = finding.score.map(|score| format!("{score:.2} ")).unwrap_or_default();
    let verdict = finding.verdict.label().to_lowercase();
    let more = finding.region.as_ref().or(finding.reason.as_ref());
    let more = more.map(|text| format!(" ({text})")).unwrap_or_default();
    format!("{what} {number}, {place}: {score}{verdict}{more}")
}

/// Measured quality of the part of the picture round a face.
fn quality(finding: &FaceFinding) -> Option<String> {
    let q = finding.quality.as_ref()?;
    let jpeg = q.jpeg.map(|jpeg| format!(", JPEG quality about {jpeg}"));
    Some(format!(
        "picture: face {:.0} px, blur {:.2} of 1, JPEG blocking {:.2}, noise {:.1} gray levels, color \
         {:.0}, {:.0} shades{}",
        q.face_px,
        q.blur,
        q.blockiness,
        q.noise,
        q.color,
        q.shades,
        jpeg.unwrap_or_default()
    ))
}

/// How much of the heat map is reliable.
fn reliability(finding: &FaceFinding) -> Option<String> {
    let reliability = finding.reliability.as_ref()?;
    let marked =
        reliability.in_marked.map(|r| format!("; reliability {} where it marks", percent(r)));
    Some(format!(
        "heat map: unreliable in {} of its cells{}",
        percent(reliability.untrusted_share),
        marked.unwrap_or_default()
    ))
}

/// Model and engine, printed once after all files.
pub(super) fn tools(model: &ModelRef, engine: &EngineInfo) -> String {
    let short = model.sha256.get(..12).unwrap_or(&model.sha256);
    let mut text = format!(
        "model {} (sha256 {short}), engine {}, provider {}",
        model.name, engine.engine, engine.provider
    );
    if let Some(server) = &engine.remote {
        text = format!("{text}\n{}", model_server(server));
    }
    let unused_providers: Vec<String> =
        engine.unused_providers.iter().map(|f| format!("{} ({})", f.provider, f.reason)).collect();
    if unused_providers.is_empty() {
        text
    } else {
        format!("{text}\nnot used: {}", unused_providers.join(", "))
    }
}

/// The model server and how well it agrees with this program.
pub(in crate::cli) fn model_server(server: &RemoteServer) -> String {
    let RemoteServer { address, name, version, model, model_version, canary_difference } = server;
    let version_there =
        if model_version.is_empty() { String::new() } else { format!(" version {model_version}") };
    format!(
        "model server {name} {version} at {address}, model {model}{version_there}: its answer to the canary \
         batch differs by at most {canary_difference:.1e} ({:.0e} is allowed)",
        RemoteServer::TOLERANCE
    )
}

/// Says so when the model is not one that this program was built with.
pub(super) fn foreign(card: &Card) -> Option<String> {
    (card.origin() == Origin::Foreign).then(|| {
        let name = visible(&card.name);
        format!("\nthe model {name} did not come with this program: its maker decides what it calls forged")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const THRESHOLDS: Thresholds = Thresholds {
        traces_found: 0.8,
        no_trace_found: 0.3,
        false_positive_rate: 0.051,
        miss_rate: 0.12,
        map: 0.5,
    };

    fn explained(score: f32, verdict: Verdict) -> String {
        let model = ModelRef { name: "lae".to_owned(), sha256: String::new() };
        explain(score, verdict, &model, &THRESHOLDS, PHOTOS).join(" ")
    }

    #[test]
    fn no_trace_never_stands_without_its_caveat() {
        let text = explained(0.1, Verdict::NoTraceFound);
        assert!(text.contains("does not mean the picture is authentic"), "{text}");
        assert!(text.contains("12 %"), "the miss rate: {text}");
        assert!(text.contains("generated as a whole"), "what it cannot see: {text}");
    }

    #[test]
    fn scores_come_with_model_threshold_and_error_rate() {
        let message = explained(0.91, Verdict::TracesFound);
        for part in ["0.91", "lae", "0.80", "5.1 %"] {
            assert!(message.contains(part), "{part}: {message}");
        }
        let small = explained(0.1, Verdict::Inconclusive);
        assert!(small.contains("below 0.30") && small.contains("see the warnings"), "{small}");
        let alarm = explained(0.9, Verdict::Inconclusive);
        assert!(alarm.contains("above 0.80") && !alarm.contains("cannot tell"), "{alarm}");
        let text = explained(0.5, Verdict::Inconclusive);
        for part in ["0.50", "cannot tell", "5.1 %", "12 %"] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
