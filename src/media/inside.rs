//! What else lies in the file of a picture: further pictures, a clip, data of no known kind.
//!
//! Sources: CIPA DC-007 (MPO), Google's Motion Photo and Ultra HDR formats: all of them put whole
//! files behind the end of the first picture.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::StillFormat;
use super::container::{gif_end, is_filling, jpeg_facts, png_end, riff_end};
use super::surplus::bmp_rows;
use crate::base::text::counted;
use crate::base::{NotExamined, Warning};

/// More pictures than this are not counted.
const MAX_PICTURES: u64 = 10_000;
/// The brightness map of a picture of high dynamic range says so within its first bytes.
const MAP_HEAD_BYTES: usize = 4096;

/// Fewer bytes show nothing.
const SMALLEST_REST: usize = 64;

/// What lies behind the first picture of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Behind {
    pub(super) not_examined: Vec<NotExamined>,
    pub(super) warnings: Vec<Warning>,
}

/// Searches the bytes behind the end of the picture. `end`: where a JPEG picture ends.
pub(super) fn behind(format: StillFormat, bytes: &[u8], end: Option<usize>) -> Behind {
    let end = match format {
        StillFormat::Jpeg => end,
        StillFormat::Png => png_end(bytes),
        StillFormat::Gif => gif_end(bytes),
        StillFormat::WebP => riff_end(bytes),
        StillFormat::Bmp => bmp_rows(bytes).map(|rows| rows.end),
        // Directories of a TIFF file may lie anywhere.
        StillFormat::Tiff => None,
    };
    let Some(end) = end.filter(|end| *end < bytes.len()) else { return Behind::default() };
    let mut found = Behind::default();
    let (mut at, mut n_pictures, mut n_maps, mut clip) = (end, 0u64, 0u64, None);
    let mut first = None;
    while let Some(rest) = bytes.get(at..).filter(|_| n_pictures < MAX_PICTURES) {
        let Some((kind, offset)) = next_file(rest) else { break };
        let place = at.saturating_add(offset);
        let inner = bytes.get(place..).unwrap_or_default();
        match kind {
            Inner::Clip => {
                clip = Some(place);
                break;
            }
            Inner::Picture => {
                let is_map = contains(inner.get(..MAP_HEAD_BYTES).unwrap_or(inner), b"hdrgm:");
                let count = if is_map { &mut n_maps } else { &mut n_pictures };
                *count = count.saturating_add(1);
                if !is_map {
                    first = first.or(Some(place));
                }
                // Without an end it reaches to the end of the file: nothing is walked over twice.
                let length =
                    if inner.starts_with(b"\xFF\xD8") { jpeg_facts(inner).end } else { Some(8) };
                let Some(length) = length else { break };
                at = place.saturating_add(length.max(3));
            }
        }
    }
    if let Some(place) = first {
        found.not_examined.push(NotExamined::new(
            counted(n_pictures, "more picture"),
            format!("behind the first one, from byte {place} on"),
            "only the first picture of a file is examined",
        ));
    }
    if let Some(place) = clip {
        found.not_examined.push(NotExamined::new(
            "a video",
            format!("behind the picture, from byte {place} on"),
            "of a picture with a video only the picture is examined; save the video as a file of \
             its own to examine it",
        ));
    }
    let rest = bytes.get(end..).unwrap_or_default();
    if first.is_some() || clip.is_some() || n_maps > 0 || is_filling(rest) {
        return found;
    }
    let n = counted(rest.len() as u64, "byte");
    if is_rest_of_picture(format, bytes, rest) {
        found.not_examined.push(NotExamined::new(
            "the rest of another picture",
            format!("behind the first one, from byte {end} on"),
            format!(
                "{n} follow that look like {format} pixels, as where a program wrote a smaller picture \
                 over a larger one: they were not examined"
            ),
        ));
    } else {
        found.warnings.push(Warning(format!(
            "{n} that are no picture follow the end of the {format} picture: they were not examined"
        )));
    }
    found
}

/// Whether bytes behind a picture look like the end of another one of its format, or like more of
/// its rows.
fn is_rest_of_picture(format: StillFormat, bytes: &[u8], rest: &[u8]) -> bool {
    match format {
        StillFormat::Png => rest.ends_with(b"IEND\xAE\x42\x60\x82"),
        StillFormat::Jpeg => rest.len() > SMALLEST_REST && rest.ends_with(b"\xFF\xD9"),
        StillFormat::Bmp => {
            bmp_rows(bytes).is_some_and(|rows| rest.len() >= rows.row_bytes.max(SMALLEST_REST))
        }
        StillFormat::Gif | StillFormat::WebP | StillFormat::Tiff => false,
    }
}

enum Inner {
    Picture,
    Clip,
}

/// The first file that begins in these bytes, and where.
fn next_file(bytes: &[u8]) -> Option<(Inner, usize)> {
    let heads = bytes.windows(12).enumerate();
    for (at, head) in heads {
        if head.starts_with(b"\xFF\xD8\xFF")
            || head.starts_with(b"\x89PNG\r\n\x1A\n")
            || head.starts_with(b"GIF87a")
            || head.starts_with(b"GIF89a")
            || (head.starts_with(b"RIFF") && head.ends_with(b"WEBP"))
        {
            return Some((Inner::Picture, at));
        }
        if head.get(4..8) == Some(b"ftyp") && head.starts_with(&[0, 0]) {
            let is_picture = matches!(head.get(8..), Some(b"heic" | b"heix" | b"mif1" | b"avif"));
            return Some((if is_picture { Inner::Picture } else { Inner::Clip }, at));
        }
    }
    None
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

    use crate::base::{Limits, RgbImage};
    use crate::media::{Still, decode_still, encode_jpeg, encode_png_indexed};

    fn jpeg() -> Vec<u8> {
        encode_jpeg(&RgbImage::filled(40, 30, [90, 120, 60]), 90).unwrap()
    }

    fn open(parts: &[&[u8]]) -> Still {
        decode_still(&parts.concat(), &Limits::default()).unwrap()
    }

    fn not_examined(parts: &[&[u8]]) -> String {
        let found = open(parts).not_examined;
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn pictures_and_clips_behind_the_first_picture_are_reported() {
        let (picture, clip) = (jpeg(), b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom".as_slice());
        assert_eq!(not_examined(&[&picture]), "");
        assert!(not_examined(&[&picture, clip]).contains("a video"), "a motion photo");
        assert!(
            not_examined(&[&picture, &picture]).starts_with("not examined: 1 more picture (behind")
        );
        let movie: Vec<&[u8]> = std::iter::repeat_n(picture.as_slice(), 26).collect();
        assert!(not_examined(&movie).contains("25 more pictures"), "{}", not_examined(&movie));
        let both = not_examined(&[&picture, &picture, clip]);
        assert!(both.contains("1 more picture") && both.contains("a video"), "{both}");
    }

    #[test]
    fn what_is_no_picture_is_a_warning_and_filling_is_nothing() {
        let picture = jpeg();
        let filled = open(&[&picture, &[0; 400]]);
        assert_eq!((filled.warnings, filled.not_examined), (Vec::new(), Vec::new()));
        let other = open(&[&picture, b"SEFT and other notes of the camera"]);
        assert_eq!(other.not_examined, Vec::new());
        assert!(other.warnings[0].0.starts_with("34 bytes that are no picture"));
    }

    #[test]
    fn the_brightness_map_of_a_picture_is_no_further_picture() {
        let picture = jpeg();
        let note = [&[0xFF, 0xE1, 0, 30][..], b"xmp hdrgm:Version=\"1.0\" ....", &[]].concat();
        let map = [&picture[..2], &note[..], &picture[2..]].concat();
        assert_eq!(not_examined(&[&picture, &map]), "");
    }

    #[test]
    fn other_formats_have_an_end_too() {
        let png = encode_png_indexed(4, 4, &[0; 16], &[[1, 2, 3]]).unwrap();
        assert!(
            not_examined(&[&png, &jpeg()]).contains("1 more picture"),
            "{}",
            not_examined(&[&png, &jpeg()])
        );
    }
}
