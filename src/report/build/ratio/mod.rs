//! Likelihood ratios of faces, where a calibration set of their kind and quality is named.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use std::collections::BTreeMap;

use serde::Deserialize;

use super::weight::weight_without_ratio;
use crate::base::Quality;
use crate::bundle::Measure;
use crate::eval::lr::{
    KnownTruth, LogisticRatio, PavRatio, cllr, cllr_min, cross_entropy, dev_pav, elub_bounds,
    support_step,
};
use crate::eval::wilson;
use crate::files::sha256_hex;
use crate::report::Error;
use crate::report::record::{
    CalibrationRecord, DetectorFacts, EntropyRecord, FaceRecord, MeasuredRates, QualityRecord,
    RatioRecord, ReportItem, ShareInterval, ThresholdRecord, WeightRecord,
};

/// The word by which a calibration set is known.
const FORMAT: &str = "pentimento-calibration";
const VERSION: u32 = 1;
/// Fewest pictures of each kind: with fewer the bounds leave nothing to say.
const FEWEST: usize = 20;
/// Why a face of a clip has no ratio.
const NO_RATIO_OF_CLIPS: &str = "the frames of a clip resemble each other, so a set of single pictures does \
    not tell how often clips err";
/// Scores nearer to 0 or 1 than this count as this near.
const EDGE: f64 = 1e-7;

/// Scores of pictures of known truth, all of one kind and quality, by one detector.
#[derive(Debug, Clone, Deserialize)]
struct SetFile {
    format: String,
    version: u32,
    name: String,
    description: String,
    kind: String,
    model_sha256: String,
    /// By the word of the measure: the lowest and the highest value of the set.
    quality: BTreeMap<String, [f64; 2]>,
    forged: Vec<f64>,
    real: Vec<f64>,
}

/// A calibration set that can be used.
#[derive(Debug, Clone)]
pub struct CalibrationSet {
    facts: CalibrationRecord,
    quality: Vec<(Measure, [f64; 2])>,
    /// As the detector gave them, 0 to 1.
    scores: KnownTruth,
    line: LogisticRatio,
}

impl CalibrationSet {
    /// Reads a set from its file.
    ///
    /// # Errors
    ///
    /// [`Error::Calibration`] when it is none, too small, or its scores do not tell forged from
    /// real.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Error> {
        let refused = |what: String| Error::Calibration(what);
        let file: SetFile = serde_json::from_slice(bytes).map_err(|e| refused(e.to_string()))?;
        if file.format != FORMAT || file.version != VERSION {
            return Err(refused(format!("its format is not {FORMAT}, version {VERSION}")));
        }
        if !matches!(file.kind.as_str(), "image" | "video") {
            return Err(refused("its kind is neither image nor video".to_owned()));
        }
        for (key, text) in [("name", &file.name), ("description", &file.description)] {
            if text.trim().is_empty() {
                return Err(refused(format!("its {key} is empty: the report has to name it")));
            }
        }
        if file.quality.is_empty() {
            let what = "it names no measure of quality: give at least face-px, with the lowest and the \
                        highest value of its pictures";
            return Err(refused(what.to_owned()));
        }
        let is_score = |v: &f64| (0.0..=1.0).contains(v);
        if !file.forged.iter().chain(&file.real).all(is_score) {
            return Err(refused("a score does not lie between 0 and 1".to_owned()));
        }
        let fewest = file.forged.len().min(file.real.len());
        if fewest < FEWEST {
            return Err(refused(format!(
                "it has {fewest} pictures of a kind, fewer than {FEWEST}"
            )));
        }
        let mut quality = Vec::new();
        for (word, range) in &file.quality {
            let measure = Measure::ALL.into_iter().find(|m| m.as_str() == word);
            let measure = measure.ok_or_else(|| refused(format!("there is no measure {word}")))?;
            let [low, high] = *range;
            if low > high {
                return Err(refused(format!(
                    "no value of {word} lies from {low} to {high}: write the lowest value first"
                )));
            }
            quality.push((measure, *range));
        }
        let scores = KnownTruth { forged: file.forged, real: file.real };
        let odds = scores.map(log_odds);
        let line = LogisticRatio::fit(&odds)
            .ok_or_else(|| refused("its scores do not rise from real to forged".to_owned()))?;
        let ratios = odds.map(|score| line.log10_ratio(score));
        let [lowest, highest] = elub_bounds(&ratios);
        let facts = CalibrationRecord {
            name: file.name,
            description: file.description,
            kind: file.kind,
            model_sha256: file.model_sha256,
            sha256: sha256_hex(bytes),
            n_forged: ratios.forged.len(),
            n_real: ratios.real.len(),
            quality: file.quality,
            cllr: cllr(&ratios),
            cllr_min: cllr_min(&ratios),
            dev_pav: Some(dev_pav(&ratios)).filter(|distance| distance.is_finite()),
            log10_lowest: lowest,
            log10_highest: highest,
            cross_entropy: entropies(&ratios),
            error_rates: None,
        };
        Ok(Self { facts, quality, scores, line })
    }

    /// SHA-256 of its file.
    pub fn sha256(&self) -> &str {
        &self.facts.sha256
    }

    /// How often a detector with these thresholds errs on the set.
    fn error_rates(&self, thresholds: &ThresholdRecord) -> MeasuredRates {
        let share = |scores: &[f64], is_counted: &dyn Fn(f64) -> bool| {
            let n = scores.iter().filter(|score| is_counted(**score)).count();
            let [low, high] = wilson(n, scores.len());
            ShareInterval { share: n as f64 / scores.len() as f64, low, high }
        };
        let is_found = |score: f64| score >= thresholds.traces_found;
        let is_missed = |score: f64| score < thresholds.no_trace_found;
        MeasuredRates {
            set: self.facts.name.clone(),
            on: self.facts.description.clone(),
            kind: self.facts.kind.clone(),
            n_real: self.scores.real.len() as u64,
            n_forged: self.scores.forged.len() as u64,
            false_alarms: share(&self.scores.real, &is_found),
            missed: share(&self.scores.forged, &is_missed),
            found: share(&self.scores.forged, &is_found),
        }
    }

    /// Why a face does not belong to the kind and quality of the set.
    fn mismatch(&self, item: &ReportItem, face: &FaceRecord) -> Option<String> {
        let run = item.run.as_ref();
        if run.is_none_or(|run| run.model_sha256 != self.facts.model_sha256) {
            return Some("the set was scored by another detector".to_owned());
        }
        if item.findings.kind.as_deref() != Some(self.facts.kind.as_str()) {
            return Some("the set is of another kind of files".to_owned());
        }
        let Some(measured) = face.quality.map(quality) else {
            return Some("the quality of the face was not measured".to_owned());
        };
        let outside = self.quality.iter().find(|(measure, [low, high])| {
            let value = measure.value(&measured).map(f64::from);
            value.is_none_or(|value| !(*low..=*high).contains(&value))
        });
        outside.map(|(measure, [low, high])| {
            let (what, unit) = in_words(*measure);
            let value = measure.value(&measured);
            let value = value.map_or_else(|| "unknown".to_owned(), |v| format!("{v:.2}{unit}"));
            format!("{what} is {value}, outside of the {low} to {high}{unit} of the set")
        })
    }

    fn ratio(&self, score: f32) -> RatioRecord {
        let unbounded = self.line.log10_ratio(log_odds(f64::from(score)));
        let (lowest, highest) = (self.facts.log10_lowest, self.facts.log10_highest);
        let log10 = unbounded.clamp(lowest, highest);
        let step = support_step(log10).label;
        let favored = if log10 < 0.0 { "proposition 2" } else { "proposition 1" };
        let mut words = format!(
            "The finding is about {} times as probable if {favored} is true as if the other is: {step}.",
            round(10f64.powf(log10.abs()))
        );
        if log10 != unbounded {
            let bound = format!(
                " No more is claimed, because the set has {} forged and {} real pictures.",
                self.facts.n_forged, self.facts.n_real
            );
            words.push_str(&bound);
        }
        RatioRecord { log10, log10_unbounded: unbounded, words }
    }
}

/// A measure with its unit.
const fn in_words(measure: Measure) -> (&'static str, &'static str) {
    match measure {
        Measure::FacePx => ("the longer side of the face", " px"),
        Measure::Blur => ("the blur of the face", ""),
        Measure::Blockiness => ("the visibility of JPEG blocks in the face", ""),
        Measure::JpegQuality => ("the JPEG quality of the file", ""),
        Measure::Noise => ("the noise of the face", " gray levels"),
        Measure::Color => ("the distance of the face from gray", " gray levels"),
        Measure::Shades => ("the number of shades of gray in the face", ""),
    }
}

/// Two digits: a ratio is no exact number.
fn round(ratio: f64) -> String {
    if ratio < 10.0 {
        return format!("{ratio:.1}");
    }
    let scale = 10f64.powf(ratio.log10().floor() - 1.0);
    format!("{:.0}", (ratio / scale).round() * scale)
}

/// The odds before the evidence at which the cross-entropy is printed, log10.
const PRIOR_ODDS: [f64; 5] = [-2.0, -1.0, 0.0, 1.0, 2.0];

fn entropies(ratios: &KnownTruth) -> Vec<EntropyRecord> {
    let silent = ratios.map(|_| 0.0);
    let best = PavRatio::fit(ratios);
    let best = ratios.map(|v| best.log10_ratio(v));
    let at = |log10_prior_odds: f64| EntropyRecord {
        log10_prior_odds,
        without: cross_entropy(&silent, log10_prior_odds),
        with: cross_entropy(ratios, log10_prior_odds),
        at_best: cross_entropy(&best, log10_prior_odds),
    };
    PRIOR_ODDS.into_iter().map(at).collect()
}

fn log_odds(score: f64) -> f64 {
    let score = score.clamp(EDGE, 1.0 - EDGE);
    score.ln() - (-score).ln_1p()
}

fn quality(q: QualityRecord) -> Quality {
    Quality {
        face_px: q.face_px,
        blur: q.blur,
        blockiness: q.blockiness,
        noise: q.noise,
        color: q.color,
        shades: q.shades,
        jpeg: q.jpeg_quality,
    }
}

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
    let mut n_given = 0usize;
    for item in items {
        let judged: Vec<Option<Result<RatioRecord, String>>> = item
            .findings
            .faces
            .iter()
            .map(|face| {
                let score = face.score?;
                Some(set.mismatch(item, face).map_or_else(|| Ok(set.ratio(score)), Err))
            })
            .collect();
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
            "No likelihood ratio is given: no face is of the kind and quality of the set {}.",
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

    use super::*;

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
        let ratio = small.ratio(0.999);
        assert!(ratio.log10 < ratio.log10_unbounded && ratio.log10 <= 31f64.log10() + 0.01);
        assert!(ratio.words.contains("because the set has 30 forged"), "{}", ratio.words);
        assert!(large.ratio(0.999).log10 > ratio.log10, "more pictures carry more");
        let against = large.ratio(0.3);
        assert!(against.log10 < 0.0 && against.words.contains("if proposition 2 is true"));
        let middle = large.ratio(0.5);
        assert!(
            middle.log10.abs() < 0.2 && middle.words.contains("no support"),
            "{}",
            middle.words
        );
        assert!(large.facts.cllr < 0.6 && large.facts.cllr_min <= large.facts.cllr);
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
        refused(&|v| v["quality"] = json!({}), "no measure of quality: give at least");
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

    #[test]
    fn ratios_have_two_digits() {
        assert_eq!(
            [1.0, 1.26, 9.94, 12.3, 347.0, 98_765.0].map(round),
            ["1.0", "1.3", "9.9", "12", "350", "99000"]
        );
    }
}
