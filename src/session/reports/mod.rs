//! Reports: what the command line says (the log of a case, its check, models, the doctor), and reports to
//! hand over, with the bookmarks that they show.
//!
//! * **In**: a [`ReportKind`](values::ReportKind), or an [order](order::ReportOrder). **Out**: lines of text, or a
//!   report and what it says.
//! * **Not here**: the commands themselves (`cli`): this program runs them in a child process.

pub(super) mod bookmarks;
pub(super) mod maker;
pub(super) mod order;
pub(super) mod reader;
pub(super) mod values;

pub use bookmarks::{BookmarkMark, NewBookmark, add_bookmark, bookmarks};
pub use order::{Password, ReportCommand, ReportContent, ReportMaking, ReportOrder, ReportSource};
pub use values::{Report, ReportKind};
