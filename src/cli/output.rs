//! The only place that prints: results go to stdout, messages to stderr.
//!
//! What is printed holds no control characters and no marks of writing direction: they come from
//! names and metadata that others chose, and would reach the terminal. In JSON the escaped form
//! means the same. An end of a line within a line is such a character, too: else a name could forge
//! the next line. A text of several lines is handed over line by line.
//!
//! A closed stdout (`pentimento … | head`) is no failure: the caller gets an error and stops.

use std::io::{self, Write as _};

use crate::base::text::{visible, visible_page};

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
    print(&visible(text))
}

/// Prints lines to stdout and flushes them.
///
/// # Errors
///
/// As [`print_line`].
pub(super) fn print_lines(lines: &[impl AsRef<str>]) -> io::Result<Stdout> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    is_open(write_lines(&mut out, lines).and_then(|()| out.flush()))
}

/// Prints a text whose ends of lines this program has set, and no name in it.
///
/// # Errors
///
/// As [`print_line`].
pub(super) fn print_page(text: &str) -> io::Result<Stdout> {
    print(&visible_page(text))
}

/// Lines, one by one: a file can hold megabytes of text. No line can forge another.
fn write_lines(out: &mut impl io::Write, lines: &[impl AsRef<str>]) -> io::Result<()> {
    lines.iter().try_for_each(|line| writeln!(out, "{}", visible(line.as_ref())))
}

fn print(text: &str) -> io::Result<Stdout> {
    let mut out = io::stdout().lock();
    is_open(writeln!(out, "{text}").and_then(|()| out.flush()))
}

/// Whether the other end still read what was written.
fn is_open(written: io::Result<()>) -> io::Result<Stdout> {
    match written {
        Ok(()) => Ok(Stdout::Open),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Stdout::Closed),
        Err(error) => Err(error),
    }
}

/// Prints a line to stderr. A failure is ignored: there is nowhere left to report it.
pub(super) fn eprint_line(text: &str) {
    let _ignored = writeln!(io::stderr().lock(), "{}", visible(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_forges_no_line() {
        let lines = ["FAULT  missing: /a\nintact: 3 items".to_owned(), "head ab".to_owned()];
        let mut text = Vec::new();
        write_lines(&mut text, &lines).unwrap();
        assert_eq!(text, b"FAULT  missing: /a\\u000aintact: 3 items\nhead ab\n");
    }
}
