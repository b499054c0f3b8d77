//! Facts that decoders do not report: the kind of a JPEG, whether it is complete, whether more
//! pictures follow the first. Reads the structure only.
//!
//! Sources: ITU-T T.81 annex B (JPEG), the GIF89a specification, the PNG specification third
//! edition (`acTL`), the WebP container specification (`VP8X`).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::StillFormat;
use super::quantization::quality_of_segment;

/// Facts from the markers of a JPEG file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct JpegFacts {
    /// Low byte of the first start-of-frame marker: 0xC0 baseline, 0xC2 progressive, from 0xC9 on
    /// arithmetic coding.
    pub(super) start_of_frame: Option<u8>,
    /// Start-of-scan markers: 1 in baseline files, about 10 in progressive ones.
    pub(super) scans: usize,
    /// The place behind the end-of-image marker; `None` when it is missing.
    pub(super) end: Option<usize>,
    /// Color components: 4 in printing colors.
    pub(super) n_components: u8,
    /// Quality of the libjpeg tables nearest to the first luminance table.
    pub(super) quality: Option<u8>,
}

/// A marker of a JPEG file that has a segment, or the end mark.
#[derive(Debug, Clone, Copy)]
pub(super) struct JpegMarker<'a> {
    /// Its second byte.
    pub(super) code: u8,
    /// Where the data of its segment begin: behind the end mark, the first byte that follows.
    pub(super) begin: usize,
    /// `None` where they are cut off.
    pub(super) data: Option<&'a [u8]>,
}

/// The markers up to the end mark. Segments (and the thumbnail in them) are jumped over.
pub(super) fn jpeg_markers(bytes: &[u8]) -> impl Iterator<Item = JpegMarker<'_>> {
    let mut at = 2usize;
    std::iter::from_fn(move || {
        loop {
            let offset = bytes.get(at..)?.iter().position(|b| *b == 0xFF)?;
            let code_at = at.checked_add(offset)?.checked_add(1)?;
            let code = bytes.get(code_at).copied()?;
            let after = code_at.checked_add(1)?;
            at = match code {
                // A fill byte: the marker code follows.
                0xFF => code_at,
                // Stuffed data, restart markers, start of image: nothing belongs to them.
                0x00 | 0x01 | 0xD0..=0xD8 => after,
                0xD9 => {
                    at = bytes.len();
                    return Some(JpegMarker { code, begin: after, data: None });
                }
                _ => {
                    let begin = after.checked_add(2)?;
                    at = after.checked_add(usize::from(big_u16(bytes, after)?))?;
                    return Some(JpegMarker { code, begin, data: bytes.get(begin..at) });
                }
            };
        }
    })
}

/// Walks the markers.
pub(super) fn jpeg_facts(bytes: &[u8]) -> JpegFacts {
    let mut facts = JpegFacts::default();
    for JpegMarker { code, begin, data } in jpeg_markers(bytes) {
        let is_frame = matches!(code, 0xC0..=0xCF) && !matches!(code, 0xC4 | 0xC8 | 0xCC);
        if is_frame && facts.start_of_frame.is_none() {
            facts.start_of_frame = Some(code);
            facts.n_components = data.and_then(|s| s.get(5).copied()).unwrap_or(0);
        }
        facts.scans = facts.scans.saturating_add(usize::from(code == 0xDA));
        if code == 0xDB && facts.quality.is_none() {
            facts.quality = data.and_then(quality_of_segment);
        }
        if code == 0xD9 {
            facts.end = Some(begin);
        }
    }
    facts
}

/// Whether a second frame or page follows the first.
pub(super) fn has_more_pictures(format: StillFormat, bytes: &[u8]) -> bool {
    match format {
        StillFormat::Gif => gif_frames(bytes).is_some_and(|n| n > 1),
        StillFormat::WebP => webp_delays(bytes).is_some_and(|delays| delays.len() > 1),
        StillFormat::Png => png_animation(bytes).is_animated,
        StillFormat::Tiff | StillFormat::Jpeg | StillFormat::Bmp => false,
    }
}

fn big_u16(bytes: &[u8], at: usize) -> Option<u16> {
    let word = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_be_bytes(word.try_into().ok()?))
}

pub(super) fn big_u32(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(word.try_into().ok()?))
}

/// Display time of every frame of an animated WebP file in milliseconds; `None` for other ones.
/// Frames are counted as far as the file goes.
pub(super) fn webp_delays(bytes: &[u8]) -> Option<Vec<u32>> {
    let is_animated =
        bytes.get(12..16) == Some(b"VP8X") && bytes.get(20).is_some_and(|flags| flags & 2 != 0);
    if !is_animated {
        return None;
    }
    let (mut at, mut delays) = (12usize, Vec::new());
    while let (Some(name), Some(length)) =
        (bytes.get(at..at.checked_add(4)?), little_u32(bytes, at.checked_add(4)?))
    {
        let data = at.checked_add(8)?;
        if name == b"ANMF" {
            let Some(delay) = little_u32(bytes, data.checked_add(12)?) else { break };
            delays.push(delay & 0xFF_FFFF);
        }
        // Chunks are padded to even sizes.
        let padded = usize::try_from(length).ok()?.checked_next_multiple_of(2)?;
        at = data.checked_add(padded)?;
    }
    Some(delays)
}

/// Width and height of the canvas of an extended WebP file.
pub(super) fn webp_canvas(bytes: &[u8]) -> Option<(u32, u32)> {
    let side = |at| Some((little_u32(bytes, at)? & 0xFF_FFFF).saturating_add(1));
    Some((side(24)?, side(27)?))
}

pub(super) fn little_u32(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(word.try_into().ok()?))
}

/// Frames of a GIF, counted up to 2.
fn gif_frames(bytes: &[u8]) -> Option<u32> {
    gif_blocks(bytes).map(|(frames, _)| frames)
}

/// The place behind the trailer of a GIF with one frame.
pub(super) fn gif_end(bytes: &[u8]) -> Option<usize> {
    let (_, at) = gif_blocks(bytes).filter(|(frames, _)| *frames < 2)?;
    (bytes.get(at) == Some(&0x3B)).then(|| at.saturating_add(1))
}

/// Frames, counted up to 2, and the place of the block at which counting ended.
fn gif_blocks(bytes: &[u8]) -> Option<(u32, usize)> {
    let mut at = after_color_table(*bytes.get(10)?, 13)?;
    let mut frames = 0u32;
    loop {
        match bytes.get(at)? {
            0x21 => at = after_sub_blocks(bytes, at.checked_add(2)?)?,
            0x2C => {
                frames = frames.saturating_add(1);
                if frames > 1 {
                    return Some((frames, at));
                }
                let data = after_color_table(*bytes.get(at.checked_add(9)?)?, at.checked_add(10)?)?;
                at = after_sub_blocks(bytes, data.checked_add(1)?)?;
            }
            _ => return Some((frames, at)),
        }
    }
}

/// The place behind a RIFF file.
pub(super) fn riff_end(bytes: &[u8]) -> Option<usize> {
    let length = usize::try_from(little_u32(bytes, 4)?).ok()?;
    length.checked_next_multiple_of(2)?.checked_add(8)
}

/// The place behind the end mark of a PNG file.
pub(super) fn png_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 8usize;
    loop {
        let length = usize::try_from(big_u32(bytes, at)?).ok()?;
        let name = bytes.get(at.checked_add(4)?..at.checked_add(8)?)?;
        at = at.checked_add(length)?.checked_add(12)?;
        if name == b"IEND" {
            return Some(at);
        }
    }
}

pub(super) fn after_color_table(flags: u8, at: usize) -> Option<usize> {
    if flags & 0x80 == 0 {
        return Some(at);
    }
    let entries = 2usize.checked_shl(u32::from(flags & 7))?;
    at.checked_add(entries.checked_mul(3)?)
}

pub(super) fn after_sub_blocks(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = usize::from(*bytes.get(at)?);
        at = at.checked_add(1)?.checked_add(length)?;
        if length == 0 {
            return Some(at);
        }
    }
}

/// The animation in a PNG file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct PngAnimation {
    /// Viewers that know animations show it.
    pub(super) is_animated: bool,
    /// The first picture is none of its frames: only viewers that know no animations show it.
    pub(super) has_cover: bool,
    /// Frames are there that are announced by nothing.
    pub(super) has_stray: bool,
}

/// Reads the chunks as far as the file goes. An animation of one frame may be another picture than the
/// first.
pub(super) fn png_animation(bytes: &[u8]) -> PngAnimation {
    let (mut announced, mut has_pixels, mut is_frame) = (None, false, false);
    let (mut has_more, mut at) = (false, 8usize);
    while let Some((name, length, data)) = png_chunk(bytes, at) {
        match name {
            b"acTL" if !has_pixels => announced = announced.or_else(|| big_u32(bytes, data)),
            b"fcTL" if !has_pixels => is_frame = true,
            b"fdAT" => has_more = true,
            b"IDAT" => has_pixels = true,
            b"IEND" => break,
            _ => {}
        }
        let Some(next) = data.checked_add(length).and_then(|end| end.checked_add(4)) else { break };
        at = next;
    }
    let is_animated = announced.is_some_and(|n| n > 1 || (n == 1 && has_more));
    let has_cover = is_animated && has_pixels && !is_frame;
    PngAnimation { is_animated, has_cover, has_stray: has_more && !is_animated }
}

/// Name, length and place of the data of the chunk at a place.
fn png_chunk(bytes: &[u8], at: usize) -> Option<(&[u8], usize, usize)> {
    let length = usize::try_from(big_u32(bytes, at)?).ok()?;
    let data = at.checked_add(8)?;
    Some((bytes.get(at.checked_add(4)?..data)?, length, data))
}

/// A chunk of a PNG file.
#[derive(Debug, Clone, Copy)]
pub(super) struct PngPart<'a> {
    pub(super) name: &'a [u8],
    /// Where its data begin.
    pub(super) begin: usize,
    /// Its data, as far as the file goes.
    pub(super) data: &'a [u8],
}

/// The chunks of a PNG file in their order.
pub(super) fn png_chunks(bytes: &[u8]) -> impl Iterator<Item = PngPart<'_>> {
    let mut at = 8usize;
    std::iter::from_fn(move || {
        let (name, length, data) = png_chunk(bytes, at)?;
        let end = data.saturating_add(length);
        at = end.saturating_add(4);
        Some(PngPart { name, begin: data, data: bytes.get(data..end.min(bytes.len()))? })
    })
}

/// Whether bytes are only there to fill a place.
pub(super) fn is_filling(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| matches!(b, 0 | 0xFF | b'\r' | b'\n' | b' '))
}

/// Whether a WebP file holds another picture beside the one that is decoded.
pub(super) fn webp_has_stray(bytes: &[u8]) -> bool {
    let (mut at, mut n) = (12usize, 0u32);
    while let (Some(name), Some(length)) =
        (bytes.get(at..at.saturating_add(4)), little_u32(bytes, at.saturating_add(4)))
    {
        n = n.saturating_add(u32::from([b"VP8 ", b"VP8L", b"ANMF"].iter().any(|p| *p == name)));
        let padded = usize::try_from(length).ok().and_then(|n| n.checked_next_multiple_of(2));
        let Some(next) = padded.and_then(|n| at.checked_add(8)?.checked_add(n)) else { break };
        at = next;
    }
    n > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jpeg_markers_are_walked_over_segments_and_scan_data() {
        let mut file = vec![0xFF, 0xD8];
        // A segment whose content looks like an end marker.
        file.extend([0xFF, 0xE1, 0, 6, 0xFF, 0xD9, 1, 2]);
        file.extend([0xFF, 0xC2, 0, 4, 8, 0]);
        file.extend([0xFF, 0xDA, 0, 3, 0, 17, 0xFF, 0x00, 18, 0xFF, 0xD0, 19]);
        let cut = jpeg_facts(&file);
        assert_eq!(cut, JpegFacts { start_of_frame: Some(0xC2), scans: 1, ..JpegFacts::default() });
        file.extend([0xFF, 0xFF, 0xD9]);
        assert!(jpeg_facts(&file).end.is_some(), "fill bytes before the end marker");
    }

    /// A PNG file of these chunks, without their checksums.
    fn png(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1A\n".to_vec();
        for (name, data) in chunks {
            bytes.extend((data.len() as u32).to_be_bytes());
            bytes.extend(*name);
            bytes.extend(*data);
            bytes.extend([0; 4]);
        }
        bytes
    }

    #[test]
    fn an_animation_of_one_frame_may_be_another_picture() {
        let (one, two) = ([0, 0, 0, 1, 0, 0, 0, 0], [0, 0, 0, 2, 0, 0, 0, 0]);
        let facts = |chunks: &[(&[u8; 4], &[u8])]| {
            let PngAnimation { is_animated, has_cover, has_stray } = png_animation(&png(chunks));
            [is_animated, has_cover, has_stray]
        };
        let (control, pixels, frame): (_, _, (&[u8; 4], &[u8])) =
            ((b"fcTL", &[][..]), (b"IDAT", &[1][..]), (b"fdAT", &[2]));
        assert_eq!(facts(&[pixels]), [false; 3]);
        assert_eq!(facts(&[(b"acTL", &one), control, pixels]), [false; 3], "a still picture");
        assert_eq!(
            facts(&[(b"acTL", &two), control, pixels, control, frame]),
            [true, false, false]
        );
        assert_eq!(facts(&[(b"acTL", &two), pixels, control, frame]), [true, true, false]);
        assert_eq!(facts(&[(b"acTL", &one), pixels, control, frame]), [true, true, false]);
        assert_eq!(facts(&[pixels, control, frame]), [false, false, true], "not announced");
    }
}
