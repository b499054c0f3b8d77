//! Sections of the pages that the person who makes a report may leave out.

use crate::report::Paper;
use crate::report::record::ReportRecord;

/// A section that may be left out of the pages. The record keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    /// Pictures with the marked places.
    Pictures,
    /// What files say about themselves.
    Metadata,
    /// Who drew and confirmed masks.
    Readings,
    /// What people marked for the report.
    Bookmarks,
    /// The entries of the log of a case.
    Log,
}

impl Section {
    /// All sections, in the order of the page.
    pub const ALL: [Self; 5] =
        [Self::Pictures, Self::Metadata, Self::Bookmarks, Self::Readings, Self::Log];

    /// Its word on the command line and in the record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pictures => "pictures",
            Self::Metadata => "metadata",
            Self::Readings => "readings",
            Self::Bookmarks => "bookmarks",
            Self::Log => "log",
        }
    }

    /// Whether only reports of a case have it.
    pub const fn is_of_case(self) -> bool {
        matches!(self, Self::Readings | Self::Bookmarks | Self::Log)
    }

    /// Its name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pictures => "Pictures of the items",
            Self::Metadata => "What files say about themselves",
            Self::Readings => "Who read and confirmed",
            Self::Bookmarks => "Bookmarks",
            Self::Log => "Log of the case",
        }
    }
}

/// The sentence about a section that was left out: nothing is missing in silence.
pub(super) fn left_out_sentence(section: Section) -> String {
    let place = match section {
        Section::Pictures => "the folder pictures of the report has them",
        Section::Metadata | Section::Readings | Section::Bookmarks | Section::Log => {
            "report.json has it"
        }
    };
    format!("{}: left out by who made the report; {place}.", section.label())
}

/// The word of a paper in the record.
pub const fn paper_word(paper: Paper) -> &'static str {
    match paper {
        Paper::A4 => "a4",
        Paper::Letter => "letter",
        Paper::A5 => "a5",
    }
}

/// The paper of a record; A4 where it names none.
pub fn paper_of(record: &ReportRecord) -> Paper {
    match record.request.paper.as_deref() {
        Some("letter") => Paper::Letter,
        _ => Paper::A4,
    }
}
