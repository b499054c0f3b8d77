//! Walks the elements of a file.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use super::blocks::Blocks;
use super::head::{ElementHeader, HEAD_BYTES, parse_head};
use super::names::{Kind, element};
use crate::base::text::capitalized;
use crate::metadata::field::Field;
use crate::metadata::sink::Sink;
use crate::metadata::source::input::Input;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::{binary, hex, hex_word, number, text_trimmed};
use crate::metadata::source::words::{date_since_1970, duration};

/// Elements that are read, and how deep they lie.
const MAX_ELEMENTS: usize = 100_000;
const MAX_DEPTH: u8 = 16;
/// Bytes of a value.
const MAX_BODY_BYTES: usize = 1 << 20;
/// Seconds from 1970 to 2001, where Matroska's dates begin.
const SECONDS_1970_TO_2001: i64 = 978_307_200;

const TRACK_ENTRY: u32 = 0xAE;
const CLUSTER: u32 = 0x1F43_B675;
const TAG: u32 = 0x7373;
const SIMPLE_TAG: u32 = 0x67C8;
const TAG_NAME: u32 = 0x45A3;
const TAG_STRING: u32 = 0x4487;
const TAG_BINARY: u32 = 0x4485;
const TAG_LANGUAGE: u32 = 0x447A;
const TAG_DEFAULT: u32 = 0x4484;

/// What encloses the elements that are read.
struct Walk<'a, 'b> {
    input: &'a mut Input<'b>,
    n: usize,
    n_tracks: u32,
    track: Option<u32>,
    kind_of_track: u64,
    /// Number of the open track in the blocks.
    number_of_track: u64,
    blocks: Blocks,
    /// Numbers of tracks by their identifiers in hex.
    tracks: BTreeMap<String, u32>,
    /// The track that the open tag is about.
    target: Option<u32>,
    section: &'static str,
    /// Nanoseconds of a unit of time.
    scale_ns: u64,
    n_clusters: u64,
    tag_name: String,
}

/// Reads a whole file.
pub(in crate::metadata) fn read(input: &mut Input<'_>, sink: &mut Sink) {
    let length = input.length();
    let mut walk = Walk {
        input,
        n: 0,
        n_tracks: 0,
        track: None,
        kind_of_track: 0,
        number_of_track: 0,
        blocks: Blocks::default(),
        tracks: BTreeMap::new(),
        target: None,
        section: "Matroska",
        scale_ns: 1_000_000,
        n_clusters: 0,
        tag_name: String::new(),
    };
    walk.elements(0, length, 0, sink);
    if walk.n >= MAX_ELEMENTS {
        sink.warn("the file has too many elements: the rest is not read");
    }
    sink.packets = walk.blocks.chart(walk.scale_ns as f64 / 1e9);
}

impl Walk<'_, '_> {
    fn head(&mut self, at: u64) -> Option<ElementHeader> {
        parse_head(Span::new(&self.input.read(at, HEAD_BYTES), at))
    }

    fn elements(&mut self, from: u64, end: u64, depth: u8, sink: &mut Sink) {
        let mut at = from;
        while at < end && depth < MAX_DEPTH && self.n < MAX_ELEMENTS && !sink.is_full() {
            self.n = self.n.saturating_add(1);
            let Some(head) = self.head(at) else {
                let rest = end.saturating_sub(at);
                sink.part(depth, "bytes of no element", "of no known kind", (at, rest));
                return;
            };
            let (name, kind) = element(head.id).unwrap_or(("", Kind::Skipped));
            let known_end = head.end.unwrap_or(end);
            if known_end > end {
                sink.warn(format!("the element 0x{:x} at byte {at} is cut off", head.id));
            }
            let mut stop = known_end.min(end);
            if head.id == CLUSTER {
                self.n_clusters = self.n_clusters.saturating_add(1);
                let is_open = head.end.is_none();
                stop = self.blocks.cluster(self.input, (head.body, stop), is_open);
            }
            // Of many clusters the first ones are listed.
            if head.id != CLUSTER || self.n_clusters <= 100 {
                let label =
                    if name.is_empty() { format!("0x{:X}", head.id).into() } else { name.into() };
                let label: std::borrow::Cow<'static, str> = label;
                let words = if head.id == CLUSTER { "frames" } else { "" };
                sink.part(depth, label, words, (at, stop.saturating_sub(at)));
            }
            match kind {
                Kind::Master => self.master(&head, stop, depth, sink),
                Kind::Skipped if head.id == CLUSTER => {}
                // Nothing says where other elements of open size end.
                Kind::Skipped if head.end.is_none() => return,
                Kind::Skipped => self.unknown(&head, stop, sink),
                _ => self.value(&head, stop, name, kind, sink),
            }
            at = stop.max(at.saturating_add(2));
        }
    }

    fn master(&mut self, head: &ElementHeader, stop: u64, depth: u8, sink: &mut Sink) {
        match head.id {
            0x1549_A966 => self.section = "Info",
            0x1654_AE6B => self.section = "Tracks",
            TRACK_ENTRY => {
                self.n_tracks = self.n_tracks.saturating_add(1);
                (self.track, self.kind_of_track) = (Some(self.n_tracks), 0);
                self.number_of_track = 0;
            }
            0x1254_C367 => self.section = "Matroska",
            0x1941_A469 => self.section = "Attachments",
            0x1043_A770 => self.section = "Chapters",
            TAG => self.target = None,
            SIMPLE_TAG => self.tag_name.clear(),
            _ => {}
        }
        self.elements(head.body, stop, depth.saturating_add(1), sink);
        if head.id == TRACK_ENTRY {
            if self.kind_of_track == 1 {
                self.blocks.note_video(self.number_of_track, self.n_tracks);
            }
            self.track = None;
        }
    }

    fn group(&self) -> String {
        match self.track.or(self.target) {
            Some(track) => format!("Track{track}"),
            None => self.section.to_owned(),
        }
    }

    fn body(&mut self, head: &ElementHeader, stop: u64) -> Vec<u8> {
        let n = usize::try_from(stop.saturating_sub(head.body)).unwrap_or(usize::MAX);
        self.input.read(head.body, n.min(MAX_BODY_BYTES))
    }

    /// Tags by their names; unknown elements as bytes.
    fn unknown(&mut self, head: &ElementHeader, stop: u64, sink: &mut Sink) {
        match head.id {
            TAG_NAME => self.tag_name = text_trimmed(&self.body(head, stop)),
            TAG_STRING | TAG_BINARY => {
                let bytes = self.body(head, stop);
                let value = Span::new(&bytes, head.body);
                let raw = if head.id == TAG_STRING { text_trimmed(&bytes) } else { hex(&bytes) };
                let key = self.tag_name.clone();
                let name: String = key.to_lowercase().split('_').map(capitalized).collect();
                sink.field(Field::new(self.group(), name, key, raw, value));
            }
            TAG_LANGUAGE | TAG_DEFAULT => {}
            id if element(id).is_none() => {
                let bytes = self.body(head, stop);
                let value = Span::new(&bytes, head.body);
                let label = format!("0x{id:x}");
                sink.field(Field::new(self.group(), label.clone(), label, hex(&bytes), value));
            }
            _ => {}
        }
    }

    fn value(
        &mut self,
        head: &ElementHeader,
        stop: u64,
        name: &'static str,
        kind: Kind,
        sink: &mut Sink,
    ) {
        if kind == Kind::Data {
            let length = stop.saturating_sub(head.body);
            let tag = format!("0x{:x}", head.id);
            let value = Span::new(&[], head.body);
            sink.field(Field {
                length,
                ..Field::new(self.group(), name, tag, binary(length), value)
            });
            return;
        }
        let bytes = self.body(head, stop);
        let body = Span::new(&bytes, head.body);
        // An element without content stands for its default, which most often is zero.
        let whole = body.be(0, body.len()).unwrap_or_default();
        let float = match body.len() {
            4 => body.be32(0).map(|b| f64::from(f32::from_bits(b))),
            8 => body.be64(0).map(f64::from_bits),
            _ => None,
        };
        let (raw, words) = match kind {
            Kind::Unsigned => (whole.to_string(), self.words(name, whole)),
            Kind::Float => {
                let value = float.unwrap_or(0.0);
                let seconds = value * self.scale_ns as f64 / 1e9;
                (number(value, 12), (name == "Duration").then(|| duration(seconds)))
            }
            Kind::Date => {
                let stored = whole.cast_signed();
                let seconds = stored.div_euclid(1_000_000_000).saturating_add(SECONDS_1970_TO_2001);
                (stored.to_string(), date_since_1970(seconds).map(|date| format!("{date}Z")))
            }
            Kind::Identifier => (hex_word(&bytes), None),
            Kind::Flag => {
                let words = if whole == 0 { "No" } else { "Yes" };
                (whole.to_string(), Some(words.to_owned()))
            }
            Kind::Time => (whole.to_string(), Some(duration(whole as f64 / 1e9))),
            Kind::Text | Kind::Master | Kind::Skipped | Kind::Data => (text_trimmed(&bytes), None),
        };
        match name {
            "TimecodeScale" => self.scale_ns = whole,
            "TrackType" => self.kind_of_track = whole,
            "TrackNumber" => self.number_of_track = whole,
            "TrackUID" => {
                if let Some(track) = self.track {
                    self.tracks.insert(raw.clone(), track);
                }
            }
            "TagTrackUID" => self.target = self.tracks.get(&raw).copied(),
            _ => {}
        }
        let name = match (name, self.kind_of_track) {
            ("CodecID", 1) => "VideoCodecID",
            ("CodecID", 2) => "AudioCodecID",
            ("DefaultDuration", 1) => "VideoFrameRate",
            _ => name,
        };
        let tag = format!("0x{:x}", head.id);
        sink.field(Field::new(self.group(), name, tag, raw, body).meaning(words));
    }

    fn words(&self, name: &str, stored: u64) -> Option<String> {
        match (name, stored) {
            ("DefaultDuration", 1..) if self.kind_of_track == 1 => {
                let rate = 1e9 / stored as f64;
                Some(number((rate * 1000.0).round() / 1000.0, 8))
            }
            ("TimecodeScale" | "DefaultDuration", _) => {
                Some(format!("{} ms", number(stored as f64 / 1e6, 6)))
            }
            ("TrackType", 1) => Some("Video".to_owned()),
            ("TrackType", 2) => Some("Audio".to_owned()),
            ("TrackType", 17) => Some("Subtitle".to_owned()),
            ("VideoScanType", 0) => Some("Undetermined".to_owned()),
            ("VideoScanType", 1) => Some("Interlaced".to_owned()),
            ("VideoScanType", 2) => Some("Progressive".to_owned()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(id: &[u8], body: &[u8]) -> Vec<u8> {
        let size = (body.len() as u64 | 1 << 56).to_be_bytes();
        [id, &size, body].concat()
    }

    #[test]
    fn attachments_and_chapters_are_fields() {
        let attached = [
            element(&[0x46, 0x6E], b"a.ttf"),
            element(&[0x46, 0x60], b"font/ttf"),
            element(&[0x46, 0x5C], &[7; 300]),
        ]
        .concat();
        let attachments = element(&[0x19, 0x41, 0xA4, 0x69], &element(&[0x61, 0xA7], &attached));
        let shown = element(&[0x80], &element(&[0x85], b"One"));
        let atom = [element(&[0x91], &1_500_000_000u64.to_be_bytes()), shown].concat();
        let edition = element(&[0x45, 0xB9], &element(&[0xB6], &atom));
        let chapters = element(&[0x10, 0x43, 0xA7, 0x70], &edition);
        let file = element(&[0x18, 0x53, 0x80, 0x67], &[attachments, chapters].concat());
        let mut sink = Sink::default();
        read(&mut Input::Bytes(&file), &mut sink);
        let found: Vec<_> = sink.fields.iter().map(|f| (f.key(), f.words(), f.length)).collect();
        let expected = [
            ("Attachments:AttachedFileName", "a.ttf", 5),
            ("Attachments:AttachedFileMIMEType", "font/ttf", 8),
            ("Attachments:AttachedFileData", "binary, 300 bytes", 300),
            ("Chapters:ChapterTimeStart", "1.50 s", 8),
            ("Chapters:ChapterString", "One", 3),
        ];
        let expected: Vec<_> = expected.map(|(k, w, n)| (k.to_owned(), w, n)).into();
        assert_eq!(found, expected);
    }
}
