//! `case new` and `case add`: media into a case.
//!
//! * **In**: files and folders. **Out**: items; files are neither opened nor copied.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use walkdir::WalkDir;

use super::{author, counted, open, output};
use crate::base::{Cancel, Phase, TaskCtx};
use crate::case::{Added, Case, NewItem};
use crate::cli::progress::Line;

/// What the names of pictures and clips end in. Files named one by one may be called anything.
const MEDIA: [&str; 28] = [
    "jpg", "jpeg", "jpe", "jfif", "png", "apng", "webp", "gif", "tif", "tiff", "bmp", "dib", "mp4",
    "m4v", "mov", "mkv", "webm", "avi", "ts", "mts", "m2ts", "mpg", "mpeg", "3gp", "wmv", "flv",
    "ogv", "mpo",
];

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
    /// Who works, for the log; without it the name of the account
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
    let case = open(&args.case, &author(args.media.author.clone()))?;
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
    let line = Line::new(1);
    let on_progress = |p: crate::base::Progress| {
        if p.phase == Phase::Reading {
            line.file(&format!("{} files", p.done));
        }
    };
    let ctx = TaskCtx { cancel: Cancel::default(), on_progress: &on_progress };
    let mut n_unread = 0u64;
    let mut items = paths
        .iter()
        .flat_map(|path| media_below(path, &mut n_unread))
        .map(|(path, folder)| NewItem {
            path,
            source: media.source.clone().or(folder),
            person: media.person.clone(),
        })
        .collect::<Vec<_>>()
        .into_iter();
    let added = case.add(&mut items, &ctx)?;
    drop(line);
    if n_unread > 0 {
        output::people(&format!(
            "{} could not be looked into and was left out",
            counted(n_unread, "folder or file")
        ));
    }
    output::data(&words(&case, added)?)?;
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

/// A file as it is; of a folder the pictures and clips below it in the order of their names, each
/// with the name of the sub-folder it lies in. What is hidden is left out.
fn media_below(path: &Path, n_unread: &mut u64) -> Vec<(PathBuf, Option<String>)> {
    if !path.is_dir() {
        return vec![(path.to_owned(), None)];
    }
    let is_shown = |entry: &walkdir::DirEntry| {
        entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
    };
    let mut found = Vec::new();
    let walk = WalkDir::new(path).follow_links(true).sort_by_file_name();
    for entry in walk.into_iter().filter_entry(is_shown) {
        let Ok(entry) = entry else {
            *n_unread += 1;
            continue;
        };
        if entry.file_type().is_file() && is_media(entry.path()) {
            let source = source_of(entry.path(), path);
            found.push((entry.into_path(), source));
        }
    }
    found
}

fn is_media(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| MEDIA.contains(&ending.as_str()))
}

/// The path of the folder it lies in below the one that was named, or the name of that one. The same
/// as in `curate`, so that a folder has the same sources whichever way it came in.
fn source_of(path: &Path, folder: &Path) -> Option<String> {
    let below = path.parent()?.strip_prefix(folder).ok()?;
    let names: Vec<_> = below.iter().map(|name| name.to_string_lossy()).collect();
    if !names.is_empty() {
        return Some(names.join("/"));
    }
    Some(std::path::absolute(folder).ok()?.file_name()?.to_string_lossy().into_owned())
}
