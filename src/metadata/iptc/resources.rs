//! Photoshop's image resources.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::names;
use crate::metadata::field::{Field, Thumbnail};
use crate::metadata::sink::{BlockKind, Sink};
use crate::metadata::source::span::Span;
use crate::metadata::source::text::{binary, hex, hex_word, number, text, utf16};

/// The head of a small picture before its JPEG data.
const THUMBNAIL_HEAD: usize = 28;

/// Reads resources up to the first bytes that begin none.
pub(in crate::metadata) fn read(block: Span<'_>, sink: &mut Sink) {
    let mut at = 0usize;
    while let Some(head) = head(block, at).filter(|_| !sink.is_full()) {
        let value = block.part_there(head.value_at, head.length);
        if value.len() < head.length {
            sink.warn(format!("the Photoshop block at byte {} is cut off", block.at));
        }
        resource(head.id, value, sink);
        at = head.end;
    }
    let rest = block.rest(at);
    if rest.bytes.iter().any(|b| *b != 0) {
        let n = rest.len();
        sink.warn(format!("{n} bytes of the Photoshop block at byte {} are no resource", block.at));
    }
}

/// Whether a block ends where a resource ends.
pub(in crate::metadata) fn is_whole(block: Span<'_>) -> bool {
    let mut at = 0usize;
    while let Some(head) = head(block, at) {
        if block.len() < head.value_at.saturating_add(head.length) {
            return false;
        }
        at = head.end;
    }
    block.rest(at).bytes.iter().all(|b| *b == 0)
}

/// Number and place of a resource.
struct ResourceHeader {
    id: u16,
    value_at: usize,
    length: usize,
    /// Where the next one begins.
    end: usize,
}

fn head(block: Span<'_>, at: usize) -> Option<ResourceHeader> {
    let mark = block.array::<4>(at)?;
    if ![b"8BIM", b"8B64", b"AgHg", b"DCSR", b"PHUT"].contains(&&mark) {
        return None;
    }
    let id = block.be16(at.checked_add(4)?)?;
    let name_at = at.checked_add(6)?;
    // Length and name together have an even number of bytes.
    let name_bytes = usize::from(block.u8(name_at)?).checked_add(1)?.checked_next_multiple_of(2)?;
    let length_at = name_at.checked_add(name_bytes)?;
    let length = usize::try_from(block.be32(length_at)?).ok()?;
    let value_at = length_at.checked_add(4)?;
    let end = value_at.checked_add(length.checked_next_multiple_of(2)?)?;
    Some(ResourceHeader { id, value_at, length, end })
}

fn resource(id: u16, value: Span<'_>, sink: &mut Sink) {
    let block = match id {
        0x0404 => Some(BlockKind::Iptc),
        0x0424 => Some(BlockKind::Xmp),
        0x0422 => Some(BlockKind::Exif),
        0x040F => Some(BlockKind::Icc),
        _ => None,
    };
    if let Some(kind) = block {
        sink.block(kind, value);
        return;
    }
    let mut note = |name: &'static str, raw: String, words: Option<String>, part: Span<'_>| {
        sink.field(Field::new("Photoshop", name, id.to_string(), raw, part).meaning(words));
    };
    match id {
        0x03ED => {
            let resolutions =
                [("XResolution", "DisplayedUnitsX", 0), ("YResolution", "DisplayedUnitsY", 8)];
            for (name, unit_name, at) in resolutions {
                let (Some(fixed), Some(unit)) = (value.be32(at), value.be16(at.saturating_add(4)))
                else {
                    return;
                };
                let raw = number(f64::from(fixed) / 65_536.0, 8);
                note(name, raw, None, value.part_there(at, 4));
                let words = ["", "inches", "cm"].get(usize::from(unit)).map(|w| (*w).to_owned());
                let part = value.part_there(at.saturating_add(4), 2);
                note(unit_name, unit.to_string(), words.filter(|w| !w.is_empty()), part);
            }
        }
        0x0406 => quality(value, &mut note),
        0x0409 | 0x040C => {
            let picture = value.rest(THUMBNAIL_HEAD);
            let raw = binary(picture.len() as u64);
            note("PhotoshopThumbnail", raw, None, picture);
            let (offset, length) = (picture.at, picture.len() as u64);
            sink.thumbnails.push(Thumbnail { offset, length });
        }
        0x040A => {
            let is_set = value.u8(0).unwrap_or_default();
            let words = if is_set == 0 { "False" } else { "True" };
            note("CopyrightFlag", is_set.to_string(), Some(words.to_owned()), value);
        }
        0x040B => note("URL", text(value.bytes), None, value),
        0x040D | 0x0419 => {
            let name = if id == 0x040D { "GlobalAngle" } else { "GlobalAltitude" };
            note(name, value.be32(0).unwrap_or_default().to_string(), None, value);
        }
        0x041A => slices(value, &mut note),
        0x041E => {
            let n = value.be32(0).unwrap_or_default();
            note("URL_List", format!("{n} entries"), None, value);
        }
        0x0421 => version(value, &mut note),
        0x0425 => note("IPTCDigest", hex_word(value.bytes), None, value),
        0x0426 => {
            let (style, x, y, scale) =
                (value.be16(0), value.be32(2), value.be32(6), value.be32(10));
            let (Some(style), Some(x), Some(y), Some(scale)) = (style, x, y, scale) else { return };
            let words = match style {
                0 => Some("Centered"),
                1 => Some("Size to Fit"),
                2 => Some("User Defined"),
                _ => None,
            };
            let float = |bits: u32| number(f64::from(f32::from_bits(bits)), 7);
            let part = value.part_there(0, 2);
            note("PrintStyle", style.to_string(), words.map(str::to_owned), part);
            note(
                "PrintPosition",
                format!("{} {}", float(x), float(y)),
                None,
                value.part_there(2, 8),
            );
            note("PrintScale", float(scale), None, value.part_there(10, 4));
        }
        _ => {
            let name = names::resource(id).map_or_else(|| format!("0x{id:04x}").into(), Into::into);
            let tag = id.to_string();
            let field: Field =
                Field { name, ..Field::new("Photoshop", "", tag, hex(value.bytes), value) };
            sink.field(field);
        }
    }
}

/// Photoshop's own scale of JPEG quality.
fn quality(value: Span<'_>, note: &mut impl FnMut(&'static str, String, Option<String>, Span<'_>)) {
    let (Some(stored), Some(format)) = (value.be16(0), value.be16(2)) else { return };
    let stored = stored.cast_signed();
    // Stored as -4 to 8, shown as 0 to 12.
    let shown = (-4..=8).contains(&stored).then(|| stored.saturating_add(4).to_string());
    note("PhotoshopQuality", stored.to_string(), shown, value.part_there(0, 2));
    let words = match format {
        0 => Some("Standard"),
        1 => Some("Optimized"),
        0x0101 => Some("Progressive"),
        _ => None,
    };
    note("PhotoshopFormat", format.to_string(), words.map(str::to_owned), value.part_there(2, 2));
}

fn slices(value: Span<'_>, note: &mut impl FnMut(&'static str, String, Option<String>, Span<'_>)) {
    // Version, four sides, then the name.
    let Some((name, end)) = wide_text(value, 20) else { return };
    note("SlicesGroupName", name, None, value.part_there(20, end.saturating_sub(20)));
    if let Some(n) = value.be32(end) {
        note("NumSlices", n.to_string(), None, value.part_there(end, 4));
    }
}

fn version(value: Span<'_>, note: &mut impl FnMut(&'static str, String, Option<String>, Span<'_>)) {
    let Some(has_merged) = value.u8(4) else { return };
    let words = if has_merged == 0 { "No" } else { "Yes" };
    note(
        "HasRealMergedData",
        has_merged.to_string(),
        Some(words.to_owned()),
        value.part_there(4, 1),
    );
    let Some((writer, end)) = wide_text(value, 5) else { return };
    note("WriterName", writer, None, value.part_there(5, end.saturating_sub(5)));
    let Some((reader, last)) = wide_text(value, end) else { return };
    note("ReaderName", reader, None, value.part_there(end, last.saturating_sub(end)));
}

/// A text in UTF-16 behind its number of characters, and where it ends.
fn wide_text(value: Span<'_>, at: usize) -> Option<(String, usize)> {
    let n = usize::try_from(value.be32(at)?).ok()?;
    let from = at.checked_add(4)?;
    let length = n.checked_mul(2)?;
    let text = utf16(value.part(from, length)?.bytes, true);
    Some((text.trim_end_matches('\0').to_owned(), from.checked_add(length)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_that_ends_inside_a_resource_is_not_whole() {
        let block = b"8BIM\x04\x0B\0\0\0\0\0\x03abc\0";
        assert!(is_whole(Span::new(block, 0)), "all of it");
        let (cut, _) = block.split_at(14);
        assert!(!is_whole(Span::new(cut, 0)), "cut");
        let mut sink = Sink::default();
        read(Span::new(block, 50), &mut sink);
        let [field] = sink.fields.as_slice() else { panic!("{:?}", sink.fields) };
        assert_eq!((field.raw.as_str(), field.name.as_ref(), field.offset), ("abc", "URL", 62));
    }
}
