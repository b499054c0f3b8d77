//! `inspect --robustness`: every examined face again under a fixed series of degradations.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::{FaceFinding, Frame, MediaReport, TaskCtx};
use crate::detect::{self, Rescored};
use crate::pipeline::Stages;

/// The scores of the degraded copies, by index of the face.
pub(super) type DegradedScores = BTreeMap<usize, Vec<Rescored>>;

/// Scores degraded copies of every face that has a score.
pub(super) fn rescore_faces(
    stages: &mut Stages,
    frame: &Frame,
    report: &MediaReport,
    ctx: &TaskCtx<'_>,
) -> Result<DegradedScores, detect::Error> {
    let mut series = DegradedScores::new();
    for (i, finding) in report.faces.iter().enumerate().filter(|(_, f)| f.score.is_some()) {
        let steps = stages.detector.rescore_series(frame, finding, ctx)?;
        series.extend(steps.map(|steps| (i, steps)));
    }
    Ok(series)
}

/// The table of one face, one line per degradation, and a summary.
pub(super) fn table(original: &FaceFinding, steps: &[Rescored]) -> Vec<String> {
    let row = |what: &str, finding: &FaceFinding, more: &str| {
        let score = finding.score.map(|s| format!("{s:.2}")).unwrap_or_default();
        let verdict = finding.verdict.label().to_lowercase();
        format!("{what:<28} {score:>4}  {verdict:<25}{more}").trim_end().to_owned()
    };
    let mut lines = vec![row("original", original, "")];
    lines.extend(steps.iter().map(|step| {
        let agreement = step.agreement;
        let correlation =
            agreement.correlation.map_or_else(|| "none".to_owned(), |c| format!("{c:.2}"));
        let more = format!("map overlap {:.2}, correlation {correlation}", agreement.iou);
        row(&step.degradation.label(), &step.finding, &more)
    }));
    lines.push(summary(original, steps));
    lines
}

fn summary(original: &FaceFinding, steps: &[Rescored]) -> String {
    let verdicts: Vec<_> = steps.iter().map(|s| (s.degradation, s.finding.verdict)).collect();
    detect::robustness_sentence(original.verdict, &verdicts)
}

/// `faces[].robustness` of the JSON contract.
#[derive(Debug, Serialize)]
pub(super) struct RobustnessObject {
    summary: String,
    steps: Vec<StepObject>,
}

#[derive(Debug, Serialize)]
struct StepObject {
    degradation: String,
    score: Option<f32>,
    verdict: &'static str,
    map_iou: f64,
    /// `null` when one of the maps is flat.
    map_correlation: Option<f64>,
}

pub(super) fn object(original: &FaceFinding, steps: &[Rescored]) -> RobustnessObject {
    let thousandth = |v: f32| (f64::from(v) * 1000.0).round() / 1000.0;
    let step = |step: &Rescored| StepObject {
        degradation: step.degradation.to_string(),
        score: step.finding.score,
        verdict: step.finding.verdict.as_str(),
        map_iou: thousandth(step.agreement.iou),
        map_correlation: step.agreement.correlation.map(thousandth),
    };
    RobustnessObject { summary: summary(original, steps), steps: steps.iter().map(step).collect() }
}
