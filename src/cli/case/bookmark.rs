//! `case bookmark`: marks something about an item for the report: OK, to check, or a warning.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};

use super::open::{author, open_read_only, open_writable};
use crate::case::{Case, ItemId, now};
use crate::cli::output;
use crate::report::{BookmarkRecord, bookmark_key};

/// Bookmarks of one item.
const MAX_BOOKMARKS: usize = 200;
/// Characters of a comment.
const MAX_COMMENT: usize = 2000;

/// Arguments of `case bookmark`.
#[derive(Debug, Args)]
pub struct BookmarkArgs {
    /// The case file
    #[arg(value_name = "CASE")]
    case: PathBuf,
    /// The item
    #[arg(long, value_name = "NUMBER")]
    item: i64,
    /// What you think of it. Without it the bookmarks of the item are listed
    #[arg(long, value_enum, requires = "comment")]
    mark: Option<BookmarkMark>,
    /// What is marked, for instance "face 1", "00:12" or "metadata"
    #[arg(long, value_name = "TEXT", default_value = "the whole file")]
    on: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// Author for the audit log. Default: the name last used in the window, else the user account
    #[arg(long, value_name = "NAME")]
    author: Option<String>,
}

/// What a person thinks of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BookmarkMark {
    /// Looked at, nothing to object to.
    Ok,
    /// Somebody has to look again.
    ToCheck,
    /// It speaks against the file.
    Warning,
}

impl BookmarkMark {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::ToCheck => "to-check",
            Self::Warning => "warning",
        }
    }
}

/// Sets a bookmark, or lists those of an item. A bookmark stays: who thinks otherwise sets another one.
pub(super) fn run(args: BookmarkArgs) -> anyhow::Result<()> {
    let (Some(mark), Some(comment)) = (args.mark, args.comment) else {
        let case = open_read_only(&args.case)?;
        case.row(ItemId(args.item))?;
        let lines: Vec<String> = bookmarks(&case, args.item)?.iter().map(line).collect();
        output::print_lines(&lines)?;
        return Ok(());
    };
    if comment.chars().count() > MAX_COMMENT || args.on.chars().count() > MAX_COMMENT {
        bail!("a bookmark has at most {MAX_COMMENT} characters");
    }
    let author = author(args.author);
    let mut case = open_writable(&args.case, &author)?;
    case.row(ItemId(args.item))?;
    let mut all = bookmarks(&case, args.item)?;
    if all.len() >= MAX_BOOKMARKS {
        bail!("item {} has {MAX_BOOKMARKS} bookmarks; there is no room for more", args.item);
    }
    let bookmark =
        BookmarkRecord { author, at: now(), mark: mark.as_str().to_owned(), on: args.on, comment };
    output::print_line(&line(&bookmark))?;
    all.push(bookmark);
    case.set_note(&bookmark_key(args.item), &serde_json::to_string(&all)?)?;
    Ok(())
}

/// The bookmarks of an item, oldest first.
pub(in crate::cli) fn bookmarks(case: &Case, item: i64) -> anyhow::Result<Vec<BookmarkRecord>> {
    let note = case.note(&bookmark_key(item))?;
    let read = |text: String| serde_json::from_str(&text).context("the bookmarks cannot be read");
    note.map_or_else(|| Ok(Vec::new()), read)
}

fn line(bookmark: &BookmarkRecord) -> String {
    let BookmarkRecord { author, at, mark, on, comment } = bookmark;
    format!("{mark}  {on}: {comment}  ({author}, {at})")
}
