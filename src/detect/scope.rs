//! Downgrades verdicts on pictures of poor quality.
//!
//! Beyond a limit where misses rose or where scores hardly tell forgeries from real faces, "no
//! trace found" becomes inconclusive; beyond one where false alarms rose, "traces found" does.
//! Nothing ever becomes stronger.

use crate::base::text::percent;
use crate::base::{Quality, Verdict};
use crate::bundle::{ErrorKind, Measure, Scope, ScopeLimit};

/// The verdict that may still be given, and a sentence for every limit that the face lies beyond.
pub(super) fn downgrade_verdict(
    verdict: Verdict,
    quality: &Quality,
    scope: Option<&Scope>,
) -> (Verdict, Vec<String>) {
    let limits = scope.map(|scope| scope.limits.as_slice()).unwrap_or_default();
    let beyond = limits.iter().filter(|limit| limit.is_beyond(quality));
    let mut allowed = verdict;
    let mut caveats = Vec::new();
    for limit in beyond {
        match (verdict, limit.error) {
            (Verdict::NoTraceFound, ErrorKind::Misses | ErrorKind::Misordered)
            | (Verdict::TracesFound, ErrorKind::FalseAlarms) => allowed = Verdict::Inconclusive,
            _ => {}
        }
        caveats.extend(sentence(limit, quality));
    }
    (allowed, caveats)
}

fn sentence(limit: &ScopeLimit, quality: &Quality) -> Option<String> {
    let value = limit.measure.value(quality)?;
    let at = limit.limit;
    let (state, beyond) = match limit.measure {
        Measure::FacePx => {
            (format!("the face is {value:.0} px"), format!("on faces below {at:.0} px"))
        }
        Measure::Blur => (
            format!("the face is blurred ({value:.2} on a scale from 0 to 1)"),
            format!("on faces blurred by more than {at:.2}"),
        ),
        Measure::Blockiness => (
            format!("the face shows the blocks of strong compression ({value:.2})"),
            format!("on faces with block marks above {at:.2}"),
        ),
        Measure::JpegQuality => (
            format!("the file was compressed at a JPEG quality of about {value:.0}"),
            format!("below a quality of {at:.0}"),
        ),
        Measure::Noise => (
            format!("the face is noisy ({value:.1} gray levels)"),
            format!("on faces with noise above {at:.1} gray levels"),
        ),
        Measure::Color => (
            format!("the face has little or no color ({value:.1} gray levels between channels)"),
            format!("on faces with less than {at:.1}"),
        ),
        Measure::Shades => (
            format!("the face is drawn in few shades of gray (about {value:.0})"),
            format!("on faces with fewer than {at:.0}"),
        ),
    };
    let share = percent(limit.rate_beyond);
    let erred = match limit.error {
        ErrorKind::Misses => format!("found no trace in {share} of the forgeries"),
        ErrorKind::FalseAlarms => format!("found traces in {share} of the real faces"),
        ErrorKind::Misordered => {
            format!("scored the real face higher in {share} of pairs of a real and a forged one")
        }
    };
    Some(format!(
        "{state}; {beyond} the model {erred} in testing ({} otherwise)",
        percent(limit.rate_within)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Quality = Quality {
        face_px: 38.0,
        blur: 0.3,
        blockiness: 0.1,
        noise: 2.0,
        color: 30.0,
        shades: 90.0,
        jpeg: None,
    };

    fn limit(measure: Measure, error: ErrorKind, limit: f32) -> ScopeLimit {
        ScopeLimit {
            measure,
            error,
            limit,
            rate_within: 0.12,
            rate_beyond: 0.41,
            n_within: 300,
            n_beyond: 90,
        }
    }

    fn scope(limits: &[ScopeLimit]) -> Scope {
        Scope { rise: 0.1, limits: limits.to_vec() }
    }

    #[test]
    fn no_trace_found_becomes_inconclusive_where_misses_rose_and_says_why() {
        let scope = scope(&[limit(Measure::FacePx, ErrorKind::Misses, 64.0)]);
        let (verdict, caveats) = downgrade_verdict(Verdict::NoTraceFound, &SMALL, Some(&scope));
        assert_eq!(verdict, Verdict::Inconclusive);
        let expected = "the face is 38 px; on faces below 64 px the model found no trace in 41 % of \
                    the forgeries in testing (12 % otherwise)";
        assert_eq!(caveats, [expected]);
        let large = Quality { face_px: 64.0, ..SMALL };
        let at = downgrade_verdict(Verdict::NoTraceFound, &large, Some(&scope));
        assert_eq!(at, (Verdict::NoTraceFound, Vec::new()), "at the limit is within");
    }

    #[test]
    fn only_the_verdict_that_the_error_concerns_is_taken_back() {
        let blur = Quality { blur: 0.8, ..SMALL };
        let misses = scope(&[limit(Measure::Blur, ErrorKind::Misses, 0.6)]);
        let alarms = scope(&[limit(Measure::Blur, ErrorKind::FalseAlarms, 0.6)]);
        let after = |verdict, scope: &Scope| downgrade_verdict(verdict, &blur, Some(scope)).0;
        let blind = scope(&[limit(Measure::Blur, ErrorKind::Misordered, 0.6)]);
        assert_eq!(after(Verdict::NoTraceFound, &blind), Verdict::Inconclusive);
        assert_eq!(after(Verdict::TracesFound, &blind), Verdict::TracesFound);
        assert_eq!(after(Verdict::TracesFound, &misses), Verdict::TracesFound);
        assert_eq!(after(Verdict::TracesFound, &alarms), Verdict::Inconclusive);
        assert_eq!(after(Verdict::NoTraceFound, &alarms), Verdict::NoTraceFound);
        for scope in [&misses, &alarms] {
            assert_eq!(after(Verdict::Inconclusive, scope), Verdict::Inconclusive);
            assert_eq!(
                downgrade_verdict(Verdict::TracesFound, &blur, Some(scope)).1.len(),
                1,
                "but it is said"
            );
        }
    }

    #[test]
    fn what_is_not_measured_or_not_limited_changes_nothing() {
        let scope = scope(&[limit(Measure::JpegQuality, ErrorKind::Misses, 40.0)]);
        let plain = (Verdict::NoTraceFound, Vec::new());
        assert_eq!(
            downgrade_verdict(Verdict::NoTraceFound, &SMALL, Some(&scope)),
            plain,
            "no JPEG"
        );
        assert_eq!(downgrade_verdict(Verdict::NoTraceFound, &SMALL, None), plain, "an old card");
        let coarse = Quality { jpeg: Some(22), ..SMALL };
        assert_eq!(
            downgrade_verdict(Verdict::NoTraceFound, &coarse, Some(&scope)).0,
            Verdict::Inconclusive
        );
    }
}
