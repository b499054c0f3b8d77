//! What the walk through the boxes knows so far.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use super::sample_tables::SampleTables;
use crate::metadata::field::Field;
use crate::metadata::sink::Sink;
use crate::metadata::source::span::Span;

/// State of the walk.
#[derive(Debug, Default)]
pub(super) struct State {
    /// `qt  ` files read some boxes differently.
    pub(super) is_quicktime: bool,
    /// Number of the track that is open, from 1 on; 0 outside of tracks.
    pub(super) track: u32,
    pub(super) n_tracks: u32,
    /// Identifier of the open track in the file.
    pub(super) track_id: u32,
    /// Units a second of the movie, and of the track.
    pub(super) movie_scale: u32,
    pub(super) media_scale: u32,
    /// Kind of the track or of the metadata that are open.
    pub(super) handler: [u8; 4],
    /// Kind of the box that encloses what is read.
    pub(super) parent: [u8; 4],
    /// Kind of the media of the track.
    pub(super) media: [u8; 4],
    /// Names of metadata, by their numbers from 1 on.
    pub(super) keys: Vec<String>,
    /// Entries of the edit list: duration in movie units, start in media units, rate, and the box.
    pub(super) edits: Vec<(u64, i64, f64, u64)>,
    /// The first sample of the track: offset, bytes.
    pub(super) first_sample: (Option<u64>, Option<u64>),
    pub(super) n_samples: Option<u64>,
    /// The tables of samples of the track.
    pub(super) tables: SampleTables,
    /// Code of the sample entry, and bytes of a length before a NAL unit.
    pub(super) codec: [u8; 4],
    pub(super) nal_length: usize,
    /// Parts of the decoder configuration that may name the encoder.
    pub(super) configuration: Vec<u8>,
    /// Items of a picture file: kind by number, and places.
    pub(super) items: BTreeMap<u32, [u8; 4]>,
    pub(super) item_types: BTreeMap<u32, String>,
    pub(super) item_places: BTreeMap<u32, Vec<(u64, u64)>>,
    /// The main item, and the numbers of its properties from 1 on.
    pub(super) primary: Option<u32>,
    pub(super) main_properties: Vec<u32>,
    /// Properties so far; by their numbers those that are a size: width and height in pixels, and place.
    pub(super) n_properties: u32,
    pub(super) sizes: BTreeMap<u32, (u32, u32, u64)>,
    /// Places of items that were looked at.
    pub(super) n_places: u64,
    /// The handler of metadata was shown.
    pub(super) has_meta_handler: bool,
}

impl State {
    /// The group of fields that belong to what is open.
    pub(super) fn group(&self) -> String {
        if self.track == 0 { "QuickTime".to_owned() } else { format!("Track{}", self.track) }
    }

    /// Keeps a field of what is open.
    pub(super) fn note(
        &self,
        sink: &mut Sink,
        (name, tag): (&'static str, &'static str),
        value: Span<'_>,
        raw: String,
        words: Option<String>,
    ) {
        sink.field(Field::new(self.group(), name, tag, raw, value).meaning(words));
    }

    /// A track begins.
    pub(super) fn enter_track(&mut self) {
        self.n_tracks = self.n_tracks.saturating_add(1);
        *self = Self {
            is_quicktime: self.is_quicktime,
            track: self.n_tracks,
            n_tracks: self.n_tracks,
            movie_scale: self.movie_scale,
            keys: std::mem::take(&mut self.keys),
            items: std::mem::take(&mut self.items),
            item_types: std::mem::take(&mut self.item_types),
            item_places: std::mem::take(&mut self.item_places),
            primary: self.primary,
            n_properties: self.n_properties,
            sizes: std::mem::take(&mut self.sizes),
            main_properties: std::mem::take(&mut self.main_properties),
            n_places: self.n_places,
            has_meta_handler: self.has_meta_handler,
            ..Self::default()
        };
    }
}
