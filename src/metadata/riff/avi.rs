//! The chunks of an AVI video.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::index::PacketIndex;
use crate::metadata::field::Field;
use crate::metadata::simple::read_header;
use crate::metadata::sink::{BlockKind, Sink};
use crate::metadata::source::span::Span;
use crate::metadata::source::text::{code, hex, number, text, text_trimmed};

/// What the last stream header said, and in which list the walk is.
#[derive(Debug, Default)]
pub(super) struct Avi {
    stream_kind: [u8; 4],
    is_info: bool,
    pub(super) packets: PacketIndex,
}

pub(super) const fn meaning(name: [u8; 4], list: &[u8]) -> &'static str {
    match (&name, list) {
        (b"LIST", b"hdrl") => "headers",
        (b"LIST", b"strl") => "a stream",
        (b"LIST", b"movi") => "frames",
        (b"LIST", b"INFO") => "texts",
        (b"avih", _) => "main header",
        (b"strh", _) => "header of a stream",
        (b"strf", _) => "format of a stream",
        (b"strn", _) => "name of a stream",
        (b"idx1", _) => "index of the frames",
        (b"indx", _) => "places of the indexes of a stream",
        (b"JUNK", _) => "filling",
        (b"_PMX", _) => "XMP",
        (b"C2PA", _) => "C2PA credential",
        _ => "",
    }
}

impl Avi {
    /// A list begins.
    pub(super) fn list(&mut self, kind: &[u8]) {
        self.is_info = kind == b"INFO";
    }

    /// Reads a chunk.
    pub(super) fn chunk(&mut self, name: [u8; 4], body: Span<'_>, sink: &mut Sink) {
        let label = code(&name);
        match &name {
            b"avih" => main_header(body, sink),
            b"strh" => self.stream_header(body, sink),
            b"strf" if &self.stream_kind == b"vids" => read_header(body, sink),
            b"strf" if &self.stream_kind == b"auds" => sound(body, sink),
            b"strn" => {
                sink.field(Field::new("RIFF", "StreamName", label, text_trimmed(body.bytes), body));
            }
            b"_PMX" => sink.block(BlockKind::Xmp, body),
            b"C2PA" => sink.block(BlockKind::Jumbf, body),
            b"IDIT" => {
                let stored = text_trimmed(body.bytes).trim_end().to_owned();
                let words = date(&stored);
                sink.field(
                    Field::new("RIFF", "DateTimeOriginal", label, stored, body).meaning(words),
                );
            }
            b"indx" => self.packets.indexes(body),
            b"idx1" => {}
            // Some cameras and programs leave their names in the filling.
            b"JUNK" => {
                let words: Vec<u8> = body
                    .bytes
                    .iter()
                    .copied()
                    .take_while(|b| *b == b' ' || b.is_ascii_graphic())
                    .collect();
                if words.len() > 3 {
                    sink.field(Field::new("RIFF", "Junk", label, text(&words), body));
                }
            }
            _ if self.is_info => {
                let known = info(name).map_or_else(|| label.clone().into(), Into::into);
                let raw = text_trimmed(body.bytes);
                let field = Field { name: known, ..Field::new("RIFF", "", label, raw, body) };
                sink.field(field);
            }
            _ => {
                sink.field(Field::new(
                    "RIFF",
                    format!("Unknown {label}"),
                    label,
                    hex(body.bytes),
                    body,
                ));
            }
        }
    }

    fn stream_header(&mut self, body: Span<'_>, sink: &mut Sink) {
        self.stream_kind = body.array(0).unwrap_or_default();
        let is_video = &self.stream_kind == b"vids";
        self.packets.stream(is_video, body);
        let mut note = |name: &'static str, at: usize, raw: String, words: Option<String>| {
            let field = Field::new("RIFF", name, format!("strh {at}"), raw, body.part_there(at, 4));
            sink.field(field.meaning(words));
        };
        let words = match &self.stream_kind {
            b"vids" => Some("Video"),
            b"auds" => Some("Audio"),
            b"mids" => Some("MIDI"),
            b"txts" => Some("Text"),
            _ => None,
        };
        note("StreamType", 0, code(&self.stream_kind), words.map(str::to_owned));
        let codec = text_trimmed(body.part_there(4, 4).bytes);
        note(if is_video { "VideoCodec" } else { "AudioCodec" }, 4, codec, None);
        let (scale, rate) = (body.le32(20).unwrap_or_default(), body.le32(24).unwrap_or_default());
        let name = if is_video { "VideoFrameRate" } else { "AudioSampleRate" };
        if scale > 0 {
            let value = f64::from(rate) / f64::from(scale);
            let words = number((value * 1000.0).round() / 1000.0, 8);
            note(name, 20, format!("{rate}/{scale}"), Some(words));
        }
        let name = if is_video { "VideoFrameCount" } else { "AudioSampleCount" };
        note(name, 32, body.le32(32).unwrap_or_default().to_string(), None);
        let quality = body.le32(40).unwrap_or_default();
        let words = (quality == u32::MAX).then(|| "Default".to_owned());
        note("Quality", 40, quality.to_string(), words);
        let size = body.le32(44).unwrap_or_default();
        note("SampleSize", 44, size.to_string(), (size == 0).then(|| "Variable".to_owned()));
    }
}

fn main_header(body: Span<'_>, sink: &mut Sink) {
    let mut note = |name: &'static str, at: usize, words: Option<String>| {
        let stored = body.le32(at).unwrap_or_default().to_string();
        let field = Field::new("RIFF", name, format!("avih {at}"), stored, body.part_there(at, 4));
        sink.field(field.meaning(words));
    };
    let step = body.le32(0).unwrap_or_default();
    let rate = 1e6 / f64::from(step.max(1));
    note("FrameRate", 0, Some(number((rate * 1000.0).round() / 1000.0, 8)));
    let most = f64::from(body.le32(4).unwrap_or_default());
    note("MaxDataRate", 4, Some(format!("{} kB/s", number((most / 1000.0).round(), 10))));
    note("FrameCount", 16, None);
    note("StreamCount", 24, None);
    note("ImageWidth", 32, None);
    note("ImageHeight", 36, None);
}

fn sound(body: Span<'_>, sink: &mut Sink) {
    let mut note = |name: &'static str, at: usize, n: usize, raw: String, words: Option<&str>| {
        let field = Field::new("RIFF", name, format!("strf {at}"), raw, body.part_there(at, n));
        sink.field(field.meaning(words.map(str::to_owned)));
    };
    let short = |at: usize| body.le16(at).unwrap_or_default();
    let encoding = short(0);
    let words = match encoding {
        1 => Some("Microsoft PCM"),
        2 => Some("Microsoft ADPCM"),
        0x50 => Some("MPEG"),
        0x55 => Some("MP3"),
        0xFF => Some("AAC"),
        0x2000 => Some("DVM/AC3"),
        _ => None,
    };
    note("Encoding", 0, 2, encoding.to_string(), words);
    note("NumChannels", 2, 2, short(2).to_string(), None);
    note("SampleRate", 4, 4, body.le32(4).unwrap_or_default().to_string(), None);
    note("AvgBytesPerSec", 8, 4, body.le32(8).unwrap_or_default().to_string(), None);
    note("BitsPerSample", 14, 2, short(14).to_string(), None);
}

const fn info(name: [u8; 4]) -> Option<&'static str> {
    Some(match &name {
        b"ISFT" => "Software",
        b"ICRD" => "DateCreated",
        b"INAM" => "Title",
        b"IART" => "Artist",
        b"ICMT" => "Comment",
        b"ICOP" => "Copyright",
        b"IGNR" => "Genre",
        b"IKEY" => "Keywords",
        b"ISBJ" => "Subject",
        b"ISRC" => "Source",
        b"IENG" => "Engineer",
        b"ITCH" => "Technician",
        b"IPRD" => "Product",
        b"ISMP" => "TimeCode",
        b"IMED" => "Medium",
        b"ILNG" => "Language",
        _ => return None,
    })
}

/// `Mon Mar 10 15:04:43 2003` as `2003:03:10 15:04:43`.
fn date(stored: &str) -> Option<String> {
    let parts: Vec<&str> = stored.split_whitespace().collect();
    let [_, month, day, time, year] = <[&str; 5]>::try_from(parts).ok()?;
    let months =
        ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    let month = months.iter().position(|name| name.eq_ignore_ascii_case(month))?;
    let day: u8 = day.parse().ok()?;
    Some(format!("{year}:{:02}:{day:02} {time}", month.saturating_add(1)))
}
