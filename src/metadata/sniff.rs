//! The format of a file, from its first bytes.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::simple::transport_shape;
use super::source::text::unicode;

/// The containers whose metadata are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG, animated ones included.
    Png,
    /// GIF.
    Gif,
    /// WebP.
    WebP,
    /// TIFF, raw files of cameras included.
    Tiff,
    /// HEIC, AVIF and their kin.
    Heif,
    /// MP4, MOV, 3GP and their kin.
    IsoMedia,
    /// Matroska and `WebM`.
    Matroska,
    /// AVI.
    Avi,
    /// Windows bitmap.
    Bmp,
    /// An MPEG transport stream, as of broadcasts and camcorders.
    TransportStream,
    /// A bare XMP packet, as in a side-car.
    Xmp,
}

impl Format {
    /// The name people use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Gif => "GIF",
            Self::WebP => "WebP",
            Self::Tiff => "TIFF",
            Self::Heif => "HEIF",
            Self::IsoMedia => "MP4 or MOV",
            Self::Matroska => "Matroska",
            Self::Avi => "AVI",
            Self::Bmp => "BMP",
            Self::TransportStream => "MPEG transport stream",
            Self::Xmp => "XMP",
        }
    }

    /// Usual extensions, lower case, without the dot.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif", "mpo"],
            Self::Png => &["png", "apng"],
            Self::Gif => &["gif"],
            Self::WebP => &["webp"],
            Self::Tiff => &["tif", "tiff", "dng", "nef", "cr2", "arw", "orf", "pef", "srw"],
            Self::Heif => &["heic", "heif", "hif", "avif", "heics", "avifs"],
            Self::IsoMedia => &["mp4", "m4v", "mov", "3gp", "3g2", "m4a", "qt", "insv", "cr3"],
            Self::Matroska => &["mkv", "webm", "mka"],
            Self::Avi => &["avi"],
            Self::Bmp => &["bmp", "dib"],
            Self::TransportStream => &["ts", "mts", "m2ts", "m2t", "tsv"],
            Self::Xmp => &["xmp", "xml"],
        }
    }

    /// Whether files with this ending (lower case, without the dot) are of a format that is read here.
    /// `ts` and `xml` are not counted: much else is named so.
    pub fn is_known_ending(ending: &str) -> bool {
        let all = [
            Self::Jpeg,
            Self::Png,
            Self::Gif,
            Self::WebP,
            Self::Tiff,
            Self::Heif,
            Self::IsoMedia,
            Self::Matroska,
            Self::Avi,
            Self::Bmp,
            Self::TransportStream,
            Self::Xmp,
        ];
        let is_known = all.iter().any(|format| format.extensions().contains(&ending));
        is_known && !matches!(ending, "ts" | "xml")
    }

    /// Whether the file is read as a whole. Of others only the headers are.
    pub(super) const fn is_small(self) -> bool {
        matches!(self, Self::Jpeg | Self::Png | Self::Gif | Self::Tiff | Self::Bmp | Self::Xmp)
    }
}

/// The format; `None` for one that is not read here.
pub(super) fn sniff(head: &[u8]) -> Option<Format> {
    let starts = |magic: &[u8]| head.starts_with(magic);
    let at = |from: usize, magic: &[u8]| head.get(from..).is_some_and(|b| b.starts_with(magic));
    if starts(b"\xFF\xD8\xFF") {
        Some(Format::Jpeg)
    } else if starts(b"\x89PNG\r\n\x1A\n") {
        Some(Format::Png)
    } else if starts(b"GIF87a") || starts(b"GIF89a") {
        Some(Format::Gif)
    } else if starts(b"RIFF") && at(8, b"WEBP") {
        Some(Format::WebP)
    } else if starts(b"RIFF") && at(8, b"AVI ") {
        Some(Format::Avi)
    } else if [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|magic| starts(*magic)) {
        Some(Format::Tiff)
    } else if at(4, b"ftyp") {
        let brands: [&[u8]; 10] = [
            b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif",
            b"avis",
        ];
        let is_picture = brands.iter().any(|brand| at(8, brand));
        Some(if is_picture { Format::Heif } else { Format::IsoMedia })
    } else if [b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"].iter().any(|kind| at(4, *kind))
    {
        Some(Format::IsoMedia)
    } else if starts(b"\x1A\x45\xDF\xA3") {
        Some(Format::Matroska)
    } else if is_bmp(head) {
        Some(Format::Bmp)
    } else if is_xmp(head) {
        Some(Format::Xmp)
    } else if transport_shape(head).is_some() {
        Some(Format::TransportStream)
    } else {
        None
    }
}

/// `BM` alone is the start of many a text; the size of the second header settles it.
fn is_bmp(head: &[u8]) -> bool {
    let size = head.get(14..18).and_then(|b| <[u8; 4]>::try_from(b).ok());
    let sizes = [12, 16, 40, 52, 56, 64, 108, 124];
    head.starts_with(b"BM") && size.is_some_and(|b| sizes.contains(&u32::from_le_bytes(b)))
}

/// Whether a text in any Unicode encoding begins with a packet of XMP, behind what XML allows before it.
fn is_xmp(head: &[u8]) -> bool {
    let (text, _) = unicode(head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head));
    let mut rest = text.as_ref();
    loop {
        rest = rest.trim_start();
        let behind = |end: &str| rest.split_once(end).map(|(_, behind)| behind);
        let skipped = if rest.starts_with("<?xpacket") {
            return true;
        } else if rest.starts_with("<!--") {
            behind("-->")
        } else if rest.starts_with("<?") || rest.starts_with("<!") {
            behind(">")
        } else {
            None
        };
        match skipped {
            Some(behind) => rest = behind,
            None => break,
        }
    }
    let element = rest.strip_prefix('<').unwrap_or_default();
    let name = element.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next();
    let local = name.map(|name| name.rsplit(':').next().unwrap_or(name));
    matches!(local, Some("xmpmeta" | "xapmeta" | "RDF"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_their_first_bytes() {
        let transport: [u8; 600] =
            std::array::from_fn(|at| if at.is_multiple_of(188) { 0x47 } else { 0 });
        let known = [
            (&b"\xFF\xD8\xFF\xE0"[..], Some(Format::Jpeg)),
            (b"RIFF\0\0\0\0WEBP", Some(Format::WebP)),
            (b"\0\0\0\x18ftypheic", Some(Format::Heif)),
            (b"\0\0\0\x18ftypqt  ", Some(Format::IsoMedia)),
            (b"\0\0\0\x08wide", Some(Format::IsoMedia)),
            (b" <?xpacket begin", Some(Format::Xmp)),
            (b"\xEF\xBB\xBF<?xml version='1.0'?><!-- a > b --><rdf:RDF>", Some(Format::Xmp)),
            (b"<?xml version='1.0'?><svg><rdf:RDF/></svg>", None),
            (b"<meta:xmpmeta xmlns:meta='adobe:ns:meta/'>\xC3", Some(Format::Xmp)),
            (b"\xFF\xFE<\0x\0:\0x\0m\0p\0m\0e\0t\0a\0 \0", Some(Format::Xmp)),
            (b"\0<\0?\0x\0p\0a\0c\0k\0e\0t", Some(Format::Xmp)),
            (b"BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0", Some(Format::Bmp)),
            (b"BMW is a maker of cars", None),
            (&transport[..], Some(Format::TransportStream)),
            (&transport[..400], None),
            (b"hello", None),
            (b"", None),
        ];
        for (head, format) in known {
            assert_eq!(sniff(head), format, "{head:?}");
        }
    }
}
