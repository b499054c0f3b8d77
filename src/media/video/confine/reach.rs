//! What a child may reach beside its pipes.

use std::path::Path;

/// What a child may reach beside its pipes and the libraries it is made of.
#[derive(Debug, Clone, Copy)]
pub(in crate::media) struct Reach<'a> {
    /// The one file it opens.
    pub(super) file: Option<&'a Path>,
    /// Whether it writes that file, from frames that it gets by a pipe.
    pub(super) writes: bool,
    /// Whether it gets its input by a pipe.
    is_fed: bool,
    /// Whether files and system calls are shut to it where the system can do so.
    pub(super) is_sandboxed: bool,
}

impl<'a> Reach<'a> {
    /// No file at all.
    pub(in crate::media) const fn nothing() -> Self {
        Self { file: None, writes: false, is_fed: false, is_sandboxed: true }
    }

    /// Reads this file.
    pub(in crate::media) const fn reads(file: &'a Path) -> Self {
        Self { file: Some(file), writes: false, is_fed: false, is_sandboxed: true }
    }

    /// Writes this file, which exists.
    pub(in crate::media) const fn writes(file: &'a Path) -> Self {
        Self { file: Some(file), writes: true, is_fed: true, is_sandboxed: true }
    }

    /// Turns the sandbox off for a program that does not run in it.
    pub(in crate::media) const fn sandboxed(mut self, is_sandboxed: bool) -> Self {
        self.is_sandboxed = is_sandboxed;
        self
    }

    /// The same, with its input by a pipe.
    pub(in crate::media) const fn fed(mut self) -> Self {
        self.is_fed = true;
        self
    }

    /// Whether the child gets its input by a pipe.
    pub(in crate::media) const fn is_fed(&self) -> bool {
        self.is_fed
    }

    /// Whether the child gets frames by a pipe and writes a file.
    pub(in crate::media) const fn is_writer(&self) -> bool {
        self.writes
    }
}
