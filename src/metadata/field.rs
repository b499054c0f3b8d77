//! What is read from a file: fields, parts of its structure, and who found the limits.

use std::borrow::Cow;

use super::source::span::Span;

/// One fact that the file states about itself.
///
/// Group and name are those of exiftool (`IFD0`, `Make`), so that both lists can be compared. The
/// texts come from the file and may hold anything: show them through
/// [`visible`](crate::base::text::visible).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Part of the file, for instance `ExifIFD` or `XMP-dc`. A second block of the same kind is
    /// `IFD0#2`, of IPTC `IPTC2`.
    pub group: Cow<'static, str>,
    /// Name of the tag. An unknown one is named by its number.
    pub name: Cow<'static, str>,
    /// Number or key of the tag in the file.
    pub tag: Cow<'static, str>,
    /// The value as stored: numbers in decimal, fractions as `1/20`, bytes without meaning in hex.
    pub raw: String,
    /// The value in words, where it differs from `raw`.
    pub meaning: Option<String>,
    /// Offset of the value in the file. Of packed or joined data: where they begin.
    pub offset: u64,
    /// Bytes of the value in the file.
    pub length: u64,
}

impl Field {
    pub(super) fn new(
        group: impl Into<Cow<'static, str>>,
        name: impl Into<Cow<'static, str>>,
        tag: impl Into<Cow<'static, str>>,
        raw: impl Into<String>,
        value: Span<'_>,
    ) -> Self {
        Self {
            group: group.into(),
            name: name.into(),
            tag: tag.into(),
            raw: raw.into(),
            meaning: None,
            offset: value.at,
            length: value.len() as u64,
        }
    }

    /// The same with its value in words. Words that equal the stored value are left out.
    pub(super) fn meaning(mut self, words: impl Into<Option<String>>) -> Self {
        self.meaning = words.into().filter(|words| *words != self.raw);
        self
    }

    /// The value for people: in words where there are some.
    pub fn words(&self) -> &str {
        self.meaning.as_deref().unwrap_or(&self.raw)
    }

    /// Group and name, as in `IFD0:Make`.
    pub fn key(&self) -> String {
        format!("{}:{}", self.group, self.name)
    }
}

/// The meaning of a part that holds a color profile.
pub(super) const COLOR_PROFILE: &str = "ICC color profile";

/// One part of the structure of a file: a segment, a chunk, a box, a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// How many parts enclose it.
    pub depth: u8,
    /// Name in the file, for instance `APP1` or `moov`.
    pub name: Cow<'static, str>,
    /// What it is, in words; empty where nothing is known.
    pub meaning: Cow<'static, str>,
    /// Offset of its first byte, header included.
    pub offset: u64,
    /// Bytes, header included.
    pub length: u64,
}

/// A small picture inside the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thumbnail {
    /// Offset of its first byte.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
}
