//! A part of a file that was not examined.

/// A part of a file that was not examined, and why. A verdict never stands without the list of them.
///
/// The texts begin in lower case and have no full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotExamined {
    /// The part, for instance `part of the picture` or `12 frames`.
    pub what: String,
    /// Where it lies: rows of the stored picture, times, or bytes of the file.
    pub place: String,
    /// The reason.
    pub why: String,
}

impl NotExamined {
    /// From its three texts.
    pub fn new(what: impl Into<String>, place: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), place: place.into(), why: why.into() }
    }
}

impl std::fmt::Display for NotExamined {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { what, place, why } = self;
        write!(f, "not examined: {what} ({place}): {why}")
    }
}
