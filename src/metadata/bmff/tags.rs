//! Tags: user data of `QuickTime` and 3GPP, and lists of tags by code or key.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::borrow::Cow;

use super::boxes::{BoxHead, boxes_in, read_head};
use super::names;
use super::state::State;
use crate::metadata::field::Field;
use crate::metadata::sink::{BlockKind, Sink};
use crate::metadata::source::input::Input;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::{binary, code, hex, latin1, number, text, text_trimmed, utf16};
use crate::metadata::source::words::{iso_6709, place};

/// Tags of one list, and bytes of one tag, that are read.
const MAX_TAGS: usize = 10_000;
const MAX_TAG_BYTES: usize = 8 << 20;

/// Reads user data; metadata inside are read as boxes of their own.
pub(super) fn user_data(
    input: &mut Input<'_>,
    state: &State,
    list: &BoxHead,
    sink: &mut Sink,
    depth: u8,
) {
    each(input, list, sink, depth, &mut |input, head, body, sink| match &head.kind {
        b"meta" => {
            let is_plain = body.has(4, b"hdlr");
            metadata_in(input, state, body.rest(if is_plain { 0 } else { 4 }), depth, sink);
        }
        b"XMP_" => sink.block(BlockKind::Xmp, body),
        b"loci" => super::loci::read(body, sink),
        [0xA9, ..] => {
            for (raw, value) in international(body) {
                keep("UserData", head.kind, raw, value, sink);
            }
        }
        b"name" | b"CNCV" | b"CNMN" | b"CNFV" => {
            keep("UserData", head.kind, text_trimmed(body.bytes), body, sink);
        }
        // Of 3GPP: version, language, text.
        b"titl" | b"auth" | b"perf" | b"gnre" | b"dscp" | b"cprt" | b"albm" => {
            let value = body.rest(6);
            let raw = match value.bytes {
                [0xFE, 0xFF, rest @ ..] => utf16(rest, true),
                bytes => text_trimmed(bytes),
            };
            keep("UserData", head.kind, raw.trim_end_matches('\0').to_owned(), value, sink);
        }
        _ => {
            let label = code(&head.kind);
            let name = names::tag(head.kind)
                .map_or_else(|| format!("Unknown {label}").into(), Cow::Borrowed);
            let printable =
                body.bytes.iter().all(|b| b.is_ascii_graphic() || matches!(b, b' ' | 0));
            let raw = if printable { text_trimmed(body.bytes) } else { hex(body.bytes) };
            sink.field(Field { name, ..Field::new("UserData", "", label, raw, body) });
        }
    });
}

/// Metadata inside user data that were read already: names of keys, then the list.
fn metadata_in(input: &mut Input<'_>, state: &State, body: Span<'_>, depth: u8, sink: &mut Sink) {
    let mut inner = State { handler: [0; 4], keys: state.keys.clone(), ..State::default() };
    for (head, part) in boxes_in(body) {
        let at = head.body.saturating_sub(8);
        let size = head.end.saturating_sub(at);
        let below = depth.saturating_add(1);
        sink.part(below, code(&head.kind), names::meaning(head.kind), (at, size));
        match &head.kind {
            b"hdlr" | b"keys" => super::movie::leaf(&mut inner, head.kind, part, sink),
            b"ilst" => item_list(input, &inner, &head, sink, below.saturating_add(1)),
            _ => {}
        }
    }
}

/// Goes through the boxes of a list.
fn each(
    input: &mut Input<'_>,
    list: &BoxHead,
    sink: &mut Sink,
    depth: u8,
    read: &mut dyn FnMut(&mut Input<'_>, &BoxHead, Span<'_>, &mut Sink),
) {
    let mut at = list.body;
    for _ in 0..MAX_TAGS {
        let Some(head) = read_head(input, at, list.end) else { break };
        let size = head.end.saturating_sub(at);
        sink.part(depth, code(&head.kind), names::meaning(head.kind), (at, size));
        let n = usize::try_from(head.end.saturating_sub(head.body)).unwrap_or(usize::MAX);
        let bytes = input.read(head.body, n.min(MAX_TAG_BYTES));
        read(input, &head, Span::new(&bytes, head.body), sink);
        at = head.end;
        if at >= list.end || sink.is_full() {
            break;
        }
    }
}

/// Texts of a tag that begins with ©: each behind its length and language.
fn international(body: Span<'_>) -> Vec<(String, Span<'_>)> {
    let (mut at, mut found) = (0usize, Vec::new());
    while let (Some(length), Some(language)) = (body.be16(at), body.be16(at.saturating_add(2))) {
        if length == 0 || found.len() > 100 {
            break;
        }
        let value = body.part_there(at.saturating_add(4), usize::from(length));
        let bytes = value.bytes;
        let raw = match bytes {
            [0xFE, 0xFF, rest @ ..] => utf16(rest, true),
            _ if std::str::from_utf8(bytes).is_ok() => text(bytes),
            // Codes below 0x400 are of the Macintosh and have its letters.
            _ if language < 0x400 => mac_roman(bytes),
            _ => latin1(bytes),
        };
        found.push((raw.trim_end_matches('\0').to_owned(), value));
        at = at.saturating_add(4).saturating_add(usize::from(length));
    }
    found
}

/// The letters of the Macintosh above ASCII.
fn mac_roman(bytes: &[u8]) -> String {
    const HIGH: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø¿¡¬√ƒ≈∆«»…\u{a0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄€‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{f8ff}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";
    let letter = |b: &u8| match b.checked_sub(0x80) {
        None => char::from(*b),
        Some(i) => HIGH.chars().nth(usize::from(i)).unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    bytes.iter().map(letter).collect()
}

/// Reads a list of tags, each named by a code or by the number of a key.
pub(super) fn item_list(
    input: &mut Input<'_>,
    state: &State,
    list: &BoxHead,
    sink: &mut Sink,
    depth: u8,
) {
    each(input, list, sink, depth, &mut |_, head, body, sink| {
        let number = u32::from_be_bytes(head.kind);
        let by_key = number.checked_sub(1).and_then(|i| state.keys.get(i as usize));
        let mut named = String::new();
        for (inner, part) in boxes_in(body) {
            match &inner.kind {
                b"name" => named = text_trimmed(part.rest(4).bytes),
                b"data" => {
                    let kind = part.be32(0).unwrap_or_default() & 0xFF_FFFF;
                    let value = part.rest(8);
                    let (group, name, tag) = if let Some(key) = by_key {
                        ("Keys", names::key(key).into(), key.clone())
                    } else if &head.kind == b"----" {
                        ("iTunes", named.clone().into(), named.clone())
                    } else {
                        let label = code(&head.kind);
                        let name = names::tag(head.kind)
                            .map_or_else(|| label.clone().into(), Cow::Borrowed);
                        ("ItemList", name, label)
                    };
                    let raw = tag_value(kind, head.kind, value);
                    let words = words(&name, &raw);
                    let field = Field { name, ..Field::new(group, "", tag, raw, value) };
                    sink.field(field.meaning(words));
                }
                _ => {}
            }
        }
    });
}

fn tag_value(kind: u32, tag: [u8; 4], value: Span<'_>) -> String {
    match (kind, &tag) {
        (1 | 4, _) => text(value.bytes),
        (2 | 5, _) => utf16(value.bytes, true),
        (13 | 14 | 27, _) | (_, b"covr") => binary(value.len() as u64),
        // Number and total, each of two bytes behind two others.
        (_, b"trkn" | b"disk") => {
            let [n, total] = [2, 4].map(|at| value.be16(at).unwrap_or_default());
            if total == 0 { n.to_string() } else { format!("{n} of {total}") }
        }
        (21, _) => {
            let bits = value.len().saturating_mul(8) as u32;
            value.be(0, value.len()).map_or_else(String::new, |n| {
                let shift = 64u32.saturating_sub(bits);
                n.wrapping_shl(shift).cast_signed().wrapping_shr(shift).to_string()
            })
        }
        (22, _) | (_, b"cpil" | b"pgap" | b"tmpo" | b"rtng") => {
            value.be(0, value.len()).map_or_else(String::new, |n| n.to_string())
        }
        (23, _) => {
            value.be32(0).map_or_else(String::new, |b| number(f64::from(f32::from_bits(b)), 7))
        }
        (24, _) => value.be64(0).map_or_else(String::new, |b| number(f64::from_bits(b), 15)),
        _ => hex(value.bytes),
    }
}

fn words(name: &str, raw: &str) -> Option<String> {
    match (name, raw) {
        ("GPSCoordinates", _) => {
            let (latitude, longitude, height_m) = iso_6709(raw)?;
            Some(place(latitude, longitude, height_m))
        }
        ("Compilation", "0") => Some("No".to_owned()),
        ("Compilation", "1") => Some("Yes".to_owned()),
        ("PlayGap", "0") => Some("Insert Gap".to_owned()),
        ("PlayGap", "1") => Some("No Gap".to_owned()),
        _ => None,
    }
}

fn keep(group: &'static str, kind: [u8; 4], raw: String, value: Span<'_>, sink: &mut Sink) {
    let label = code(&kind);
    let name = names::tag(kind).map_or_else(|| format!("Unknown {label}").into(), Cow::Borrowed);
    let words = words(&name, &raw);
    let field = Field { name, ..Field::new(group, "", label, raw, value) };
    sink.field(field.meaning(words));
}
