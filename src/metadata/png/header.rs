//! The header of a PNG file and its small chunks.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::metadata::field::Field;
use crate::metadata::sink::Sink;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::number;

/// What the header says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) width_px: u32,
    pub(super) height_px: u32,
    pub(super) bit_depth: u8,
    /// 0 gray, 2 RGB, 3 palette, 4 gray with alpha, 6 RGB with alpha.
    pub(super) color_type: u8,
    pub(super) is_interlaced: bool,
}

impl Header {
    pub(super) const fn has_alpha(self) -> bool {
        matches!(self.color_type, 4 | 6)
    }

    pub(super) fn read(body: Span<'_>, sink: &mut Sink) -> Option<Self> {
        let (width_px, height_px) = (body.be32(0)?, body.be32(4)?);
        let [bit_depth, color_type, compression, filter, interlace] = body.array(8)?;
        let mut note = |name: &'static str, at: usize, length, raw: String, words: Option<&str>| {
            let value = body.part_there(at, length);
            let field = Field::new("PNG", name, at.to_string(), raw, value);
            sink.field(field.meaning(words.map(str::to_owned)));
        };
        note("ImageWidth", 0, 4, width_px.to_string(), None);
        note("ImageHeight", 4, 4, height_px.to_string(), None);
        note("BitDepth", 8, 1, bit_depth.to_string(), None);
        let words = match color_type {
            0 => Some("Grayscale"),
            2 => Some("RGB"),
            3 => Some("Palette"),
            4 => Some("Grayscale with Alpha"),
            6 => Some("RGB with Alpha"),
            _ => None,
        };
        note("ColorType", 9, 1, color_type.to_string(), words);
        let words = (compression == 0).then_some("Deflate/Inflate");
        note("Compression", 10, 1, compression.to_string(), words);
        note("Filter", 11, 1, filter.to_string(), (filter == 0).then_some("Adaptive"));
        let words = ["Noninterlaced", "Adam7 Interlace"].get(usize::from(interlace)).copied();
        note("Interlace", 12, 1, interlace.to_string(), words);
        Some(Self { width_px, height_px, bit_depth, color_type, is_interlaced: interlace != 0 })
    }
}

/// Reads a chunk of a few numbers; `false` for one that is not known here.
pub(super) fn read_small(
    name: &[u8],
    body: Span<'_>,
    header: Option<&Header>,
    sink: &mut Sink,
) -> bool {
    let mut note = |name: &'static str, tag: &'static str, at, length, raw, words: Option<&str>| {
        let value = body.part_there(at, length);
        let field = Field::new("PNG", name, tag, raw, value);
        sink.field(field.meaning(words.map(str::to_owned)));
    };
    let scaled = |at: usize| number(f64::from(body.be32(at).unwrap_or_default()) / 1e5, 8);
    match name {
        b"cHRM" => {
            let names = [
                "WhitePointX",
                "WhitePointY",
                "RedX",
                "RedY",
                "GreenX",
                "GreenY",
                "BlueX",
                "BlueY",
            ];
            for (i, name) in names.into_iter().enumerate() {
                let at = i.saturating_mul(4);
                note(name, "cHRM", at, 4, scaled(at), None);
            }
        }
        b"gAMA" => {
            let stored = body.be32(0).unwrap_or_default();
            let words = number(1e5 / f64::from(stored.max(1)), 6);
            note("Gamma", "gAMA", 0, 4, stored.to_string(), Some(&words));
        }
        b"sRGB" => {
            let stored = body.u8(0).unwrap_or_default();
            let names =
                ["Perceptual", "Relative Colorimetric", "Saturation", "Absolute Colorimetric"];
            let words = names.get(usize::from(stored)).copied();
            note("SRGBRendering", "sRGB", 0, 1, stored.to_string(), words);
        }
        b"pHYs" => {
            note(
                "PixelsPerUnitX",
                "pHYs",
                0,
                4,
                body.be32(0).unwrap_or_default().to_string(),
                None,
            );
            note(
                "PixelsPerUnitY",
                "pHYs",
                4,
                4,
                body.be32(4).unwrap_or_default().to_string(),
                None,
            );
            let unit = body.u8(8).unwrap_or_default();
            let words = ["Unknown", "meters"].get(usize::from(unit)).copied();
            note("PixelUnits", "pHYs", 8, 1, unit.to_string(), words);
        }
        b"tIME" => {
            let [month, day, h, m, s] = body.array(2).unwrap_or_default();
            let year = body.be16(0).unwrap_or_default();
            let raw = format!("{year:04}:{month:02}:{day:02} {h:02}:{m:02}:{s:02}");
            note("ModifyDate", "tIME", 0, 7, raw, None);
        }
        b"acTL" => {
            note(
                "AnimationFrames",
                "acTL",
                0,
                4,
                body.be32(0).unwrap_or_default().to_string(),
                None,
            );
            note(
                "AnimationPlays",
                "acTL",
                4,
                4,
                body.be32(4).unwrap_or_default().to_string(),
                None,
            );
        }
        b"bKGD" | b"tRNS" | b"sBIT" => {
            let name = match name {
                b"bKGD" => "BackgroundColor",
                b"tRNS" => "Transparency",
                _ => "SignificantBits",
            };
            // Samples have two bytes, but for entries of a palette and numbers of bits.
            let is_narrow = name == "SignificantBits" || header.is_some_and(|h| h.color_type == 3);
            let values: Vec<String> = if is_narrow {
                body.bytes.iter().take(1024).map(ToString::to_string).collect()
            } else {
                let (pairs, _) = body.bytes.as_chunks::<2>();
                pairs.iter().take(1024).map(|p| u16::from_be_bytes(*p).to_string()).collect()
            };
            note(name, "small", 0, body.len(), values.join(" "), None);
        }
        _ => return false,
    }
    true
}
