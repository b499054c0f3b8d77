//! The chunks of a WebP picture.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::metadata::field::Field;
use crate::metadata::sink::{BlockKind, Sink};
use crate::metadata::source::span::Span;
use crate::metadata::source::text::{code, hex};

pub(super) const fn meaning(name: [u8; 4]) -> &'static str {
    match &name {
        b"VP8X" => "size and what else is there",
        b"VP8 " => "lossy picture",
        b"VP8L" => "lossless picture",
        b"ALPH" => "transparency",
        b"ANIM" | b"ANMF" => "animation",
        b"EXIF" => "EXIF",
        b"XMP " => "XMP",
        b"ICCP" => "color profile",
        b"C2PA" => "C2PA credential",
        _ => "unknown; shown as bytes",
    }
}

/// Reads a chunk; of pictures only the first bytes.
pub(super) fn read_webp(name: [u8; 4], body: Span<'_>, sink: &mut Sink) {
    let mut note =
        |name: &'static str, tag: &'static str, at, n, raw: String, words: Option<String>| {
            sink.field(Field::new("RIFF", name, tag, raw, body.part_there(at, n)).meaning(words));
        };
    match &name {
        b"VP8X" => {
            let flags = body.u8(0).unwrap_or_default();
            let names =
                [(2, "Animation"), (4, "XMP"), (8, "EXIF"), (16, "Alpha"), (32, "ICC Profile")];
            let set: Vec<&str> =
                names.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, name)| *name).collect();
            note("WebP_Flags", "VP8X", 0, 4, flags.to_string(), Some(set.join(", ")));
            let side = |at: usize| {
                let [a, b, c] = body.array(at).unwrap_or_default();
                u32::from_le_bytes([a, b, c, 0]).saturating_add(1).to_string()
            };
            note("ImageWidth", "VP8X", 4, 3, side(4), None);
            note("ImageHeight", "VP8X", 7, 3, side(7), None);
        }
        // Three bytes of the frame, three of a start code, then the sides.
        b"VP8 " if body.has(3, b"\x9D\x01\x2A") => {
            let version = body.u8(0).unwrap_or_default() >> 1 & 7;
            let words = [
                "0 (bicubic reconstruction, normal loop)",
                "1 (bilinear reconstruction, simple loop)",
                "2 (bilinear reconstruction, no loop)",
                "3 (no reconstruction, no loop)",
            ];
            let words = words.get(usize::from(version)).map(|w| (*w).to_owned());
            note("VP8Version", "VP8 ", 0, 1, version.to_string(), words);
            for (side, scale, at) in
                [("ImageWidth", "HorizontalScale", 6), ("ImageHeight", "VerticalScale", 8)]
            {
                let stored = body.le16(at).unwrap_or_default();
                note(side, "VP8 ", at, 2, (stored & 0x3FFF).to_string(), None);
                note(scale, "VP8 ", at, 2, (stored >> 14).to_string(), None);
            }
        }
        b"VP8L" if body.u8(0) == Some(0x2F) => {
            let bits = body.le32(1).unwrap_or_default();
            let sides = [("ImageWidth", bits & 0x3FFF), ("ImageHeight", bits >> 14 & 0x3FFF)];
            for (side, stored) in sides {
                note(side, "VP8L", 1, 4, stored.saturating_add(1).to_string(), None);
            }
            let has_alpha = bits >> 28 & 1;
            let words = if has_alpha == 1 { "Yes" } else { "No" };
            note("AlphaIsUsed", "VP8L", 1, 4, has_alpha.to_string(), Some(words.to_owned()));
        }
        b"ALPH" => {
            let flags = body.u8(0).unwrap_or_default();
            let pick =
                |value: u8, words: &[&str]| words.get(usize::from(value)).map(|w| (*w).to_owned());
            let (packing, filter, levels) = (flags & 3, flags >> 2 & 3, flags >> 4 & 3);
            let words = pick(levels, &["none", "Level Reduction"]);
            note("AlphaPreprocessing", "ALPH", 0, 1, levels.to_string(), words);
            let words = pick(filter, &["none", "Horizontal", "Vertical", "Gradient"]);
            note("AlphaFiltering", "ALPH", 0, 1, filter.to_string(), words);
            let words = pick(packing, &["none", "Lossless"]);
            note("AlphaCompression", "ALPH", 0, 1, packing.to_string(), words);
        }
        b"ANIM" => {
            let n = body.le16(4).unwrap_or_default();
            let words = if n == 0 { "inf".to_owned() } else { n.to_string() };
            note("AnimationLoopCount", "ANIM", 4, 2, n.to_string(), Some(words));
        }
        b"EXIF" => {
            // Some writers put the mark of a JPEG segment before it.
            let from = if body.starts_with(b"Exif\0\0") { 6 } else { 0 };
            sink.block(BlockKind::Exif, body.rest(from));
        }
        b"XMP " => sink.block(BlockKind::Xmp, body),
        b"ICCP" => sink.block(BlockKind::Icc, body),
        b"C2PA" => sink.block(BlockKind::Jumbf, body),
        b"ANMF" => {}
        _ => {
            let label = code(&name);
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
