//! How often the detector was right and wrong, in words that follow from its figures.

use crate::base::text::{counted, percent_to_tenths};
use crate::bundle::{CLIP_FIGURES, FILMED_CLIP_FIGURES};
use crate::report::record::{DetectorFacts, MeasuredRates, ReportItem, ShareInterval};

/// Sets of forgeries by this project's own methods begin with this.
const OWN: &str = "test-people";
/// What the clips of the trainer's test are, so that nobody takes their rates for those of filmed
/// clips.
const CLIPS_OF_THE_TEST: &str = "The clips of that test were made of photos: nobody in them speaks or \
    moves. On filmed clips expect more errors, also on those that were not forged.";

/// The rates of the kinds of files that were examined, by the first set of each detector's card.
pub(super) fn error_rates(items: &[ReportItem], detectors: &[DetectorFacts]) -> Vec<String> {
    let (mut sentences, mut has_rates) = (Vec::new(), false);
    for detector in detectors {
        for kind in ["image", "video"] {
            let is_used = items.iter().any(|item| {
                let run = item.run.as_ref().is_some_and(|run| run.model_sha256 == detector.sha256);
                run && item.findings.kind.as_deref() == Some(kind)
            });
            let mut of_kind = detector.error_rates.iter().filter(|rates| rates.kind == kind);
            let Some(rates) = of_kind.next().filter(|_| is_used) else { continue };
            has_rates = true;
            sentences.extend(rates_sentences(detector, rates));
            if kind == "video" {
                sentences.push(CLIPS_OF_THE_TEST.to_owned());
                let filmed = of_kind.find(|rates| rates.set == FILMED_CLIP_FIGURES);
                sentences.extend(filmed.map(filmed_sentence));
            } else {
                let others: Vec<&MeasuredRates> =
                    of_kind.filter(|rates| !is_own(rates) && rates.n_forged > 0).collect();
                sentences.push(others_sentence(rates, &others));
            }
        }
        if let Some(caution) = &detector.caution {
            sentences.push(format!("Detector {}: {caution}", detector.name));
        }
    }
    if has_rates {
        sentences.push(
            "These rates are those of the test. With files of another source the detector may err more \
             often; how often, only a test with such files can tell."
                .to_owned(),
        );
    }
    sentences
}

fn is_own(rates: &MeasuredRates) -> bool {
    rates.set.starts_with(OWN) || rates.set == CLIP_FIGURES
}

fn rates_sentences(detector: &DetectorFacts, rates: &MeasuredRates) -> [String; 2] {
    let what = if rates.kind == "video" { "clip" } else { "face" };
    let share = |s: &ShareInterval| {
        let text = percent_to_tenths;
        format!("{} (95 % interval {} to {})", text(s.share), text(s.low), text(s.high))
    };
    let by = if is_own(rates) {
        "by this project's own methods".to_owned()
    } else {
        format!("in the set {:?}", rates.on)
    };
    [
        format!(
            "Of {} that were not forged, the detector {} reported traces in {}.",
            counted(rates.n_real, what),
            detector.name,
            share(&rates.false_alarms)
        ),
        format!(
            "Of {} forged {by}, it found traces in {} and no trace in {}.",
            counted(rates.n_forged, what),
            share(&rates.found),
            share(&rates.missed)
        ),
    ]
}

/// How it did on forgeries of other kinds, one set each.
fn others_sentence(own: &MeasuredRates, others: &[&MeasuredRates]) -> String {
    let text = percent_to_tenths;
    let by_misses =
        |a: &&&MeasuredRates, b: &&&MeasuredRates| a.missed.share.total_cmp(&b.missed.share);
    let Some(worst) = others.iter().max_by(by_misses) else {
        return "On forgeries of other kinds it was not measured.".to_owned();
    };
    let found = others.iter().map(|rates| rates.found.share);
    let (least, most) = found.fold((1.0f64, 0.0f64), |(a, b), v| (a.min(v), b.max(v)));
    let n_worse = others.iter().filter(|rates| rates.missed.share > own.missed.share).count();
    let range = if others.len() == 1 {
        format!("On forgeries of one other set it found traces in {}", text(most))
    } else {
        format!(
            "On forgeries of {} other sets it found traces in {} to {}",
            others.len(),
            text(least),
            text(most)
        )
    };
    let most_missed =
        format!("no trace in {} of {} ({})", text(worst.missed.share), worst.n_forged, worst.on);
    let misses = match (n_worse, others.len()) {
        (_, 1) => format!(" and {most_missed}"),
        (0, _) => format!(
            ", and it missed no larger share of any than of its own: at worst {most_missed}"
        ),
        (n, _) => format!(
            ", and it missed a larger share of {n} of them than of its own: at worst {most_missed}"
        ),
    };
    format!("{range}{misses}. The table of error rates names every set.")
}

/// The rates on filmed clips: few, so that the counts say more than shares.
fn filmed_sentence(rates: &MeasuredRates) -> String {
    let n = |share: &ShareInterval, of: u64| (share.share * of as f64).round();
    format!(
        "Tried on {}: of {} that were not forged it reported traces in {} (95 % interval of the share {} \
         to {}); of {} forged ones it found traces in {} and no trace in {}. So few clips say little.",
        rates.on,
        rates.n_real,
        n(&rates.false_alarms, rates.n_real),
        percent_to_tenths(rates.false_alarms.low),
        percent_to_tenths(rates.false_alarms.high),
        rates.n_forged,
        n(&rates.found, rates.n_forged),
        n(&rates.missed, rates.n_forged),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rates(set: &str, missed: f64, found: f64) -> MeasuredRates {
        let share = |share: f64| ShareInterval { share, low: share, high: share };
        MeasuredRates {
            set: set.to_owned(),
            on: format!("forgeries {set}"),
            kind: "image".to_owned(),
            n_real: 50,
            n_forged: 40,
            false_alarms: share(0.02),
            missed: share(missed),
            found: share(found),
        }
    }

    /// The sentence is true of any card: it is made of its figures.
    #[test]
    fn other_kinds_of_forgery_are_described_by_their_figures() {
        let own = rates("test-people", 0.1, 0.6);
        let sentence =
            |others: &[MeasuredRates]| others_sentence(&own, &others.iter().collect::<Vec<_>>());
        assert_eq!(sentence(&[]), "On forgeries of other kinds it was not measured.");
        let one = sentence(&[rates("a", 0.25, 0.5)]);
        let want = "On forgeries of one other set it found traces in 50.0 % and no trace in 25.0 % of 40 \
                    (forgeries a). The table of error rates names every set.";
        assert_eq!(one, want);
        let better = sentence(&[rates("a", 0.05, 0.9), rates("b", 0.0, 1.0)]);
        assert!(
            better.contains("of 2 other sets it found traces in 90.0 % to 100.0 %"),
            "{better}"
        );
        assert!(
            better.contains("no larger share of any than of its own: at worst no trace in 5.0 %")
        );
        let worse = sentence(&[rates("a", 0.05, 0.9), rates("b", 0.8, 0.0), rates("c", 0.2, 0.5)]);
        assert!(
            worse.contains(
                "a larger share of 2 of them than of its own: at worst no trace in 80.0 %"
            )
        );
        let own_words = rates_sentences(&facts(), &own);
        assert!(own_words[1].contains("by this project's own methods, it found traces in 60.0 %"));
        let foreign = rates_sentences(&facts(), &rates("theirs", 0.1, 0.6));
        assert!(foreign[1].contains("forged in the set \"forgeries theirs\""), "{foreign:?}");
    }

    fn facts() -> DetectorFacts {
        crate::report::build::unknown_detector("d", "ab")
    }
}
