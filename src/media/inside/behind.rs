//! What lies behind the end of a picture: further pictures, a video, data of no known kind.
//!
//! Sources: CIPA DC-007 (MPO), Google's Motion Photo and Ultra HDR formats: all of them put whole
//! files behind the end of the first picture.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::embedded::Embedded;
use super::gain_map::end_of_gain_map;
use super::places::next_place;
use crate::base::text::counted;
use crate::base::{NotExamined, Warning};
use crate::media::StillFormat;
use crate::media::container::{gif_end, is_filling, jpeg_facts, png_end, riff_end};
use crate::media::sniff::{Content, content};
use crate::media::surplus::bmp_rows;

/// More pictures than this are not counted.
const MAX_PICTURES: u64 = 10_000;

/// Fewer bytes show nothing.
const SMALLEST_REST: usize = 64;

/// Notes that cameras and programs write behind a picture or a video: how they begin or end.
const NOTES: [(&[u8], &str); 8] = [
    (b"AXS!", "AFCP"),
    (b"vivo{", "Vivo"),
    (b"CANON OPTIONAL DATA", "Canon"),
    (b"SEFH", "Samsung"),
    (b"SEFT", "Samsung"),
    (b"cbipcbbl", "PhotoMechanic"),
    (b"\xA1\xB2\xC3\xD4", "FotoStation"),
    (b"~\0\x04\0zmie~", "MIE"),
];
/// Marks at the end stand within so many bytes.
const MARK_BYTES: usize = 64;
/// Larger notes are reported like data of no known kind.
pub(in crate::media) const MAX_NOTES: u64 = 64 << 10;

/// What lies behind the first picture of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::media) struct Behind {
    pub(in crate::media) not_examined: Vec<NotExamined>,
    pub(in crate::media) warnings: Vec<Warning>,
}

/// Where the picture of a file ends, if that is known. `jpeg_end`: where a JPEG picture ends.
pub(in crate::media) fn end_of_picture(
    format: StillFormat,
    bytes: &[u8],
    jpeg_end: Option<usize>,
) -> Option<usize> {
    let end = match format {
        StillFormat::Jpeg => jpeg_end,
        StillFormat::Png => png_end(bytes),
        StillFormat::Gif => gif_end(bytes),
        StillFormat::WebP => riff_end(bytes),
        StillFormat::Bmp => bmp_rows(bytes).map(|rows| rows.end),
        // Directories of a TIFF file may lie anywhere.
        StillFormat::Tiff => None,
    };
    end.filter(|end| *end < bytes.len())
}

/// Searches the bytes behind the end of the picture.
pub(in crate::media) fn behind(format: StillFormat, bytes: &[u8], end: Option<usize>) -> Behind {
    let Some(end) = end else { return Behind::default() };
    let mut found = Behind::default();
    let (mut at, mut n_pictures, mut clip, mut first) = (end, 0u64, None, None);
    // Where the gain map ends that lies at once behind the picture.
    let mut map_end = None;
    while let Some(rest) = bytes.get(at..).filter(|_| n_pictures < MAX_PICTURES) {
        let Some((offset, embedded)) = next_file(rest) else { break };
        let place = at.saturating_add(offset);
        if at == end && is_filling(rest.get(..offset).unwrap_or_default()) {
            map_end = end_of_gain_map(bytes, place);
            if let Some(end_of_map) = map_end {
                let n = counted(end_of_map.saturating_sub(place) as u64, "byte");
                found.not_examined.push(NotExamined::new(
                    "the picture as screens of high dynamic range show it",
                    "everywhere",
                    format!(
                        "its gain map ({n} behind the picture) makes parts of it brighter or darker \
                         there: it is examined as other screens show it"
                    ),
                ));
                at = end_of_map;
                continue;
            }
        }
        let inner = bytes.get(place..).unwrap_or_default();
        if embedded.is_clip {
            clip = Some((embedded, place));
            break;
        }
        n_pictures = n_pictures.saturating_add(1);
        if first.is_none() {
            first = Some((embedded, place));
        }
        // Without an end it reaches to the end of the file: nothing is walked over twice.
        let length = if inner.starts_with(b"\xFF\xD8") { jpeg_facts(inner).end } else { Some(8) };
        let Some(length) = length else { break };
        at = place.saturating_add(length.max(3));
    }
    if let Some((embedded, place)) = &first {
        found.not_examined.push(NotExamined::new(
            counted(n_pictures, "more picture"),
            format!("behind the first one, from byte {place} on"),
            format!(
                "only the first picture of a file is examined; {} is {embedded}",
                if n_pictures == 1 { "the other" } else { "the next" }
            ),
        ));
    }
    if let Some((embedded, place)) = &clip {
        found.not_examined.push(NotExamined::new(
            "a video",
            format!("behind the picture, from byte {place} on"),
            format!(
                "of a picture with a video only the picture is examined; save the video, {}, as a file \
                 of its own to examine it",
                embedded.what
            ),
        ));
    }
    let begin = map_end.unwrap_or(end);
    let rest = bytes.get(begin..).unwrap_or_default();
    if first.is_some() || clip.is_some() || is_filling(rest) {
        return found;
    }
    if is_rest_of_picture(format, bytes, rest) {
        let n = counted(rest.len() as u64, "byte");
        found.not_examined.push(NotExamined::new(
            "the rest of another picture",
            format!("behind the first one, from byte {begin} on"),
            format!(
                "{n} follow that look like {format} pixels, as where a program wrote a smaller picture \
                 over a larger one: they were not examined"
            ),
        ));
    } else {
        let map = if map_end.is_some() { " and its gain map" } else { "" };
        let end_of_what = format!("the end of the {format} picture{map}");
        let tail = describe_tail(rest, begin as u64, rest.len() as u64, &end_of_what);
        match tail {
            Ok(part) => found.not_examined.push(part),
            Err(warning) => found.warnings.push(warning),
        }
    }
    found
}

/// Bytes of no picture and no video behind the end of one: not examined, or a warning where they are too
/// few to be one, or the notes of a camera. `rest`: the first of them, or all; `n_bytes`: how many there
/// are.
pub(in crate::media) fn describe_tail(
    rest: &[u8],
    begin: u64,
    n_bytes: u64,
    end_of_what: &str,
) -> Result<NotExamined, Warning> {
    let n = counted(n_bytes, "byte");
    if let Ok(Content::Video(video)) = content(rest) {
        let place = format!("behind {end_of_what}, from byte {begin} on");
        let why = format!("{n} follow that begin like {}", video.what);
        return Ok(NotExamined::new("a video", place, why));
    }
    let tail = rest.get(rest.len().saturating_sub(MARK_BYTES)..).unwrap_or_default();
    let is_note = |mark: &[u8]| rest.starts_with(mark) || contains(tail, mark);
    let note = NOTES.iter().find(|(mark, _)| is_note(mark)).filter(|_| n_bytes <= MAX_NOTES);
    let begins = begins_with(rest);
    if note.is_none() && rest.len() >= SMALLEST_REST {
        return Ok(NotExamined::new(
            n,
            format!("behind {end_of_what}, from byte {begin} on"),
            format!("they begin with {begins}: no program shows them"),
        ));
    }
    let kind = note.map(|(_, maker)| format!(", notes as of {maker}")).unwrap_or_default();
    Err(Warning(format!(
        "{n} that were not examined follow {end_of_what}{kind}: they begin with {begins}"
    )))
}

/// The kind of data, or their first bytes.
fn begins_with(rest: &[u8]) -> String {
    let kinds: [(&[u8], &str); 6] = [
        (b"PK\x03\x04", "the mark of a ZIP archive"),
        (b"Rar!", "the mark of a RAR archive"),
        (b"7z\xBC\xAF\x27\x1C", "the mark of a 7z archive"),
        (b"\x1F\x8B", "the mark of a gzip file"),
        (b"%PDF", "the mark of a PDF document"),
        (b"<svg", "the mark of an SVG drawing"),
    ];
    if let Some((_, kind)) = kinds.iter().find(|(mark, _)| rest.starts_with(mark)) {
        return (*kind).to_owned();
    }
    let first = rest.get(..8).unwrap_or(rest);
    if first.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ') {
        return format!("\"{}\"", String::from_utf8_lossy(first));
    }
    let codes: Vec<String> = first.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("the bytes {}", codes.join(" "))
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

/// The first file that begins in these bytes, and where.
fn next_file(bytes: &[u8]) -> Option<(usize, Embedded)> {
    let mut from = 0usize;
    loop {
        let (begin, mark) = next_place(bytes, from)?;
        if let Some(embedded) = Embedded::at(bytes.get(begin..)?) {
            return Some((begin, embedded));
        }
        from = mark.saturating_add(1);
    }
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
    fn notes_of_a_camera_are_a_warning_and_filling_is_nothing() {
        let picture = jpeg();
        let filled = open(&[&picture, &[0; 400]]);
        assert_eq!((filled.warnings, filled.not_examined), (Vec::new(), Vec::new()));
        let notes = [&[7; 90][..], b"SEFT"].concat();
        for tail in [&b"few bytes that mean nothing"[..], &notes] {
            let other = open(&[&picture, tail]);
            assert_eq!(other.not_examined, Vec::new());
            let warning = &other.warnings[0].0;
            assert!(warning.contains("bytes that were not examined follow"), "{warning}");
        }
        assert!(open(&[&picture, &notes]).warnings[0].0.contains("notes as of Samsung"));
    }

    #[test]
    fn data_of_no_known_kind_are_not_examined_and_say_how_they_begin() {
        let picture = jpeg();
        let parts = not_examined(&[&picture, &[7; 90]]);
        assert!(parts.contains("90 bytes (behind the end of the JPEG picture, from"), "{parts}");
        assert!(parts.contains("begin with the bytes 07 07"), "{parts}");
        let archive = not_examined(&[&picture, b"PK\x03\x04", &[7; 90]]);
        assert!(archive.contains("a ZIP archive"), "{archive}");
        let large = [vec![7; 70_000], b"SEFT".to_vec()].concat();
        assert!(not_examined(&[&picture, &large]).contains("70004 bytes"), "too many for notes");
    }

    #[test]
    fn every_kind_of_picture_and_video_behind_a_picture_has_its_name() {
        let picture = jpeg();
        let mut bmp = b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
        bmp.extend([50, 0, 0, 0, 40, 0, 0, 0, 1, 0, 24, 0, 0, 0]);
        let found = not_examined(&[&picture, &bmp]);
        assert!(found.contains("1 more picture") && found.contains("a BMP picture"), "{found}");
        let mkv = b"\x1A\x45\xDF\xA3\xA3\x42\x82\x88matroska".as_slice();
        let flv = b"FLV\x01\x05\0\0\0\x09\0\0\0\0".as_slice();
        for (video, name) in [(mkv, "a Matroska or WebM video"), (flv, "a Flash video")] {
            let found = not_examined(&[&picture, video]);
            assert!(found.contains("a video") && found.contains(name), "{found}");
        }
        let packets: Vec<u8> = (0..188 * 6).map(|i| if i % 188 == 0 { 0x47 } else { 9 }).collect();
        let found = not_examined(&[&picture, &packets]);
        assert!(found.contains("a video") && found.contains("an MPEG video"), "{found}");
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
