//! `experiment game`: measures the effect of the game on a trained detector.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::figures_line::figures_line;
use super::page_file::update_page;
use crate::base::{Cancel, TaskCtx};
use crate::cli::output;
use crate::cli::progress::ProgressLine;
use crate::cli::tools::ToolArgs;
use crate::cli::train::photos::PhotoArgs;
use crate::cli::train::{StepLog, commit, game_form, today};
use crate::infer::Engine;
use crate::train::data::coding::{self, Codec};
use crate::train::experiment::design::Design;
use crate::train::experiment::record::Record;
use crate::train::experiment::report::{self, GAME_HEADING};
use crate::train::experiment::run::Experiment;
use crate::train::experiment::setup::{Photos, Setup};
use crate::train::experiment::test_set::TestPlan;
use crate::train::experiment::tuned::{self, Tuning};
use crate::train::game::{Game, GameForm, Kernel};
use crate::train::net::{HeadForm, INPUT_PX};

pub(super) const HELP: &str = "\
Every arm starts from the weights of --start-from and continues their training: forgeries made
on the fly, random scaling, blur, noise and JPEG, masks for all. The arms differ in the
additional changed copies: by two generators, by one whose blur both pictures of a pair share,
by random blur of the same mean width, by one generator, or none.

Lines of results.jsonl in the run folder are not repeated, so an interrupted run resumes (also
within an arm). The page gets a section; its other parts stay unchanged.

Example:
  pentimento experiment game --start-from models/lae --steps 240";

/// Arguments of `experiment game`.
#[derive(Debug, Args)]
pub struct GameArgs {
    #[command(flatten)]
    photos: PhotoArgs,
    /// Run or bundle folder with the checkpoint that every arm starts from
    #[arg(long, value_name = "DIR", default_value = "models/lae")]
    start_from: PathBuf,
    /// Forms of the game, separated by commas
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "FORM",
        default_values_t = tuned::FORMS.map(GameForm::as_str).map(str::to_owned),
    )]
    forms: Vec<String>,
    /// Seeds, separated by commas
    #[arg(long, value_delimiter = ',', default_value = "1")]
    seeds: Vec<u64>,
    /// Optimizer steps of each arm
    #[arg(long, default_value_t = 240)]
    steps: u64,
    /// Pairs of a real and a forged picture in one step
    #[arg(long, default_value_t = 12)]
    pairs: usize,
    /// Peak learning rate of fusion, latent and decoder; that of the encoder is proportional
    #[arg(long, default_value_t = 4e-4)]
    rate: f64,
    /// Peak learning rate of the generators
    #[arg(long, default_value_t = 2e-3)]
    game_rate: f64,
    /// Largest blur of the game in pixels; above 1 the kernel is 7 × 7 instead of 5 × 5
    #[arg(long, value_name = "PX", default_value_t = 1.0)]
    sigma_max: f64,
    /// Pairs of each of the six test sets
    #[arg(long, default_value_t = 200)]
    test_pairs: usize,
    /// Measure the first N of them under every unseen quality, too
    #[arg(long, default_value_t = 60)]
    quality_pairs: usize,
    /// Pairs of each seen set of validation photos, for the thresholds
    #[arg(long, default_value_t = 60)]
    validation_pairs: usize,
    /// Folder for checkpoints and results.jsonl
    #[arg(long, value_name = "DIR", default_value = "runs/game")]
    run: PathBuf,
    /// The page that gets the section
    #[arg(long, value_name = "FILE", default_value = "models/lae/RESULTS.md")]
    out: PathBuf,
    /// Print one JSON object per arm and seed
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    tools: ToolArgs,
}

/// Trains what is missing, renders, says the figures.
pub(super) fn run(args: &GameArgs) -> anyhow::Result<()> {
    if args.steps == 0 {
        bail!("--steps must be at least 1");
    }
    let forms = args.forms.iter().map(|word| game_form(word)).collect::<Result<Vec<_>, _>>();
    let forms = forms.map_err(anyhow::Error::msg)?;
    if forms.contains(&GameForm::RandomBlur) && !forms.contains(&GameForm::TwoGenerators) {
        bail!("random-blur gets the mean width that two-generators chose: add that to --forms");
    }
    let kernel = if args.sigma_max > 1.0 { Kernel::Seven } else { Kernel::Five };
    let game = Game { rate: args.game_rate, sigma_max: args.sigma_max, kernel, ..Game::default() };
    let game = Game { sigma_mean: game.sigma_mean.min(args.sigma_max / 2.0), ..game };
    let tuning = Tuning {
        start: args.start_from.clone(),
        steps: args.steps,
        pairs: args.pairs.max(1),
        rate: args.rate,
        game,
    };
    let setup = Setup {
        pool: 0,
        pairs: tuning.pairs,
        steps_one: 0,
        steps_two: args.steps,
        test: TestPlan {
            px: INPUT_PX,
            pairs: args.test_pairs.max(1),
            quality_pairs: args.quality_pairs,
            h264: coding::is_available(Codec::H264),
        },
        validation_pairs: args.validation_pairs.max(1),
        game_rate: args.game_rate,
        design: Design::Tasks,
        head: HeadForm::Conv,
        imagenet: None,
    };
    let line = ProgressLine::bar(1);
    let report = StepLog::new(&line);
    let on_progress = |p| report.step(p);
    let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
    let engine = Engine::start(&args.tools.clone().engine())?;
    let split = args.photos.read(&args.tools.models(), &engine, &ctx)?;
    let of = Photos { train: &split.train, validation: &split.validation, test: &split.test };
    let mut experiment =
        Experiment::new(&setup, of, &engine, &args.run, None, (commit(), today()))?;
    let results = args.run.join("results.jsonl");
    let arms = (forms.as_slice(), args.seeds.as_slice());
    let records = tuned::run(&mut experiment, &tuning, arms, &results, &ctx)?;
    drop(line);
    let section = report::tuned::section(&records, &args.command(&records), &args.about());
    update_page(&args.out, |earlier| report::with_section(earlier, GAME_HEADING, &section))?;
    for record in &records {
        output::print_line(&figures_line(record, args.json))?;
    }
    output::eprint_line(&format!(
        "{} arms measured, written in {}",
        records.len(),
        args.out.display()
    ));
    Ok(())
}

impl GameArgs {
    /// The command that makes the figures again: all that were measured, not these arms alone.
    fn command(&self, records: &[Record]) -> String {
        let list = |all: Vec<String>| all.join(",");
        let is_measured = |form: &GameForm| records.iter().any(|r| r.row == tuned::word(*form));
        let forms = GameForm::ALL.into_iter().filter(is_measured);
        let seeds: BTreeSet<u64> =
            records.iter().filter(|r| r.row != tuned::START).map(|r| r.seed).collect();
        let mut text = format!(
            "pentimento experiment game --start-from {} --forms {} --seeds {} --steps {} --pairs {} --rate {} --game-rate {} --sigma-max {} --test-pairs {} --quality-pairs {} --validation-pairs {}",
            self.start_from.display(),
            list(forms.map(|f| f.as_str().to_owned()).collect()),
            list(seeds.iter().map(ToString::to_string).collect()),
            self.steps,
            self.pairs.max(1),
            self.rate,
            self.game_rate,
            self.sigma_max,
            self.test_pairs,
            self.quality_pairs,
            self.validation_pairs,
        );
        text.push_str(&self.photos.set_text());
        text
    }

    /// What the section says of how its figures were made.
    fn about(&self) -> String {
        format!(
            "Every arm starts from the same weights and is trained on for {} steps of {} pairs at {INPUT_PX} px, as the shipped detector was: forgeries made on the fly, masks for all, and post-processing at random (scaling down to 0.4, blur to 2 px, JPEG 30 to 97, noise): of the qualities here the H.264 codings alone are of a kind it never saw. All of these nets look once, and the scores are logits before calibration; the shipped file looks twice. An arm with a game also sees a changed copy of every picture, 1:1, with the mask of the picture: twice the pictures an arm without one sees. Its blur is at most {} px of the net's input; random blur has the mean width that the two generators chose.",
            self.steps,
            self.pairs.max(1),
            self.sigma_max
        )
    }
}
