//! Recordings that follow the first one in an MP4 file: players show the first and skip the others.
//!
//! In other containers `ffmpeg` reads on. Source: ISO/IEC 14496-12, section 4.2. Only the heads of
//! the outermost boxes are read.

use std::io::{Read, Seek};

use super::regions::{Regions, read_at};
use crate::base::text::counted;
use crate::base::{NotExamined, Warning};
use crate::media::container::is_filling;
use crate::media::inside::{MAX_NOTES, describe_tail};

/// What follows the first recording.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::media::video) struct Further {
    pub(in crate::media::video) not_examined: Option<NotExamined>,
    pub(in crate::media::video) warning: Option<Warning>,
}

/// Looks at the boxes of a file of `size` bytes, and at what follows them.
pub(in crate::media::video) fn further(
    file: &mut (impl Read + Seek),
    size: u64,
    regions: &Regions,
) -> Further {
    if !regions.has_boxes {
        return Further::default();
    }
    let n_more = regions.n_recordings.saturating_sub(1);
    if let Some(at) = regions.second {
        let not_examined = NotExamined::new(
            counted(n_more, "more recording"),
            format!("behind the first one, from byte {at} on"),
            "files were joined without regard to their format: players show the first recording only; \
             cut the file there to examine the others",
        );
        return Further { not_examined: Some(not_examined), warning: None };
    }
    let n_left = if regions.end > 0 { size.saturating_sub(regions.end) } else { 0 };
    let n_read = usize::try_from(n_left.min(MAX_NOTES)).unwrap_or(0);
    let rest = read_at(file, regions.end, n_read);
    if rest.is_empty() || (rest.len() as u64 == n_left && is_filling(&rest)) {
        return Further::default();
    }
    match describe_tail(&rest, regions.end, n_left, "the end of the video") {
        Ok(part) => Further { not_examined: Some(part), warning: None },
        Err(warning) => Further { not_examined: None, warning: Some(warning) },
    }
}

/// Entry for `tests/fuzz`.
#[cfg(fuzzing)]
pub fn fuzz(bytes: &[u8]) {
    for demuxers in ["mov", "avi", "matroska,webm"] {
        let (mut file, size) = (std::io::Cursor::new(bytes), bytes.len() as u64);
        let regions = Regions::read(&mut file, size, demuxers);
        drop(further(&mut file, size, &regions));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn walk(parts: &[&[u8]]) -> (Option<String>, Option<String>) {
        let bytes = parts.concat();
        let (mut file, size) = (Cursor::new(&bytes), bytes.len() as u64);
        let regions = Regions::read(&mut file, size, "mov");
        let found = further(&mut file, size, &regions);
        (found.not_examined.map(|part| part.to_string()), found.warning.map(|w| w.0))
    }

    #[test]
    fn a_second_recording_is_reported_and_a_tail_is_a_warning() {
        let one = b"\0\0\0\x0cftypisom\0\0\0\x0cmdat....\0\0\0\x08moov".as_slice();
        assert_eq!(walk(&[one]), (None, None));
        let (two, tail) = walk(&[one, one, one]);
        let two = two.unwrap();
        let at = format!("2 more recordings (behind the first one, from byte {} on)", one.len());
        assert!(two.contains(&at) && tail.is_none(), "{two}");
        let (none, tail) = walk(&[one, b"\0\0\0\0 notes of the camera"]);
        assert_eq!((none, tail.map(|tail| tail.starts_with("24 bytes"))), (None, Some(true)));
        let (data, no_warning) = walk(&[one, b"\0\0\0\0", &[7; 80]]);
        assert!(data.unwrap().contains("84 bytes (behind the end of the video, from byte"), "data");
        assert_eq!((no_warning, walk(&[one, &[0; 400]])), (None, (None, None)), "filling");
        let fragmented = [one, b"\0\0\0\x08moof\0\0\0\x08mdat"];
        assert_eq!(walk(&fragmented), (None, None), "one recording in pieces");
    }

    #[test]
    fn endless_and_absurd_boxes_end_the_walk() {
        assert_eq!(walk(&[b"\0\0\0\0mdat", &[9; 50]]), (None, None), "to the end");
        assert_eq!(walk(&[b"\0\0\0\x01mdat", &[255; 8]]), (None, None));
        assert_eq!(walk(&[b"\0\0\0\x01mdat"]), (None, None), "cut off");
        assert_eq!(walk(&[b"\0"]), (None, None));
    }
}
