//! BMP: the headers.
//!
//! Source: Microsoft's documentation of `BITMAPFILEHEADER` and `BITMAPINFOHEADER`.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::metadata::field::Field;
use crate::metadata::sink::Sink;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::code;

/// Bytes of the header of the file.
const FILE_HEADER: usize = 14;

/// Reads a whole file.
pub(in crate::metadata) fn read(file: Span<'_>, sink: &mut Sink) {
    let declared = u64::from(file.le32(2).unwrap_or_default());
    let pixels = u64::from(file.le32(10).unwrap_or_default());
    let length = file.len() as u64;
    sink.part(0, "headers", "size and colors", (0, pixels.min(length)));
    let end = if declared == 0 { length } else { declared.min(length) };
    sink.part(0, "pixels", "", (pixels.min(length), end.saturating_sub(pixels)));
    if declared > length {
        sink.warn("the BMP file ends early");
    } else if end < length {
        let rest = length.saturating_sub(end);
        sink.part(0, "trailer", "of no known kind", (end, rest));
    }
    read_header(file.rest(FILE_HEADER), sink);
}

/// The header of the picture; an AVI video has the same one.
pub(in crate::metadata) fn read_header(body: Span<'_>, sink: &mut Sink) {
    let mut note = |name: &'static str, at: usize, n: usize, raw: String, words: Option<&str>| {
        let field = Field::new("File", name, at.to_string(), raw, body.part_there(at, n));
        sink.field(field.meaning(words.map(str::to_owned)));
    };
    let long = |at: usize| body.le32(at).unwrap_or_default();
    let size = long(0);
    note("BMPVersion", 0, 4, size.to_string(), (size == 40).then_some("Windows V3"));
    note("ImageWidth", 4, 4, long(4).to_string(), None);
    note("ImageHeight", 8, 4, long(8).cast_signed().unsigned_abs().to_string(), None);
    note("Planes", 12, 2, body.le16(12).unwrap_or_default().to_string(), None);
    note("BitDepth", 14, 2, body.le16(14).unwrap_or_default().to_string(), None);
    note("Compression", 16, 4, code(body.part_there(16, 4).bytes), None);
    note("ImageLength", 20, 4, long(20).to_string(), None);
    note("PixelsPerMeterX", 24, 4, long(24).to_string(), None);
    note("PixelsPerMeterY", 28, 4, long(28).to_string(), None);
    let colors = long(32);
    note("NumColors", 32, 4, colors.to_string(), (colors == 0).then_some("Use BitDepth"));
    let important = long(36);
    note("NumImportantColors", 36, 4, important.to_string(), (important == 0).then_some("All"));
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests may panic")]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_and_bytes_behind_are_listed() {
        let mut file =
            b"BM\x3A\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x02\0\0\0\x01\0\x18\0".to_vec();
        file.resize(0x3A, 0);
        file.extend(b"tail");
        let mut sink = Sink::default();
        read(Span::new(&file, 0), &mut sink);
        let width = sink.fields.iter().find(|f| f.name == "ImageWidth").unwrap();
        assert_eq!((width.raw.as_str(), width.offset), ("1", 18));
        let names: Vec<_> = sink.parts.iter().map(|p| (p.name.as_ref(), p.length)).collect();
        assert_eq!(names, [("headers", 54), ("pixels", 4), ("trailer", 4)]);
        for cut in 0..file.len() {
            read(Span::new(&file[..cut], 0), &mut Sink::default());
        }
    }
}
