//! Descriptions of samples: codec, size, name of the coder.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::boxes::{boxes_in, parse_head};
use super::state::State;
use super::{coding, names};
use crate::metadata::sink::Sink;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::{code, number, text_trimmed};

/// Reads the first description of a track.
pub(super) fn read(state: &mut State, body: Span<'_>, depth: u8, sink: &mut Sink) {
    let entry = body.rest(8);
    let end = body.place(body.len());
    let Some(head) = parse_head(entry, end) else { return };
    let size = head.end.saturating_sub(entry.at);
    sink.part(depth, code(&head.kind), "coding of the samples", (entry.at, size));
    let n = body.be32(4).unwrap_or_default();
    if n > 1 {
        sink.warn(format!(
            "the track {} has {n} descriptions of samples: the first is read",
            state.track
        ));
    }
    state.codec = head.kind;
    let entry = entry.part_there(0, usize::try_from(size).unwrap_or(usize::MAX));
    match &state.media {
        b"vide" => video(state, entry, depth, sink),
        b"soun" => sound(state, entry, depth, sink),
        _ => {}
    }
}

fn video(state: &mut State, entry: Span<'_>, depth: u8, sink: &mut Sink) {
    let kind = code(&state.codec);
    state.note(sink, ("CompressorID", "stsd 4"), entry.part_there(4, 4), kind, None);
    let vendor: [u8; 4] = entry.array(20).unwrap_or_default();
    if vendor != [0; 4] {
        let words = names::vendor(vendor).map(str::to_owned);
        state.note(sink, ("VendorID", "stsd 20"), entry.part_there(20, 4), code(&vendor), words);
    }
    for (key, at) in [(("SourceImageWidth", "stsd 32"), 32), (("SourceImageHeight", "stsd 34"), 34)]
    {
        let side = entry.be16(at).unwrap_or_default().to_string();
        state.note(sink, key, entry.part_there(at, 2), side, None);
    }
    for (key, at) in [(("XResolution", "stsd 36"), 36), (("YResolution", "stsd 40"), 40)] {
        let fixed = entry.be32(at).unwrap_or_default();
        let words = number(f64::from(fixed) / 65_536.0, 6);
        state.note(sink, key, entry.part_there(at, 4), fixed.to_string(), Some(words));
    }
    let length = usize::from(entry.u8(50).unwrap_or_default()).min(31);
    let name = entry.part_there(51, length);
    let words = text_trimmed(name.bytes);
    if !words.is_empty() {
        state.note(sink, ("CompressorName", "stsd 50"), name, words, None);
    }
    let depth_bits = entry.be16(82).unwrap_or_default();
    state.note(
        sink,
        ("BitDepth", "stsd 82"),
        entry.part_there(82, 2),
        depth_bits.to_string(),
        None,
    );
    for (head, body) in boxes_in(entry.rest(86)) {
        let at = head.body.saturating_sub(8);
        let size = head.end.saturating_sub(at);
        let known = names::meaning(head.kind);
        sink.part(depth.saturating_add(1), code(&head.kind), known, (at, size));
        coding::read(state, head.kind, body, sink);
        match &head.kind {
            b"pasp" => {
                let sides = [0, 4].map(|at| body.be32(at).unwrap_or_default());
                let [h, v] = sides;
                state.note(sink, ("PixelAspectRatio", "pasp"), body, format!("{h}:{v}"), None);
            }
            b"btrt" => {
                let names = [
                    ("BufferSize", "btrt 0"),
                    ("MaxBitrate", "btrt 4"),
                    ("AverageBitrate", "btrt 8"),
                ];
                for (i, key) in names.into_iter().enumerate() {
                    let at = i.saturating_mul(4);
                    let stored = body.be32(at).unwrap_or_default().to_string();
                    state.note(sink, key, body.part_there(at, 4), stored, None);
                }
            }
            b"fiel" => {
                let [fields, order] = body.array(0).unwrap_or_default();
                let words = match fields {
                    1 => format!("Progressive; {order}"),
                    2 => format!("Interlaced; {order}"),
                    _ => format!("Unknown ({fields}); {order}"),
                };
                let raw = format!("{fields} {order}");
                state.note(
                    sink,
                    ("VideoFieldOrder", "fiel"),
                    body.part_there(0, 2),
                    raw,
                    Some(words),
                );
            }
            b"avcC" => {
                state.nal_length =
                    usize::from(body.u8(4).unwrap_or_default() & 3).saturating_add(1);
                state.configuration = body.bytes.to_vec();
            }
            b"hvcC" => {
                state.nal_length =
                    usize::from(body.u8(21).unwrap_or_default() & 3).saturating_add(1);
                state.configuration = body.bytes.to_vec();
            }
            _ => {}
        }
    }
}

fn sound(state: &State, entry: Span<'_>, _depth: u8, sink: &mut Sink) {
    let kind = code(&state.codec);
    state.note(sink, ("AudioFormat", "stsd 4"), entry.part_there(4, 4), kind, None);
    let vendor: [u8; 4] = entry.array(20).unwrap_or_default();
    if vendor != [0; 4] {
        let words = names::vendor(vendor).map(str::to_owned);
        state.note(
            sink,
            ("AudioVendorID", "stsd 20"),
            entry.part_there(20, 4),
            code(&vendor),
            words,
        );
    }
    for (key, at) in [(("AudioChannels", "stsd 24"), 24), (("AudioBitsPerSample", "stsd 26"), 26)] {
        let stored = entry.be16(at).unwrap_or_default().to_string();
        state.note(sink, key, entry.part_there(at, 2), stored, None);
    }
    let fixed = entry.be32(32).unwrap_or_default();
    let words = number(f64::from(fixed) / 65_536.0, 9);
    state.note(
        sink,
        ("AudioSampleRate", "stsd 32"),
        entry.part_there(32, 4),
        fixed.to_string(),
        Some(words),
    );
}
