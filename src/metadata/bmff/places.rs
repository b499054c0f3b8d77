//! Where the samples of a file lie: what is needed to tell whether a credential covers them.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::extents::{MAX_ENTRIES, chunk_extents};
use super::sample_tables::SampleTables;
use crate::metadata::source::input::Input;

/// Tracks whose tables are kept.
const MAX_TRACKS: usize = 1000;

/// The places of all samples, as far as they were noted.
#[derive(Debug, Default)]
pub(in crate::metadata) struct SamplePlaces {
    /// Tables of tracks; they are read only for a file with a credential.
    tables: Vec<SampleTables>,
    /// Start and end of the samples of each track in fragments, and of the items of a picture, in the
    /// order in which they are listed.
    pub(in crate::metadata) extents: Vec<Vec<(u64, u64)>>,
    /// The same of items that are no pictures.
    pub(in crate::metadata) metadata: Vec<(u64, u64)>,
    /// Some were not noted.
    pub(in crate::metadata) is_cut: bool,
}

impl SamplePlaces {
    /// Keeps the tables of a track.
    pub(super) fn note_track(&mut self, tables: SampleTables) {
        if self.tables.len() < MAX_TRACKS {
            self.tables.push(tables);
        } else {
            self.is_cut = true;
        }
    }

    /// Start and end of all samples of each track, or of all items, in the order in which they are
    /// listed, and whether these are all of them.
    pub(in crate::metadata) fn all(&self, input: &mut Input<'_>) -> (Vec<Vec<(u64, u64)>>, bool) {
        let (mut found, mut is_whole) = (self.extents.clone(), !self.is_cut);
        let mut budget = MAX_ENTRIES;
        for tables in &self.tables {
            match chunk_extents(input, tables, &mut budget) {
                Some(extents) => found.push(extents),
                None => is_whole = false,
            }
        }
        (found, is_whole)
    }
}
