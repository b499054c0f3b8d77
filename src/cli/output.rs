//! The one place that prints.
//!
//! * **In**: finished text. **Out**: stdout is data, stderr is for people.
//!
//! A reader that went away (`pentimento … | head`) is no failure: the caller is told to stop.

use std::io::{self, Write as _};

/// Whether anyone still reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    Listening,
    Gone,
}

/// Prints to stdout, a line break after it, and hands it on at once.
///
/// # Errors
///
/// What the system says (for instance a full disk), except that the reader has gone.
pub(super) fn data(text: &str) -> io::Result<Reader> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Ok(()) => Ok(Reader::Listening),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(error) => Err(error),
    }
}

/// Prints a line for people to stderr. There is nowhere to complain if that fails.
pub(super) fn people(text: &str) {
    let _nowhere_to_complain = writeln!(io::stderr().lock(), "{text}");
}
