//! GIF: header, blocks, comments, applications.
//!
//! Source: the GIF89a specification; Adobe's XMP part 3 for the packet in an application block.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::metadata::field::Field;
use crate::metadata::sink::{BlockKind, MAX_TEXT_BYTES, Sink};
use crate::metadata::source::span::Span;
use crate::metadata::source::text::{hex, text};

/// Blocks that are read.
const MAX_BLOCKS: usize = 100_000;

/// Reads a whole file.
pub(in crate::metadata) fn read(file: Span<'_>, sink: &mut Sink) {
    let (Some(width), Some(height), Some(flags)) = (file.le16(6), file.le16(8), file.u8(10)) else {
        sink.warn("the GIF file is cut off");
        return;
    };
    let mut note =
        |name: &'static str, tag: &'static str, raw: String, words: Option<&str>, at, n| {
            let value = file.part_there(at, n);
            sink.field(Field::new("GIF", name, tag, raw, value).meaning(words.map(str::to_owned)));
        };
    note("GIFVersion", "version", text(file.part_there(3, 3).bytes), None, 3, 3);
    note("ImageWidth", "0", width.to_string(), None, 6, 2);
    note("ImageHeight", "2", height.to_string(), None, 8, 2);
    let has_map = flags & 0x80 != 0;
    let words = if has_map { "Yes" } else { "No" };
    note("HasColorMap", "4.1", u8::from(has_map).to_string(), Some(words), 10, 1);
    let bits = |shift: u8| (flags >> shift & 7).saturating_add(1).to_string();
    note("ColorResolutionDepth", "4.2", bits(4), None, 10, 1);
    note("BitsPerPixel", "4.3", bits(0), None, 10, 1);
    note("BackgroundColor", "5", file.u8(11).unwrap_or_default().to_string(), None, 11, 1);
    let aspect = file.u8(12).unwrap_or_default();
    let words =
        if aspect == 0 { "1".to_owned() } else { format!("{}", (f64::from(aspect) + 15.0) / 64.0) };
    note("PixelAspectRatio", "6", aspect.to_string(), Some(&words), 12, 1);
    let start = after_color_table(flags, 13);
    sink.part(0, "header", "size and colors", (file.at, start as u64));
    blocks(file, start, sink);
}

fn blocks(file: Span<'_>, start: usize, sink: &mut Sink) {
    let (mut at, mut n_frames, mut n_blocks) = (start, 0u64, 0usize);
    while n_blocks < MAX_BLOCKS {
        n_blocks = n_blocks.saturating_add(1);
        let Some(kind) = file.u8(at) else {
            sink.warn("the GIF file ends early: its end mark is missing");
            break;
        };
        let begin = at;
        let (name, meaning) = match kind {
            0x21 => {
                let label = file.u8(at.saturating_add(1)).unwrap_or_default();
                at = at.saturating_add(2);
                let (data, end) = sub_blocks(file, at);
                let body = file.part_there(at, end.saturating_sub(at));
                at = end;
                ("extension", extension(label, body, &data, sink))
            }
            0x2C => {
                n_frames = n_frames.saturating_add(1);
                let flags = file.u8(at.saturating_add(9)).unwrap_or_default();
                let data = after_color_table(flags, at.saturating_add(10)).saturating_add(1);
                at = sub_blocks(file, data).1;
                ("image", "a frame")
            }
            0x3B => {
                sink.part(0, "trailer", "end of the file", (file.place(at), 1));
                at = at.saturating_add(1);
                break;
            }
            _ => {
                sink.warn(format!("the GIF file holds no block at byte {}", file.place(at)));
                break;
            }
        };
        let length = at.saturating_sub(begin) as u64;
        sink.part(0, name, meaning, (file.place(begin), length));
    }
    if n_blocks >= MAX_BLOCKS {
        sink.cut("the file has too many blocks: the rest is not read");
    }
    if n_frames > 1 {
        let field =
            Field::new("GIF", "FrameCount", "image", n_frames.to_string(), file.part_there(0, 0));
        sink.field(field);
    }
    let rest = file.rest(at);
    if !rest.is_empty() {
        let length = rest.len() as u64;
        sink.part(0, "bytes behind the end", "of no known kind", (rest.at, length));
    }
}

/// What an extension is. `data`: the bytes of its sub-blocks.
fn extension(label: u8, body: Span<'_>, data: &[u8], sink: &mut Sink) -> &'static str {
    match label {
        0xFE => {
            let comment = text(data);
            sink.field(Field::new("File", "Comment", "comment", comment, body));
            "comment"
        }
        0xF9 => "graphic control",
        0x01 => "plain text",
        0xFF => {
            let id = body.part_there(1, 11);
            let rest = data.get(11..).unwrap_or_default();
            if id.bytes == b"XMP DataXMP" {
                // The packet stands as it is; a tail of 257 bytes leads any reader to its end.
                let packet = body.part_there(12, body.len().saturating_sub(12 + 258));
                sink.block(BlockKind::Xmp, packet);
                return "application, XMP";
            }
            if id.bytes == b"ICCRGBG1012" {
                sink.block_of_bytes(BlockKind::Icc, rest.to_vec(), body.place(12));
                return "application, ICC color profile";
            }
            if id.bytes.starts_with(b"C2PA_GIF") {
                sink.block_of_bytes(BlockKind::Jumbf, rest.to_vec(), body.place(12));
                return "application, C2PA credential";
            }
            if id.bytes == b"NETSCAPE2.0" {
                let n = Span::new(rest, 0).le16(1).unwrap_or_default();
                let field =
                    Field::new("GIF", "AnimationIterations", "NETSCAPE2.0", n.to_string(), body);
                sink.field(field.meaning((n == 0).then(|| "Infinite".to_owned())));
                return "application, repetition";
            }
            let name = format!("application {}", text(id.bytes));
            sink.field(Field::new("GIF", name, "application", hex(rest), body));
            "application"
        }
        _ => "unknown",
    }
}

fn after_color_table(flags: u8, at: usize) -> usize {
    let n_bytes = if flags & 0x80 == 0 { 0 } else { 6usize << (flags & 7) };
    at.saturating_add(n_bytes)
}

/// The joined bytes of sub-blocks, up to a limit, and where they end.
fn sub_blocks(file: Span<'_>, at: usize) -> (Vec<u8>, usize) {
    let (mut at, mut data) = (at, Vec::new());
    while let Some(length) = file.u8(at) {
        at = at.saturating_add(1);
        if length == 0 {
            break;
        }
        let part = file.part_there(at, usize::from(length));
        // Pixels are not kept: only the first bytes of a large block matter here.
        if data.len() < MAX_TEXT_BYTES {
            data.extend_from_slice(part.bytes);
        }
        at = at.saturating_add(usize::from(length));
    }
    (data, at.min(file.len()))
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests may panic")]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_listed_and_comments_read() {
        let mut file = b"GIF89a\x02\0\x03\0\x80\0\0\0\0\0\x01\x01\x01".to_vec();
        file.extend(b"\x21\xFE\x03abc\x02de\0");
        file.extend(b"\x2C\0\0\0\0\x02\0\x03\0\0\x02\x01\x11\0\x3Btail");
        let mut sink = Sink::default();
        read(Span::new(&file, 0), &mut sink);
        let comment = sink.fields.iter().find(|f| f.name == "Comment").unwrap();
        assert_eq!(comment.raw, "abcde");
        let names: Vec<_> = sink.parts.iter().map(|p| p.name.as_ref()).collect();
        assert_eq!(names, ["header", "extension", "image", "trailer", "bytes behind the end"]);
        for cut in 0..file.len() {
            read(Span::new(&file[..cut], 0), &mut Sink::default());
        }
    }
}
