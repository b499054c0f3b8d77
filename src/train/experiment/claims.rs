//! What the two papers claim, put as differences of rows, and what the figures say to each.
//!
//! The claims are five hypotheses, (i) to (v), stated before anything was run; the
//! comparisons of the game on top of locality were added when a short run had shown that the base
//! alone learns too slowly to tell.

use super::figures::{Contrast, Figure, Interval, Measure};
use super::record::Record;

/// What the figures say to a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimVerdict {
    /// The interval of the difference lies wholly on the claimed side, for every seed alike, and
    /// there are at least two seeds.
    Holds,
    /// The interval lies wholly on the other side, and there are at least two seeds.
    DoesNotHold,
    /// As [`Self::Holds`], but for one seed.
    PointsFor,
    /// As [`Self::DoesNotHold`], but for one seed.
    PointsAgainst,
    /// There was no gain of which a part could be recovered.
    NoGain,
    /// Neither.
    CannotBeTold,
    /// A row is missing.
    NotMeasured,
}

impl ClaimVerdict {
    /// The words of the page.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::DoesNotHold => "does not hold",
            Self::PointsFor => "one seed: points to yes",
            Self::PointsAgainst => "one seed: points to no",
            Self::NoGain => "no gain to recover",
            Self::CannotBeTold => "cannot be told with this n",
            Self::NotMeasured => "not measured",
        }
    }

    /// The verdict on a claim that a difference exceeds `floor`.
    pub fn above(interval: Option<&Interval>, floor: f64) -> Self {
        match interval {
            None => Self::NotMeasured,
            Some(i) if i.low > floor && i.each.iter().all(|v| *v > floor) => {
                if i.each.len() > 1 {
                    Self::Holds
                } else {
                    Self::PointsFor
                }
            }
            Some(i) if i.high < floor && i.each.iter().all(|v| *v < floor) => {
                if i.each.len() > 1 {
                    Self::DoesNotHold
                } else {
                    Self::PointsAgainst
                }
            }
            Some(_) => Self::CannotBeTold,
        }
    }
}

/// One claim examined.
#[derive(Debug, Clone)]
pub struct ClaimFinding {
    /// The claim in words.
    pub claim: String,
    pub compared: String,
    /// The difference.
    pub interval: Option<Interval>,
    /// What it says.
    pub verdict: ClaimVerdict,
}

impl ClaimFinding {
    /// The claim that a contrast is above `floor`, examined.
    pub(super) fn new(
        claim: &str,
        compared: &str,
        contrast: &Contrast<'_>,
        floor: f64,
        records: &[Record],
    ) -> Self {
        let interval = contrast.over(records);
        let verdict = ClaimVerdict::above(interval.as_ref(), floor);
        Self { claim: claim.to_owned(), compared: compared.to_owned(), interval, verdict }
    }
}

/// Names of the columns, by what they hold.
#[derive(Debug, Clone)]
pub struct Columns {
    /// Seen generators, native quality.
    pub seen: Vec<String>,
    /// Unseen generators, native quality.
    pub unseen: Vec<String>,
    /// All of them under all unseen qualities.
    pub degraded: Vec<String>,
    /// The pairs of `degraded`, at native quality.
    pub degraded_native: Vec<String>,
}

impl Columns {
    /// Seen and unseen generators.
    fn native(&self) -> Vec<String> {
        [self.seen.clone(), self.unseen.clone()].concat()
    }

    /// A figure under unseen qualities minus that at native quality, on the same pairs.
    fn change<'a>(&self, row: &'a str, figure: Figure) -> Contrast<'a> {
        Contrast::value(row, &Measure::new(figure, &self.degraded))
            .plus(-1.0, Contrast::value(row, &Measure::new(figure, &self.degraded_native)))
    }
}

/// A drop of the map's F1 that counts as "a few points".
const FEW_POINTS: f64 = 0.05;
/// A loss on clean pictures that counts as little.
const LITTLE: f64 = 0.02;

/// Examines every claim.
pub fn examine(records: &[Record], columns: &Columns) -> Vec<ClaimFinding> {
    let measure = Measure::new;
    let unseen_accuracy = measure(Figure::Accuracy, &columns.unseen);
    let seen_accuracy = measure(Figure::Accuracy, &columns.seen);
    let unseen_auc = measure(Figure::Auc, &columns.unseen);
    let iou = measure(Figure::Iou, &columns.native());
    let degraded_auc = measure(Figure::Auc, &columns.degraded);
    let seen_auc = measure(Figure::Auc, &columns.seen);
    let difference = |a: &'static str, b: &'static str, m: &Measure| Contrast::difference(a, b, m);
    let change = |row, figure| columns.change(row, figure);
    let mut findings = Vec::new();
    let mut compare = |claim: &str, compared: &str, contrast: &Contrast<'_>, floor: f64| {
        findings.push(ClaimFinding::new(claim, compared, contrast, floor, records));
    };

    compare(
        "LAE: locality raises accuracy on unseen generators",
        "accuracy on unseen generators, locality (all masks) minus autoencoder (none)",
        &difference("locality-100", "autoencoder", &unseen_accuracy),
        0.0,
    );
    compare(
        "LAE: the whole method beats a plain classifier on unseen generators",
        "accuracy on unseen generators, locality (all masks) minus base CE",
        &difference("locality-100", "base-ce", &unseen_accuracy),
        0.0,
    );
    compare(
        "(i) locality raises accuracy on unseen generators more than on seen ones",
        "the same difference on unseen minus that on seen generators",
        &difference("locality-100", "autoencoder", &unseen_accuracy)
            .plus(-1.0, difference("locality-100", "autoencoder", &seen_accuracy)),
        0.0,
    );
    let half = |m: &Measure| {
        difference("locality-3", "autoencoder", m)
            .plus(-0.5, difference("locality-100", "autoencoder", m))
    };
    compare(
        "(ii) 3 % of the masks recover most of the gain in detection",
        "AUC on unseen generators: gain with 3 % minus half of the gain with all masks",
        &half(&unseen_auc),
        0.0,
    );
    compare(
        "(ii) 3 % of the masks recover most of the gain in localization",
        "IoU: gain with 3 % minus half of the gain with all masks",
        &half(&iou),
        0.0,
    );
    compare(
        "(iii) the game beats matched random blur on unseen quality",
        "mean AUC under unseen qualities, two generators minus random blur",
        &difference("two-generators", "random-blur", &degraded_auc),
        0.0,
    );
    compare(
        "(iii) the game beats the base on unseen quality",
        "mean AUC under unseen qualities, two generators minus base CE",
        &difference("two-generators", "base-ce", &degraded_auc),
        0.0,
    );
    compare(
        "(iii) the game on top of locality helps under unseen quality",
        "mean AUC under unseen qualities, locality + game minus locality (all masks)",
        &difference("locality-game-100", "locality-100", &degraded_auc),
        0.0,
    );
    compare(
        "(iii) … and costs little on clean pictures of seen generators",
        "AUC on seen generators, locality + game minus locality (all masks), above -0.02",
        &difference("locality-game-100", "locality-100", &seen_auc),
        -LITTLE,
    );
    compare(
        "(iii) the game costs little on clean pictures of seen generators",
        "AUC on seen generators, two generators minus base CE, above -0.02",
        &difference("two-generators", "base-ce", &seen_auc),
        -LITTLE,
    );
    compare(
        "(iv) two generators beat one on real pictures",
        "share of reals below the threshold, two generators minus one",
        &difference(
            "two-generators",
            "one-generator",
            &measure(Figure::RealAccuracy, &columns.native()),
        ),
        0.0,
    );
    compare(
        "(v) locality under the game keeps the map's F1 within five points under unseen qualities",
        "F1 under unseen qualities minus F1 of the same pairs at native quality, locality + game, above -0.05",
        &change("locality-game-100", Figure::F1),
        -FEW_POINTS,
    );
    compare(
        "(v) … and keeps more of it than locality without the game",
        "that difference for locality + game minus that for locality (all masks)",
        &change("locality-game-100", Figure::F1).plus(-1.0, change("locality-100", Figure::F1)),
        0.0,
    );
    compare(
        "target: the loss of AUC under unseen qualities is at most half of the base's",
        "half of the base's loss minus the loss of locality + game",
        &change("locality-game-100", Figure::Auc).plus(-0.5, change("base-ce", Figure::Auc)),
        0.0,
    );
    // Half of a gain that is none says nothing.
    for (claim, measure) in [("gain in detection", &unseen_auc), ("gain in localization", &iou)] {
        let gain = difference("locality-100", "autoencoder", measure).over(records);
        let is_gain = gain.as_ref().is_some_and(|g| g.low > 0.0);
        for finding in &mut findings {
            if finding.claim.ends_with(claim) && gain.is_some() && !is_gain {
                finding.verdict = ClaimVerdict::NoGain;
            }
        }
    }
    findings
}

/// Rows of a detector that had learned and was trained on (`super::tuned`), by what changed the
/// copies.
#[derive(Debug, Clone, Copy)]
pub struct Tuned<'a> {
    /// A generator for reals, another for forgeries.
    pub two: &'a str,
    /// One generator for both.
    pub one: &'a str,
    /// One whose blur both partners share.
    pub shared: &'a str,
    /// Random blur of the width that the two chose.
    pub random: &'a str,
    /// Nothing: no copies.
    pub without: &'a str,
}

/// What is claimed of the game on a detector that had learned.
pub fn examine_tuned(records: &[Record], columns: &Columns, rows: Tuned<'_>) -> Vec<ClaimFinding> {
    let Tuned { two, one, shared, random, without } = rows;
    let measure = Measure::new;
    let native = columns.native();
    let under = |quality: &str| -> Measure {
        let columns: Vec<String> = native.iter().map(|name| format!("{name}/{quality}")).collect();
        measure(Figure::Auc, &columns)
    };
    let (clean, degraded) =
        (measure(Figure::Auc, &native), measure(Figure::Auc, &columns.degraded));
    let difference = |a, b, m: &Measure| Contrast::difference(a, b, m);
    let change = |row, figure| columns.change(row, figure);
    let mut findings = Vec::new();
    let mut compare = |claim: &str, compared: &str, contrast: &Contrast<'_>, floor| {
        findings.push(ClaimFinding::new(claim, compared, contrast, floor, records));
    };
    compare(
        "the game beats random blur of the same width on degraded pictures",
        "mean AUC of degraded pictures, two generators minus random blur",
        &difference(two, random, &degraded),
        0.0,
    );
    compare(
        "the game helps on degraded pictures",
        "mean AUC of degraded pictures, two generators minus no game",
        &difference(two, without, &degraded),
        0.0,
    );
    compare(
        "… under the one quality of a kind it never saw",
        "AUC under H.264 at a rate factor of 35, two generators minus no game",
        &difference(two, without, &under("h264-crf-35")),
        0.0,
    );
    compare(
        "… under the blur of 2 px, the one nearest to what it trains against",
        "AUC under that blur, two generators minus no game",
        &difference(two, without, &under("blur-2")),
        0.0,
    );
    compare(
        "the game costs little on clean pictures",
        "AUC at native quality, all six sets, two generators minus no game, above -0.02",
        &difference(two, without, &clean),
        -LITTLE,
    );
    compare(
        "the game helps on unseen generators",
        "AUC on unseen generators at native quality, two generators minus no game",
        &difference(two, without, &measure(Figure::Auc, &columns.unseen)),
        0.0,
    );
    compare(
        "two generators beat one on real pictures",
        "share of reals below the threshold, two generators minus one",
        &difference(two, one, &measure(Figure::RealAccuracy, &columns.native())),
        0.0,
    );
    compare(
        "the map's F1 stays within five points on degraded pictures",
        "F1 of degraded pictures minus F1 of the same pairs at native quality, two generators, above -0.05",
        &change(two, Figure::F1),
        -FEW_POINTS,
    );
    compare(
        "… and the game keeps more of it",
        "that difference with two generators minus that without a game",
        &change(two, Figure::F1).plus(-1.0, change(without, Figure::F1)),
        0.0,
    );
    compare(
        "target: the loss of AUC on degraded pictures is at most half of that without a game",
        "half of the loss without a game minus the loss with two generators",
        &change(two, Figure::Auc).plus(-0.5, change(without, Figure::Auc)),
        0.0,
    );
    compare(
        "ours: a generator whose blur both partners share helps on degraded pictures",
        "mean AUC of degraded pictures, shared generator minus no game",
        &difference(shared, without, &degraded),
        0.0,
    );
    compare(
        "ours: it beats random blur",
        "mean AUC of degraded pictures, shared generator minus random blur",
        &difference(shared, random, &degraded),
        0.0,
    );
    compare(
        "ours: it beats two generators",
        "mean AUC of degraded pictures, shared generator minus two generators",
        &difference(shared, two, &degraded),
        0.0,
    );
    compare(
        "ours: it costs little on clean pictures",
        "AUC at native quality, all six sets, shared generator minus no game, above -0.02",
        &difference(shared, without, &clean),
        -LITTLE,
    );
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(low: f64, high: f64, each: &[f64]) -> Interval {
        Interval { mean: f64::midpoint(low, high), low, high, each: each.to_vec() }
    }

    #[test]
    fn the_verdict_follows_from_the_interval_and_the_seeds() {
        let of = |i: &Interval| ClaimVerdict::above(Some(i), 0.0);
        assert_eq!(of(&interval(0.01, 0.05, &[0.03])), ClaimVerdict::PointsFor, "one seed");
        assert_eq!(of(&interval(0.01, 0.05, &[0.03, 0.02])), ClaimVerdict::Holds);
        assert_eq!(
            of(&interval(0.01, 0.05, &[0.09, -0.01])),
            ClaimVerdict::CannotBeTold,
            "seeds differ"
        );
        assert_eq!(of(&interval(-0.01, 0.05, &[0.02])), ClaimVerdict::CannotBeTold);
        assert_eq!(of(&interval(-0.05, -0.01, &[-0.03, -0.02])), ClaimVerdict::DoesNotHold);
        assert_eq!(of(&interval(-0.05, -0.01, &[-0.03])), ClaimVerdict::PointsAgainst);
        let small = interval(-0.01, 0.0, &[-0.005, -0.006]);
        assert_eq!(ClaimVerdict::above(Some(&small), -0.02), ClaimVerdict::Holds);
        assert_eq!(ClaimVerdict::above(None, 0.0), ClaimVerdict::NotMeasured);
    }
}
