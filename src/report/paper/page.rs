//! Finished pages: what stands where, and what it is for a program that reads aloud.

use std::sync::Arc;

use super::lines::TextLine;

/// The size of the paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Paper {
    /// 210 × 297 mm.
    #[default]
    A4,
    /// 8.5 × 11 inches.
    Letter,
    /// 148 × 210 mm: the card.
    A5,
}

impl Paper {
    /// Width and height in points (1/72 inch).
    pub const fn size(self) -> [f32; 2] {
        match self {
            Self::A4 => [595.28, 841.89],
            Self::Letter => [612.0, 792.0],
            Self::A5 => [419.53, 595.28],
        }
    }

    /// Left, top, right and bottom margin in points.
    pub(super) const fn margins(self) -> [f32; 4] {
        match self {
            Self::A4 | Self::Letter => [42.0, 36.0, 42.0, 40.0],
            Self::A5 => [24.0, 22.0, 24.0, 20.0],
        }
    }
}

/// Something drawn. Lengths are points, from the left upper corner of the page.
#[derive(Debug, Clone)]
pub(super) enum Mark {
    Text {
        line: TextLine,
        x: f32,
        y: f32,
    },
    /// A filled rectangle: `[x, y, width, height]`.
    Fill {
        area: [f32; 4],
        color: [u8; 3],
    },
    /// A picture in the format of JPEG.
    Picture {
        area: [f32; 4],
        jpeg: Arc<Vec<u8>>,
    },
}

/// A mark with the element that it belongs to; `None` for lines, frames and page numbers.
#[cfg_attr(not(feature = "report-pdf"), expect(dead_code, reason = "only the PDF reads all of it"))]
#[derive(Debug, Clone)]
pub(super) struct PlacedMark {
    pub(super) mark: Mark,
    pub(super) element: Option<usize>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Page {
    pub(super) marks: Vec<PlacedMark>,
}

/// What a part of the document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    Heading {
        level: u8,
        text: String,
    },
    Paragraph,
    List {
        is_ordered: bool,
    },
    Item,
    /// The sign before an item.
    Label,
    ItemText,
    Table,
    Row,
    HeadCell {
        is_row: bool,
        span: usize,
    },
    Cell {
        span: usize,
    },
    Figure {
        alt: String,
    },
    Caption,
}

/// A part of the document in the order of reading; a parent stands before its children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) role: Role,
    pub(super) parent: Option<usize>,
}

#[cfg_attr(not(feature = "report-pdf"), expect(dead_code, reason = "only the PDF reads all of it"))]
#[derive(Debug, Clone)]
pub(super) struct SetDocument {
    pub(super) paper: Paper,
    pub(super) pages: Vec<Page>,
    pub(super) elements: Vec<Element>,
    /// Page of each heading of level 1 and 2, its place in points from the top, and its text.
    pub(super) outline: Vec<Chapter>,
}

/// A line of the table of contents.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chapter {
    pub(super) page: usize,
    pub(super) y: f32,
    pub(super) level: u8,
    pub(super) text: String,
}
