//! Whether it matters where an adversary blurs, when how much is not his to choose.
//!
//! Every row goes on from one autoencoder with all masks and, but for the first, with changed
//! copies of every picture. The rows differ in the copies alone: the same level everywhere, that
//! level in a random pattern, in the worst of three such patterns, in a pattern that a generator
//! chooses. Copies go through a normalization of their own, and no forgery that is trained on is a
//! blurred region.

use std::path::Path;

use super::budget::Budget;
use super::claims::ClaimFinding;
use super::design::Design;
use super::evaluate::Extent;
use super::figures::{Contrast, Figure, Measure};
use super::record::{self, Record};
use super::run::{Experiment, Start, Treatment};
use crate::base::TaskCtx;
use crate::train::Error;
use crate::train::fit::loss::LossWeights;
use crate::train::game::{Game, GameForm, Kernel};

/// The forms in the order in which they are trained.
pub const FORMS: [GameForm; 5] = [
    GameForm::BudgetedRandom,
    GameForm::BudgetedGenerator,
    GameForm::None,
    GameForm::BudgetedWorst,
    GameForm::BudgetedUniform,
];

/// Qualities of kinds that no row is trained on; the blur is shown beside them.
pub const UNSEEN: [&str; 4] = ["jpeg-30", "scale-0.5", "h264-crf-35", "messenger"];

/// What a game may cost on clean pictures.
const LITTLE: f64 = 0.02;

/// The word of a row in files.
pub fn word(form: GameForm) -> String {
    form.as_str().to_owned()
}

/// The rules of the game of a row: levels of 0.5 px on average and 1 px at most, cut at 2 px where
/// a pattern gathers them.
fn game(form: GameForm, rate: f64) -> Game {
    Game {
        form,
        kernel: Kernel::Seven,
        sigma_mean: 0.5,
        sigma_max: 2.0,
        rate,
        dual_norm: form != GameForm::None,
        ..Game::default()
    }
}

/// Trains and measures every row of every seed that `results` does not hold yet. Returns all
/// records of this setup.
///
/// # Errors
///
/// Training, files, engine; cancellation after what was finished has been kept.
pub fn run(
    experiment: &mut Experiment<'_>,
    seeds: &[u64],
    forms: &[GameForm],
    results: &Path,
    ctx: &TaskCtx<'_>,
) -> Result<Vec<Record>, Error> {
    let config = experiment.config().to_owned();
    for seed in seeds {
        for form in forms {
            let known = record::read_config(results, &config)?;
            if known.iter().any(|r| r.seed == *seed && r.row == word(*form)) {
                continue;
            }
            let n = experiment.setup.pool;
            let treatment = Treatment {
                start: Start::Autoencoder,
                weights: LossWeights::default(),
                budget: Budget::random(n, 100, *seed),
                reserve: None,
                game: game(*form, experiment.setup.game_rate),
            };
            let record = experiment.row(&word(*form), *seed, &treatment, Extent::Full, ctx)?;
            record::append(results, &record)?;
        }
    }
    record::read_config(results, &config)
}

/// Columns of the experiment, by what they hold.
#[derive(Debug, Clone)]
pub struct Columns {
    /// All sets at native quality.
    pub clean: Vec<String>,
    /// All sets under the qualities of [`UNSEEN`].
    pub unseen: Vec<String>,
    /// All sets blurred by 2 px of the photo.
    pub blurred: Vec<String>,
}

impl Columns {
    pub fn from_design(design: &Design) -> Self {
        let clean: Vec<String> = design.names("seen");
        let under = |quality: &str| clean.iter().map(|name| format!("{name}/{quality}")).collect();
        Self {
            unseen: UNSEEN.iter().flat_map(|quality| -> Vec<String> { under(quality) }).collect(),
            blurred: under("blur-2"),
            clean,
        }
    }
}

/// Examines what is claimed of the game. The first three were fixed as the measures before anything
/// was trained.
pub fn examine(records: &[Record], columns: &Columns) -> Vec<ClaimFinding> {
    let [random, generator, none, worst, uniform] = FORMS.map(word);
    let auc = Measure::new(Figure::Auc, &columns.unseen);
    let paired = Measure::new(Figure::Paired, &columns.unseen);
    let clean = Measure::new(Figure::Auc, &columns.clean);
    let blurred = Measure::new(Figure::Auc, &columns.blurred);
    let f1 = Measure::new(Figure::F1, &columns.unseen);
    let mut findings = Vec::new();
    let mut compare = |claim: &str, compared: &str, rows: (&str, &str), m: &Measure, floor: f64| {
        let contrast = Contrast::difference(rows.0, rows.1, m);
        findings.push(ClaimFinding::new(claim, compared, &contrast, floor, records));
    };
    compare(
        "the game beats random patterns of the same level on unseen quality",
        "mean AUC under unseen qualities, generator minus random pattern",
        (&generator, &random),
        &auc,
        0.0,
    );
    compare(
        "… pair by pair",
        "paired accuracy under unseen qualities, generator minus random pattern",
        (&generator, &random),
        &paired,
        0.0,
    );
    compare(
        "it beats training without copies",
        "mean AUC under unseen qualities, generator minus no copies",
        (&generator, &none),
        &auc,
        0.0,
    );
    compare(
        "… pair by pair",
        "paired accuracy under unseen qualities, generator minus no copies",
        (&generator, &none),
        &paired,
        0.0,
    );
    compare(
        "a generator beats the worst of three random patterns",
        "mean AUC under unseen qualities, generator minus worst of three",
        (&generator, &worst),
        &auc,
        0.0,
    );
    compare(
        "the worst of three random patterns beats one",
        "mean AUC under unseen qualities, worst of three minus random pattern",
        (&worst, &random),
        &auc,
        0.0,
    );
    compare(
        "a pattern beats the same level everywhere",
        "mean AUC under unseen qualities, random pattern minus uniform",
        (&random, &uniform),
        &auc,
        0.0,
    );
    compare(
        "random copies beat none",
        "mean AUC under unseen qualities, random pattern minus no copies",
        (&random, &none),
        &auc,
        0.0,
    );
    compare(
        "the game beats random patterns under the blur it trains against",
        "AUC under a blur of 2 px, generator minus random pattern",
        (&generator, &random),
        &blurred,
        0.0,
    );
    compare(
        "the game costs little on clean pictures",
        "AUC at native quality, generator minus no copies, above -0.02",
        (&generator, &none),
        &clean,
        -LITTLE,
    );
    compare(
        "the map keeps its place better under unseen quality",
        "F1 under unseen qualities, generator minus random pattern",
        (&generator, &random),
        &f1,
        0.0,
    );
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_measures_are_over_all_sets_under_four_qualities() {
        let columns = Columns::from_design(&Design::Sharp);
        assert_eq!((columns.clean.len(), columns.unseen.len(), columns.blurred.len()), (4, 16, 4));
        assert!(columns.unseen.contains(&"mesh-swap-unseen/messenger".to_owned()));
        let findings = examine(&[], &columns);
        assert_eq!(findings.len(), 11);
    }

    #[test]
    fn rows_differ_in_the_form_alone() {
        let with = |form| game(form, 1e-3);
        for form in GameForm::BUDGETED {
            let alike = Game { form: GameForm::BudgetedRandom, ..with(form) };
            assert_eq!(alike, with(GameForm::BudgetedRandom));
        }
        assert!(!with(GameForm::None).dual_norm, "it has no copies");
    }
}
