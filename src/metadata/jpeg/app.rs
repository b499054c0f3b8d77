//! The application segments of a JPEG file.
//!
//! Sources: T.871 (JFIF), T.84 (SPIFF), Adobe's technical note 5116 (APP14), CIPA DC-007 (MPF).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::mpf::read_mpf;
use super::spread::Spread;
use crate::metadata::field::{COLOR_PROFILE, Field, Thumbnail};
use crate::metadata::sink::{BlockKind, Sink};
use crate::metadata::source::span::Span;
use crate::metadata::source::text::{binary, hex, text, utf16};

const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const EXTENDED_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";

/// Reads or hands on a segment; the answer is what it is.
pub(super) fn read_app(
    code: u8,
    body: Span<'_>,
    spread: &mut Spread,
    sink: &mut Sink,
) -> &'static str {
    let is = |head: &[u8]| body.starts_with(head);
    match code & 15 {
        0 if is(b"JFIF\0") => {
            read_jfif(body, sink);
            "JFIF"
        }
        0 if is(b"JFXX\0") => {
            let picture = body.rest(6);
            let (offset, length) = (picture.at, picture.len() as u64);
            let raw = binary(length);
            sink.field(Field::new("JFXX", "ThumbnailImage", "16", raw, picture));
            sink.thumbnails.push(Thumbnail { offset, length });
            "JFXX, a thumbnail"
        }
        1 if is(b"Exif\0") => {
            sink.block(BlockKind::Exif, body.rest(6));
            "EXIF"
        }
        1 if is(XMP) => {
            sink.block(BlockKind::Xmp, body.rest(XMP.len()));
            "XMP"
        }
        1 if is(EXTENDED_XMP) => {
            spread.xmp(body.rest(EXTENDED_XMP.len()), sink);
            "extended XMP"
        }
        2 if is(b"ICC_PROFILE\0") => {
            spread.icc(body.rest(12));
            COLOR_PROFILE
        }
        2 if is(b"MPF\0") => {
            read_mpf(body.rest(4), sink);
            "MPF, list of pictures"
        }
        8 if is(b"SPIFF\0") => {
            read_spiff(body, sink);
            "SPIFF"
        }
        11 if is(b"JP") => {
            spread.jumbf(body.rest(2));
            "JUMBF, as of a C2PA credential"
        }
        12 if is(b"Ducky") => {
            read_ducky(body, sink);
            "Ducky, of Adobe's Save for Web"
        }
        13 if is(PHOTOSHOP) => {
            spread.resources(body.rest(PHOTOSHOP.len()), sink);
            "Photoshop resources, as of IPTC"
        }
        14 if is(b"Adobe") => {
            read_adobe(body, sink);
            "Adobe"
        }
        _ => {
            unknown(code, body, sink);
            known_name(code, body)
        }
    }
}

/// What a segment is whose content is shown as bytes.
fn known_name(code: u8, body: Span<'_>) -> &'static str {
    let names: &[(u8, &[u8], &str)] = &[
        (0, b"AVI1", "AVI1, of a frame of Motion JPEG"),
        (0, b"II\x1A\0\0\0HEAP", "CIFF, of a Canon camera; not read"),
        (2, b"FPXR\0", "FlashPix; not read"),
        (3, b"Meta\0", "Kodak Meta; not read"),
        (4, b"QVCI\0", "QVCI, of Casio; not read"),
        (5, b"RMETA\0", "Ricoh metadata; not read"),
        (6, b"EPPIM\0", "PrintIM; not read"),
        (6, b"GoPro\0", "GoPro metadata; not read"),
        (1, b"FLIR\0", "FLIR heat picture; not read"),
        (11, b"HDR_RI", "JPEG-HDR; not read"),
        (13, b"Adobe_CM", "Adobe color management"),
        (10, b"UNICODE\0", "comment in Unicode"),
    ];
    let known = names.iter().find(|(app, head, _)| *app == code & 15 && body.starts_with(head));
    known.map_or("unknown; shown as bytes", |(_, _, meaning)| meaning)
}

/// A segment that has no reader here: its first word as name, its bytes in hex.
fn unknown(code: u8, body: Span<'_>, sink: &mut Sink) {
    if let Some(comment) = body.bytes.strip_prefix(b"UNICODE\0").filter(|_| code & 15 == 10) {
        let text = utf16(comment, true);
        sink.field(Field::new("File", "Comment", "APP10", text.trim_end_matches('\0'), body));
        return;
    }
    let word: Vec<u8> =
        body.bytes.iter().copied().take(24).take_while(u8::is_ascii_graphic).collect();
    let group = format!("APP{}", code & 15);
    let tag = String::from_utf8(word).unwrap_or_default();
    sink.field(Field::new(group, "Unknown", tag, hex(body.bytes), body));
}

fn read_jfif(body: Span<'_>, sink: &mut Sink) {
    let [Some(major), Some(minor), Some(unit)] = [5, 6, 7].map(|at| body.u8(at)) else { return };
    let mut note = |name: &'static str, tag: &'static str, raw, meaning: Option<String>, at, n| {
        sink.field(Field::new("JFIF", name, tag, raw, body.part_there(at, n)).meaning(meaning));
    };
    let version = Some(format!("{major}.{minor:02}"));
    note("JFIFVersion", "0", format!("{major} {minor}"), version, 5, 2);
    let words = ["None", "inches", "cm"].get(usize::from(unit)).map(|w| (*w).to_owned());
    note("ResolutionUnit", "2", unit.to_string(), words, 7, 1);
    for (name, tag, at) in [("XResolution", "3", 8), ("YResolution", "5", 10)] {
        if let Some(value) = body.be16(at) {
            note(name, tag, value.to_string(), None, at, 2);
        }
    }
    if let (Some(w), Some(h)) = (body.u8(12), body.u8(13))
        && w > 0
        && h > 0
    {
        let n = usize::from(w).saturating_mul(usize::from(h)).saturating_mul(3);
        let picture = body.part_there(14, n);
        let raw = format!("{w} x {h} px, {}", binary(picture.len() as u64));
        sink.field(Field::new("JFIF", "ThumbnailTIFF", "14", raw, picture));
    }
}

fn read_spiff(body: Span<'_>, sink: &mut Sink) {
    let numbers: [(&str, &str, usize, usize); 10] = [
        ("ProfileID", "2", 8, 1),
        ("ColorComponents", "3", 9, 1),
        ("ImageHeight", "6", 12, 4),
        ("ImageWidth", "10", 16, 4),
        ("ColorSpace", "14", 20, 1),
        ("BitsPerSample", "15", 21, 1),
        ("Compression", "16", 22, 1),
        ("ResolutionUnit", "17", 23, 1),
        ("YResolution", "18", 24, 4),
        ("XResolution", "22", 28, 4),
    ];
    if let [Some(major), Some(minor)] = [6, 7].map(|at| body.u8(at)) {
        let raw = format!("{major}.{minor}");
        sink.field(Field::new("SPIFF", "SPIFFVersion", "0", raw, body.part_there(6, 2)));
    }
    for (name, tag, at, n) in numbers {
        let Some(value) = body.be(at, n) else { return };
        let words = match (name, value) {
            ("ProfileID", 1) => Some("Continuous-tone Base"),
            ("ColorSpace", 1) => Some("YCbCr, ITU-R BT 709, video"),
            ("ColorSpace", 3) => Some("YCbCr, ITU-R BT 601-1, RGB"),
            ("ColorSpace", 8) => Some("Gray-scale"),
            ("Compression", 5) => Some("JPEG"),
            ("ResolutionUnit", 0) => Some("None"),
            ("ResolutionUnit", 1) => Some("inches"),
            ("ResolutionUnit", 2) => Some("cm"),
            _ => None,
        };
        let field = Field::new("SPIFF", name, tag, value.to_string(), body.part_there(at, n));
        sink.field(field.meaning(words.map(str::to_owned)));
    }
}

fn read_adobe(body: Span<'_>, sink: &mut Sink) {
    let (Some(version), Some(flags0), Some(flags1), Some(transform)) =
        (body.be16(5), body.be16(7), body.be16(9), body.u8(11))
    else {
        return;
    };
    let none = |flags: u16| (flags == 0).then(|| "(none)".to_owned());
    let mut note = |name: &'static str, tag: &'static str, raw, meaning: Option<String>, at, n| {
        sink.field(Field::new("Adobe", name, tag, raw, body.part_there(at, n)).meaning(meaning));
    };
    note("DCTEncodeVersion", "0", version.to_string(), None, 5, 2);
    note("APP14Flags0", "1", flags0.to_string(), none(flags0), 7, 2);
    note("APP14Flags1", "2", flags1.to_string(), none(flags1), 9, 2);
    let words = ["Unknown (RGB or CMYK)", "YCbCr", "YCCK"].get(usize::from(transform));
    let words = words.map(|w| (*w).to_owned());
    note("ColorTransform", "3", transform.to_string(), words, 11, 1);
}

/// Records of tag, length and value, up to a zero tag.
fn read_ducky(body: Span<'_>, sink: &mut Sink) {
    let mut at = 5usize;
    while let (Some(tag), Some(length)) = (body.be16(at), body.be16(at.saturating_add(2))) {
        let value = body.part_there(at.saturating_add(4), usize::from(length));
        at = at.saturating_add(4).saturating_add(usize::from(length));
        let words = |from: usize| {
            let body = value.rest(from).bytes;
            utf16(body, true).trim_end_matches('\0').to_owned()
        };
        let field = match tag {
            0 => break,
            1 => {
                let quality = value.be32(0).unwrap_or_default();
                Field::new("Ducky", "Quality", "1", quality.to_string(), value)
                    .meaning(format!("{quality}%"))
            }
            2 => Field::new("Ducky", "Comment", "2", words(4), value),
            3 => Field::new("Ducky", "Copyright", "3", words(4), value),
            _ => {
                let tag = tag.to_string();
                Field::new("Ducky", format!("Unknown {tag}"), tag, text(value.bytes), value)
            }
        };
        sink.field(field);
    }
}
