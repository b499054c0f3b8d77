//! Walks the chunks of a PNG file.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::alpha::hidden_text;
use super::header::{Header, read_small};
use super::texts::read_text;
use crate::metadata::field::Field;
use crate::metadata::sink::{BlockKind, MAX_TEXT_BYTES, Sink};
use crate::metadata::source::inflate::zlib;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::{code, hex, latin1};

/// Chunks that are read.
const MAX_CHUNKS: usize = 100_000;

/// Reads a whole file.
pub(in crate::metadata) fn read(file: Span<'_>, sink: &mut Sink) {
    sink.part(0, "signature", "PNG", (file.at, 8));
    let (mut at, mut header, mut n_wrong) = (8usize, None::<Header>, 0u64);
    let (mut data, mut is_ended, mut after_data) = (Vec::new(), false, Vec::new());
    let (mut has_data, mut n_chunks) = (false, 0usize);
    while n_chunks < MAX_CHUNKS && !sink.is_full() {
        n_chunks = n_chunks.saturating_add(1);
        let (Some(length), Some(name)) = (file.be32(at), file.part(at.saturating_add(4), 4)) else {
            break;
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let body = file.part_there(at.saturating_add(8), length);
        let size = (length as u64).saturating_add(12);
        let label = code(name.bytes);
        sink.part(0, label.clone(), meaning(name.bytes), (file.place(at), size));
        if body.len() < length {
            sink.warn(format!("the PNG file ends inside the chunk {label}"));
        } else if name.bytes != b"IDAT" && !is_sound(file, at, length) {
            n_wrong = n_wrong.saturating_add(1);
        }
        if has_data && matches!(name.bytes, b"tEXt" | b"zTXt" | b"iTXt" | b"eXIf") {
            after_data.push(label.clone());
        }
        at = at.saturating_add(length).saturating_add(12);
        match name.bytes {
            b"IHDR" => header = header.or_else(|| Header::read(body, sink)),
            b"IDAT" => {
                has_data = true;
                // Only a header and an alpha channel tell whether the pixels are of interest.
                if header.is_some_and(Header::has_alpha) {
                    data.push(body);
                }
            }
            b"IEND" => {
                is_ended = true;
                break;
            }
            b"tEXt" | b"zTXt" | b"iTXt" => read_text(name.bytes, body, sink),
            b"eXIf" => sink.block(BlockKind::Exif, body),
            b"caBX" => sink.block(BlockKind::Jumbf, body),
            b"iCCP" => read_profile(body, sink),
            b"PLTE" | b"hIST" | b"fcTL" | b"fdAT" | b"sPLT" => {}
            _ if read_small(name.bytes, body, header.as_ref(), sink) => {}
            _ => {
                let name = format!("Unknown {label}");
                sink.field(Field::new("PNG", name, label, hex(body.bytes), body));
            }
        }
    }
    if !is_ended && n_chunks >= MAX_CHUNKS {
        sink.cut("the file has too many chunks: the rest is not read");
    } else if !is_ended && !sink.is_full() {
        sink.warn("the PNG file ends early: its end mark is missing");
    }
    if n_wrong > 0 {
        sink.warn(format!("the PNG file has {n_wrong} wrong checksums outside its pixels"));
    }
    if !after_data.is_empty() {
        let names = after_data.join(", ");
        sink.warn(format!("metadata stand behind the pixels ({names}): some readers miss them"));
    }
    let rest = file.rest(at);
    if is_ended && !rest.is_empty() {
        let length = rest.len() as u64;
        sink.part(0, "trailer", "of no known kind", (rest.at, length));
        let head = hex(rest.part_there(0, 32).bytes);
        let words = format!("{length} bytes behind the end of the picture");
        sink.field(Field::new("Trailer", "BytesAfterIEND", "trailer", head, rest).meaning(words));
    }
    if let Some(header) = header {
        hidden_text(header, &data, sink);
    }
}

/// Whether the checksum of a chunk is right.
fn is_sound(file: Span<'_>, at: usize, length: usize) -> bool {
    let named = file.part(at.saturating_add(4), length.saturating_add(4));
    let stored = file.be32(at.saturating_add(8).saturating_add(length));
    named.is_some_and(|named| Some(crc32fast::hash(named.bytes)) == stored)
}

fn meaning(name: &[u8]) -> &'static str {
    match name {
        b"IHDR" => "size and kind of the picture",
        b"IDAT" => "packed pixels",
        b"IEND" => "end of the picture",
        b"PLTE" => "palette",
        b"tEXt" | b"iTXt" => "text",
        b"zTXt" => "packed text",
        b"eXIf" => "EXIF",
        b"iCCP" => "color profile",
        b"caBX" => "C2PA credential",
        b"tIME" => "time of the last change",
        b"acTL" | b"fcTL" | b"fdAT" => "animation",
        b"cHRM" | b"gAMA" | b"sRGB" | b"cICP" | b"mDCV" | b"cLLI" => "color space",
        b"pHYs" => "resolution",
        b"bKGD" => "background color",
        b"tRNS" => "transparency",
        b"sBIT" => "significant bits",
        _ => "unknown; shown as bytes",
    }
}

/// A packed color profile behind its name.
fn read_profile(body: Span<'_>, sink: &mut Sink) {
    let (name, rest) = body.split_at_zero();
    sink.field(Field::new("PNG", "ProfileName", "iCCP", latin1(name.bytes), name));
    let profile = zlib(rest.rest(1).bytes, MAX_TEXT_BYTES);
    if profile.is_cut {
        sink.warn("the color profile cannot be unpacked as a whole");
    }
    sink.block_of_bytes(BlockKind::Icc, profile.bytes, rest.at);
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests may panic")]
mod tests {
    use super::*;

    fn chunk(name: [u8; 4], data: &[u8]) -> Vec<u8> {
        let named = [&name[..], data].concat();
        let checksum = crc32fast::hash(&named).to_be_bytes();
        [&(data.len() as u32).to_be_bytes()[..], &named, &checksum].concat()
    }

    #[test]
    fn chunks_texts_and_what_follows_are_listed() {
        let mut file = b"\x89PNG\r\n\x1A\n".to_vec();
        file.extend(chunk(*b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 2, 8, 2, 0, 0, 0]));
        file.extend(chunk(*b"tEXt", b"Software\0made up"));
        file.extend(chunk(*b"prVt", &[1, 2]));
        file.extend(chunk(*b"IEND", b""));
        file.extend(b"more");
        let mut sink = Sink::default();
        read(Span::new(&file, 0), &mut sink);
        let names: Vec<_> = sink.parts.iter().map(|p| p.name.as_ref()).collect();
        assert_eq!(names, ["signature", "IHDR", "tEXt", "prVt", "IEND", "trailer"]);
        let field = |name: &str| sink.fields.iter().find(|f| f.name == name).unwrap();
        assert_eq!(field("Software").raw, "made up");
        let (text, unknown) = (field("Software"), field("Unknown prVt"));
        let place = |f: &Field| f.offset as usize..(f.offset + f.length) as usize;
        assert_eq!(&file[place(text)], b"made up");
        assert_eq!(unknown.raw, "01 02");
        assert_eq!(sink.warnings, []);
        file[40] ^= 1;
        let mut sink = Sink::default();
        read(Span::new(&file, 0), &mut sink);
        assert!(sink.warnings[0].0.contains("1 wrong checksum"), "{:?}", sink.warnings);
    }
}
