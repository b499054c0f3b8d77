//! Arguments of `scan`, `merge` and the hidden child.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::progress::ProgressArg;
#[cfg(feature = "remote")]
use crate::cli::tools::RemoteArgs;
use crate::cli::tools::ToolArgs;
use crate::scan::{FailureClass, Kind, Shard};

pub(in crate::cli) const SCAN_HELP: &str = "\
A manifest is a text file with one path a line, or one JSON object a line with path and, if known,
sha256 and source; or a folder; or - for standard input. Paths lie below --root, by default the folder
of the manifest. A file belongs to one shard by the hash of its path.

DIR gets, for each shard, shard-I-of-N.jsonl (a line a file: path, sha256, the objects of inspect
--json and metadata --json, or a failure with its class, seconds, attempts) and, when every file has
its line, shard-I-of-N.done. Started again, a shard goes on where it was stopped or killed.

Failure classes:
  unreadable    the file is not there or cannot be read
  refused       not opened or not decoded: wrong line, too large, unknown or damaged
  changed       its SHA-256 is not that of the manifest
  timed-out     it took longer than --file-seconds
  killed        the process that examined it ended
  no-face       it shows no face
  not-examined  no face in it could be examined

Exit codes:
  0   every file of the shard has a result
  1   wrong use, or the shard could not start
  2   every file has its line, and some are failures (0 with --failed-files-ok)
  75  stopped by SIGTERM or SIGINT: start it again to go on

Examples:
  pentimento scan --manifest files.txt --out results
  pentimento scan --manifest files.txt --shard 3/8 --out results --only inspect
  pentimento scan --manifest files.txt --shard $SLURM_ARRAY_TASK_ID/8 --out results
  pentimento scan --manifest files.txt --out results --retry-failed timed-out
  pentimento merge results";

pub(in crate::cli) const MERGE_HELP: &str = "\
Writes results.jsonl (the lines of all shards, shard by shard), failures.csv and summary.json. With --sign
it signs summary.json, which holds the SHA-256 of results.jsonl: minisign -V checks it.

Exit codes:
  0  all shards are there
  1  wrong use, or the folders belong to different scans
  2  shards are missing; summary.json says which, and why

Examples:
  pentimento merge results
  pentimento merge node1/results node2/results --out all";

/// What is done with each file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum KindArg {
    /// Examine it for traces of forgery.
    Inspect,
    /// Read what it says about itself.
    Metadata,
}

impl From<KindArg> for Kind {
    fn from(arg: KindArg) -> Self {
        match arg {
            KindArg::Inspect => Self::Inspect,
            KindArg::Metadata => Self::Metadata,
        }
    }
}

/// Arguments of `scan`.
#[derive(Debug, Args)]
pub struct ScanArgs {
    /// Lines of paths or JSON objects, a folder, or - for standard input
    #[arg(long, value_name = "FILE")]
    pub(super) manifest: PathBuf,

    /// Folder for the results, created if missing; all shards may share it
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,

    /// Work on part I of N, counted from 0
    #[arg(long, value_name = "I/N", default_value_t = Shard::WHOLE)]
    pub(super) shard: Shard,

    /// Paths of the manifest lie below this folder
    #[arg(long, value_name = "DIR")]
    pub(super) root: Option<PathBuf>,

    /// What is done with each file, separated by commas
    #[arg(
        long,
        value_name = "KINDS",
        value_enum,
        value_delimiter = ',',
        default_value = "inspect,metadata"
    )]
    pub(super) only: Vec<KindArg>,

    /// Examine about 24 frames of a video only
    #[arg(long)]
    pub(super) quick: bool,

    /// Give a file at most this time
    #[arg(long, value_name = "SECONDS", default_value_t = 1800, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) file_seconds: u64,

    /// Leave out files with more bytes
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 30)]
    pub(super) file_bytes: u64,

    /// Examine files again that failed so, in a shard that has ended
    #[arg(long, value_name = "CLASS", value_parser = class_parser())]
    pub(super) retry_failed: Option<FailureClass>,

    /// End with exit code 0 also where files failed: a scheduler has nothing to repeat
    #[arg(long)]
    pub(super) failed_files_ok: bool,

    /// Print the summary as JSON
    #[arg(long)]
    pub(super) json: bool,

    /// How to show progress on stderr
    #[arg(long, value_enum, default_value_t = ProgressArg::Auto)]
    pub(super) progress: ProgressArg,

    /// Name of the detector's model bundle. Default: the one in use (see pentimento models)
    #[arg(long, value_name = "NAME")]
    pub(super) detector: Option<String>,

    #[cfg(feature = "remote")]
    #[command(flatten)]
    pub(super) remote: RemoteArgs,

    #[command(flatten)]
    pub(super) tools: ToolArgs,
}

/// Arguments of `merge`.
#[derive(Debug, Args)]
pub struct MergeArgs {
    /// Folders with results of one scan
    #[arg(value_name = "DIR", required = true)]
    pub(super) folders: Vec<PathBuf>,

    /// Folder for the union. Default: the first DIR
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,

    /// Sign with this secret key (see pentimento report new-key)
    #[arg(long, value_name = "FILE")]
    pub(super) sign: Option<PathBuf>,

    /// Print the summary as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Arguments of the child.
#[derive(Debug, Args)]
pub struct WorkerArgs {
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(super) only: Vec<KindArg>,

    #[arg(long)]
    pub(super) quick: bool,

    #[arg(long, default_value = "")]
    pub(super) detector: String,

    #[cfg(feature = "remote")]
    #[command(flatten)]
    pub(super) remote: RemoteArgs,

    #[command(flatten)]
    pub(super) tools: ToolArgs,
}

fn class_parser() -> impl clap::builder::TypedValueParser<Value = FailureClass> {
    use clap::builder::{PossibleValuesParser, TypedValueParser as _};
    PossibleValuesParser::new(FailureClass::ALL.iter().map(|class| class.as_str())).map(|word| {
        let class = word.parse();
        class.unwrap_or(FailureClass::NotExamined)
    })
}
