//! What the game does to a detector that has learned: it goes on with it, without it, and with its
//! controls, alike in everything else, and is measured before and after.
//!
//! Every arm trains as the shipped detector was trained: forgeries made on the fly, post-processing
//! at random, locality on every mask, on changed copies too. As all rows of experiments, the nets
//! look once, and their scores are logits before calibration.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use super::evaluate::Extent;
use super::facts::{cpu_secs, game_facts};
use super::record::{self, Record, hash_of};
use super::run::Experiment;
use crate::base::TaskCtx;
use crate::files::sha256_hex;
use crate::train::Error;
use crate::train::batch::loader::Forging;
use crate::train::fit::learner::Learner;
use crate::train::fit::{self, FitPlan, Fitted};
use crate::train::game::{Game, GameForm};
use crate::train::net::INPUT_PX;
use crate::train::publish::export::{self, Views};

/// The detector as it was.
pub const START: &str = "tuned-start";
/// Steps over which the learning rate warms up.
const WARMUP: u64 = 20;

/// The arms that are trained where no others are asked for.
pub const FORMS: [GameForm; 4] =
    [GameForm::TwoGenerators, GameForm::SharedGenerator, GameForm::RandomBlur, GameForm::None];

/// The word of an arm in files.
pub fn word(form: GameForm) -> String {
    format!("tuned-{}", form.as_str())
}

/// Everything but form and seed that decides an arm.
#[derive(Debug, Clone, Serialize)]
pub struct Tuning {
    /// Run folder whose last checkpoint every arm starts from.
    #[serde(skip)]
    pub start: PathBuf,
    pub steps: u64,
    /// Pairs a step.
    pub pairs: usize,
    /// Learning rate of fusion, latent and decoder at its peak; the encoder's in proportion.
    pub rate: f64,
    /// Rules of the game, its form left open.
    pub game: Game,
}

impl Tuning {
    fn plan(&self, form: GameForm, seed: u64) -> FitPlan {
        let default = FitPlan::default();
        FitPlan {
            seed,
            steps: self.steps,
            pairs: self.pairs,
            rate_head: self.rate,
            rate_encoder: self.rate * default.rate_encoder / default.rate_head,
            warmup: WARMUP,
            validate_every: 0,
            game: Game { form, ..self.game },
            start_from: Some(self.start.clone()),
            ..default
        }
        .sized_for_its_start()
    }
}

/// Trains and measures every arm of every seed that `results` does not hold yet, the start first.
///
/// Random blur is matched in its mean width to what the two generators of the seed chose, and left
/// out where these were not measured. Returns all records of this tuning.
///
/// # Errors
///
/// Training, files, engine; cancellation after what was finished has been kept.
pub fn run(
    experiment: &mut Experiment<'_>,
    tuning: &Tuning,
    (forms, seeds): (&[GameForm], &[u64]),
    results: &std::path::Path,
    ctx: &TaskCtx<'_>,
) -> Result<Vec<Record>, Error> {
    let config = config_of(experiment, tuning)?;
    let known = || record::read_config(results, &config);
    let has = |records: &[Record], word: &str, seed| {
        records.iter().any(|r| r.row == word && r.seed == seed)
    };
    if !has(&known()?, START, 0) {
        // A run of no steps: it ends where it starts.
        let plan = FitPlan { steps: 0, ..tuning.plan(GameForm::None, 0) };
        let folder = experiment.folder.join(&config).join("start");
        let mut batches = Forging::new(Arc::new(Vec::new()), &plan);
        let fitted = fit::fit(&plan, &mut batches, &[], &folder, ctx)?;
        let measured = experiment.measured(START, 0, (&fitted, &plan), Extent::Full, ctx)?;
        record::append(results, &Record { config: config.clone(), ..measured })?;
    }
    for seed in seeds {
        for form in in_order(forms) {
            let records = known()?;
            let word = word(form);
            if has(&records, &word, *seed) {
                continue;
            }
            let mut plan = tuning.plan(form, *seed);
            if form == GameForm::RandomBlur {
                let Some(width) = chosen_width(&records, *seed) else {
                    tracing::warn!("random-blur waits for two-generators of seed {seed}: left out");
                    continue;
                };
                plan.game.sigma_mean = width;
            }
            tracing::info!("seed {seed}: {word}");
            let folder = experiment.folder.join(&config).join(format!("seed{seed}")).join(&word);
            let (began, is_new) = (cpu_secs(), !folder.exists());
            let fitted: Fitted = {
                let mut batches = Forging::new(Arc::new(experiment.photos.train.to_vec()), &plan);
                fit::fit(&plan, &mut batches, &[], &folder, ctx)?
            };
            let spent = cpu_secs() - began;
            let mut record =
                experiment.measured(&word, *seed, (&fitted, &plan), Extent::Full, ctx)?;
            record.facts.extend(game_facts(&folder.join("game.csv")));
            if form == GameForm::RandomBlur {
                record.facts.insert("sigma_target".to_owned(), plan.game.sigma_mean);
            }
            // What an interrupted program did took its time there; not every system tells it.
            if is_new && spent >= 1.0 {
                record.facts.insert("cpu_secs_train".to_owned(), spent.round());
            }
            record::append(results, &Record { config: config.clone(), ..record })?;
        }
    }
    known()
}

/// Two generators first: random blur is matched to them.
fn in_order(forms: &[GameForm]) -> Vec<GameForm> {
    let mut ordered = forms.to_vec();
    ordered.sort_by_key(|form| *form != GameForm::TwoGenerators);
    ordered
}

/// Mean width that the two generators of a seed chose.
fn chosen_width(records: &[Record], seed: u64) -> Option<f64> {
    record::mean_width(records, &word(GameForm::TwoGenerators), seed)
}

/// Hash of all that decides figures beside arm and seed. Of the start its weights count, wherever
/// they lie.
fn config_of(experiment: &Experiment<'_>, tuning: &Tuning) -> Result<String, Error> {
    let plan = tuning.plan(GameForm::None, 0);
    let start = Learner::new(&plan)?.finished();
    let weights = export::to_onnx_at(&start, Views::One, INPUT_PX, &[]);
    Ok(hash_of(&(experiment.config(), tuning, sha256_hex(&weights))))
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::planted;
    use super::*;

    #[test]
    fn arms_differ_in_the_game_alone_and_begin_where_they_are_reported() {
        let tuning = Tuning {
            start: PathBuf::from("runs/a"),
            steps: 7,
            pairs: 2,
            rate: 3e-4,
            game: Game::default(),
        };
        let plans = FORMS.map(|form| tuning.plan(form, 5));
        for (plan, form) in plans.iter().zip(FORMS) {
            assert_eq!(plan.game.form, form);
            let alike = FitPlan { game: plans[0].game, ..plan.clone() };
            assert_eq!(alike, plans[0], "{form:?}");
        }
        assert_eq!(plans[0].start_from.as_deref(), Some(std::path::Path::new("runs/a")));
        assert!((plans[0].rate_encoder / plans[0].rate_head - 4.0 / 15.0).abs() < 1e-9);
    }

    #[test]
    fn random_blur_comes_after_the_generators_it_is_matched_to() {
        let order = in_order(&[GameForm::RandomBlur, GameForm::None, GameForm::TwoGenerators]);
        assert_eq!(order, [GameForm::TwoGenerators, GameForm::RandomBlur, GameForm::None]);
        let mut generators = planted(&word(GameForm::TwoGenerators), 2);
        generators.facts.insert("sigma_mean_real".to_owned(), 0.2);
        generators.facts.insert("sigma_mean_forged".to_owned(), 0.6);
        assert_eq!(chosen_width(&[generators.clone()], 2), Some(0.4));
        assert_eq!(chosen_width(&[generators], 1), None, "another seed");
    }
}
