//! The table of results: its rows, and running those that are not measured yet.

use std::path::Path;

use super::budget::Budget;
use super::evaluate::Extent;
use super::record::{self, Record};
use super::run::{Experiment, Start, Treatment};
use crate::base::TaskCtx;
use crate::train::Error;
use crate::train::fit::loss::LossWeights;
use crate::train::game::{Game, GameForm};

/// The predictor that marks the middle of the face whatever it is shown.
pub const BLIND: &str = "blind-ellipse";

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// The same net with cross-entropy of the image score alone. Its score is that of all rows:
    /// the mean logit of the most suspicious tenth of the map; so it has a map to be judged by,
    /// though no term asked for one.
    Base,
    /// Latent halves and reconstruction join.
    Autoencoder,
    /// Locality joins, with this percentage of the masks. With 0, the empty maps of the reals.
    Locality(u32),
    /// The base, with copies changed by this game.
    Game(GameForm),
    /// Locality with this percentage of the masks, and two generators.
    LocalityGame(u32),
}

impl Row {
    /// All rows in the order of the table.
    pub const ALL: [Self; 13] = [
        Self::Base,
        Self::Autoencoder,
        Self::Locality(1),
        Self::Locality(3),
        Self::Locality(10),
        Self::Locality(100),
        Self::Game(GameForm::RandomBlur),
        Self::Game(GameForm::GradientBlur),
        Self::Game(GameForm::Additive),
        Self::Game(GameForm::OneGenerator),
        Self::Game(GameForm::TwoGenerators),
        Self::LocalityGame(3),
        Self::LocalityGame(100),
    ];

    /// Its word in files and arguments.
    pub fn word(self) -> String {
        match self {
            Self::Base => "base-ce".to_owned(),
            Self::Autoencoder => "autoencoder".to_owned(),
            Self::Locality(percent) => format!("locality-{percent}"),
            Self::Game(form) => form.as_str().to_owned(),
            Self::LocalityGame(percent) => format!("locality-game-{percent}"),
        }
    }

    /// Its name in the table.
    pub fn title(self) -> String {
        match self {
            Self::Base => "base CE".to_owned(),
            Self::Autoencoder => "+ autoencoder (locality, 0 % masks)".to_owned(),
            Self::Locality(0) => "+ locality, empty maps of the reals alone".to_owned(),
            Self::Locality(percent) => format!("+ locality, {percent} % masks"),
            Self::Game(form) => match form {
                GameForm::None => "base CE, no game".to_owned(),
                GameForm::RandomBlur => "base + random blur".to_owned(),
                GameForm::GradientBlur => "base + gradient blur".to_owned(),
                GameForm::Additive => "base + additive (FGSM)".to_owned(),
                GameForm::OneGenerator => "base + one generator".to_owned(),
                GameForm::TwoGenerators => "base + two generators".to_owned(),
                GameForm::SharedGenerator => "base + a shared generator".to_owned(),
                GameForm::BudgetedUniform => "base + a random level, everywhere alike".to_owned(),
                GameForm::BudgetedRandom => "base + a random level, random pattern".to_owned(),
                GameForm::BudgetedWorst => {
                    "base + a random level, worst of three patterns".to_owned()
                }
                GameForm::BudgetedGenerator => {
                    "base + a random level, pattern by a generator".to_owned()
                }
            },
            Self::LocalityGame(percent) => format!("locality {percent} % + two generators"),
        }
    }

    pub const fn start(self) -> Start {
        match self {
            Self::Base | Self::Game(_) => Start::Classifier,
            Self::Autoencoder | Self::Locality(_) | Self::LocalityGame(_) => Start::Autoencoder,
        }
    }

    /// What it does in phase two, for a pool of `n` pairs. Random blur is matched in its mean width
    /// to what the two generators chose, when that was measured.
    pub fn treatment(
        self,
        n: usize,
        seed: u64,
        experiment: &Experiment<'_>,
        records: &[Record],
    ) -> Treatment {
        let start = self.start();
        let game = Game { rate: experiment.setup.game_rate, ..Game::default() };
        let percent = match self {
            Self::Locality(percent) | Self::LocalityGame(percent) => percent,
            Self::Base | Self::Autoencoder | Self::Game(_) => 0,
        };
        let game = match self {
            Self::Game(form) => Game { form, ..game },
            Self::LocalityGame(_) => Game { form: GameForm::TwoGenerators, ..game },
            Self::Base | Self::Autoencoder | Self::Locality(_) => game,
        };
        let chosen = chosen_width(records, seed).filter(|_| game.form == GameForm::RandomBlur);
        let has_locality = matches!(self, Self::Locality(_) | Self::LocalityGame(_));
        Treatment {
            start,
            weights: if has_locality { LossWeights::default() } else { start.weights() },
            budget: Budget::random(n, percent, seed),
            reserve: None,
            game: Game { sigma_mean: chosen.unwrap_or(game.sigma_mean), ..game },
        }
    }
}

impl std::str::FromStr for Row {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let names = || Self::ALL.map(Self::word).join(", ");
        Self::ALL
            .into_iter()
            .find(|row| row.word() == word)
            .ok_or_else(|| format!("{word:?} is no row; there are {}", names()))
    }
}

/// Whether a record holds all that the table wants of a row.
pub fn is_complete(record: &Record) -> bool {
    record.columns.keys().any(|name| name.contains('/'))
}

/// Mean width that the two generators of a seed chose.
fn chosen_width(records: &[Record], seed: u64) -> Option<f64> {
    record::mean_width(records, &Row::Game(GameForm::TwoGenerators).word(), seed)
}

/// The order in which rows are trained: as given, but random blur after the two generators to
/// which it is matched.
fn in_order(rows: &[Row]) -> Vec<Row> {
    let position = |form| rows.iter().position(|row| *row == Row::Game(form));
    let mut ordered = rows.to_vec();
    if let (Some(blur), Some(generators)) =
        (position(GameForm::RandomBlur), position(GameForm::TwoGenerators))
        && blur < generators
    {
        let row = ordered.remove(blur);
        ordered.insert(generators, row);
    }
    ordered
}

/// Measures the blind predictor, unless `results` holds it.
///
/// # Errors
///
/// As [`run`].
pub fn measure_blind(
    experiment: &mut Experiment<'_>,
    results: &Path,
    ctx: &TaskCtx<'_>,
) -> Result<(), Error> {
    let known = record::read_config(results, experiment.config())?;
    if known.iter().any(|r| r.row == BLIND) {
        return Ok(());
    }
    record::append(results, &experiment.blind(BLIND, ctx)?)
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
    rows: &[Row],
    results: &Path,
    ctx: &TaskCtx<'_>,
) -> Result<Vec<Record>, Error> {
    let config = experiment.config().to_owned();
    for seed in seeds {
        for row in in_order(rows) {
            let records = record::read_config(results, &config)?;
            run_one(experiment, row, *seed, &records, results, ctx)?;
        }
    }
    record::read_config(results, &config)
}

/// Trains, measures and keeps one row, unless `records` holds it or what it is matched to is not
/// measured yet.
///
/// # Errors
///
/// As [`run`].
pub fn run_one(
    experiment: &mut Experiment<'_>,
    row: Row,
    seed: u64,
    records: &[Record],
    results: &Path,
    ctx: &TaskCtx<'_>,
) -> Result<(), Error> {
    if records.iter().any(|r| r.seed == seed && r.row == row.word() && is_complete(r)) {
        return Ok(());
    }
    if row == Row::Game(GameForm::RandomBlur) && chosen_width(records, seed).is_none() {
        tracing::warn!("random-blur waits for two-generators of seed {seed}: left out");
        return Ok(());
    }
    let treatment = row.treatment(experiment.setup.pool, seed, experiment, records);
    let record = experiment.row(&row.word(), seed, &treatment, Extent::Full, ctx)?;
    record::append(results, &record)
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::planted;
    use super::*;

    #[test]
    fn words_are_read_back_and_unique() {
        for row in Row::ALL {
            assert_eq!(row.word().parse(), Ok(row));
        }
        assert!("locality-7".parse::<Row>().is_err());
    }

    #[test]
    fn random_blur_follows_the_generators_and_is_matched_to_them() {
        let order = in_order(&Row::ALL);
        let place = |form| order.iter().position(|row| *row == Row::Game(form)).unwrap();
        assert_eq!(place(GameForm::RandomBlur), place(GameForm::TwoGenerators) + 1, "{order:?}");
        assert_eq!(order.len(), Row::ALL.len());
        assert_eq!(order.first(), Some(&Row::Base), "else the order is kept");
        let alone = [Row::Game(GameForm::RandomBlur), Row::Base];
        assert_eq!(in_order(&alone), alone);
        let mut generators = planted("two-generators", 2);
        generators.facts.insert("sigma_mean_real".to_owned(), 0.2);
        generators.facts.insert("sigma_mean_forged".to_owned(), 0.6);
        let records = [planted("two-generators", 1), generators];
        assert_eq!(chosen_width(&records, 2), Some(0.4));
        assert_eq!(chosen_width(&records, 1), None, "nothing was written down");
    }
}
