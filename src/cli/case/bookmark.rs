//! `case bookmark`: marks something about an item for the report: OK, to check, or a warning.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::open::{author, open_read_only, open_writable};
use crate::case::ItemId;
use crate::cli::output;
use crate::report::BookmarkRecord;
use crate::session::{BookmarkMark, NewBookmark, add_bookmark, bookmarks};

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
    #[arg(long, value_parser = mark(), requires = "comment")]
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

/// Sets a bookmark, or lists those of an item. A bookmark stays: who thinks otherwise sets another
/// one.
pub(super) fn run(args: BookmarkArgs) -> anyhow::Result<()> {
    let item = ItemId(args.item);
    let (Some(mark), Some(comment)) = (args.mark, args.comment) else {
        let case = open_read_only(&args.case)?;
        case.row(item)?;
        let lines: Vec<String> = bookmarks(&case, item)?.iter().map(line).collect();
        output::print_lines(&lines)?;
        return Ok(());
    };
    let mut case = open_writable(&args.case, &author(args.author))?;
    let new = NewBookmark { mark, on: args.on, comment };
    output::print_line(&line(&add_bookmark(&mut case, item, &new)?))?;
    Ok(())
}

fn line(bookmark: &BookmarkRecord) -> String {
    let BookmarkRecord { author, at, mark, on, comment } = bookmark;
    format!("{mark}  {on}: {comment}  ({author}, {at})")
}

fn mark() -> impl TypedValueParser<Value = BookmarkMark> {
    let values = PossibleValuesParser::new(BookmarkMark::ALL.map(BookmarkMark::word));
    values.try_map(|word| {
        let mark = BookmarkMark::ALL.into_iter().find(|mark| mark.word() == word);
        mark.ok_or("there is no such mark")
    })
}
