//! `case new` and `case add`: media into a case.
//!
//! * **In**: files and folders. **Out**: items; files are neither opened nor copied.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::open::{author, open_writable};
use crate::base::text::counted;
use crate::base::{Cancel, Phase, TaskCtx};
use crate::case::{Added, Case, NewItem};
use crate::cli::output;
use crate::cli::progress::ProgressLine;
use crate::curate::{self, Origin};

/// Arguments of `case new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The case to make; .pentimento is added where the name has no ending
    #[arg(value_name = "CASE")]
    case: PathBuf,
    #[command(flatten)]
    media: MediaArgs,
    /// Pictures, clips, and folders of them
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// Arguments of `case add`.
#[derive(Debug, Args)]
pub struct AddArgs {
    /// The case
    #[arg(value_name = "CASE")]
    case: PathBuf,
    #[command(flatten)]
    media: MediaArgs,
    /// Pictures, clips, and folders of them
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
}

#[derive(Debug, Args)]
struct MediaArgs {
    /// Where the files come from; without it the name of the sub-folder they lie in
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Whose face the files show
    #[arg(long, value_name = "NAME")]
    person: Option<String>,
    /// Who works, for the log; without it the name last used in the window, else that of the account
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
}

/// Makes a case.
pub(super) fn make(args: NewArgs) -> anyhow::Result<()> {
    let mut path = args.case;
    if path.extension().is_none() {
        path.set_extension(crate::case::EXTENSION);
    }
    require(&args.paths)?;
    let case = Case::create(&path, &author(args.media.author.clone()))
        .with_context(|| format!("cannot make the case {}", path.display()))?;
    put(case, &args.media, &args.paths)
}

/// Adds to a case.
pub(super) fn run(args: &AddArgs) -> anyhow::Result<()> {
    require(&args.paths)?;
    let case = open_writable(&args.case, &author(args.media.author.clone()))?;
    put(case, &args.media, &args.paths)
}

/// A mistyped name is told before anything is done.
fn require(paths: &[PathBuf]) -> anyhow::Result<()> {
    match paths.iter().find(|path| !path.exists()) {
        Some(path) => anyhow::bail!("there is no file or folder {}", path.display()),
        None => Ok(()),
    }
}

fn put(mut case: Case, media: &MediaArgs, paths: &[PathBuf]) -> anyhow::Result<()> {
    let line = ProgressLine::bar(1);
    let on_progress = |p: crate::base::Progress| {
        if p.phase == Phase::Reading {
            line.file(&format!("{} files", p.done));
        }
    };
    let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
    let origin = Origin { source: media.source.clone(), person: media.person.clone() };
    let mut added = Added::default();
    let mut problems = Vec::new();
    for path in paths {
        let part = if path.is_dir() {
            let filled = curate::add_folder_of(&mut case, path, &origin, &ctx)?;
            problems.extend(filled.problems);
            filled.added
        } else {
            let Origin { source, person } = origin.clone();
            let item = NewItem { path: path.clone(), source, person };
            case.add(&mut std::iter::once(item), &ctx)?
        };
        added.new += part.new;
        added.known += part.known;
        added.left_out += part.left_out;
    }
    drop(line);
    for problem in &problems {
        output::eprint_line(&format!("left out: {problem}"));
    }
    output::print_line(&words(&case, added)?)?;
    Ok(())
}

fn words(case: &Case, added: Added) -> anyhow::Result<String> {
    let mut said = vec![format!("{} added", counted(added.new, "item"))];
    if added.known > 0 {
        said.push(format!("{} were there already", added.known));
    }
    if added.left_out > 0 {
        said.push(format!("{} have names that cannot be kept", added.left_out));
    }
    let has = counted(case.n_items()?, "item");
    Ok(format!("{}; {} has {has}", said.join(", "), case.path().display()))
}
