//! Gives the faces of a report their ratios.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use super::set::CalibrationSet;
use crate::report::build::weight::weight_without_ratio;
use crate::report::record::{
    CalibrationRecord, DetectorFacts, RatioRecord, ReportItem, WeightRecord,
};

/// Why a face of a clip has no ratio.
const NO_RATIO_OF_CLIPS: &str = "the frames of a clip resemble each other, so a set of single pictures does \
    not tell how often clips err";

/// Gives every face of pictures its ratio, or the reason why it has none. `detectors` are those of
/// the items.
pub fn weigh(
    items: &mut [ReportItem],
    set: Option<&CalibrationSet>,
    detectors: &[DetectorFacts],
) -> WeightRecord {
    let mut weight = weight_without_ratio();
    for findings in items.iter_mut().map(|item| &mut item.findings) {
        findings.faces.iter_mut().for_each(|face| (face.ratio, face.why_no_ratio) = (None, None));
        findings.tracks.iter_mut().for_each(|track| track.why_no_ratio = None);
    }
    let Some(set) = set else { return weight };
    "The face region was forged by a method of the kinds in the calibration set."
        .clone_into(&mut weight.proposition_1);
    let mut n_given = 0usize;
    for item in items {
        let judged: Vec<Option<Result<RatioRecord, String>>> =
            item.findings.faces.iter().map(|face| set.judge(item, face)).collect();
        for track in &mut item.findings.tracks {
            track.why_no_ratio = track.score.map(|_| NO_RATIO_OF_CLIPS.to_owned());
        }
        for (face, judged) in item.findings.faces.iter_mut().zip(judged) {
            match judged {
                Some(Ok(ratio)) => {
                    face.ratio = Some(ratio);
                    n_given = n_given.saturating_add(1);
                }
                Some(Err(why)) => face.why_no_ratio = Some(why),
                None => {}
            }
        }
    }
    weight.why_none = (n_given == 0).then(|| {
        format!(
            "No likelihood ratio is given: no face has the kind, the quality and a score of the set {}; the \
             reason stands with each.",
            set.facts.name
        )
    });
    let detector = detectors.iter().find(|d| d.sha256 == set.facts.model_sha256);
    let thresholds = detector.and_then(|detector| detector.thresholds.as_ref());
    let error_rates = thresholds.map(|thresholds| set.error_rates(thresholds));
    weight.calibration = Some(CalibrationRecord { error_rates, ..set.facts.clone() });
    weight
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::set::FORMAT;
    use super::*;
    use crate::report::Error;
    use crate::report::record::{ShareInterval, ThresholdRecord};

    fn given(set: &CalibrationSet, score: f64) -> RatioRecord {
        set.ratio(score).unwrap()
    }

    fn set(n: usize) -> serde_json::Value {
        let spread = |middle: f64| {
            let value = move |i: usize| middle + 0.3 * (i as f64 / n as f64 - 0.5);
            (0..n).map(value).collect::<Vec<_>>()
        };
        json!({"format": FORMAT, "version": 1, "name": "portraits", "description": "own photos",
            "kind": "image", "model_sha256": "ab", "quality": {"face-px": [100, 400]},
            "forged": spread(0.65), "real": spread(0.35)})
    }

    fn read(value: &serde_json::Value) -> Result<CalibrationSet, Error> {
        CalibrationSet::from_json(value.to_string().as_bytes())
    }

    #[test]
    fn a_ratio_is_bounded_by_the_size_of_its_set() {
        let [small, large] = [30, 300].map(|n| read(&set(n)).unwrap());
        let ratio = given(&small, 0.79);
        assert!(ratio.log10 < ratio.log10_unbounded && ratio.log10 <= 31f64.log10() + 0.01);
        assert!(
            ratio.words.contains("because the set has 30 forged and 30 real pictures."),
            "{}",
            ratio.words
        );
        assert!(given(&large, 0.79).log10 > ratio.log10, "more pictures carry more");
        let against = given(&large, 0.3);
        assert!(against.log10 < 0.0 && against.words.contains("if proposition 2 is true"));
        let middle = given(&large, 0.5);
        assert!(
            middle.log10.abs() < 0.2 && middle.words.contains("no support"),
            "{}",
            middle.words
        );
        assert!(large.facts.cllr < 0.6 && large.facts.cllr_min <= large.facts.cllr);
    }

    /// Who copies a picture knows nothing more.
    #[test]
    fn copies_of_a_score_count_once() {
        let mut two = set(30);
        two["forged"] = json!(vec![0.9; 20_000]);
        two["real"] = json!(vec![0.1; 20_000]);
        let message = read(&two).unwrap_err().to_string();
        assert!(message.contains("only 1 different scores, fewer than 20"), "{message}");
        // As good as the same.
        two["forged"] = json!((0..20_000).map(|i| 0.9 + 1e-12 * f64::from(i)).collect::<Vec<_>>());
        assert!(read(&two).is_err());
        let once = set(30);
        let mut copied = once.clone();
        for kind in ["forged", "real"] {
            let scores: Vec<f64> = serde_json::from_value(once[kind].clone()).unwrap();
            copied[kind] = json!(scores.repeat(700));
        }
        let [once, copied] = [once, copied].map(|set| read(&set).unwrap());
        let [ratio, of_copies] = [&once, &copied].map(|set| given(set, 0.79));
        assert!(of_copies.log10 <= ratio.log10 + 0.011, "{} {}", of_copies.log10, ratio.log10);
        let bound = "21000 real pictures with 30 and 30 scores that differ.";
        assert!(of_copies.words.contains(bound), "{}", of_copies.words);
    }

    /// A line through scores says nothing where there are none.
    #[test]
    fn scores_far_from_those_of_the_set_have_no_ratio() {
        // The kinds overlap, so that no bound by their number comes first.
        let mut wide = set(300);
        for (kind, low) in [("forged", 0.3), ("real", 0.2)] {
            wide[kind] = json!((0..300).map(|i| low + 0.001 * f64::from(i)).collect::<Vec<_>>());
        }
        let wide = read(&wide).unwrap();
        for far in [0.999, 0.9, 0.01] {
            assert!(wide.ratio(far).unwrap_err().contains("far from every score"), "{far}");
        }
        let (edge, beyond) = (given(&wide, 0.599), given(&wide, 0.65));
        assert!((edge.log10 - beyond.log10).abs() < 1e-9, "{edge:?} {beyond:?}");
        assert!(beyond.log10_unbounded > beyond.log10);
        let is_bounded = edge.log10 < edge.log10_unbounded;
        let words = if is_bounded { "because the set has" } else { "beyond all scores of the set" };
        assert!(beyond.words.contains(words) && !edge.words.contains("beyond"), "{beyond:?}");
    }

    #[test]
    fn sets_that_cannot_carry_a_ratio_are_refused() {
        let refused = |change: &dyn Fn(&mut serde_json::Value), what: &str| {
            let mut value = set(30);
            change(&mut value);
            let message = read(&value).unwrap_err().to_string();
            assert!(message.contains(what), "{what}: {message}");
        };
        refused(&|v| v["format"] = "x".into(), "format");
        refused(&|v| v["kind"] = "sound".into(), "neither image nor video");
        refused(&|v| v["forged"] = json!([0.9]), "fewer than 20");
        refused(&|v| v["real"][0] = json!(1.5), "between 0 and 1");
        refused(&|v| v["quality"] = json!({"beauty": [0, 1]}), "no measure beauty");
        refused(&|v| v["quality"] = json!({}), "of which quality its pictures are: give");
        refused(&|v| v["quality"] = json!({"blur": [0.1, 0.5]}), "give at least face-px");
        refused(&|v| v["quality"] = json!({"face-px": [1, 1e5]}), "which is no one quality");
        refused(
            &|v| v["quality"] = json!({"face-px": [1, 1e9]}),
            "no picture has a face-px of 1e9",
        );
        refused(
            &|v| v["quality"] = json!({"noise": [-1e300, 5]}),
            "no picture has a noise of -1e300",
        );
        refused(
            &|v| v["quality"] = json!({"face-px": [100, 400], "jpeg-quality": [0, 100]}),
            "every picture has a jpeg-quality from 0 to 100",
        );
        refused(
            &|v| v["quality"] = json!({"blur": [0.5, 0.1]}),
            "no value of blur lies from 0.5 to 0.1: write the lowest value first",
        );
        refused(&|v| v["name"] = " ".into(), "its name is empty");
        refused(&|v| v["description"] = "".into(), "its description is empty");
        let swap = |v: &mut serde_json::Value| {
            let forged = v["forged"].take();
            v["forged"] = v["real"].take();
            v["real"] = forged;
        };
        refused(&swap, "do not rise");
    }

    /// The scores of 30 real ones are 0.2 to 0.49, those of 30 forged ones 0.5 to 0.79, each 0.01
    /// apart.
    #[test]
    fn errors_of_a_set_are_counted_at_the_thresholds_of_the_detector() {
        let thresholds = ThresholdRecord { traces_found: 0.455, no_trace_found: 0.535, map: 0.5 };
        let rates = read(&set(30)).unwrap().error_rates(&thresholds);
        assert_eq!((rates.n_real, rates.n_forged, rates.set.as_str()), (30, 30, "portraits"));
        let near = |share: &ShareInterval, n: f64| {
            let is_inside = share.low < share.share && share.share <= share.high + 1e-12;
            assert!(
                (share.share - n / 30.0).abs() < 1e-12 && is_inside,
                "{share:?}, not {n} of 30"
            );
        };
        near(&rates.false_alarms, 4.0);
        near(&rates.missed, 4.0);
        near(&rates.found, 30.0);
    }
}
