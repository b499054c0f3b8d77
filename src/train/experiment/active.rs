//! The curve of active learning: which criterion gets most out of a mask budget.
//!
//! Every point starts from the autoencoder's phase one of its seed, asks it which forgeries of the
//! pool are worth a mask, and trains phase two with those masks known and a quarter of every batch drawn
//! from them. The budgets 0 and 100 %, and 3 % at random, are rows of the table.

use std::path::Path;

use burn::tensor::{Device, Tensor, TensorData};

use super::budget::{Budget, size};
use super::evaluate::Extent;
use super::pool::Pool;
use super::record::{self, Record};
use super::run::{Experiment, Start, Treatment};
use super::setup::forger;
use super::table::{self, Row};
use crate::base::{Phase, TaskCtx};
use crate::train::Error;
use crate::train::fit::loss::{LossWeights, Objective};
use crate::train::game::{self, Game, GameForm};
use crate::train::net::{HeadForm, Lae, floats};
use crate::train::publish::export::{self, Views};
use crate::train::select::{self, Criterion, Features, LatentLayer};

/// Pairs that a net looks at at once.
const CHUNK: usize = 16;
/// Channels are ranked on this many times as many forgeries of validation photos as each set of the
/// validation pairs has.
const RANKED_ON: usize = 3;
/// Stream of their pairs.
const RANKING_SEED: u64 = 0x7e59;

/// The word of a point of the curve in the results.
pub fn word(criterion: Criterion, percent: u32) -> String {
    match percent {
        0 => Row::Autoencoder.word(),
        3 if criterion == Criterion::Random => Row::Locality(3).word(),
        100.. => Row::Locality(100).word(),
        _ => format!("active-{}-{percent}", criterion.as_str()),
    }
}

/// Trains and measures every point that `results` does not hold yet, at native quality. Returns all
/// records of this setup.
///
/// # Errors
///
/// Training, files, engine; cancellation after what was finished has been kept.
pub fn run(
    experiment: &mut Experiment<'_>,
    seeds: &[u64],
    criteria: &[Criterion],
    budgets: &[u32],
    results: &Path,
    ctx: &TaskCtx<'_>,
) -> Result<Vec<Record>, Error> {
    let config = experiment.config().to_owned();
    let known = || record::read_config(results, &config);
    for seed in seeds {
        for percent in budgets {
            for criterion in criteria {
                let (row, records) = (word(*criterion, *percent), known()?);
                if let Ok(row) = row.parse::<Row>() {
                    table::run_one(experiment, row, *seed, &records, results, ctx)?;
                    continue;
                }
                if records.iter().any(|r| r.seed == *seed && r.row == row) {
                    continue;
                }
                let pool = experiment.pool(*seed, ctx)?;
                let budget = if *criterion == Criterion::Random {
                    Budget::random(pool.len(), *percent, *seed)
                } else {
                    let (net, _) = experiment.start(Start::Autoencoder, *seed, ctx)?;
                    let scores = scores(experiment, &net.model, *criterion, &pool, *seed, ctx)?;
                    Budget::from_chosen(
                        pool.len(),
                        &select::best(&scores, size(pool.len(), *percent)),
                    )
                };
                let treatment = Treatment {
                    start: Start::Autoencoder,
                    weights: LossWeights::default(),
                    reserve: Some(budget.clone()),
                    budget,
                    game: Game::default(),
                };
                let record = experiment.row(&row, *seed, &treatment, Extent::Native, ctx)?;
                record::append(results, &record)?;
            }
        }
    }
    known()
}

/// How much each forgery of the pool is worth labeling, by a criterion.
fn scores(
    experiment: &Experiment<'_>,
    model: &Lae,
    criterion: Criterion,
    pool: &Pool,
    seed: u64,
    ctx: &TaskCtx<'_>,
) -> Result<Vec<f32>, Error> {
    match criterion {
        Criterion::Random => Ok(vec![0.0; pool.len()]),
        Criterion::Concept | Criterion::ConceptThree => {
            let ranking = Pool::make(
                RANKED_ON * experiment.setup.validation_pairs,
                experiment.setup.test.px,
                &experiment.setup.design,
                &forger(experiment.photos.validation, RANKING_SEED),
                ctx,
            )?;
            let (features, _) = looks(model, &ranking, ctx)?;
            let sensitivities =
                select::sensitivities(&features, &LatentLayer::from_head(&model.head));
            let n = if criterion == Criterion::Concept { 1 } else { 3 };
            let channels = select::best(&sensitivities, n);
            tracing::info!("{}: channels {channels:?}", criterion.as_str());
            let (features, _) = looks(model, pool, ctx)?;
            Ok(select::excitations(&features, &channels))
        }
        Criterion::Uncertainty => Ok(select::uncertainties(&looks(model, pool, ctx)?.1)),
        Criterion::AdversarialBlur => misled(model, pool, seed, ctx),
    }
}

/// Features and image logits of every forgery of a pool.
fn looks(model: &Lae, pool: &Pool, ctx: &TaskCtx<'_>) -> Result<(Features, Vec<f32>), Error> {
    let device = Device::flex();
    let mut features = Features { channels: 0, cells: 0, values: Vec::new() };
    let mut logits = Vec::new();
    for first in (0..pool.len()).step_by(CHUNK) {
        ctx.step(Phase::Evaluating, first as u64, pool.len() as u64)?;
        let batch = pool.plain(first..pool.len().min(first + CHUNK));
        let forged = batch.input[batch.input.len() / 2..].to_vec();
        let data = TensorData::new(forged, [batch.n_pairs, 3, batch.px, batch.px]);
        let output = model.features(Tensor::from_data(data, &device), HeadForm::Conv);
        logits.extend(floats(output.image_logits()));
        let [_, channels, h, w] = output.features.dims();
        (features.channels, features.cells) = (channels, h * w);
        features.values.extend(floats(output.features));
    }
    Ok((features, logits))
}

/// The loss of every forgery of a pool after a blur that climbed the loss's gradient.
fn misled(model: &Lae, pool: &Pool, seed: u64, ctx: &TaskCtx<'_>) -> Result<Vec<f32>, Error> {
    let game = Game { form: GameForm::GradientBlur, ..Game::default() };
    let mut losses = Vec::new();
    for first in (0..pool.len()).step_by(CHUNK) {
        ctx.step(Phase::Evaluating, first as u64, pool.len() as u64)?;
        let batch = pool.plain(first..pool.len().min(first + CHUNK));
        let changed = game::copies(model, &Objective::default(), game, seed, &batch)?;
        let forged = changed[changed.len() / 2..].to_vec();
        let output =
            export::reference(model, HeadForm::Conv, Views::One, forged, batch.px, &Device::flex());
        losses.extend(select::losses(&output.logits));
    }
    Ok(losses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_that_are_rows_of_the_table_carry_its_words() {
        assert_eq!(word(Criterion::Random, 3), "locality-3");
        assert_eq!(word(Criterion::Random, 10), "active-random-10", "another reserve than its row");
        assert_eq!(word(Criterion::Concept, 0), "autoencoder");
        assert_eq!(word(Criterion::Uncertainty, 100), "locality-100");
        assert_eq!(word(Criterion::ConceptThree, 3), "active-concept-three-3");
    }
}
