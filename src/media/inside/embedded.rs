//! What begins at a place: a picture or a video, by more than its first bytes.
//!
//! Sources: ITU-T T.81 annex B (JPEG), the PNG and GIF89a specifications, the WebP container
//! specification, Microsoft's documentation of `BITMAPINFOHEADER`, TIFF 6.0, ISO/IEC 14496-12 (MP4),
//! RFC 8794 (EBML), the specifications of Flash Video and Advanced Systems Format.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::media::Error;
use crate::media::container::{after_color_table, big_u32, little_u32, webp_canvas};
use crate::media::sniff::{Content, StillFormat, content};
use crate::media::tiff::Directory;

/// Segments of a JPEG file before its size.
const MAX_SEGMENTS: usize = 200;
/// So many segments in a row are no accident, whether the size follows or not.
const SURE_SEGMENTS: usize = 4;
/// A larger `ftyp` box is none.
const MAX_BRANDS_BYTES: u32 = 512;

/// A picture or a video that begins at a place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::media) struct Embedded {
    /// With its article, for instance `a JPEG picture`.
    pub(in crate::media) what: String,
    /// `None` for videos, and for pictures that are not decoded here.
    pub(in crate::media) format: Option<StillFormat>,
    pub(in crate::media) is_clip: bool,
    /// Width and height in pixels, where the head says so.
    pub(in crate::media) size: Option<(u32, u32)>,
}

impl Embedded {
    /// What begins with the first of these bytes; `None` where it is no picture and no video.
    pub(in crate::media) fn at(bytes: &[u8]) -> Option<Self> {
        match content(bytes) {
            Ok(Content::Still(format)) => {
                let size = header(format, bytes)?.size;
                let what = format!("a {format} picture");
                Some(Self { what, format: Some(format), is_clip: false, size })
            }
            Ok(Content::Video(format)) => is_video(bytes).then(|| Self {
                what: format.what.to_owned(),
                format: None,
                is_clip: true,
                size: None,
            }),
            Err(Error::Unsupported { what, .. }) if is_other_picture(bytes) => {
                Some(Self { what, format: None, is_clip: false, size: None })
            }
            Err(_) => None,
        }
    }

    /// Whether its longer side is known and shorter than this.
    pub(in crate::media) fn is_smaller_than(&self, side_px: u32) -> bool {
        self.size.is_some_and(|(width, height)| width.max(height) < side_px)
    }
}

impl std::fmt::Display for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.size {
            Some((width, height)) => write!(f, "{} of {width} x {height} pixels", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// Bytes from a mark on that [`begin_of_file`] looks at.
pub(super) const MARK_BYTES: usize = 32;
/// Bytes before a mark that may belong to the file.
pub(super) const BEFORE_MARK: usize = 4;

/// Where a file begins whose mark stands at `at`; only the mark is looked at.
pub(super) fn begin_of_file(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let starts = |mark: &[u8]| rest.starts_with(mark);
    let is_here = match rest.first()? {
        0xFF => starts(b"\xFF\xD8\xFF"),
        0x89 => starts(b"\x89PNG\r\n\x1A\n"),
        b'G' => starts(b"GIF87a") || starts(b"GIF89a"),
        b'R' => starts(b"RIFF") && matches!(rest.get(8..12), Some(b"WEBP" | b"AVI ")),
        b'B' => starts(b"BM") && bmp_size(rest).is_some(),
        b'I' => starts(b"II*\0") || starts(b"II+\0"),
        b'M' => starts(b"MM\0*") || starts(b"MM\0+"),
        0x1A => starts(b"\x1A\x45\xDF\xA3"),
        b'F' => starts(b"FLV\x01"),
        0x30 => starts(b"\x30\x26\xB2\x75\x8E\x66\xCF\x11"),
        b'O' => starts(b"OggS\0\x02"),
        // The mark stands behind the size of its box.
        b'f' | b'J' | b'j' | b'm' => {
            let is_box = starts(b"ftyp")
                || starts(b"JXL \r\n\x87\n")
                || starts(b"jP  \r\n\x87\n")
                || (starts(b"moov") && rest.get(8..12) == Some(b"mvhd"));
            return if is_box { at.checked_sub(BEFORE_MARK) } else { None };
        }
        _ => false,
    };
    is_here.then_some(at)
}

/// What the header of a picture says.
struct Header {
    /// `None` where the size follows later.
    size: Option<(u32, u32)>,
}

/// The header of a picture; `None` where the bytes are none of its format.
fn header(format: StillFormat, bytes: &[u8]) -> Option<Header> {
    let sides = |width: u32, height: u32| {
        (width > 0 && height > 0).then_some(Header { size: Some((width, height)) })
    };
    match format {
        StillFormat::Jpeg => jpeg_header(bytes),
        StillFormat::Png => {
            let is_header = bytes.get(8..16) == Some(b"\0\0\0\x0DIHDR");
            sides(big_u32(bytes, 16)?, big_u32(bytes, 20)?).filter(|_| is_header)
        }
        StillFormat::Gif => {
            let [a, b, c, d] = <[u8; 4]>::try_from(bytes.get(6..10)?).ok()?;
            let side = |low, high| u32::from(u16::from_le_bytes([low, high]));
            let block = bytes.get(after_color_table(*bytes.get(10)?, 13)?)?;
            sides(side(a, b), side(c, d)).filter(|_| matches!(block, 0x21 | 0x2C))
        }
        StillFormat::WebP => match bytes.get(12..16)? {
            b"VP8X" => Some(Header { size: webp_canvas(bytes) }),
            b"VP8 " => {
                let frame = bytes.get(23..30)?;
                let [0x9D, 0x01, 0x2A, a, b, c, d] = *frame else { return None };
                let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3FFF);
                sides(side(a, b), side(c, d))
            }
            b"VP8L" => {
                let bits = little_u32(bytes, 21).filter(|_| bytes.get(20) == Some(&0x2F))?;
                let side = |from: u32| (bits.wrapping_shr(from) & 0x3FFF).saturating_add(1);
                sides(side(0), side(14))
            }
            _ => None,
        },
        StillFormat::Bmp => bmp_size(bytes).map(|size| Header { size: Some(size) }),
        StillFormat::Tiff => {
            let directory = Directory::first(bytes)?;
            let one = |tag: u16| u32::try_from(directory.value(tag)?).ok();
            // EXIF blocks are directories, too: they hold no pixels.
            let has_pixels = directory.value(273).or_else(|| directory.value(324)).is_some();
            sides(one(256)?, one(257)?).filter(|_| has_pixels)
        }
    }
}

/// Walks the segments up to the header of the frame.
fn jpeg_header(bytes: &[u8]) -> Option<Header> {
    let mut at = 2usize;
    for n in 0..MAX_SEGMENTS {
        while bytes.get(at) == Some(&0xFF) && bytes.get(at.checked_add(1)?) == Some(&0xFF) {
            at = at.checked_add(1)?;
        }
        let Some([0xFF, code, high, low, rest @ ..]) = bytes.get(at..) else {
            // Cut off on the way.
            return (n >= SURE_SEGMENTS && at >= bytes.len()).then_some(Header { size: None });
        };
        let length = u16::from_be_bytes([*high, *low]);
        match code {
            0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF => {
                let [8 | 12, a, b, c, d, n @ 1..=4, ..] = *rest else { return None };
                let is_header = length == u16::from(n).saturating_mul(3).saturating_add(8);
                let (height, width) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
                // The height may follow the first scan.
                let size = (height > 0).then_some((u32::from(width), u32::from(height)));
                return (is_header && width > 0).then_some(Header { size });
            }
            0xC4 | 0xCC | 0xDB | 0xDD | 0xE0..=0xEF | 0xFE if length >= 2 => {
                at = at.checked_add(2)?.checked_add(usize::from(length))?;
            }
            _ => return None,
        }
    }
    Some(Header { size: None })
}

fn bmp_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let is_zero = bytes.get(6..10)? == [0; 4];
    let (planes, bits) = (bytes.get(26..28)?, bytes.get(28..30)?);
    let is_depth = matches!(bits, [1 | 4 | 8 | 16 | 24 | 32, 0]);
    let is_header = matches!(little_u32(bytes, 14)?, 40 | 52 | 56 | 64 | 108 | 124);
    let height = little_u32(bytes, 22)?.cast_signed().unsigned_abs();
    let size = (little_u32(bytes, 18)?, height);
    let is_usual = (1..=65_535).contains(&size.0) && (1..=65_535).contains(&size.1);
    (is_zero && is_depth && is_header && is_usual && planes == [1, 0]).then_some(size)
}

/// Whether what has to follow the first bytes of a video does.
fn is_video(bytes: &[u8]) -> bool {
    let is_mark =
        begin_of_file(bytes, 0) == Some(0) || begin_of_file(bytes, BEFORE_MARK) == Some(0);
    if bytes.get(4..8) == Some(b"ftyp") {
        return is_brand_box(bytes);
    }
    if bytes.starts_with(b"\x1A\x45\xDF\xA3") {
        let head = bytes.get(..80).unwrap_or(bytes);
        return [&b"matroska"[..], b"webm"]
            .iter()
            .any(|kind| head.windows(kind.len()).any(|window| window == *kind));
    }
    if bytes.starts_with(b"FLV\x01") {
        // The length of the head.
        return bytes.get(5..9) == Some(&[0, 0, 0, 9]);
    }
    is_mark
}

/// HEIC and its kin, JPEG XL and JPEG 2000.
fn is_other_picture(bytes: &[u8]) -> bool {
    let is_box = begin_of_file(bytes, BEFORE_MARK) == Some(0);
    is_box && (bytes.get(4..8) != Some(b"ftyp") || is_brand_box(bytes))
}

/// A box with brands, and behind it the name of another box or the end.
fn is_brand_box(bytes: &[u8]) -> bool {
    let Some(length) = big_u32(bytes, 0).filter(|n| (12..=MAX_BRANDS_BYTES).contains(n)) else {
        return false;
    };
    let is_name = |name: &[u8]| name.iter().all(|b| b.is_ascii_graphic() || *b == b' ');
    let name = usize::try_from(length).ok().and_then(|end| end.checked_add(4));
    let next = name.and_then(|at| bytes.get(at..at.checked_add(4)?));
    bytes.get(8..12).is_some_and(is_name) && next.is_none_or(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::RgbImage;
    use crate::media::{encode_jpeg, encode_png_indexed};

    fn found(bytes: &[u8]) -> String {
        Embedded::at(bytes).map(|found| found.to_string()).unwrap_or_default()
    }

    #[test]
    fn files_are_known_by_what_follows_their_first_bytes() {
        let jpeg = encode_jpeg(&RgbImage::filled(40, 30, [90, 120, 60]), 90).unwrap();
        assert_eq!(found(&jpeg), "a JPEG picture of 40 x 30 pixels");
        let png = encode_png_indexed(4, 4, &[0; 16], &[[1, 2, 3]]).unwrap();
        assert_eq!(found(&png), "a PNG picture of 4 x 4 pixels");
        assert_eq!(found(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"), "an MP4 video");
        assert_eq!(found(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), "an HEIC picture");
        let mkv = b"\x1A\x45\xDF\xA3\xA3\x42\x86\x81\x01\x42\x82\x88matroska";
        assert_eq!(found(mkv), "a Matroska or WebM video");
        assert_eq!(found(b"FLV\x01\x05\0\0\0\x09\0\0\0\0"), "a Flash video");
        let mut bmp = b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
        bmp.extend([50, 0, 0, 0, 40, 0, 0, 0, 1, 0, 24, 0, 0, 0]);
        assert_eq!(found(&bmp), "a BMP picture of 50 x 40 pixels");
    }

    #[test]
    fn first_bytes_alone_are_no_file() {
        for bytes in [
            &b"\xFF\xD8\xFF\xE0 by chance"[..],
            b"\xFF\xD8\xFF",
            b"\x89PNG\r\n\x1A\n and no header",
            b"GIF89a, a format of pictures",
            b"\0\0\0\x10ftyp\0\0\0\0",
            b"\x1A\x45\xDF\xA3 and so on",
            b"FLV\x01, version 1",
            b"BMW is a maker of cars and other things, and of no pictures",
            b"II*\0\x08\0\0\0\0\0",
            b"",
        ] {
            assert_eq!(found(bytes), "", "{bytes:?}");
        }
    }
}
