//! The only place that prints: results go to stdout, messages to stderr.
//!
//! What is printed holds no control characters but ends of lines and tabs: they come from names and
//! metadata that others chose, and would reach the terminal. In JSON the escaped form means the same.
//!
//! A closed stdout (`pentimento … | head`) is no failure: the caller is told to stop.

use std::io::{self, Write as _};

use crate::base::text::visible_page;

/// Whether the other end of stdout still reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stdout {
    Open,
    Closed,
}

/// Prints a line to stdout and flushes it.
///
/// # Errors
///
/// An I/O error other than a closed pipe, for instance a full disk.
pub(super) fn print_line(text: &str) -> io::Result<Stdout> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{}", visible_page(text)).and_then(|()| out.flush()) {
        Ok(()) => Ok(Stdout::Open),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Stdout::Closed),
        Err(error) => Err(error),
    }
}

/// Prints a line to stderr. A failure is ignored: there is nowhere left to report it.
pub(super) fn eprint_line(text: &str) {
    let _ignored = writeln!(io::stderr().lock(), "{}", visible_page(text));
}
