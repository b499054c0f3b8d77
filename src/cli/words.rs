//! What is said to people.
//!
//! * **In**: a report, the model's thresholds. **Out**: text.
//! * **Not here**: printing (`output`), the JSON contract (`json`).
//!
//! The rule: never "real" or "fake". "No trace found" never stands without the sentence that it
//! does not mean authentic, and a score never without the error rates at the threshold used.

use std::fmt::Write as _;
use std::path::Path;

use super::pictures::Written;
use crate::base::{EngineInfo, FaceFinding, FaceOrigin, MediaReport, ModelRef, Verdict};
use crate::bundle::Thresholds;

/// The block for one file.
pub(super) fn report(
    path: &Path,
    report: &MediaReport,
    thresholds: Option<&Thresholds>,
    written: &Written,
) -> String {
    let mut text = format!("{}\n  {}", path.display(), report.verdict.words());
    if let Some(reason) = &report.reason {
        let _ = write!(text, ": {reason}");
    }
    if let (Some(score), Some(thresholds)) = (report.score, thresholds) {
        for line in explain(score, report.verdict, &report.model, thresholds) {
            let _ = write!(text, "\n  {line}");
        }
    }
    for (i, finding) in report.faces.iter().enumerate() {
        let _ = write!(text, "\n  {}", face(i + 1, finding));
    }
    if report.width_px > 0 {
        let (w, h, ms) = (report.width_px, report.height_px, report.elapsed_ms);
        let _ = write!(text, "\n  {w} x {h} px, sha256 {}, {ms} ms", report.sha256);
    }
    for file in written.heatmaps.values().chain(&written.overlay) {
        let _ = write!(text, "\n  written: {}", file.display());
    }
    for warning in &report.warnings {
        let _ = write!(text, "\n  warning: {}", warning.0);
    }
    text
}

/// What a score means and what it does not.
fn explain(score: f32, verdict: Verdict, model: &ModelRef, t: &Thresholds) -> Vec<String> {
    let (name, lower, upper) = (&model.name, t.no_trace_found, t.traces_found);
    match verdict {
        Verdict::TracesFound => vec![
            format!("Score {score:.2} of 1. The model {name} says so from {upper:.2} on;"),
            format!(
                "it also said so of {} of the real faces it was tested on.",
                percent(t.false_positive_rate)
            ),
        ],
        Verdict::Inconclusive => {
            vec![format!(
                "Score {score:.2} of 1, between {lower:.2} and {upper:.2}: the model {name} cannot tell."
            )]
        }
        Verdict::NoTraceFound => vec![
            "This does not mean the picture is authentic.".to_owned(),
            format!(
                "Score {score:.2} of 1. The model {name} says so below {lower:.2}; it also said so of {}",
                percent(t.miss_rate)
            ),
            "of the forgeries it was tested on, and may miss more of kinds it has never seen."
                .to_owned(),
        ],
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
    let mut text =
        format!("{what} {number}, {:.0} x {:.0} px at {:.0},{:.0}: ", r.w, r.h, r.x, r.y);
    if let Some(score) = finding.score {
        let _ = write!(text, "{score:.2} ");
    }
    text.push_str(&finding.verdict.words().to_lowercase());
    if let Some(place) = finding.region.as_ref().or(finding.reason.as_ref()) {
        let _ = write!(text, " ({place})");
    }
    text
}

/// What ran, said once after all files.
pub(super) fn tools(model: &ModelRef, engine: &EngineInfo) -> String {
    let short = model.sha256.get(..12).unwrap_or(&model.sha256);
    let mut text = format!(
        "model {} (sha256 {short}), engine {}, provider {}",
        model.name, engine.engine, engine.provider
    );
    let fallouts: Vec<String> =
        engine.fallouts.iter().map(|f| format!("{} ({})", f.provider, f.reason)).collect();
    if !fallouts.is_empty() {
        let _ = write!(text, "\nnot used: {}", fallouts.join(", "));
    }
    text
}

/// `4.2 %`.
pub(super) fn percent(share: f32) -> String {
    format!("{:.1} %", share * 100.0)
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

    fn say(score: f32, verdict: Verdict) -> String {
        let model = ModelRef { name: "lae".to_owned(), sha256: String::new() };
        explain(score, verdict, &model, &THRESHOLDS).join(" ")
    }

    #[test]
    fn no_trace_never_stands_without_its_caveat() {
        let said = say(0.1, Verdict::NoTraceFound);
        assert!(said.contains("does not mean the picture is authentic"), "{said}");
        assert!(said.contains("12.0 %"), "the miss rate: {said}");
    }

    #[test]
    fn scores_come_with_model_threshold_and_error_rate() {
        let said = say(0.91, Verdict::TracesFound);
        for part in ["0.91", "lae", "0.80", "5.1 %"] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(say(0.5, Verdict::Inconclusive).contains("cannot tell"), "unexplained");
    }
}
