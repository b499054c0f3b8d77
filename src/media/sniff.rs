//! The format of a file, from its first bytes.
//!
//! Sources: the signatures in the format specifications; ISO/IEC 14496-12 for the `ftyp` box of
//! HEIF, AVIF, MP4 and MOV.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use image::ImageFormat;

use super::Error;

/// The still pictures that are decoded here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StillFormat {
    /// JPEG, baseline and progressive.
    Jpeg,
    Png,
    Gif,
    /// WebP, lossy and lossless.
    WebP,
    Tiff,
    /// Windows bitmap.
    Bmp,
}

impl StillFormat {
    /// The name people use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Gif => "GIF",
            Self::WebP => "WebP",
            Self::Tiff => "TIFF",
            Self::Bmp => "BMP",
        }
    }

    /// Usual extensions, lower case, without the dot.
    pub const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif", "mpo"],
            Self::Png => &["png", "apng"],
            Self::Gif => &["gif"],
            Self::WebP => &["webp"],
            Self::Tiff => &["tif", "tiff"],
            Self::Bmp => &["bmp", "dib"],
        }
    }

    pub(super) const fn decoder(self) -> ImageFormat {
        match self {
            Self::Jpeg => ImageFormat::Jpeg,
            Self::Png => ImageFormat::Png,
            Self::Gif => ImageFormat::Gif,
            Self::WebP => ImageFormat::WebP,
            Self::Tiff => ImageFormat::Tiff,
            Self::Bmp => ImageFormat::Bmp,
        }
    }
}

impl std::fmt::Display for StillFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A container of moving pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct VideoFormat {
    /// The format with its article.
    pub(super) what: &'static str,
    /// The only demuxers of ffmpeg that may read it.
    pub(super) demuxers: &'static str,
}

/// The content according to the first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Still(StillFormat),
    Video(VideoFormat),
}

/// The format of a still picture.
///
/// # Errors
///
/// Those of [`content`], and [`Error::Video`].
pub(super) fn sniff(bytes: &[u8]) -> Result<StillFormat, Error> {
    match content(bytes)? {
        Content::Still(format) => Ok(format),
        Content::Video(VideoFormat { what, .. }) => Err(Error::Video { what }),
    }
}

/// The format of the content. Moving pictures in the format of stills count as stills here.
///
/// # Errors
///
/// [`Error::Empty`]; [`Error::Unsupported`] with the name of a format that is known by sight;
/// [`Error::UnknownFormat`].
pub(super) fn content(bytes: &[u8]) -> Result<Content, Error> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let at = |from: usize, magic: &[u8]| bytes.get(from..).is_some_and(|b| b.starts_with(magic));
    let riff = starts(b"RIFF");
    if bytes.is_empty() {
        Err(Error::Empty)
    } else if starts(b"\xFF\xD8\xFF") {
        Ok(Content::Still(StillFormat::Jpeg))
    } else if starts(b"\x89PNG\r\n\x1A\n") {
        Ok(Content::Still(StillFormat::Png))
    } else if starts(b"GIF87a") || starts(b"GIF89a") {
        Ok(Content::Still(StillFormat::Gif))
    } else if riff && at(8, b"WEBP") {
        Ok(Content::Still(StillFormat::WebP))
    } else if [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|magic| starts(*magic)) {
        Ok(Content::Still(StillFormat::Tiff))
    } else if is_bmp(bytes) {
        Ok(Content::Still(StillFormat::Bmp))
    } else if at(4, b"ftyp") {
        iso_media(bytes)
    } else if starts(b"\xFF\x0A") || starts(b"\0\0\0\x0CJXL \r\n\x87\n") {
        Err(picture("a JPEG XL picture"))
    } else if starts(b"\0\0\0\x0CjP  ") || starts(b"\xFF\x4F\xFF\x51") {
        Err(picture("a JPEG 2000 picture"))
    } else if starts(b"8BPS") {
        Err(picture("a Photoshop document"))
    } else if starts(b"\0\0\x01\0") {
        Err(picture("a Windows icon"))
    } else if starts(b"%PDF-") {
        Err(picture("a PDF document"))
    } else if starts(b"<svg") || (starts(b"<?xml") && contains(bytes, b"<svg")) {
        Err(picture("an SVG drawing"))
    } else if starts(b"\x1A\x45\xDF\xA3") {
        Ok(video("a Matroska or WebM video", "matroska,webm"))
    } else if riff && at(8, b"AVI ") {
        Ok(video("an AVI video", "avi"))
    } else if is_quicktime(bytes) {
        Ok(video("a QuickTime video", MOV))
    } else if starts(b"\0\0\x01\xBA") || starts(b"\0\0\x01\xB3") {
        Ok(video("an MPEG video", "mpeg,mpegvideo"))
    } else if is_transport_stream(bytes) {
        Ok(video("an MPEG video", "mpegts"))
    } else if starts(b"OggS") {
        Ok(video("an Ogg video", "ogg"))
    } else if starts(b"FLV\x01") {
        Ok(video("a Flash video", "flv"))
    } else if starts(b"\x30\x26\xB2\x75\x8E\x66\xCF\x11") {
        Ok(video("a Windows Media video", "asf"))
    } else if is_text(bytes) {
        Err(Error::Unsupported {
            what: "a text file".to_owned(),
            advice: "; only pictures and videos can be examined".to_owned(),
        })
    } else {
        Err(Error::UnknownFormat)
    }
}

/// MP4, `QuickTime` and related formats.
const MOV: &str = "mov";

fn picture(what: &str) -> Error {
    Error::Unsupported {
        what: what.to_owned(),
        advice: " yet; convert it to JPEG or PNG first".to_owned(),
    }
}

const fn video(what: &'static str, demuxers: &'static str) -> Content {
    Content::Video(VideoFormat { what, demuxers })
}

/// Brands of pictures in the `ftyp` box.
const HEIC: [&[u8]; 9] =
    [b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"mif2"];
const AVIF: [&[u8]; 2] = [b"avif", b"avis"];
/// More compatible brands are not read.
const MAX_BRANDS: usize = 64;

/// By the major brand of the `ftyp` box; by the compatible ones where it is of no known kind. A
/// picture taken for a video would be examined in tiles.
fn iso_media(bytes: &[u8]) -> Result<Content, Error> {
    let brand = bytes.get(8..12).unwrap_or_default();
    match brand {
        _ if HEIC.contains(&brand) => Err(picture("an HEIC picture")),
        _ if AVIF.contains(&brand) => Err(picture("an AVIF picture")),
        b"crx " => Err(picture("a Canon raw picture")),
        b"qt  " => Ok(video("a QuickTime video", MOV)),
        b"M4A " | b"M4B " => Err(Error::Unsupported {
            what: "a sound file".to_owned(),
            advice: "; only pictures and videos can be examined".to_owned(),
        }),
        _ => {
            let size = bytes.get(..4).and_then(|size| <[u8; 4]>::try_from(size).ok());
            let size = size.map_or(0, |size| u32::from_be_bytes(size) as usize);
            let others = bytes.get(16..size.min(bytes.len())).unwrap_or_default();
            let (others, _) = others.as_chunks::<4>();
            let others = others.get(..MAX_BRANDS).unwrap_or(others);
            let is_one_of = |kinds: &[&[u8]]| others.iter().any(|own| kinds.contains(&&own[..]));
            let is_video = brand.starts_with(b"iso")
                || brand.starts_with(b"mp4")
                || brand.starts_with(b"3g")
                || is_one_of(&[b"isom", b"iso2", b"mp41", b"mp42", b"avc1", b"qt  ", b"M4V "]);
            if !is_video && is_one_of(&AVIF) {
                Err(picture("an AVIF picture"))
            } else if !is_video && is_one_of(&HEIC) {
                Err(picture("an HEIC picture"))
            } else {
                Ok(video("an MP4 video", MOV))
            }
        }
    }
}

/// Old files begin with another box than `ftyp`.
fn is_quicktime(bytes: &[u8]) -> bool {
    let kinds: [&[u8]; 4] = [b"moov", b"mdat", b"wide", b"free"];
    bytes.get(4..8).is_some_and(|kind| kinds.contains(&kind))
}

/// `BM` alone is the start of many a text; the size of the second header settles it.
fn is_bmp(bytes: &[u8]) -> bool {
    let header = bytes.get(14..18).and_then(|b| <[u8; 4]>::try_from(b).ok());
    let sizes = [12, 16, 40, 52, 56, 64, 108, 124];
    bytes.starts_with(b"BM") && header.is_some_and(|b| sizes.contains(&u32::from_le_bytes(b)))
}

/// Bytes of a packet of an MPEG transport stream; those of cameras carry 4 bytes of time before it,
/// those of broadcasters 16 bytes of check sums behind it.
const PACKETS: [usize; 3] = [188, 192, 204];
/// Packets in a row that begin with the sync byte.
const FEW_PACKETS: usize = 3;
const MANY_PACKETS: usize = 5;

/// A stream that was recorded from the middle begins anywhere in a packet: there, more packets must
/// agree before five bytes are taken for a pattern.
fn is_transport_stream(bytes: &[u8]) -> bool {
    let is_sync = |from: usize, packet: usize, n: usize| {
        (0..n).all(|i| {
            let at = packet.checked_mul(i).and_then(|distance| from.checked_add(distance));
            at.is_some_and(|at| bytes.get(at) == Some(&0x47))
        })
    };
    is_sync(0, 188, FEW_PACKETS)
        || is_sync(4, 192, FEW_PACKETS)
        || PACKETS.iter().any(|&packet| (0..packet).any(|from| is_sync(from, packet, MANY_PACKETS)))
}

fn is_text(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character cut in two by the end of the head is no fault.
        Err(e) if e.error_len().is_none() => head
            .get(..e.valid_up_to())
            .and_then(|whole| std::str::from_utf8(whole).ok())
            .unwrap_or_default(),
        Err(_) => return false,
    };
    !text.chars().any(|c| c.is_control() && !c.is_whitespace())
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    head.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(bytes: &[u8]) -> String {
        sniff(bytes).map_or_else(|e| e.to_string(), |f| panic!("taken for {f}"))
    }

    #[test]
    fn foreign_formats_are_named_with_advice() {
        let heic = refusal(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
        assert_eq!(
            heic,
            "this is an HEIC picture, which is not supported yet; convert it to JPEG or PNG first"
        );
        assert!(refusal(b"\0\0\0\x1cftypavif").contains("AVIF"), "AVIF");
        let mp4 = refusal(b"\0\0\0\x1cftypisom");
        assert_eq!(mp4, "this is an MP4 video, not a still picture");
        let kin = refusal(b"\0\0\0\x18ftypMiHE\0\0\0\0miafmif1");
        assert!(kin.contains("an HEIC picture"), "by a compatible brand: {kin}");
        let camera = refusal(b"\0\0\0\x18ftypXAVC\0\0\0\0mp42iso2");
        assert!(camera.contains("an MP4 video"), "{camera}");
        assert!(refusal(b"\xFF\x0A\0").contains("JPEG XL"), "JPEG XL");
        assert!(refusal(b"\x1A\x45\xDF\xA3").contains("WebM"), "WebM");
        assert!(refusal("hällo".as_bytes()).contains("a text file"), "text");
        assert!(refusal(b"\x01\x02\xfe").contains("neither a picture"), "noise");
        assert!(refusal(b"").contains("empty"), "empty");
    }

    #[test]
    fn a_transport_stream_is_known_wherever_in_a_packet_it_begins() {
        for packet in [188usize, 192, 204] {
            let stream: Vec<u8> = (0..packet * 8)
                .map(|i| if i % packet == 0 { 0x47 } else { (i * 7 % 61) as u8 })
                .collect();
            for from in [0, 1, 40, packet - 4] {
                let is_known = is_transport_stream(stream.get(from..).unwrap_or_default());
                assert!(is_known, "{packet} from {from}");
            }
        }
        let noise: Vec<u8> =
            (0..4096u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert!(!is_transport_stream(&noise));
    }

    #[test]
    fn text_that_begins_like_a_bitmap_is_text() {
        assert!(refusal(b"BMW is a maker of cars and other things").contains("a text file"));
    }

    #[test]
    fn text_may_end_in_the_middle_of_a_character() {
        let long = "ä".repeat(600);
        let mut odd = b"x".to_vec();
        odd.extend(long.as_bytes());
        assert!(refusal(&odd).contains("a text file"), "{}", refusal(&odd));
    }
}
