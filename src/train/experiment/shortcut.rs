//! LAE's claim where its premise holds: a planted shortcut.
//!
//! Every forgery of the pool is a self-blend, and most carry a [`Cue`] outside of their mask. A
//! detector that learns the cue is right in training and wrong on forgeries that lack it:
//! self-blends without the cue, and all other generators. The claim is that locality keeps a
//! detector from learning it.

use super::claims::ClaimFinding;
use super::cue::Cue;
use super::design::Design;
use super::figures::{Contrast, Figure, Measure};
use super::record::Record;
use super::table::Row;

/// The rows in the order in which they are trained. The middle one tells what the empty maps of
/// reals do without any mask of a forgery.
pub const ROWS: [Row; 6] = [
    Row::Base,
    Row::Locality(3),
    Row::Autoencoder,
    Row::Locality(0),
    Row::Locality(100),
    Row::Locality(1),
];

/// What a detector with the cue must lose without it, for the cue to count as learned.
const LEARNED: f64 = 0.1;

/// Columns of the experiment, by what they hold.
#[derive(Debug, Clone)]
pub struct Columns {
    /// The seen generator with the cue on its forgeries, as in training.
    pub as_trained: Vec<String>,
    /// The seen generator without the cue.
    pub plain: Vec<String>,
    /// The seen generator, the cue on the reals.
    pub reversed: Vec<String>,
    /// Unseen generators, none with the cue.
    pub unseen: Vec<String>,
}

impl Columns {
    pub fn from_design(design: &Design) -> Self {
        let plain = design.names("-seen");
        let ending = |end: &str| plain.iter().map(|name| format!("{name}{end}")).collect();
        Self {
            as_trained: ending(Cue::AS_TRAINED),
            reversed: ending(Cue::REVERSED),
            unseen: design.names("-unseen"),
            plain,
        }
    }
}

/// Examines what LAE claims of such a detector.
pub fn examine(records: &[Record], columns: &Columns) -> Vec<ClaimFinding> {
    let auc = |columns: &[String]| Measure::new(Figure::Auc, columns);
    let accuracy = |columns: &[String]| Measure::new(Figure::Accuracy, columns);
    let paired = |columns: &[String]| Measure::new(Figure::Paired, columns);
    let difference = |a: &'static str, b: &'static str, m: &Measure| Contrast::difference(a, b, m);
    let mut findings = Vec::new();
    let mut compare = |claim: &str, compared: &str, contrast: &Contrast<'_>, floor: f64| {
        findings.push(ClaimFinding::new(claim, compared, contrast, floor, records));
    };
    let lost = |row: &'static str| {
        Contrast::value(row, &auc(&columns.as_trained))
            .plus(-1.0, Contrast::value(row, &auc(&columns.plain)))
    };
    compare(
        "the premise: a plain classifier learns the shortcut",
        "AUC on self-blends with the cue minus without it, base CE, above 0.1",
        &lost("base-ce"),
        LEARNED,
    );
    for (row, name) in
        [("locality-100", "all masks"), ("locality-3", "3 % of the masks"), ("locality-1", "1 %")]
    {
        compare(
            &format!("LAE: locality ({name}) is better on generators never seen"),
            &format!("AUC on unseen generators, {row} minus base CE"),
            &Contrast::difference(row, "base-ce", &auc(&columns.unseen)),
            0.0,
        );
    }
    compare(
        "… in accuracy, as the paper reports it",
        "accuracy on unseen generators, locality-3 minus base CE",
        &difference("locality-3", "base-ce", &accuracy(&columns.unseen)),
        0.0,
    );
    compare(
        "… pair by pair",
        "paired accuracy on unseen generators, locality-3 minus base CE",
        &difference("locality-3", "base-ce", &paired(&columns.unseen)),
        0.0,
    );
    compare(
        "… and against the autoencoder without masks",
        "AUC on unseen generators, locality-3 minus autoencoder",
        &difference("locality-3", "autoencoder", &auc(&columns.unseen)),
        0.0,
    );
    compare(
        "the masks of forgeries do it, not the empty maps of reals",
        "AUC on unseen generators, locality-3 minus locality-0",
        &difference("locality-3", "locality-0", &auc(&columns.unseen)),
        0.0,
    );
    let gain = |row: &'static str| difference(row, "base-ce", &auc(&columns.unseen));
    compare(
        "3 % of the masks recover most of the gain",
        "AUC on unseen generators: gain with 3 % minus half of the gain with all masks",
        &gain("locality-3").plus(-0.5, gain("locality-100")),
        0.0,
    );
    compare(
        "locality relies less on the shortcut",
        "what base CE loses without the cue minus what locality-3 loses, AUC on self-blends",
        &lost("base-ce").plus(-1.0, lost("locality-3")),
        0.0,
    );
    compare(
        "… and is misled less when reals carry the cue",
        "AUC on self-blends with the cue on the reals, locality-3 minus base CE",
        &difference("locality-3", "base-ce", &auc(&columns.reversed)),
        0.0,
    );
    findings
}

#[cfg(test)]
mod tests {
    use super::super::claims::ClaimVerdict;
    use super::super::record::Answers;
    use super::super::record::tests::planted;
    use super::*;

    /// A record that parts the pictures by `cue` where the cue tells them apart and by `trace`
    /// else.
    fn record(row: &str, seed: u64, columns: &Columns, cue: f32, trace: f32) -> Record {
        let noise = |i: usize, k: usize| ((i * 7919 + k * 104_729) % 1000) as f32 / 500.0;
        let mut record = planted(row, seed);
        let mut add = |names: &[String], shift: f32| {
            for (k, name) in names.iter().enumerate() {
                let answers = Answers {
                    real: (0..150).map(|i| noise(i, k)).collect(),
                    forged: (0..150).map(|i| noise(i, k + 9) + shift).collect(),
                    ..Answers::default()
                };
                record.columns.insert(name.clone(), answers);
            }
        };
        add(&columns.as_trained, cue + trace);
        add(&columns.plain, trace);
        add(&columns.reversed, trace - cue);
        add(&columns.unseen, trace);
        record
    }

    #[test]
    fn the_claims_follow_from_what_rows_rely_on() {
        let columns = Columns::from_design(&Design::Shortcut(Cue { levels: 2, share: 1.0 }));
        assert_eq!((columns.plain.len(), columns.unseen.len()), (1, 6));
        let verdict_of = |records: &[Record], begins: &str| {
            let findings = examine(records, &columns);
            findings.iter().find(|f| f.claim.starts_with(begins)).map(|f| f.verdict).unwrap()
        };
        let rows = |locality: (f32, f32)| -> Vec<Record> {
            let of = |seed| {
                [
                    record("base-ce", seed, &columns, 1.5, 0.1),
                    record("locality-3", seed, &columns, locality.0, locality.1),
                ]
            };
            [of(1), of(2)].concat()
        };
        let better = rows((0.0, 0.8));
        assert_eq!(verdict_of(&better, "the premise"), ClaimVerdict::Holds);
        assert_eq!(verdict_of(&better, "LAE: locality (3 %"), ClaimVerdict::Holds);
        assert_eq!(verdict_of(&better, "… and is misled"), ClaimVerdict::Holds);
        assert_eq!(verdict_of(&better, "LAE: locality (all"), ClaimVerdict::NotMeasured);
        let worse = rows((1.5, -0.4));
        assert_eq!(verdict_of(&worse, "LAE: locality (3 %"), ClaimVerdict::DoesNotHold);
    }
}
