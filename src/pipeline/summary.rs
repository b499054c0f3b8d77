//! The verdict on a whole picture, and what its report says of each face.

use super::Plan;
use crate::base::{FaceFinding, FaceOrigin, NotExamined, Rect, Verdict, Warning};

/// The result for a whole file.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// Verdict of the most suspicious face.
    pub verdict: Verdict,
    /// Score of the most suspicious face.
    pub score: Option<f32>,
    /// Why nothing was examined.
    pub reason: Option<String>,
}

/// The verdict of a file: that of its most suspicious face.
///
/// The strongest verdict decides, then the highest score: a face of poor quality may score higher
/// or lower than one of which more can be said. When nothing was examined the summary holds the
/// reason.
pub fn summarize(findings: &[FaceFinding], plan: &Plan) -> Summary {
    let examined = findings.iter().filter(|f| f.score.is_some());
    if let Some(worst) = examined.max_by(|a, b| a.compare_suspicion(b)) {
        return Summary { verdict: worst.verdict, score: worst.score, reason: None };
    }
    let reasons: Vec<&str> = findings.iter().filter_map(|f| f.reason.as_deref()).collect();
    let reason = match (reasons.as_slice(), plan.find_faces) {
        ([], true) => {
            "no face was found; a region drawn by hand can be examined all the same".to_owned()
        }
        ([], false) => "no faces were looked for and no region was drawn".to_owned(),
        ([one], _) => (*one).to_owned(),
        ([first, ..], _) => {
            format!("none of {} faces or regions could be examined: {first}", findings.len())
        }
    };
    Summary { verdict: Verdict::NotExamined, score: None, reason: Some(reason) }
}

/// Every face or region that was left out.
pub(super) fn refused(findings: &[FaceFinding]) -> impl Iterator<Item = NotExamined> {
    findings.iter().enumerate().filter_map(|(i, finding)| {
        let reason = finding.reason.as_ref()?;
        let Rect { x, y, w, h } = finding.face.box_px;
        let what = match finding.face.origin {
            FaceOrigin::Found => "face",
            FaceOrigin::Drawn => "region",
        };
        let place = format!("{w:.0} x {h:.0} px at {x:.0},{y:.0}");
        Some(NotExamined::new(format!("{what} {}", i + 1), place, reason))
    })
}

/// In a smaller copy traces may have vanished.
pub(super) fn soften_copy(finding: &mut FaceFinding) {
    if finding.verdict == Verdict::NoTraceFound {
        finding.verdict = Verdict::Inconclusive;
        finding.caveats.push("this is only a smaller copy of the picture in the file".to_owned());
    }
}

/// One warning for every limit of the model's test that a face lies beyond.
pub(super) fn out_of_scope(findings: &[FaceFinding]) -> impl Iterator<Item = Warning> {
    let of_face = |(i, finding): (usize, &FaceFinding)| {
        let sentence = move |caveat: &String| Warning(format!("face {}: {caveat}", i + 1));
        finding.caveats.iter().map(sentence).collect::<Vec<_>>()
    };
    findings.iter().enumerate().flat_map(of_face)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Face;
    use crate::pipeline::still::not_examined;

    fn finding(score: Option<f32>, verdict: Verdict, reason: Option<&str>) -> FaceFinding {
        let face = Face {
            box_px: Rect::new(0.0, 0.0, 40.0, 40.0),
            landmarks: None,
            confidence: 1.0,
            origin: FaceOrigin::Drawn,
        };
        let reason = reason.map(str::to_owned);
        FaceFinding { score, verdict, reason, ..not_examined(face, String::new()) }
    }

    #[test]
    fn the_most_suspicious_face_decides() {
        let findings = [
            finding(Some(0.2), Verdict::NoTraceFound, None),
            finding(Some(0.9), Verdict::TracesFound, None),
            finding(None, Verdict::NotExamined, Some("small")),
            finding(Some(0.5), Verdict::Inconclusive, None),
        ];
        let whole = summarize(&findings, &Plan::default());
        assert_eq!((whole.verdict, whole.score), (Verdict::TracesFound, Some(0.9)));
        assert_eq!(whole.reason, None);
        let tempered = [
            finding(Some(0.95), Verdict::Inconclusive, None),
            finding(Some(0.85), Verdict::TracesFound, None),
            finding(Some(0.25), Verdict::NoTraceFound, None),
        ];
        let of = |findings: &[FaceFinding]| {
            let summary = summarize(findings, &Plan::default());
            (summary.verdict, summary.score)
        };
        assert_eq!(of(&tempered), (Verdict::TracesFound, Some(0.85)), "verdicts before scores");
        assert_eq!(of(&[tempered[0].clone(), tempered[2].clone()]).0, Verdict::Inconclusive);
        let left_out: Vec<String> = refused(&findings).map(|part| part.to_string()).collect();
        assert_eq!(left_out, ["not examined: region 3 (40 x 40 px at 0,0): small"]);
    }

    #[test]
    fn nothing_examined_says_why() {
        let why = |findings: &[FaceFinding], find_faces| {
            let summary = summarize(findings, &Plan { find_faces, ..Plan::default() });
            assert_eq!((summary.verdict, summary.score), (Verdict::NotExamined, None));
            summary.reason.unwrap_or_default()
        };
        assert!(why(&[], true).contains("no face was found"), "{}", why(&[], true));
        assert!(why(&[], false).contains("no region was drawn"), "{}", why(&[], false));
        let small = finding(None, Verdict::NotExamined, Some("small"));
        assert_eq!(why(std::slice::from_ref(&small), true), "small");
        let two = why(&[small.clone(), small], true);
        assert_eq!(two, "none of 2 faces or regions could be examined: small");
    }
}
