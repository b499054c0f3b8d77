//! Reads a calibration set and refuses one that cannot carry a ratio.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use std::collections::BTreeMap;

use serde::Deserialize;

use super::quality::why_unlimited;
use crate::bundle::Measure;
use crate::eval::lr::{
    KnownTruth, LogisticRatio, PavRatio, cllr, cllr_min, cross_entropy, dev_pav, elub_bounds,
};
use crate::files::sha256_hex;
use crate::report::Error;
use crate::report::record::{CalibrationRecord, EntropyRecord};

/// The word by which a calibration set is known.
pub(super) const FORMAT: &str = "pentimento-calibration";
const VERSION: u32 = 1;
/// Fewest pictures of each kind, and fewest different scores: with fewer the bounds leave nothing to
/// say.
const FEWEST: usize = 20;
/// Scores nearer to 0 or 1 than this count as this near.
const EDGE: f64 = 1e-7;
/// Scores nearer to each other than this, as logarithms of odds, count as one: copies that were changed
/// a little are no new pictures.
const SAME: f64 = 2e-3;

/// No measure of a picture is higher, and none is below 0.
const HIGHEST: f64 = 100_000.0;

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
    pub(super) facts: CalibrationRecord,
    pub(super) quality: Vec<(Measure, [f64; 2])>,
    /// As the detector gave them, 0 to 1.
    pub(super) scores: KnownTruth,
    /// All of them, the lowest first; never empty.
    pub(super) sorted: Vec<f64>,
    pub(super) line: LogisticRatio,
}

impl CalibrationSet {
    /// Reads a set from its file.
    ///
    /// # Errors
    ///
    /// [`Error::Calibration`] when it is none, too small, of any quality, or its scores do not tell
    /// forged from real.
    pub fn from_json(bytes: &[u8]) -> Result<Self, Error> {
        let refused = |what: String| Error::Calibration(what);
        let file: SetFile = serde_json::from_slice(bytes).map_err(|e| refused(e.to_string()))?;
        if let Some(what) = fault(&file) {
            return Err(refused(what));
        }
        let quality = limits_of_quality(&file.quality).map_err(refused)?;
        let scores = KnownTruth { forged: file.forged, real: file.real };
        let odds = scores.map(log_odds);
        let different = KnownTruth { forged: different(&odds.forged), real: different(&odds.real) };
        let fewest = different.forged.len().min(different.real.len());
        if fewest < FEWEST {
            return Err(refused(format!(
                "its pictures of a kind have only {fewest} different scores, fewer than {FEWEST}: the same \
                 picture again says nothing more"
            )));
        }
        let line = LogisticRatio::fit(&odds)
            .ok_or_else(|| refused("its scores do not rise from real to forged".to_owned()))?;
        let ratios = odds.map(|score| line.log10_ratio(score));
        // Scores that come again and again count once as well: the narrower bounds hold.
        let [lowest, highest] = elub_bounds(&ratios);
        let [least, most] = elub_bounds(&different.map(|score| line.log10_ratio(score)));
        let facts = CalibrationRecord {
            name: file.name,
            description: file.description,
            kind: file.kind,
            model_sha256: file.model_sha256,
            sha256: sha256_hex(bytes),
            n_forged: ratios.forged.len(),
            n_real: ratios.real.len(),
            n_different_forged: Some(different.forged.len()),
            n_different_real: Some(different.real.len()),
            quality: file.quality,
            cllr: cllr(&ratios),
            cllr_min: cllr_min(&ratios),
            dev_pav: Some(dev_pav(&ratios)).filter(|distance| distance.is_finite()),
            log10_lowest: lowest.max(least),
            log10_highest: highest.min(most),
            cross_entropy: entropies(&ratios),
            error_rates: None,
        };
        let mut sorted: Vec<f64> = scores.forged.iter().chain(&scores.real).copied().collect();
        sorted.sort_by(f64::total_cmp);
        Ok(Self { facts, quality, scores, sorted, line })
    }

    /// SHA-256 of its file.
    pub fn sha256(&self) -> &str {
        &self.facts.sha256
    }
}

/// What is wrong with the file, apart from its ranges of quality.
fn fault(file: &SetFile) -> Option<String> {
    if file.format != FORMAT || file.version != VERSION {
        return Some(format!("its format is not {FORMAT}, version {VERSION}"));
    }
    if !matches!(file.kind.as_str(), "image" | "video") {
        return Some("its kind is neither image nor video".to_owned());
    }
    for (key, text) in [("name", &file.name), ("description", &file.description)] {
        if text.trim().is_empty() {
            return Some(format!("its {key} is empty: the report has to name it"));
        }
    }
    let is_score = |v: &f64| (0.0..=1.0).contains(v);
    if !file.forged.iter().chain(&file.real).all(is_score) {
        return Some("a score does not lie between 0 and 1".to_owned());
    }
    let fewest = file.forged.len().min(file.real.len());
    (fewest < FEWEST).then(|| format!("it has {fewest} pictures of a kind, fewer than {FEWEST}"))
}

/// The ranges, each of which limits something. The size of faces is limited in every set.
fn limits_of_quality(
    ranges: &BTreeMap<String, [f64; 2]>,
) -> Result<Vec<(Measure, [f64; 2])>, String> {
    let mut quality = Vec::new();
    for (word, range) in ranges {
        let measure = Measure::ALL.into_iter().find(|m| m.as_str() == word);
        let measure = measure.ok_or_else(|| format!("there is no measure {word}"))?;
        let [low, high] = *range;
        if low > high {
            return Err(format!(
                "no value of {word} lies from {low} to {high}: write the lowest value first"
            ));
        }
        if low < 0.0 || high > HIGHEST {
            return Err(format!(
                "no picture has a {word} of {:e}",
                if low < 0.0 { low } else { high }
            ));
        }
        if let Some(why) = why_unlimited(measure, *range) {
            return Err(why);
        }
        quality.push((measure, *range));
    }
    if !quality.iter().any(|(measure, _)| *measure == Measure::FacePx) {
        return Err(
            "it does not say of which quality its pictures are: give at least face-px, with the \
                    lowest and the highest value of its pictures"
                .to_owned(),
        );
    }
    Ok(quality)
}

/// One of each group of scores that cannot be told apart, the lowest first.
fn different(odds: &[f64]) -> Vec<f64> {
    let mut all = odds.to_vec();
    all.sort_by(f64::total_cmp);
    all.dedup_by(|later, first| *later - *first < SAME);
    all
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

/// The natural logarithm of the odds of a score from 0 to 1, finite.
pub(super) fn log_odds(score: f64) -> f64 {
    let score = score.clamp(EDGE, 1.0 - EDGE);
    score.ln() - (-score).ln_1p()
}
