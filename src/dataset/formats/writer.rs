//! What every writer of a format does, and what several share.

use std::fmt::{Display, Write as _};

use crate::annotate::Decision;
use crate::dataset::staging::{StagedFile, StagingFolder};
use crate::dataset::{Entry, Error, Split};

/// Where the picture of an entry was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dataset) struct PlacedPicture {
    /// Name of the entry's files, without extension.
    pub(in crate::dataset) stem: String,
    /// Path below the folder, with `/`; or the path of the original.
    pub(in crate::dataset) file: String,
}

impl PlacedPicture {
    /// The path below the folder of its part, or the path of the original.
    pub(super) fn file_in_part(&self, split: Split) -> &str {
        let file = self.file.strip_prefix(&part_folder(split));
        file.unwrap_or(&self.file)
    }
}

/// Where the pictures of a part lie, in formats that part them.
fn part_folder(split: Split) -> String {
    format!("images/{}/", split.foreign_name())
}

/// Whether a format without decisions can express the entry: then an empty mask stands for "nothing
/// forged".
pub(super) fn says_mask_or_nothing(entry: &Entry) -> bool {
    entry.record.decision() != Some(Decision::CannotTell) || !entry.mask.is_empty()
}

pub(in crate::dataset) trait FormatWriter {
    /// The path of a picture below the folder, with `/`; by default in a folder of its part.
    fn image_path(&self, entry: &Entry, stem: &str, extension: &str) -> String {
        format!("{}{stem}.{extension}", part_folder(entry.record.split))
    }

    /// Whether the format can express the decision; if not, the entry is left out and counted.
    fn can_express(&self, entry: &Entry) -> bool {
        let _ = entry;
        true
    }

    /// Writes one entry, whose picture has been written.
    fn add(
        &mut self,
        folder: &mut StagingFolder,
        entry: &Entry,
        placed: &PlacedPicture,
    ) -> Result<(), Error>;

    /// Writes the files of the whole data set, the marker last.
    fn finish(self: Box<Self>, folder: &mut StagingFolder) -> Result<(), Error>;

    /// Hints for the user.
    fn remarks(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The elements of a JSON list as text, one a line.
#[derive(Default)]
pub(super) struct JsonList {
    text: String,
    n: u64,
}

impl JsonList {
    /// Adds an element. Its number counts from 1.
    pub(super) fn push(&mut self, element: impl Display) {
        let comma = if self.n > 0 { ",\n" } else { "\n" };
        let _infallible = write!(self.text, "{comma}{element}");
        self.n = self.n.saturating_add(1);
    }

    /// How many elements were added.
    pub(super) const fn len(&self) -> u64 {
        self.n
    }

    /// The text of the elements that were not taken yet.
    pub(super) fn take_text(&mut self) -> String {
        std::mem::take(&mut self.text)
    }
}

/// A file that is a JSON list, or ends in one.
pub(super) struct JsonListFile {
    stream: StagedFile,
    list: JsonList,
}

impl JsonListFile {
    /// Opens the file and writes what stands before the elements.
    pub(super) fn open(folder: &mut StagingFolder, name: &str, head: &str) -> Result<Self, Error> {
        let mut stream = folder.open_file(name)?;
        stream.write(head)?;
        Ok(Self { stream, list: JsonList::default() })
    }

    /// How many elements were written.
    pub(super) const fn len(&self) -> u64 {
        self.list.len()
    }

    pub(super) fn push(&mut self, element: impl Display) -> Result<(), Error> {
        self.list.push(element);
        self.stream.write(&self.list.take_text())
    }

    /// Writes what stands behind the elements.
    pub(super) fn finish(mut self, tail: &str) -> Result<(), Error> {
        self.stream.write(tail)?;
        self.stream.finish()
    }
}
