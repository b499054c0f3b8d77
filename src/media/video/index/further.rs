//! Recordings that follow the first one in an MP4 file: players show the first and skip the others.
//!
//! In other containers `ffmpeg` reads on. Source: ISO/IEC 14496-12, section 4.2. Only the heads of
//! the outermost boxes are read.

use std::io::{Read, Seek, SeekFrom};

use crate::base::text::counted;
use crate::base::{NotExamined, Warning};

/// More boxes of a file are not looked at.
const MAX_BOXES: usize = 200_000;

/// What follows the first recording.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::media::video) struct Further {
    pub(in crate::media::video) not_examined: Option<NotExamined>,
    pub(in crate::media::video) warning: Option<Warning>,
}

/// Walks the boxes of a file of `size` bytes. What cannot be read ends the walk: the demuxer says
/// more about it.
pub(in crate::media::video) fn further(
    file: &mut (impl Read + Seek),
    size: u64,
    demuxers: &str,
) -> Further {
    if demuxers != "mov" {
        return Further::default();
    }
    let Boxes { n_recordings, second, end } = boxes(file, size);
    let n_more = n_recordings.saturating_sub(1);
    let not_examined = second.map(|at| {
        NotExamined::new(
            counted(n_more, "more recording"),
            format!("behind the first one, from byte {at} on"),
            "files were joined without regard to their format: players show the first recording only; \
             cut the file there to examine the others",
        )
    });
    let n_left = if end > 0 { size.saturating_sub(end) } else { 0 };
    let warning = (n_left > 0 && not_examined.is_none()).then(|| {
        Warning(format!(
            "{} that are no part of the video follow its end: they were not examined",
            counted(n_left, "byte")
        ))
    });
    Further { not_examined, warning }
}

/// Recordings, where the second one begins, and where the last box ends.
#[derive(Debug, Default)]
struct Boxes {
    n_recordings: u64,
    second: Option<u64>,
    end: u64,
}

/// Every recording has a box `moov`.
fn boxes(file: &mut (impl Read + Seek), size: u64) -> Boxes {
    let (mut found, mut at, mut begin) = (Boxes::default(), 0u64, 0u64);
    for _ in 0..MAX_BOXES {
        let Some([a, b, c, d, name @ ..]) = head(file, at) else { break };
        // What is no name ends the boxes.
        if !name.iter().all(|byte| byte.is_ascii_graphic() || matches!(byte, b' ' | 0xA9)) {
            break;
        }
        let length = match u32::from_be_bytes([a, b, c, d]) {
            // Only the last box has no length.
            0 if matches!(&name, b"mdat" | b"moov" | b"uuid") => size.saturating_sub(at),
            1 => head(file, at.saturating_add(8)).map_or(0, u64::from_be_bytes),
            short => u64::from(short),
        };
        if length < 8 {
            break;
        }
        if &name == b"ftyp" {
            begin = at;
        }
        if &name == b"moov" {
            found.n_recordings = found.n_recordings.saturating_add(1);
            if found.n_recordings == 2 {
                // It may stand behind its data.
                found.second = Some(if begin > 0 { begin } else { at });
            }
        }
        at = at.saturating_add(length);
        found.end = at;
    }
    found
}

/// The eight bytes at a place.
fn head(file: &mut (impl Read + Seek), at: u64) -> Option<[u8; 8]> {
    let mut head = [0; 8];
    file.seek(SeekFrom::Start(at)).ok()?;
    file.read_exact(&mut head).ok()?;
    Some(head)
}

/// Entry for `tests/fuzz`.
#[cfg(fuzzing)]
pub fn fuzz(bytes: &[u8]) {
    drop(further(&mut std::io::Cursor::new(bytes), bytes.len() as u64, "mov"));
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn walk(parts: &[&[u8]]) -> (Option<String>, Option<String>) {
        let bytes = parts.concat();
        let found = further(&mut Cursor::new(&bytes), bytes.len() as u64, "mov");
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
