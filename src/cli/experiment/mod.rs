//! `experiment`: measures the claims of the papers, of the game, of clips and of the learning loop.
//!
//! * **In**: arguments, photos of real faces. **Out**: lines of results in a run folder, sections
//!   of `RESULTS.md`, figures on stdout.
//! * **Not here**: training and measuring (`train::experiment`).

mod blur_budget;
mod clips;
mod figures_line;
mod game;
mod learning_loop;
mod page_file;
mod papers;
mod shortcut;
mod small_nets;

use clap::Subcommand;

/// The experiments.
#[derive(Debug, Subcommand)]
pub enum ExperimentSubcommand {
    /// Train and compare the rows of the table: baseline, autoencoder, locality, blurs, generators
    #[command(after_long_help = papers::TABLE_HELP)]
    Table(papers::TableArgs),
    /// Measure active learning: which masks are worth drawing
    #[command(after_long_help = papers::ACTIVE_HELP)]
    Active(papers::ActiveArgs),
    /// Measure whether masks keep a detector from learning a superficial trace
    #[command(after_long_help = shortcut::HELP)]
    Shortcut(shortcut::ShortcutArgs),
    /// Measure whether it matters where an adversary blurs, when how much is random
    #[command(after_long_help = blur_budget::HELP)]
    BlurBudget(blur_budget::BlurBudgetArgs),
    /// Measure the effect of the adversarial game on a trained detector
    #[command(after_long_help = game::HELP)]
    Game(game::GameArgs),
    /// Measure verdicts on videos, made from photos of unseen people
    #[command(after_long_help = clips::HELP)]
    Clips(clips::ClipsArgs),
    /// Measure the learning loop: queue, corrections, export, retraining
    #[command(after_long_help = learning_loop::HELP)]
    Loop(learning_loop::LoopArgs),
}

pub(super) fn run(command: ExperimentSubcommand) -> anyhow::Result<()> {
    match command {
        ExperimentSubcommand::Table(args) => papers::run_table(args),
        ExperimentSubcommand::Active(args) => papers::run_active(args),
        ExperimentSubcommand::Shortcut(args) => shortcut::run(&args),
        ExperimentSubcommand::BlurBudget(args) => blur_budget::run(&args),
        ExperimentSubcommand::Game(args) => game::run(&args),
        ExperimentSubcommand::Clips(args) => clips::run(args),
        ExperimentSubcommand::Loop(args) => learning_loop::run(&args),
    }
}
