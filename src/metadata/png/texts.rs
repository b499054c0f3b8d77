//! Text chunks of a PNG file.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::metadata::field::Field;
use crate::metadata::sink::{BlockKind, MAX_TEXT_BYTES, Sink};
use crate::metadata::source::inflate::zlib;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::{latin1, text};

/// Key of an XMP packet.
const XMP: &str = "XML:com.adobe.xmp";
/// Key of a profile that `ImageMagick` writes in hex.
const RAW_PROFILE: &str = "Raw profile type ";

/// Reads a text of any of the three kinds.
pub(super) fn read_text(kind: &[u8], body: Span<'_>, sink: &mut Sink) {
    let (key, rest) = body.split_at_zero();
    let keyword = latin1(key.bytes);
    let (bytes, place) = match kind {
        b"zTXt" => (unpacked(&keyword, rest.rest(1), sink), rest.rest(1)),
        b"iTXt" => {
            let is_packed = rest.u8(0) == Some(1);
            let (_lang, behind) = rest.rest(2).split_at_zero();
            let (_translated, value) = behind.split_at_zero();
            let bytes = if is_packed {
                unpacked(&keyword, value, sink)
            } else {
                stored(&keyword, value, sink)
            };
            (bytes, value)
        }
        _ => (stored(&keyword, rest, sink), rest),
    };
    if keyword == XMP {
        sink.block_of_bytes(BlockKind::Xmp, bytes, place.at);
        return;
    }
    if let Some(profile) = keyword.strip_prefix(RAW_PROFILE)
        && let Some((kind, data)) = raw_profile(profile, &bytes)
    {
        sink.block_of_bytes(kind, data, place.at);
        return;
    }
    // Of these two kinds Latin-1 is the standard, and UTF-8 what generators write.
    let value = text(&bytes);
    let tag = String::from_utf8_lossy(kind).into_owned();
    sink.field(Field::new("PNG", keyword, tag, value, place));
}

/// A text as it stands in the file, up to a limit.
fn stored(keyword: &str, value: Span<'_>, sink: &mut Sink) -> Vec<u8> {
    if value.len() > MAX_TEXT_BYTES {
        let what =
            format!("the text {keyword} is too long: its first {MAX_TEXT_BYTES} bytes are kept");
        note(keyword, what, sink);
    }
    value.part_there(0, MAX_TEXT_BYTES).bytes.to_vec()
}

fn unpacked(keyword: &str, packed: Span<'_>, sink: &mut Sink) -> Vec<u8> {
    let out = zlib(packed.bytes, MAX_TEXT_BYTES);
    if out.is_cut {
        let n = out.bytes.len();
        let what = if n < MAX_TEXT_BYTES {
            format!("the text {keyword} is damaged: {n} bytes were unpacked")
        } else {
            format!("the text {keyword} is too long: its first {n} bytes were unpacked")
        };
        note(keyword, what, sink);
    }
    out.bytes
}

/// Notes that a text was not read to its end. A packet of XMP may name the address of a credential.
fn note(keyword: &str, what: String, sink: &mut Sink) {
    if keyword == XMP { sink.cut(what) } else { sink.warn(what) }
}

/// The bytes of a profile: a name, a length, then hex.
fn raw_profile(name: &str, written: &[u8]) -> Option<(BlockKind, Vec<u8>)> {
    let written = std::str::from_utf8(written).ok()?;
    let mut lines = written.trim_start().splitn(3, '\n');
    let (_name, _length, hex) = (lines.next()?, lines.next()?, lines.next()?);
    let digits: Vec<u8> =
        hex.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    let (pairs, _) = digits.as_chunks::<2>();
    let bytes: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
    let behind = |head: &[u8]| bytes.strip_prefix(head).map(<[u8]>::to_vec);
    let exif = behind(b"Exif\0\0");
    Some(match name {
        "exif" | "APP1" => match exif {
            Some(exif) => (BlockKind::Exif, exif),
            None if name == "APP1" => {
                (BlockKind::Xmp, behind(b"http://ns.adobe.com/xap/1.0/\0").unwrap_or(bytes))
            }
            None => (BlockKind::Exif, bytes),
        },
        "xmp" => (BlockKind::Xmp, bytes),
        // Bare records begin with 0x1C, others lie in resources.
        "iptc" | "8bim" if bytes.first() == Some(&0x1C) => (BlockKind::Iptc, bytes),
        "iptc" | "8bim" => (BlockKind::Photoshop, bytes),
        "icc" | "icm" => (BlockKind::Icc, bytes),
        _ => return None,
    })
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests may panic")]
mod tests {
    use super::*;

    #[test]
    fn all_kinds_of_text_are_read() {
        let mut sink = Sink::default();
        read_text(b"tEXt", Span::new(b"a\0caf\xe9", 0), &mut sink);
        read_text(b"iTXt", Span::new("b\0\0\0de\0\0é".as_bytes(), 100), &mut sink);
        let raws: Vec<_> = sink.fields.iter().map(|f| f.raw.as_str()).collect();
        assert_eq!(raws, ["café", "é"]);
        assert_eq!(sink.fields[1].offset, 108);
        read_text(b"zTXt", Span::new(b"c\0\0broken", 0), &mut sink);
        assert_eq!(sink.warnings.len(), 1);
        let profile = b"Raw profile type exif\0\nexif\n 10\n457869660000 4d4d002a\n";
        read_text(b"tEXt", Span::new(profile, 0), &mut sink);
        let block = sink.next_block().unwrap();
        assert_eq!((block.kind, block.bytes.as_slice()), (BlockKind::Exif, b"MM\0*".as_slice()));
    }
}
