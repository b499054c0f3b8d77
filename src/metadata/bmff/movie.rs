//! Headers of movie and tracks.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::state::State;
use super::{edits, names};
use crate::metadata::field::Field;
use crate::metadata::sink::Sink;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::{code, hex, number, text_trimmed};
use crate::metadata::source::words::{date_since_1904, duration};

/// Reads a box that holds no boxes.
pub(super) fn leaf(state: &mut State, kind: [u8; 4], body: Span<'_>, sink: &mut Sink) {
    match &kind {
        b"ftyp" => file_type(state, body, sink),
        b"mvhd" => movie_header(state, body, sink),
        b"tkhd" => track_header(state, body, sink),
        b"mdhd" => media_header(state, body, sink),
        b"hdlr" => handler(state, body, sink),
        b"vmhd" => {
            let mode = body.be16(4).unwrap_or_default();
            let words = match mode {
                0 => Some("srcCopy"),
                0x40 => Some("ditherCopy"),
                0x24 => Some("Transparent"),
                0x100 => Some("Alpha"),
                _ => None,
            };
            let value = body.part_there(4, 2);
            let words = words.map(str::to_owned);
            state.note(sink, ("GraphicsMode", "vmhd 4"), value, mode.to_string(), words);
            let color = [6, 8, 10].map(|at| body.be16(at).unwrap_or_default().to_string());
            state.note(sink, ("OpColor", "vmhd 6"), body.part_there(6, 6), color.join(" "), None);
        }
        b"smhd" => {
            let balance = f64::from(body.be16(4).unwrap_or_default().cast_signed()) / 256.0;
            state.note(
                sink,
                ("Balance", "smhd 4"),
                body.part_there(4, 2),
                number(balance, 5),
                None,
            );
        }
        b"elst" => edits::read(state, body),
        b"keys" => keys(state, body),
        // Cameras of Sony write a page of XML about the device here.
        b"xml " => {
            let value = body.rest(4);
            state.note(sink, ("XML", "xml "), value, text_trimmed(value.bytes), None);
        }
        b"clef" | b"prof" | b"enof" => {
            let name = match &kind {
                b"clef" => "CleanApertureDimensions",
                b"prof" => "ProductionApertureDimensions",
                _ => "EncodedPixelsDimensions",
            };
            let side = |at| number(f64::from(body.be32(at).unwrap_or_default()) / 65_536.0, 9);
            let raw = format!("{}x{}", side(4), side(8));
            state.note(sink, (name, "tapt"), body.rest(4), raw, None);
        }
        _ if names::meaning(kind).is_empty() && state.track == 0 => {
            let label = code(&kind);
            let field =
                Field::new("QuickTime", format!("Unknown {label}"), label, hex(body.bytes), body);
            sink.field(field);
        }
        _ => {}
    }
}

/// What the tables of samples tell by their first entries.
pub(super) fn table(state: &mut State, kind: [u8; 4], body: Span<'_>, sink: &mut Sink) {
    let n = body.be32(4).map(u64::from);
    match &kind {
        b"stsz" => {
            state.n_samples = body.be32(8).map(u64::from);
            let fixed = n.filter(|size| *size > 0);
            state.first_sample.1 = fixed.or_else(|| body.be32(12).map(u64::from));
            if let Some(n) = state.n_samples {
                state.note(
                    sink,
                    ("SampleCount", "stsz 8"),
                    body.part_there(8, 4),
                    n.to_string(),
                    None,
                );
            }
        }
        b"stco" | b"co64" => {
            let is_wide = &kind == b"co64";
            state.first_sample.0 = if is_wide { body.be64(8) } else { body.be32(8).map(u64::from) };
        }
        b"stts" if &state.media == b"vide" => {
            let rate = frame_rate(body, state.media_scale);
            if let Some(rate) = rate {
                let raw = number((rate * 1000.0).round() / 1000.0, 9);
                state.note(sink, ("VideoFrameRate", "stts"), body, raw, None);
            }
        }
        b"stss" => {
            if let Some(n) = n {
                state.note(
                    sink,
                    ("KeyFrameCount", "stss 4"),
                    body.part_there(4, 4),
                    n.to_string(),
                    None,
                );
            }
        }
        _ => {}
    }
}

/// Frames a second over the first entries of the table.
fn frame_rate(body: Span<'_>, scale: u32) -> Option<f64> {
    let n = body.be32(4)? as usize;
    let (mut frames, mut units) = (0u64, 0u64);
    for i in 0..n.min(500) {
        let at = i.checked_mul(8)?.checked_add(8)?;
        let (Some(count), Some(step)) = (body.be32(at), body.be32(at.checked_add(4)?)) else {
            break;
        };
        frames = frames.saturating_add(u64::from(count));
        units = units.saturating_add(u64::from(count).saturating_mul(u64::from(step)));
    }
    (units > 0 && scale > 0).then(|| frames as f64 * f64::from(scale) / units as f64)
}

fn file_type(state: &mut State, body: Span<'_>, sink: &mut Sink) {
    let major: [u8; 4] = body.array(0).unwrap_or_default();
    state.is_quicktime = &major == b"qt  ";
    let words = names::brand(major).map(str::to_owned);
    state.note(sink, ("MajorBrand", "ftyp 0"), body.part_there(0, 4), code(&major), words);
    let minor = body.be32(4).unwrap_or_default();
    let words = format!("{:x}.{:x}.{:x}", minor >> 16, minor >> 8 & 0xFF, minor & 0xFF);
    state.note(
        sink,
        ("MinorVersion", "ftyp 4"),
        body.part_there(4, 4),
        minor.to_string(),
        Some(words),
    );
    let (brands, _) = body.rest(8).bytes.as_chunks::<4>();
    let brands: Vec<String> =
        brands.iter().take(1000).filter(|b| **b != [0; 4]).map(|b| code(b)).collect();
    state.note(sink, ("CompatibleBrands", "ftyp 8"), body.rest(8), brands.join(", "), None);
}

/// Fields of a header whose times have four bytes, or eight in version 1.
struct Header<'a> {
    body: Span<'a>,
    is_wide: bool,
}

impl<'a> Header<'a> {
    fn new(body: Span<'a>) -> Self {
        Self { body, is_wide: body.u8(0) == Some(1) }
    }

    /// A number at the place that it has in version 0, behind `n_wide` wide numbers.
    fn shifted(&self, at: usize, n_wide: usize) -> usize {
        if self.is_wide { n_wide.saturating_mul(4).saturating_add(at) } else { at }
    }

    /// A number that is wide in version 1.
    fn time(&self, at: usize, n_wide: usize) -> (u64, Span<'a>) {
        let (at, n) = (self.shifted(at, n_wide), if self.is_wide { 8 } else { 4 });
        (self.body.be(at, n).unwrap_or_default(), self.body.part_there(at, n))
    }

    fn long(&self, at: usize, n_wide: usize) -> (u32, Span<'a>) {
        let at = self.shifted(at, n_wide);
        (self.body.be32(at).unwrap_or_default(), self.body.part_there(at, 4))
    }
}

fn movie_header(state: &mut State, body: Span<'_>, sink: &mut Sink) {
    let head = Header::new(body);
    let version = body.u8(0).unwrap_or_default();
    state.note(
        sink,
        ("MovieHeaderVersion", "mvhd 0"),
        body.part_there(0, 1),
        version.to_string(),
        None,
    );
    for (key, at, n) in [(("CreateDate", "mvhd 1"), 4, 0), (("ModifyDate", "mvhd 2"), 8, 1)] {
        let (stored, value) = head.time(at, n);
        state.note(sink, key, value, stored.to_string(), Some(date_since_1904(stored)));
    }
    let (scale, value) = head.long(12, 2);
    state.movie_scale = scale;
    state.note(sink, ("TimeScale", "mvhd 3"), value, scale.to_string(), None);
    let (stored, value) = head.time(16, 2);
    let words = duration(stored as f64 / f64::from(scale.max(1)));
    state.note(sink, ("Duration", "mvhd 4"), value, stored.to_string(), Some(words));
    let (rate, value) = head.long(20, 3);
    let words = number(f64::from(rate) / 65_536.0, 6);
    state.note(sink, ("PreferredRate", "mvhd 5"), value, rate.to_string(), Some(words));
    let at = head.shifted(24, 3);
    volume(state, ("PreferredVolume", "mvhd 6"), body.part_there(at, 2), sink);
    matrix(state, "mvhd 9", body.part_there(head.shifted(36, 3), 36), sink);
    let times = [
        ("PreviewTime", "mvhd 18"),
        ("PreviewDuration", "mvhd 19"),
        ("PosterTime", "mvhd 20"),
        ("SelectionTime", "mvhd 21"),
        ("SelectionDuration", "mvhd 22"),
        ("CurrentTime", "mvhd 23"),
    ];
    for (i, key) in times.into_iter().enumerate() {
        let (stored, value) = head.long(i.saturating_mul(4).saturating_add(72), 3);
        let words = duration(f64::from(stored) / f64::from(scale.max(1)));
        state.note(sink, key, value, stored.to_string(), Some(words));
    }
    let (next, value) = head.long(96, 3);
    state.note(sink, ("NextTrackID", "mvhd 24"), value, next.to_string(), None);
}

fn volume(state: &State, key: (&'static str, &'static str), value: Span<'_>, sink: &mut Sink) {
    let stored = value.be16(0).unwrap_or_default();
    let words = format!("{:.2}%", f64::from(stored) / 2.56);
    state.note(sink, key, value, stored.to_string(), Some(words));
}

/// Nine numbers; those of the last column have 30 bits behind the point, others 16.
fn matrix(state: &State, tag: &'static str, value: Span<'_>, sink: &mut Sink) {
    let entry = |i: usize| {
        let stored = value.be32(i.saturating_mul(4)).unwrap_or_default().cast_signed();
        let unit = if matches!(i, 2 | 5 | 8) { 1_073_741_824.0 } else { 65_536.0 };
        f64::from(stored) / unit
    };
    let entries: Vec<f64> = (0..9).map(entry).collect();
    let raw = entries.iter().map(|v| number(*v, 8)).collect::<Vec<_>>().join(" ");
    let angle = match entries.as_slice() {
        [a, b, _, c, d, ..] => match [*a, *b, *c, *d] {
            [1.0, 0.0, 0.0, 1.0] => None,
            [0.0, 1.0, -1.0, 0.0] => Some("turned by 90 degrees clockwise"),
            [-1.0, 0.0, 0.0, -1.0] => Some("turned by 180 degrees"),
            [0.0, -1.0, 1.0, 0.0] => Some("turned by 270 degrees clockwise"),
            _ => Some("transformed"),
        },
        _ => None,
    };
    let words = angle.map(|angle| format!("{raw} ({angle})"));
    state.note(sink, ("MatrixStructure", tag), value, raw, words);
}

fn track_header(state: &mut State, body: Span<'_>, sink: &mut Sink) {
    let head = Header::new(body);
    let version = body.u8(0).unwrap_or_default();
    state.note(
        sink,
        ("TrackHeaderVersion", "tkhd 0"),
        body.part_there(0, 1),
        version.to_string(),
        None,
    );
    let dates = [(("TrackCreateDate", "tkhd 1"), 4, 0), (("TrackModifyDate", "tkhd 2"), 8, 1)];
    for (key, at, n) in dates {
        let (stored, value) = head.time(at, n);
        state.note(sink, key, value, stored.to_string(), Some(date_since_1904(stored)));
    }
    let (id, value) = head.long(12, 2);
    state.track_id = id;
    state.note(sink, ("TrackID", "tkhd 3"), value, id.to_string(), None);
    let (stored, value) = head.time(20, 2);
    let words = duration(stored as f64 / f64::from(state.movie_scale.max(1)));
    state.note(sink, ("TrackDuration", "tkhd 5"), value, stored.to_string(), Some(words));
    let at = head.shifted(32, 3);
    let layer = body.be16(at).unwrap_or_default().cast_signed();
    state.note(sink, ("TrackLayer", "tkhd 8"), body.part_there(at, 2), layer.to_string(), None);
    volume(state, ("TrackVolume", "tkhd 9"), body.part_there(head.shifted(36, 3), 2), sink);
    matrix(state, "tkhd 10", body.part_there(head.shifted(40, 3), 36), sink);
    for (key, at) in [(("ImageWidth", "tkhd 19"), 76), (("ImageHeight", "tkhd 20"), 80)] {
        let (stored, value) = head.long(at, 3);
        if stored > 0 {
            let words = number(f64::from(stored) / 65_536.0, 9);
            state.note(sink, key, value, stored.to_string(), Some(words));
        }
    }
}

fn media_header(state: &mut State, body: Span<'_>, sink: &mut Sink) {
    let head = Header::new(body);
    let version = body.u8(0).unwrap_or_default();
    state.note(
        sink,
        ("MediaHeaderVersion", "mdhd 0"),
        body.part_there(0, 1),
        version.to_string(),
        None,
    );
    let dates = [(("MediaCreateDate", "mdhd 1"), 4, 0), (("MediaModifyDate", "mdhd 2"), 8, 1)];
    for (key, at, n) in dates {
        let (stored, value) = head.time(at, n);
        state.note(sink, key, value, stored.to_string(), Some(date_since_1904(stored)));
    }
    let (scale, value) = head.long(12, 2);
    state.media_scale = scale;
    state.note(sink, ("MediaTimeScale", "mdhd 3"), value, scale.to_string(), None);
    let (stored, value) = head.time(16, 2);
    let words = duration(stored as f64 / f64::from(scale.max(1)));
    state.note(sink, ("MediaDuration", "mdhd 4"), value, stored.to_string(), Some(words));
    let at = head.shifted(20, 3);
    let stored = body.be16(at).unwrap_or_default();
    if stored > 0 {
        let value = body.part_there(at, 2);
        state.note(
            sink,
            ("MediaLanguageCode", "mdhd 5"),
            value,
            stored.to_string(),
            language(stored),
        );
    }
}

/// Three letters of five bits each; smaller numbers are Apple's own codes.
fn language(stored: u16) -> Option<String> {
    if stored < 0x400 || stored == 0x7FFF {
        return Some(format!("Unknown ({stored})"));
    }
    let letter = |shift: u32| (stored.wrapping_shr(shift) & 31) as u8;
    let letters = [letter(10), letter(5), letter(0)].map(|l| char::from(l.saturating_add(0x60)));
    letters.iter().all(char::is_ascii_lowercase).then(|| letters.iter().collect())
}

fn handler(state: &mut State, body: Span<'_>, sink: &mut Sink) {
    let class: [u8; 4] = body.array(4).unwrap_or_default();
    let kind: [u8; 4] = body.array(8).unwrap_or_default();
    state.handler = kind;
    let words = match &class {
        b"mhlr" => Some("Media Handler"),
        b"dhlr" => Some("Data Handler"),
        _ => None,
    };
    if words.is_some() {
        let value = body.part_there(4, 4);
        state.note(sink, ("HandlerClass", "hdlr 4"), value, code(&class), words.map(str::to_owned));
    } else if state.track == 0 {
        state.has_meta_handler = true;
    }
    // Others are of the data (`minf` of QuickTime) or of metadata of the track.
    if state.track > 0 && &state.parent == b"mdia" {
        state.media = kind;
    }
    let words = names::handler(kind).map(str::to_owned);
    state.note(sink, ("HandlerType", "hdlr 8"), body.part_there(8, 4), code(&kind), words);
    let vendor: [u8; 4] = body.array(12).unwrap_or_default();
    if vendor != [0; 4] {
        let words = names::vendor(vendor).map(str::to_owned);
        state.note(
            sink,
            ("HandlerVendorID", "hdlr 12"),
            body.part_there(12, 4),
            code(&vendor),
            words,
        );
    }
    // QuickTime writes the number of letters first.
    let rest = body.rest(24);
    let counted = rest.u8(0).is_some_and(|n| usize::from(n) == rest.len().saturating_sub(1));
    let name = if counted { rest.rest(1) } else { rest };
    let description = text_trimmed(name.bytes);
    if !description.is_empty() {
        state.note(sink, ("HandlerDescription", "hdlr 24"), name, description, None);
    }
}

fn keys(state: &mut State, body: Span<'_>) {
    let n = body.be32(4).unwrap_or_default() as usize;
    let mut at = 8usize;
    state.keys.clear();
    for _ in 0..n.min(10_000) {
        let Some(size) = body.be32(at).and_then(|n| usize::try_from(n).ok()).filter(|n| *n >= 8)
        else {
            break;
        };
        let name = body.part_there(at.saturating_add(8), size.saturating_sub(8));
        state.keys.push(text_trimmed(name.bytes));
        at = at.saturating_add(size);
    }
}
