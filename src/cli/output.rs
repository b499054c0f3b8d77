//! The only place that prints: results go to stdout, messages to stderr.
//!
//! A closed stdout (`pentimento … | head`) is no failure: the caller is told to stop.

use std::io::{self, Write as _};

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
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => Ok(Stdout::Open),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Stdout::Closed),
        Err(error) => Err(error),
    }
}

/// Prints a line to stderr. A failure is ignored: there is nowhere left to report it.
pub(super) fn eprint_line(text: &str) {
    let _ignored = writeln!(io::stderr().lock(), "{text}");
}
