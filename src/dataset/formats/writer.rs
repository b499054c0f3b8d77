//! What every writer of a format does.

use crate::dataset::staging::StagingFolder;
use crate::dataset::{Entry, Error};

/// Where the picture of an entry was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dataset) struct PlacedPicture {
    /// Name of the entry's files, without extension.
    pub(in crate::dataset) stem: String,
    /// Path below the folder, with `/`; or the path of the original.
    pub(in crate::dataset) file: String,
}

/// Writes one format.
pub(in crate::dataset) trait FormatWriter {
    /// The path of a picture below the folder, with `/`.
    fn image_path(&self, entry: &Entry, stem: &str, extension: &str) -> String;

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
