//! The part that shows what the command line says: the log of a case, its check, models, the doctor.
//!
//! * **In**: a [`ReportKind`](values::ReportKind). **Out**: lines of text.
//! * **Not here**: the commands themselves (`cli`): this program runs them in a child process.

pub(super) mod reader;
pub(super) mod values;
