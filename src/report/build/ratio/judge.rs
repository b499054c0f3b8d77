//! The ratio of a face by a set, or why it has none.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use super::quality::in_words;
use super::set::{CalibrationSet, log_odds};
use crate::base::{Quality, Verdict};
use crate::eval::lr::support_step;
use crate::eval::wilson;
use crate::report::build::words::verdict_from;
use crate::report::record::{
    FaceRecord, MeasuredRates, QualityRecord, RatioRecord, ReportItem, ShareInterval,
    ThresholdRecord,
};

/// A score is near one of the set within this distance of the logarithms of their odds, or within
/// [`NEAR_SCORE`].
const NEAR_ODDS: f64 = 1.0;
/// Near 0 and 1 odds differ much where scores differ little.
const NEAR_SCORE: f64 = 0.02;

impl CalibrationSet {
    /// How often a detector with these thresholds errs on the set.
    pub(super) fn error_rates(&self, thresholds: &ThresholdRecord) -> MeasuredRates {
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

    /// The ratio of a face, or why it has none; `None` for a face that was not examined.
    pub(super) fn judge(
        &self,
        item: &ReportItem,
        face: &FaceRecord,
    ) -> Option<Result<RatioRecord, String>> {
        let score = face.score?;
        Some(match self.mismatch(item, face) {
            Some(why) => Err(why),
            None => self.ratio(f64::from(score)).map(|mut ratio| {
                if disagrees(face, &ratio) {
                    ratio.words.push(' ');
                    ratio.words.push_str(&Self::disagreement(face));
                }
                ratio
            }),
        })
    }

    /// The ratio of a score from 0 to 1. Where the set has no scores near it, a line through them says
    /// nothing.
    pub(super) fn ratio(&self, score: f64) -> Result<RatioRecord, String> {
        let is_near = |known: &f64| {
            (known - score).abs() <= NEAR_SCORE
                || (log_odds(*known) - log_odds(score)).abs() <= NEAR_ODDS
        };
        if !self.sorted.iter().any(is_near) {
            return Err(
                "its score lies far from every score of the set, so that the set does not say \
                        how often such scores come"
                    .to_owned(),
            );
        }
        let [lowest, highest] =
            [self.sorted.first(), self.sorted.last()].map(Option::<&f64>::copied);
        let inside = score.clamp(lowest.unwrap_or(score), highest.unwrap_or(score));
        let unbounded = self.line.log10_ratio(log_odds(score));
        let at_edge = self.line.log10_ratio(log_odds(inside));
        let log10 = at_edge.clamp(self.facts.log10_lowest, self.facts.log10_highest);
        let step = support_step(log10).label;
        let favored = if log10 < 0.0 { "proposition 2" } else { "proposition 1" };
        let mut words = format!(
            "The finding is about {} times as probable if {favored} is true as if the other is: {step}.",
            round(10f64.powf(log10.abs()))
        );
        if log10 != at_edge {
            words.push_str(&self.bound());
        } else if at_edge != unbounded {
            words.push_str(
                " No more is claimed, because the score lies beyond all scores of the set: the ratio is \
                 that of the nearest one.",
            );
        }
        Ok(RatioRecord { log10, log10_unbounded: unbounded, words })
    }

    /// Why a ratio is bounded.
    fn bound(&self) -> String {
        let facts = &self.facts;
        let (n_forged, n_real) = (facts.n_forged, facts.n_real);
        let different = facts.n_different_forged.zip(facts.n_different_real);
        let different = different.filter(|(forged, real)| (*forged, *real) != (n_forged, n_real));
        let different =
            different.map(|(forged, real)| format!(" with {forged} and {real} scores that differ"));
        let different = different.unwrap_or_default();
        format!(
            " No more is claimed, because the set has {n_forged} forged and {n_real} real \
             pictures{different}."
        )
    }

    /// Why verdict and ratio say opposite things.
    fn disagreement(face: &FaceRecord) -> String {
        let (verdict, against) = match verdict_from(&face.verdict) {
            Verdict::TracesFound => ("traces of forgery found", "not forged"),
            _ => ("no trace found", "forged"),
        };
        format!(
            "This disagrees with the verdict \"{verdict}\": the verdict compares the score with the \
             thresholds of the detector, made on the pictures of its own test; the ratio compares it \
             with the set, where such scores are more frequent among pictures that are {against}. Rely on \
             neither before it is clear which of the two the picture resembles."
        )
    }
}

/// Whether the ratio supports the opposite of the verdict.
pub(in crate::report::build) fn disagrees(face: &FaceRecord, ratio: &RatioRecord) -> bool {
    // Less is no support for either.
    let least = 2f64.log10();
    match verdict_from(&face.verdict) {
        Verdict::TracesFound => ratio.log10 <= -least,
        Verdict::NoTraceFound => ratio.log10 >= least,
        Verdict::Inconclusive | Verdict::NotExamined => false,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_have_two_digits() {
        assert_eq!(
            [1.0, 1.26, 9.94, 12.3, 347.0, 98_765.0].map(round),
            ["1.0", "1.3", "9.9", "12", "350", "99000"]
        );
    }
}
