//! Configurations of decoders and descriptions of colors, of pictures and of tracks.
//!
//! Sources: ISO/IEC 14496-15, 8.3.2 (HEVC), the AV1 codec ISO media file format binding, 2.3; ISO/IEC 14496-12,
//! 12.1.5 (colors); ITU-T H.273 (their codes).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::state::State;
use crate::metadata::sink::{BlockKind, Sink};
use crate::metadata::source::span::Span;
use crate::metadata::source::text::code;

/// Names of codes.
type Names = fn(u16) -> Option<&'static str>;

/// Whether a box is read here.
pub(super) const fn is_known(kind: [u8; 4]) -> bool {
    matches!(&kind, b"colr" | b"hvcC" | b"av1C" | b"pixi")
}

/// Reads a box.
pub(super) fn read(state: &State, kind: [u8; 4], body: Span<'_>, sink: &mut Sink) {
    match &kind {
        b"colr" => colors(state, body, sink),
        b"hvcC" => hevc(state, body, sink),
        b"av1C" => av1(state, body, sink),
        b"pixi" => {
            let n = usize::from(body.u8(4).unwrap_or_default());
            let bits = body.part_there(5, n);
            let raw: Vec<String> = bits.bytes.iter().map(ToString::to_string).collect();
            state.note(sink, ("ImagePixelDepth", "pixi"), bits, raw.join(" "), None);
        }
        _ => {}
    }
}

fn colors(state: &State, body: Span<'_>, sink: &mut Sink) {
    let kind: [u8; 4] = body.array(0).unwrap_or_default();
    state.note(sink, ("ColorProfiles", "colr 0"), body.part_there(0, 4), code(&kind), None);
    match &kind {
        b"prof" | b"rICC" => sink.block(BlockKind::Icc, body.rest(4)),
        b"nclx" | b"nclc" => {
            let fields: [(_, _, Names); 3] = [
                (("ColorPrimaries", "colr 4"), 4, primaries),
                (("TransferCharacteristics", "colr 6"), 6, transfer),
                (("MatrixCoefficients", "colr 8"), 8, matrix),
            ];
            for (key, at, words) in fields {
                let Some(stored) = body.be16(at) else { return };
                let words = words(stored).map(str::to_owned);
                state.note(sink, key, body.part_there(at, 2), stored.to_string(), words);
            }
            if let Some(flags) = body.u8(10).filter(|_| &kind == b"nclx") {
                let is_full = flags >> 7;
                let words = if is_full == 1 { "Full" } else { "Limited" };
                let value = body.part_there(10, 1);
                let key = ("VideoFullRangeFlag", "colr 10");
                state.note(sink, key, value, is_full.to_string(), Some(words.to_owned()));
            }
        }
        _ => {}
    }
}

const fn primaries(stored: u16) -> Option<&'static str> {
    Some(match stored {
        1 => "BT.709",
        2 => "Unspecified",
        6 => "BT.601",
        9 => "BT.2020, BT.2100",
        11 => "SMPTE RP 431-2",
        12 => "SMPTE EG 432-1",
        _ => return None,
    })
}

const fn transfer(stored: u16) -> Option<&'static str> {
    Some(match stored {
        1 => "BT.709",
        2 => "Unspecified",
        6 => "BT.601",
        8 => "Linear",
        13 => "sRGB or sYCC",
        16 => "SMPTE ST 2084, ITU BT.2100 PQ",
        18 => "BT.2100 HLG, ARIB STD-B67",
        _ => return None,
    })
}

const fn matrix(stored: u16) -> Option<&'static str> {
    Some(match stored {
        0 => "Identity matrix",
        1 => "BT.709",
        2 => "Unspecified",
        6 => "BT.601",
        9 => "BT.2020 non-constant luminance, BT.2100 YCbCr",
        _ => return None,
    })
}

fn hevc(state: &State, body: Span<'_>, sink: &mut Sink) {
    let (Some(profile), Some(level)) = (body.u8(1), body.u8(12)) else { return };
    let words = match profile & 31 {
        1 => Some("Main"),
        2 => Some("Main 10"),
        3 => Some("Main Still Picture"),
        4 => Some("Format Range Extensions"),
        _ => None,
    };
    let mut note = |key, at: usize, stored: u8, words: Option<String>| {
        state.note(sink, key, body.part_there(at, 1), stored.to_string(), words);
    };
    note(("GeneralProfileIDC", "hvcC 1"), 1, profile & 31, words.map(str::to_owned));
    let tier = profile >> 5 & 1;
    let words = if tier == 0 { "Main Tier" } else { "High Tier" };
    note(("GeneralTierFlag", "hvcC 1"), 1, tier, Some(words.to_owned()));
    let words = format!("{level} (level {:.1})", f64::from(level) / 30.0);
    note(("GeneralLevelIDC", "hvcC 12"), 12, level, Some(words));
    let (Some(chroma), Some(luma_bits), Some(chroma_bits)) =
        (body.u8(16), body.u8(17), body.u8(18))
    else {
        return;
    };
    let names = ["Monochrome", "4:2:0", "4:2:2", "4:4:4"];
    let words = names.get(usize::from(chroma & 3)).map(|words| (*words).to_owned());
    note(("ChromaFormat", "hvcC 16"), 16, chroma & 3, words);
    for (key, at, stored) in [
        (("BitDepthLuma", "hvcC 17"), 17, luma_bits),
        (("BitDepthChroma", "hvcC 18"), 18, chroma_bits),
    ] {
        note(key, at, (stored & 7).saturating_add(8), None);
    }
}

fn av1(state: &State, body: Span<'_>, sink: &mut Sink) {
    let [_, profile, flags] = body.array(0).unwrap_or_default();
    if body.len() < 4 {
        return;
    }
    let mut note = |key, at: usize, stored: u8, words: Option<&str>| {
        let words = words.map(str::to_owned);
        state.note(sink, key, body.part_there(at, 1), stored.to_string(), words);
    };
    let words = ["Main", "High", "Professional"].get(usize::from(profile >> 5)).copied();
    note(("SeqProfile", "av1C 1"), 1, profile >> 5, words);
    note(("SeqLevelIndex", "av1C 1"), 1, profile & 31, None);
    let bits = match flags >> 5 & 3 {
        0 | 1 => 8,
        2 => 10,
        _ => 12,
    };
    note(("BitDepthLuma", "av1C 2"), 2, bits, None);
    let chroma = flags >> 2 & 7;
    let words = match chroma {
        0 => Some("YUV 4:4:4"),
        2 => Some("YUV 4:2:2"),
        3 => Some("YUV 4:2:0"),
        7 => Some("Monochrome 4:0:0"),
        _ => None,
    };
    note(("ChromaFormat", "av1C 2"), 2, chroma, words);
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests may panic")]
mod tests {
    use super::*;

    fn found(kind: [u8; 4], body: &[u8]) -> Vec<(String, String)> {
        let mut sink = Sink::default();
        read(&State::default(), kind, Span::new(body, 0), &mut sink);
        sink.fields.iter().map(|f| (f.name.to_string(), f.words().to_owned())).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, words)| ((*name).to_owned(), (*words).to_owned())).collect()
    }

    #[test]
    fn colors_and_codings_are_fields() {
        let expected = pairs(&[
            ("ColorProfiles", "nclx"),
            ("ColorPrimaries", "SMPTE EG 432-1"),
            ("TransferCharacteristics", "sRGB or sYCC"),
            ("MatrixCoefficients", "BT.601"),
            ("VideoFullRangeFlag", "Full"),
        ]);
        assert_eq!(found(*b"colr", b"nclx\0\x0C\0\x0D\0\x06\x80"), expected);
        let mut body = [0u8; 23];
        for (at, value) in [(1, 2), (12, 93), (16, 0xFD), (17, 0xFA), (18, 0xFA)] {
            body[at] = value;
        }
        let expected = pairs(&[
            ("GeneralProfileIDC", "Main 10"),
            ("GeneralTierFlag", "Main Tier"),
            ("GeneralLevelIDC", "93 (level 3.1)"),
            ("ChromaFormat", "4:2:0"),
            ("BitDepthLuma", "10"),
            ("BitDepthChroma", "10"),
        ]);
        assert_eq!(found(*b"hvcC", &body), expected);
        let expected = pairs(&[
            ("SeqProfile", "Main"),
            ("SeqLevelIndex", "4"),
            ("BitDepthLuma", "8"),
            ("ChromaFormat", "YUV 4:2:0"),
        ]);
        assert_eq!(found(*b"av1C", &[0x81, 4, 0x0C, 0]), expected);
        assert_eq!(
            found(*b"pixi", &[0, 0, 0, 0, 3, 8, 8, 8]),
            pairs(&[("ImagePixelDepth", "8 8 8")])
        );
        assert_eq!(found(*b"hvcC", &[1]), [], "cut");
    }
}
