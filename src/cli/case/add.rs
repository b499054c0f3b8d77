//! `case new` and `case add`: pictures and videos into a case. Files are neither opened nor copied.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::open::{author, open_writable};
use crate::base::text::{counted, visible_path};
use crate::base::{Cancel, Phase, TaskCtx};
use crate::case::{AddedCounts, Case, NewItem};
use crate::cli::output;
use crate::cli::progress::ProgressLine;
use crate::curate::{self, ItemOrigin};

/// Arguments of `case new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The case file to create; .pentimento is appended to a name without extension
    #[arg(value_name = "CASE")]
    case: PathBuf,
    #[command(flatten)]
    media: MediaArgs,
    /// Pictures, videos, and folders of them
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// Arguments of `case add`.
#[derive(Debug, Args)]
pub struct AddArgs {
    /// The case file
    #[arg(value_name = "CASE")]
    case: PathBuf,
    #[command(flatten)]
    media: MediaArgs,
    /// Pictures, videos, and folders of them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
}

#[derive(Debug, Args)]
struct MediaArgs {
    /// Source of the files, for instance a camera. Default: the name of their sub-folder
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Person shown in the files
    #[arg(long, value_name = "NAME")]
    person: Option<String>,
    /// Author for the audit log. Default: the name last used in the window, else the user account
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
}

/// Creates a case and adds files.
pub(super) fn create(args: NewArgs) -> anyhow::Result<()> {
    let mut path = args.case;
    if path.extension().is_none() {
        path.set_extension(crate::case::EXTENSION);
    }
    check_paths(&args.paths)?;
    let case = Case::create(&path, &author(args.media.author.clone()))
        .with_context(|| format!("cannot create the case {}", visible_path(&path)))?;
    add_paths(case, &args.media, &args.paths)
}

/// Adds files to a case.
pub(super) fn run(args: &AddArgs) -> anyhow::Result<()> {
    check_paths(&args.paths)?;
    let case = open_writable(&args.case, &author(args.media.author.clone()))?;
    add_paths(case, &args.media, &args.paths)
}

/// Fails on a path that does not exist, before anything is done.
fn check_paths(paths: &[PathBuf]) -> anyhow::Result<()> {
    match paths.iter().find(|path| !path.exists()) {
        Some(path) => anyhow::bail!("no such file or folder: {}", visible_path(path)),
        None => Ok(()),
    }
}

fn add_paths(mut case: Case, media: &MediaArgs, paths: &[PathBuf]) -> anyhow::Result<()> {
    let line = ProgressLine::bar(1);
    let on_progress = |p: crate::base::Progress| {
        if p.phase == Phase::Reading {
            line.file(&format!("{} files", p.done));
        }
    };
    let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
    let origin = ItemOrigin { source: media.source.clone(), person: media.person.clone() };
    let mut added = AddedCounts::default();
    let mut problems = Vec::new();
    for path in paths {
        let part = if path.is_dir() {
            let filled = curate::add_folder_from(&mut case, path, &origin, &ctx)?;
            problems.extend(filled.problems);
            filled.added
        } else {
            let ItemOrigin { source, person } = origin.clone();
            let item = NewItem { path: path.clone(), source, person };
            case.add(&mut std::iter::once(item), &ctx)?
        };
        added.new += part.new;
        added.known += part.known;
        added.left_out += part.left_out;
    }
    drop(line);
    for problem in &problems {
        output::eprint_line(&format!("skipped: {problem}"));
    }
    output::print_line(&summary(&case, added)?)?;
    Ok(())
}

fn summary(case: &Case, added: AddedCounts) -> anyhow::Result<String> {
    let mut parts = vec![format!("{} added", counted(added.new, "item"))];
    if added.known > 0 {
        parts.push(format!("{} were in the case already", added.known));
    }
    if added.left_out > 0 {
        parts.push(format!("{} were skipped: their names cannot be stored", added.left_out));
    }
    let total = counted(case.n_items()?, "item");
    Ok(format!("{}; {} has {total}", parts.join(", "), case.path().display()))
}
