//! Pictures and further recordings within a video file that no player shows.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::io::{Read, Seek};

use super::regions::{Regions, read_at};
use crate::base::text::counted;
use crate::base::{NotExamined, Warning};
use crate::media::StillFormat;
use crate::media::inside::{Embedded, FoundPlaces};

/// Bytes from a place on that are looked at.
const HEAD_BYTES: usize = 64 << 10;
/// Files that are reported one by one.
const MAX_LISTED: usize = 4;
/// Pictures with shorter sides are icons.
const SMALLEST_PX: u32 = 48;
/// Pictures with longer sides are no thumbnails of a camera.
const THUMBNAIL_PX: u32 = 320;

/// What lies within a video file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::media::video) struct InnerFiles {
    pub(in crate::media::video) not_examined: Vec<NotExamined>,
    pub(in crate::media::video) warnings: Vec<Warning>,
    /// Some of it lies behind the end of the video.
    pub(in crate::media::video) is_behind: bool,
}

/// Judges the places that were found in a file. `codec`: that of the frames, which may be pictures
/// themselves; `n_covers`: pictures that are reported as covers.
pub(in crate::media::video) fn inner_files(
    file: &mut (impl Read + Seek),
    found: &FoundPlaces,
    regions: &Regions,
    (demuxers, codec): (&str, &str),
    n_covers: u64,
) -> InnerFiles {
    let mut files: Vec<(u64, Embedded)> = Vec::new();
    for at in &found.places {
        if *at == 0 || regions.own.contains(at) {
            continue;
        }
        let Some(embedded) = Embedded::at(&read_at(file, *at, HEAD_BYTES)) else { continue };
        let is_frame = is_frame(codec, &embedded) && holds_frames(regions, *at);
        // Every stream of an Ogg file begins so; an MP4 file has two marks.
        let is_own = (demuxers == "ogg" && embedded.what == "an Ogg video")
            || (embedded.what == "a QuickTime video" && follows_mp4(&files));
        if !is_frame && !is_own && !embedded.is_smaller_than(SMALLEST_PX) {
            files.push((*at, embedded));
        }
    }
    let n_pictures = files.iter().filter(|(_, file)| !file.is_clip).count() as u64;
    if n_pictures <= n_covers {
        files.retain(|(_, file)| file.is_clip);
    }
    let is_behind = regions.end > 0 && files.iter().any(|(at, _)| *at >= regions.end);
    let is_thumbnail = |file: &Embedded| !file.is_clip && file.is_smaller_than(THUMBNAIL_PX + 1);
    let (thumbnails, files): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|(_, file)| is_thumbnail(file));
    let mut inner = InnerFiles { is_behind, ..InnerFiles::default() };
    inner.not_examined.extend(files.iter().take(MAX_LISTED).map(|(at, file)| {
        let why = if file.is_clip {
            "players show the first recording only; cut the file there to examine the other"
        } else {
            "players show none of it; cut the file there to examine it"
        };
        NotExamined::new(file.to_string(), place(regions, *at), why)
    }));
    let n_more = files.len().saturating_sub(MAX_LISTED) as u64;
    if n_more > 0 {
        let why = "players show none of them";
        inner.not_examined.push(NotExamined::new(
            counted(n_more, "more file"),
            "within the file",
            why,
        ));
    }
    inner.warnings.extend(thumbnails.iter().take(MAX_LISTED).map(|(at, file)| {
        Warning(format!("{file} ({}), as a thumbnail: it was not examined", place(regions, *at)))
    }));
    if found.is_unfinished && !is_picture_codec(codec) {
        inner.not_examined.push(NotExamined::new(
            "whether more pictures or recordings are in the file",
            "within the file",
            "too many places look like the beginning of one",
        ));
    }
    inner
}

fn place(regions: &Regions, at: u64) -> String {
    match regions.part_at(at) {
        Some(name) if regions.has_boxes => format!("in the box {name}, from byte {at} on"),
        None if regions.end > 0 && at >= regions.end => {
            format!("behind the end of the video, from byte {at} on")
        }
        _ => format!("within the file, from byte {at} on"),
    }
}

/// Whether a part of the file may hold frames.
fn holds_frames(regions: &Regions, at: u64) -> bool {
    match regions.part_at(at) {
        Some(name) => !regions.has_boxes || name == "mdat",
        None => regions.end == 0,
    }
}

/// An MP4 file has its mark at its begin, and another one at its list of frames.
fn follows_mp4(files: &[(u64, Embedded)]) -> bool {
    files.iter().any(|(_, file)| file.is_clip)
}

/// Codecs whose frames are pictures with a head of their own.
fn is_picture_codec(codec: &str) -> bool {
    matches!(
        codec,
        "mjpeg" | "jpegls" | "ljpeg" | "png" | "apng" | "bmp" | "tiff" | "webp" | "jpeg2000"
    )
}

/// Whether a picture is of the kind of the frames.
fn is_frame(codec: &str, embedded: &Embedded) -> bool {
    match embedded.format {
        Some(StillFormat::Jpeg) => matches!(codec, "mjpeg" | "jpegls" | "ljpeg"),
        Some(StillFormat::Png) => matches!(codec, "png" | "apng"),
        Some(StillFormat::Bmp) => codec == "bmp",
        Some(StillFormat::Tiff) => codec == "tiff",
        Some(StillFormat::WebP) => codec == "webp",
        Some(StillFormat::Gif) => false,
        None => codec == "jpeg2000" && !embedded.is_clip,
    }
}

#[cfg(test)]
#[expect(clippy::arithmetic_side_effects, reason = "tests may panic")]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::base::RgbImage;
    use crate::media::encode_jpeg;
    use crate::media::inside::PlaceFinder;

    fn jpeg(width: u32) -> Vec<u8> {
        encode_jpeg(&RgbImage::filled(width, 60, [90, 120, 60]), 90).unwrap()
    }

    fn search(bytes: &[u8], demuxers: &str, codec: &str) -> (String, usize) {
        let mut finder = PlaceFinder::default();
        finder.take(bytes);
        let mut file = Cursor::new(bytes);
        let regions = Regions::read(&mut file, bytes.len() as u64, demuxers);
        let found = inner_files(&mut file, &finder.finish(), &regions, (demuxers, codec), 0);
        let parts: Vec<String> = found.not_examined.iter().map(ToString::to_string).collect();
        (parts.join("; "), found.warnings.len())
    }

    fn mp4_box(name: &str, data: &[u8]) -> Vec<u8> {
        let length = (data.len() as u32 + 8).to_be_bytes();
        [&length, name.as_bytes(), data].concat()
    }

    #[test]
    fn recordings_and_pictures_in_the_boxes_of_an_mp4_file_are_reported() {
        let ftyp = mp4_box("ftyp", b"isom\0\0\0\0isom");
        let moov = mp4_box("moov", &mp4_box("mvhd", &[0; 20]));
        let file = |free: &[u8], mdat: &[u8]| {
            [&ftyp[..], &mp4_box("free", free), &mp4_box("mdat", mdat), &moov].concat()
        };
        assert_eq!(search(&file(&[0; 9], &[1; 90]), "mov", "h264"), (String::new(), 0));
        let hidden = [&ftyp[..], &moov].concat();
        let (found, _) = search(&file(&hidden, &[1; 9]), "mov", "h264");
        assert!(found.contains("an MP4 video (in the box free, from byte 28 on)"), "{found}");
        assert_eq!(found.matches("not examined").count(), 1, "{found}");
        let (found, _) = search(&file(&[0; 9], &[&[1; 90], &hidden[..]].concat()), "mov", "h264");
        assert!(found.contains("in the box mdat"), "{found}");
        let (found, _) = search(&file(&jpeg(640), &[1; 9]), "mov", "mjpeg");
        assert!(found.contains("a JPEG picture of 640 x 60 pixels (in the box free"), "{found}");
        assert_eq!(search(&file(&[], &jpeg(640)), "mov", "mjpeg"), (String::new(), 0), "a frame");
        assert_eq!(search(&file(&jpeg(160), &[]), "mov", "h264"), (String::new(), 1), "thumbnail");
    }

    #[test]
    fn what_is_joined_to_other_videos_is_reported() {
        let flv = b"FLV\x01\x05\0\0\0\x09\0\0\0\0 and so on and on".as_slice();
        let (found, _) = search(&[flv, flv].concat(), "flv", "flv1");
        let at = format!("a Flash video (within the file, from byte {} on)", flv.len());
        assert!(found.contains(&at), "{found}");
        let asf = b"\x30\x26\xB2\x75\x8E\x66\xCF\x11\xA6\xD9\0\xAA\0\x62\xCE\x6C".as_slice();
        let (found, _) = search(&[asf, asf].concat(), "asf", "wmv2");
        assert!(found.contains("a Windows Media video"), "{found}");
        let avi = [b"RIFF\x54\0\0\0AVI ".as_slice(), &[1; 80]].concat();
        let (found, _) = search(&[&avi, &jpeg(640)[..]].concat(), "avi", "mjpeg");
        assert!(found.contains("behind the end of the video"), "{found}");
        let mkv = b"\x1A\x45\xDF\xA3\x88matroska\x18\x53\x80\x67\x83abc".as_slice();
        let (found, _) = search(&[mkv, &jpeg(640)].concat(), "matroska,webm", "h264");
        assert!(found.contains("a JPEG picture of 640 x 60"), "{found}");
        assert_eq!(search(&[mkv, mkv].concat(), "matroska,webm", "h264").0, "", "is read on");
    }
}
