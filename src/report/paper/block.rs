//! The parts of a page in their order, without places.

use std::ops::Range;
use std::sync::Arc;

/// A part of a page.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum PaperBlock {
    /// A heading; 1 is the title.
    Heading {
        level: u8,
        text: RichText,
    },
    /// A paragraph. One with a bar is a verdict.
    Paragraph {
        text: RichText,
        bar: Option<Bar>,
    },
    List {
        is_ordered: bool,
        items: Vec<RichText>,
    },
    Table(Table),
    /// Pictures side by side.
    Pictures(Vec<Picture>),
    /// What has to be seen first, in a frame.
    Caution(Vec<Self>),
    /// What follows starts on a page of its own.
    NewPage,
}

/// Text with marks. Ranges are bytes of the text, and do not overlap.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RichText {
    pub(super) text: String,
    pub(super) marks: Vec<(Range<usize>, Ink)>,
}

/// How a part of a text is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Bold,
    Small,
}

/// The bar beside a verdict. It differs by its form as well, so that gray paper tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bar {
    TracesFound,
    Inconclusive,
    NoTraceFound,
    NotExamined,
}

/// A table. All rows have the same columns.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Table {
    /// The first column holds names of facts.
    pub(super) is_facts: bool,
    pub(super) head: Vec<Cell>,
    pub(super) rows: Vec<Vec<Cell>>,
}

/// A cell of a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Cell {
    pub(super) text: RichText,
    pub(super) is_head: bool,
    pub(super) is_number: bool,
    /// Columns.
    pub(super) span: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Picture {
    /// A file in the format of JPEG.
    pub(super) jpeg: Arc<Vec<u8>>,
    pub(super) width_px: u32,
    pub(super) height_px: u32,
    /// What it shows, for people who do not see it.
    pub(super) alt: String,
    pub(super) caption: RichText,
}

impl RichText {
    /// Text without marks.
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), marks: Vec::new() }
    }
}
