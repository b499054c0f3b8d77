//! What a child may reach beside its pipes.

use std::path::Path;

/// What a child may reach beside its pipes and the libraries it is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach<'a> {
    /// The one file it opens.
    pub(super) file: Option<&'a Path>,
    /// A library that it loads, which may lie in any folder.
    pub(super) library: Option<&'a Path>,
    /// Whether it writes that file, from frames that it gets by a pipe.
    pub(super) writes: bool,
    /// Whether it gets its input by a pipe.
    is_fed: bool,
    /// Whether files and system calls are shut to it where the system can do so.
    pub(super) is_sandboxed: bool,
}

impl<'a> Reach<'a> {
    /// No file at all.
    pub(crate) const fn nothing() -> Self {
        Self { file: None, library: None, writes: false, is_fed: false, is_sandboxed: true }
    }

    /// The same, and it loads this library.
    pub(crate) const fn loads(mut self, library: Option<&'a Path>) -> Self {
        self.library = library;
        self
    }

    pub(crate) const fn reads(file: &'a Path) -> Self {
        Self { file: Some(file), ..Self::nothing() }
    }

    /// Writes this file, which exists.
    pub(crate) const fn writes(file: &'a Path) -> Self {
        Self { file: Some(file), writes: true, is_fed: true, ..Self::nothing() }
    }

    /// Turns the sandbox off for a program that does not run in it.
    pub(crate) const fn sandboxed(mut self, is_sandboxed: bool) -> Self {
        self.is_sandboxed = is_sandboxed;
        self
    }

    /// The same, with its input by a pipe.
    pub(crate) const fn fed(mut self) -> Self {
        self.is_fed = true;
        self
    }

    /// Whether the child gets its input by a pipe.
    pub(crate) const fn is_fed(&self) -> bool {
        self.is_fed
    }

    /// Whether the child gets frames by a pipe and writes a file.
    pub(crate) const fn is_writer(&self) -> bool {
        self.writes
    }
}
