//! The list of pictures in a multi-picture file.
//!
//! Source: CIPA DC-007, section 5. The list is a TIFF directory of its own.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::metadata::field::Field;
use crate::metadata::sink::Sink;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::{hex, text_trimmed};

/// Pictures that are listed.
const MAX_PICTURES: u32 = 1000;

/// Reads the segment behind its name. Offsets in it count from here.
pub(super) fn read_mpf(body: Span<'_>, sink: &mut Sink) {
    let is_big = body.starts_with(b"MM");
    let u16_at = |at: usize| if is_big { body.be16(at) } else { body.le16(at) };
    let u32_at = |at: usize| if is_big { body.be32(at) } else { body.le32(at) };
    let Some(directory) = u32_at(4).and_then(|at| usize::try_from(at).ok()) else { return };
    let Some(n) = u16_at(directory) else { return };
    for i in 0..usize::from(n) {
        let entry = i.saturating_mul(12).saturating_add(2).saturating_add(directory);
        let (Some(tag), Some(count), Some(value)) =
            (u16_at(entry), u32_at(entry.saturating_add(4)), u32_at(entry.saturating_add(8)))
        else {
            return;
        };
        let place = body.part_there(entry.saturating_add(8), 4);
        let field = match tag {
            0xB000 => Field::new("MPF0", "MPFVersion", "45056", text_trimmed(place.bytes), place),
            0xB001 => Field::new("MPF0", "NumberOfImages", "45057", value.to_string(), place),
            0xB002 => {
                let start = usize::try_from(value).unwrap_or(usize::MAX);
                for number in 0..(count / 16).min(MAX_PICTURES) {
                    let from = start.saturating_add((number as usize).saturating_mul(16));
                    let Some(record) = body.part(from, 16) else { break };
                    picture(number.saturating_add(1), record, body.at, is_big, sink);
                }
                continue;
            }
            _ => {
                Field::new("MPF0", format!("0x{tag:04x}"), tag.to_string(), hex(place.bytes), place)
            }
        };
        sink.field(field);
    }
}

/// One record of the list. `base`: where offsets of pictures count from.
fn picture(number: u32, record: Span<'_>, base: u64, is_big: bool, sink: &mut Sink) {
    let u32_at = |at: usize| {
        let value = if is_big { record.be32(at) } else { record.le32(at) };
        value.unwrap_or_default()
    };
    let u16_at = |at: usize| {
        let value = if is_big { record.be16(at) } else { record.le16(at) };
        value.unwrap_or_default()
    };
    let (attributes, length, start) = (u32_at(0), u32_at(4), u32_at(8));
    // The first picture has the offset 0 and begins with the file.
    let start = if start == 0 { 0 } else { base.saturating_add(u64::from(start)) };
    let mut note =
        |name: &'static str, tag: &'static str, raw: String, meaning: Option<&str>, at, n| {
            let group = format!("MPImage{number}");
            let value = record.part_there(at, n);
            sink.field(
                Field::new(group, name, tag, raw, value).meaning(meaning.map(str::to_owned)),
            );
        };
    let flags = attributes >> 24 & 0xF8;
    let words = match flags {
        0x80 => Some("Dependent parent image"),
        0x40 => Some("Dependent child image"),
        0x20 => Some("Representative image"),
        0xA0 => Some("Dependent parent image, Representative image"),
        _ => None,
    };
    note("MPImageFlags", "0.1", (flags >> 3).to_string(), words, 0, 4);
    let format = attributes >> 24 & 7;
    let words = if format == 0 { Some("JPEG") } else { None };
    note("MPImageFormat", "0.2", format.to_string(), words, 0, 4);
    let kind = attributes & 0xFF_FFFF;
    let words = match kind {
        0 => Some("Undefined"),
        0x1_0001 => Some("Large Thumbnail (VGA equivalent)"),
        0x1_0002 => Some("Large Thumbnail (full HD equivalent)"),
        0x2_0001 => Some("Multi-frame Panorama"),
        0x2_0002 => Some("Multi-frame Disparity"),
        0x2_0003 => Some("Multi-angle"),
        0x3_0000 => Some("Baseline MP Primary Image"),
        0x4_0000 => Some("Original Preservation Image"),
        0x5_0000 => Some("Gain Map Image"),
        _ => None,
    };
    note("MPImageType", "0.3", kind.to_string(), words, 0, 4);
    note("MPImageLength", "4", length.to_string(), None, 4, 4);
    note("MPImageStart", "8", start.to_string(), None, 8, 4);
    note("DependentImage1EntryNumber", "12", u16_at(12).to_string(), None, 12, 2);
    note("DependentImage2EntryNumber", "14", u16_at(14).to_string(), None, 14, 2);
}
