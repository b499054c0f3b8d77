//! The detector as its card describes it.

use crate::base::text::percent;
use crate::bundle::{
    CLIP_FIGURES, Card, ErrorKind, FILMED_CLIP_FIGURES, Measure, ScopeLimit, Thresholds,
    figure_set_name,
};
use crate::eval::wilson;
use crate::report::record::{DetectorFacts, MeasuredRates, ShareInterval, ThresholdRecord};

/// Own forgeries: all methods, those that training never saw, degraded pictures.
const OWN_SETS: [&str; 3] = ["test-people", "test-people-unseen", "test-people-varied"];

/// Clips made of photos, and filmed ones.
const CLIP_SETS: [&str; 2] = [CLIP_FIGURES, FILMED_CLIP_FIGURES];

/// The facts of a card. The model had this hash when it was run.
pub fn detector_facts(card: &Card) -> DetectorFacts {
    let limits = card.scope.as_ref().map(|scope| scope.limits.as_slice()).unwrap_or_default();
    let error_rates = measured(card);
    let caution = card.error_rates.caution().map(str::to_owned).or_else(|| {
        error_rates
            .is_empty()
            .then(|| "The card of this detector holds no measured error rates.".to_owned())
    });
    DetectorFacts {
        name: card.name.clone(),
        sha256: card.file.sha256.clone(),
        origin: Some(card.origin().to_string()),
        summary: Some(card.summary.clone()),
        license: Some(card.license.clone()),
        thresholds: card.thresholds.as_ref().map(thresholds),
        error_rates,
        caution,
        limits: limits.iter().map(limit_sentence).collect(),
    }
}

/// A detector whose card is not at hand: an older one, or one that was removed.
pub fn unknown_detector(name: &str, sha256: &str) -> DetectorFacts {
    let caution = "The model with this hash is not installed here, so its thresholds and error rates \
                   cannot be given.";
    DetectorFacts {
        name: name.to_owned(),
        sha256: sha256.to_owned(),
        origin: None,
        summary: None,
        license: None,
        thresholds: None,
        error_rates: Vec::new(),
        caution: Some(caution.to_owned()),
        limits: Vec::new(),
    }
}

fn thresholds(t: &Thresholds) -> ThresholdRecord {
    ThresholdRecord {
        traces_found: f64::from(t.traces_found),
        no_trace_found: f64::from(t.no_trace_found),
        map: f64::from(t.map),
    }
}

/// Error rates of the sets that a reader of a report asks about.
fn measured(card: &Card) -> Vec<MeasuredRates> {
    let others = card.measured.keys().map(String::as_str);
    let others = others.filter(|set| !set.starts_with(OWN_SETS[0]) && !CLIP_SETS.contains(set));
    let sets = OWN_SETS.into_iter().chain(CLIP_SETS).chain(others);
    sets.filter_map(|set| rates(card, set)).collect()
}

fn rates(card: &Card, set: &str) -> Option<MeasuredRates> {
    let figures = card.measured.get(set)?;
    let figure = |name: &str| figures.get(name).copied().filter(|v| v.is_finite() && *v >= 0.0);
    let (n_real, n_forged) = (figure("n_real")? as u64, figure("n_forged")? as u64);
    let share = |name: &str, n: u64| {
        let share = figure(name)?.min(1.0);
        let [low, high] = wilson((share * n as f64).round() as usize, n as usize);
        Some(ShareInterval { share, low, high })
    };
    Some(MeasuredRates {
        set: set.to_owned(),
        on: figure_set_name(set).to_owned(),
        kind: if CLIP_SETS.contains(&set) { "video" } else { "image" }.to_owned(),
        n_real,
        n_forged,
        false_alarms: share("false_positive_rate", n_real)?,
        missed: share("miss_rate", n_forged)?,
        found: share("detection_rate", n_forged)?,
    })
}

fn limit_sentence(limit: &ScopeLimit) -> String {
    let at = limit.limit;
    let beyond = match limit.measure {
        Measure::FacePx => format!("faces smaller than {at:.0} px"),
        Measure::Blur => format!("faces blurred by more than {at:.2} (0 sharp, 1 blurred)"),
        Measure::Blockiness => format!("faces with block marks of compression above {at:.2}"),
        Measure::JpegQuality => format!("files saved below a JPEG quality of {at:.0}"),
        Measure::Noise => format!("faces with noise above {at:.1} gray levels"),
        Measure::Color => format!("faces with less than {at:.1} gray levels between the channels"),
        Measure::Shades => format!("faces with fewer than {at:.0} shades of gray"),
    };
    let erred = match limit.error {
        ErrorKind::Misses => "of the forgeries were missed",
        ErrorKind::FalseAlarms => "of the real faces were called forged",
        ErrorKind::Misordered => "of pairs of a real and a forged face were ordered wrongly",
    };
    format!(
        "On {beyond}, {} {erred} in its test ({} otherwise): a verdict is weakened there.",
        percent(limit.rate_beyond),
        percent(limit.rate_within)
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::bundle::Bundle;

    #[test]
    fn the_shipped_card_gives_its_rates_with_intervals() {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        let card = Bundle::read_card(&models.join("lae")).unwrap();
        let facts = detector_facts(&card);
        assert_eq!((facts.name.as_str(), facts.origin.as_deref()), ("lae", Some("shipped")));
        let own = &facts.error_rates[0];
        assert_eq!((own.set.as_str(), own.n_real), ("test-people", 1300));
        assert_eq!(own.false_alarms.share, card.measured["test-people"]["false_positive_rate"]);
        // The trainer wrote the same interval, rounded to four digits.
        let trained = &card.measured["test-people"];
        assert!((own.false_alarms.low - trained["false_positive_rate_low"]).abs() < 1e-4);
        assert!((own.missed.high - trained["miss_rate_high"]).abs() < 1e-4);
        assert!(facts.error_rates.iter().any(|r| r.kind == "video"), "clips");
        assert!(facts.error_rates.iter().any(|r| r.set == "stylegan256"), "what it misses");
        assert!(facts.error_rates.iter().all(|r| !r.set.starts_with("reals-")), "no forgeries");
        assert_eq!((facts.caution, facts.limits.is_empty()), (None, false));
    }

    #[test]
    fn without_figures_a_card_says_so() {
        let mut card = crate::bundle::test_card();
        card.measured.clear();
        assert!(detector_facts(&card).caution.unwrap().contains("no measured error rates"));
        assert!(unknown_detector("x", "ab").caution.unwrap().contains("not installed here"));
    }
}
