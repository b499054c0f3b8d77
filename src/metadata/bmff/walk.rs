//! Walks the tree of boxes.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::boxes::{BoxHead, read_head};
use super::fragments::Fragments;
use super::state::State;
use super::{coding, edits, encoder, items, movie, names, sample_entry, sample_tables, tags};
use crate::metadata::field::Field;
use crate::metadata::sink::{BlockKind, Sink};
use crate::metadata::source::input::Input;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::{code, hex, hex_word};

/// Boxes that are read, and how deep they lie.
const MAX_BOXES: usize = 50_000;
const MAX_DEPTH: u8 = 32;
/// Bytes of a box that are read.
const MAX_BODY_BYTES: usize = 8 << 20;
/// Bytes read of a table of samples: its first entries are enough.
const TABLE_BYTES: usize = 4096;
/// Tracks without samples that are named.
const MAX_TRACKS: usize = 100;

const XMP_UUID: &str = "be7acfcb97a942e89c71999491e3afac";
const C2PA_UUID: &str = "d8fec3d61b0e483c92975828877ec481";

struct Walk<'a, 'b> {
    input: &'a mut Input<'b>,
    state: State,
    fragments: Fragments,
    /// The first video track whose samples lie in fragments.
    fragmented: Option<State>,
    /// Tracks whose tables declare no samples: number, and identifier in the file.
    empty_tracks: Vec<(u32, u32)>,
    n: usize,
    is_deep: bool,
    /// Boxes at the top: `ftyp`, `moov`, `meta`.
    n_top: [usize; 3],
}

/// Reads a whole file.
pub(in crate::metadata) fn read(input: &mut Input<'_>, sink: &mut Sink) {
    let length = input.length();
    let mut walk = Walk {
        input,
        state: State::default(),
        fragments: Fragments::default(),
        fragmented: None,
        empty_tracks: Vec::new(),
        n: 0,
        is_deep: false,
        n_top: [0; 3],
    };
    walk.boxes(0, length, 0, sink);
    for (track, id) in &walk.empty_tracks {
        if !walk.fragments.has_samples(*id) {
            let why = if walk.fragments.is_declared(*id) {
                "its fragments are not in this file"
            } else {
                "neither frames nor sound"
            };
            sink.warn(format!("the track {track} has no samples: {why}"));
        }
    }
    if sink.packets.is_none() {
        sink.packets = walk.fragments.chart(walk.n >= MAX_BOXES);
    }
    if let (Some(mut state), Some((at, length))) = (walk.fragmented, walk.fragments.first) {
        state.first_sample = (Some(at), Some(length));
        encoder::read(walk.input, &state, sink);
    }
    if walk.n >= MAX_BOXES {
        sink.cut("the file has too many boxes: the rest is not read");
    }
    if walk.is_deep {
        sink.cut("the boxes of the file lie too deep in each other: some were not read");
    }
    sink.places.extents.extend(std::mem::take(&mut walk.fragments.extents).into_values());
    let n_top = walk.n_top;
    items::finish(walk.input, &walk.state, sink);
    tops(n_top, sink);
}

/// A file has one beginning and one movie; a picture has none. `n_top`: as in [`Walk`].
fn tops([n_ftyp, n_moov, n_meta]: [usize; 3], sink: &mut Sink) {
    if n_ftyp > 1 {
        sink.warn(format!(
            "the file has {n_ftyp} beginnings (boxes ftyp), as when a second file is appended"
        ));
    }
    if n_moov > 1 {
        sink.warn(format!(
            "the file has {n_moov} movies (boxes moov): programs may show only one of them"
        ));
    }
    if n_moov == 0 && n_meta == 0 && sink.cut_by().is_none() {
        sink.warn("the file has no movie: the box moov is missing");
    }
}

impl Walk<'_, '_> {
    fn boxes(&mut self, from: u64, end: u64, depth: u8, sink: &mut Sink) {
        if depth > MAX_DEPTH {
            self.is_deep = true;
            return;
        }
        let mut at = from;
        while at < end && self.n < MAX_BOXES && !sink.is_full() {
            self.n = self.n.saturating_add(1);
            let Some(head) = read_head(self.input, at, end) else {
                self.rest(at, end, depth, sink);
                return;
            };
            // Appended bytes can look like a box that no one knows.
            if depth == 0 && head.is_cut && names::meaning(head.kind).is_empty() {
                self.rest(at, end, depth, sink);
                return;
            }
            if head.is_cut {
                let name = code(&head.kind);
                sink.warn(format!(
                    "the box {name} at byte {at} reaches beyond its end: it is cut off"
                ));
            }
            if depth == 0 {
                let kinds = [b"ftyp", b"moov", b"meta"];
                let mut known = kinds.into_iter().zip(&mut self.n_top);
                if let Some((_, n)) = known.find(|(kind, _)| *kind == &head.kind) {
                    *n = n.saturating_add(1);
                }
            }
            let known = names::meaning(head.kind);
            let size = head.end.saturating_sub(at);
            let at_part = sink.parts.len();
            sink.part(depth, code(&head.kind), known, (at, size));
            self.one(&head, depth, at_part, sink);
            at = head.end;
        }
    }

    /// Bytes that begin no box: an end mark of user data, or what was appended.
    fn rest(&mut self, at: u64, end: u64, depth: u8, sink: &mut Sink) {
        let length = end.saturating_sub(at);
        let head = self.input.read(at, 32);
        if depth > 0 && length <= 8 && head.iter().take(4).all(|b| *b == 0) {
            return;
        }
        sink.part(depth, "bytes behind the last box", "of no known kind", (at, length));
        if depth == 0 {
            let value = Span::new(&head, at);
            let words = format!("{length} bytes behind the last box");
            let mut field = Field::new("Trailer", "BytesAfterBoxes", "trailer", hex(&head), value);
            field.length = length;
            sink.field(field.meaning(words));
        } else {
            sink.warn(format!("at byte {at} a box has a size that cannot be"));
        }
    }

    fn body(&mut self, head: &BoxHead, most: usize) -> Vec<u8> {
        let n = usize::try_from(head.end.saturating_sub(head.body)).map_or(most, |n| n.min(most));
        self.input.read(head.body, n)
    }

    fn one(&mut self, head: &BoxHead, depth: u8, at_part: usize, sink: &mut Sink) {
        let below = depth.saturating_add(1);
        if &self.state.parent == b"ipco" {
            self.state.n_properties = self.state.n_properties.saturating_add(1);
        }
        match &head.kind {
            b"trak" => {
                let parent = self.state.parent;
                self.state.enter_track();
                self.inside(head, head.body, below, sink);
                self.end_track(sink);
                (self.state.track, self.state.handler) = (0, [0; 4]);
                self.state.parent = parent;
            }
            b"udta" => tags::user_data(self.input, &self.state, head, sink, below),
            b"meta" => {
                // QuickTime's has no version before its boxes.
                let start = self.input.read(head.body, 8);
                let is_plain = start.get(4..8) == Some(b"hdlr");
                let from = head.body.saturating_add(if is_plain { 0 } else { 4 });
                let handler = self.state.handler;
                self.inside(head, from, below, sink);
                self.state.handler = handler;
            }
            b"ilst" => tags::item_list(self.input, &self.state, head, sink, below),
            b"stsd" => {
                let body = self.body(head, MAX_BODY_BYTES);
                sample_entry::read(&mut self.state, Span::new(&body, head.body), below, sink);
            }
            b"uuid" => {
                let body = self.body(head, MAX_BODY_BYTES);
                self.uuid(Span::new(&body, head.body), at_part, sink);
            }
            b"mdat" => {
                let length = head.end.saturating_sub(head.body);
                let value = Span::new(&[], head.body);
                let state = State::default();
                state.note(sink, ("MediaDataSize", "mdat"), value, length.to_string(), None);
                state.note(sink, ("MediaDataOffset", "mdat"), value, head.body.to_string(), None);
            }
            b"stsz" | b"stco" | b"co64" | b"ctts" | b"stss" | b"stsc" | b"stts" | b"stz2" => {
                let body = self.body(head, TABLE_BYTES);
                self.note_table(head);
                movie::table(&mut self.state, head.kind, Span::new(&body, head.body), sink);
            }
            b"moof" => {
                self.fragments.enter(head.start);
                self.inside(head, head.body, below, sink);
            }
            b"trex" | b"tfhd" | b"tfdt" | b"trun" => {
                let body = self.body(head, MAX_BODY_BYTES);
                self.fragments.read(head.kind, Span::new(&body, head.body));
            }
            _ if names::is_container(head.kind) => self.inside(head, head.body, below, sink),
            b"free" | b"skip" | b"wide" | b"idat" | b"sidx" | b"jumb" => {
                if &head.kind == b"jumb" {
                    let body = self.body(head, MAX_BODY_BYTES);
                    sink.block(BlockKind::Jumbf, Span::new(&body, head.body));
                }
            }
            b"iinf" | b"iloc" | b"pitm" | b"ispe" | b"irot" | b"imir" | b"auxC" | b"infe"
            | b"ipma" => {
                let body = self.body(head, MAX_BODY_BYTES);
                items::read(&mut self.state, head.kind, Span::new(&body, head.body), sink);
            }
            _ if coding::is_known(head.kind) => {
                let body = self.body(head, MAX_BODY_BYTES);
                coding::read(&self.state, head.kind, Span::new(&body, head.body), sink);
            }
            _ => {
                let body = self.body(head, MAX_BODY_BYTES);
                movie::leaf(&mut self.state, head.kind, Span::new(&body, head.body), sink);
            }
        }
    }

    /// The boxes of a box, from `from` on.
    fn inside(&mut self, head: &BoxHead, from: u64, depth: u8, sink: &mut Sink) {
        let parent = std::mem::replace(&mut self.state.parent, head.kind);
        self.boxes(from, head.end, depth, sink);
        self.state.parent = parent;
    }

    fn uuid(&self, body: Span<'_>, at_part: usize, sink: &mut Sink) {
        let id = hex_word(body.part_there(0, 16).bytes);
        let value = body.rest(16);
        let known = match id.as_str() {
            XMP_UUID => {
                sink.block(BlockKind::Xmp, value);
                "XMP"
            }
            C2PA_UUID => {
                // Version, then the purpose with a zero at its end, then an offset before a store.
                let (purpose, store) = value.rest(4).split_at_zero();
                if matches!(purpose.bytes, b"manifest" | b"original" | b"update") {
                    sink.block(BlockKind::Jumbf, store.rest(8));
                }
                "C2PA credential"
            }
            _ => {
                let field = Field::new(
                    self.state.group(),
                    format!("uuid {id}"),
                    "uuid",
                    hex(value.bytes),
                    value,
                );
                sink.field(field);
                "unknown; shown as bytes"
            }
        };
        if let Some(part) = sink.parts.get_mut(at_part) {
            part.meaning = format!("{id}: {known}").into();
        }
    }

    /// Notes where a table of samples lies.
    const fn note_table(&mut self, head: &BoxHead) {
        let place = Some((head.body, head.end.saturating_sub(head.body)));
        let tables = &mut self.state.tables;
        match &head.kind {
            b"stco" | b"co64" => {
                let is_wide = matches!(&head.kind, b"co64");
                tables.chunks = Some((head.body, head.end.saturating_sub(head.body), is_wide));
            }
            b"stsc" => tables.stsc = place,
            b"stsz" => tables.stsz = place,
            b"stts" => tables.stts = place,
            b"ctts" => tables.ctts = place,
            b"stss" => tables.stss = place,
            _ => {}
        }
    }

    /// What can be said of a track once all of its boxes were read.
    fn end_track(&mut self, sink: &mut Sink) {
        edits::show(&self.state, sink);
        if self.state.n_samples == Some(0) && self.empty_tracks.len() < MAX_TRACKS {
            self.empty_tracks.push((self.state.track, self.state.track_id));
        }
        if let Some(at) = self.state.first_sample.0.filter(|at| *at >= self.input.length()) {
            sink.warn(format!(
                "the samples of the track {} begin at byte {at}, behind the end of the file: it was cut off",
                self.state.track
            ));
        }
        sink.places.note_track(self.state.tables);
        encoder::read(self.input, &self.state, sink);
        let State { track, track_id, media_scale, .. } = self.state;
        let shift_s = edits::shift_s(&self.state);
        if &self.state.media == b"vide" {
            self.fragments.note_video(track_id, track, media_scale, shift_s);
            if self.state.n_samples == Some(0) && self.fragmented.is_none() {
                // Its configuration was read with the track.
                let State { media, codec, nal_length, .. } = self.state;
                let rest = State::default();
                self.fragmented = Some(State { track, media, codec, nal_length, ..rest });
            }
            if sink.packets.is_none() {
                let tables = &self.state.tables;
                let clock = (track, media_scale);
                sink.packets = sample_tables::read(self.input, tables, clock, shift_s);
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "tests may panic")]
mod tests {
    use super::*;

    fn boxed(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
        [&(body.len() as u32 + 8).to_be_bytes()[..], &kind, body].concat()
    }

    fn handler(class: [u8; 4], kind: [u8; 4]) -> Vec<u8> {
        boxed(*b"hdlr", &[&[0; 4], &class[..], &kind, &[0; 13]].concat())
    }

    #[test]
    fn the_media_of_a_track_is_what_the_handler_of_its_media_says() {
        let entry = boxed(*b"avc1", &[0; 78]);
        let samples = boxed(*b"stsd", &[&[0, 0, 0, 0, 0, 0, 0, 1][..], &entry].concat());
        let data = [handler(*b"\0\0\0\0", *b"alis"), boxed(*b"stbl", &samples)].concat();
        let media = [handler(*b"mhlr", *b"vide"), boxed(*b"minf", &data)].concat();
        let noted = boxed(*b"meta", &handler(*b"\0\0\0\0", *b"mdta"));
        let track = [boxed(*b"mdia", &media), noted].concat();
        let file = boxed(*b"moov", &boxed(*b"trak", &track));
        let mut sink = Sink::default();
        read(&mut Input::Bytes(&file), &mut sink);
        let coding = sink.fields.iter().find(|field| field.name == "CompressorID");
        assert_eq!(coding.map(|field| field.raw.as_str()), Some("avc1"), "{:?}", sink.fields);
    }
}
