//! Recordings that follow the first one in a file: players show the first and skip the others.
//!
//! Sources: ISO/IEC 14496-12 (boxes of MP4), RFC 8794 and RFC 9559 (EBML, Matroska), the RIFF and
//! `OpenDML` specifications (AVI). Only the heads of the outermost parts are read.

use std::io::{Read, Seek, SeekFrom};

use crate::base::text::counted;
use crate::base::{NotExamined, Warning};

/// More parts of a file are not looked at.
const MAX_PARTS: usize = 200_000;
const EBML: u64 = 0x1A45_DFA3;
const SEGMENT: u64 = 0x1853_8067;

/// What follows the first recording.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Further {
    pub(super) not_examined: Option<NotExamined>,
    pub(super) warning: Option<Warning>,
}

/// Walks the outermost parts of a file of `size` bytes. What cannot be read ends the walk: the demuxer
/// says more about it.
pub(super) fn further(file: &mut (impl Read + Seek), size: u64, demuxers: &str) -> Further {
    let walk = Walk { file, size };
    let found = match demuxers {
        "mov" => walk.boxes(),
        "matroska,webm" => walk.elements(),
        "avi" => walk.chunks(),
        _ => None,
    };
    let Some(Found { n_recordings, second, end }) = found else { return Further::default() };
    let n = n_recordings.saturating_sub(1);
    let not_examined = second.filter(|_| n > 0).map(|at| {
        NotExamined::new(
            counted(n, "more recording"),
            format!("behind the first one, from byte {at} on"),
            "files were joined without regard to their format: players show the first recording only; \
             cut the file there to examine the others",
        )
    });
    let n_left = size.saturating_sub(end);
    let warning = (n_left > 0 && not_examined.is_none()).then(|| {
        Warning(format!(
            "{} that are no part of the video follow its end: they were not examined",
            counted(n_left, "byte")
        ))
    });
    Further { not_examined, warning }
}

/// Recordings, the place of the second one, and the end of the last part that is one.
struct Found {
    n_recordings: u64,
    second: Option<u64>,
    end: u64,
}

impl Found {
    const fn new() -> Self {
        Self { n_recordings: 0, second: None, end: 0 }
    }

    fn count(&mut self, at: u64) {
        self.n_recordings = self.n_recordings.saturating_add(1);
        if self.n_recordings == 2 {
            self.second = Some(at);
        }
    }
}

struct Walk<'a, F> {
    file: &'a mut F,
    size: u64,
}

impl<F: Read + Seek> Walk<'_, F> {
    /// The first bytes at a place, as many as there are.
    fn head<const N: usize>(&mut self, at: u64) -> Option<[u8; N]> {
        let mut head = [0; N];
        self.file.seek(SeekFrom::Start(at)).ok()?;
        self.file.read_exact(&mut head).ok()?;
        Some(head)
    }

    /// MP4: every recording has a box `moov`.
    fn boxes(mut self) -> Option<Found> {
        let (mut found, mut at, mut begin) = (Found::new(), 0u64, 0u64);
        for _ in 0..MAX_PARTS {
            let Some([a, b, c, d, name @ ..]) = self.head::<8>(at) else { break };
            // What is no name ends the boxes.
            if !name.iter().all(|byte| byte.is_ascii_graphic() || matches!(byte, b' ' | 0xA9)) {
                break;
            }
            let length = match u32::from_be_bytes([a, b, c, d]) {
                // Only the last box has no length.
                0 if matches!(&name, b"mdat" | b"moov" | b"uuid") => self.size.saturating_sub(at),
                1 => u64::from_be_bytes(self.head::<8>(at.saturating_add(8))?),
                short => u64::from(short),
            };
            if length < 8 {
                break;
            }
            if &name == b"ftyp" {
                begin = at;
            }
            if &name == b"moov" {
                // It may stand behind its data.
                found.count(if begin > 0 { begin } else { at });
            }
            at = at.saturating_add(length);
            found.end = at;
        }
        (found.end > 0).then_some(found)
    }

    /// Matroska: a head and a segment each.
    fn elements(mut self) -> Option<Found> {
        let (mut found, mut at) = (Found::new(), 0u64);
        for _ in 0..MAX_PARTS {
            let Some((id, of_id)) = self.number(at, false) else { break };
            if !matches!(id, EBML | SEGMENT | 0xEC) {
                break;
            }
            let Some((length, of_length)) = self.number(at.saturating_add(of_id), true) else {
                break;
            };
            if id == EBML {
                found.count(at);
            }
            let data = at.saturating_add(of_id).saturating_add(of_length);
            // Of unknown length: to the end of the file.
            at = if length == u64::MAX { self.size } else { data.saturating_add(length) };
            found.end = at;
        }
        (found.end > 0).then_some(found)
    }

    /// A number of EBML and its bytes: with its length mark, as in names, or without, where one of all
    /// ones is unknown.
    fn number(&mut self, at: u64, is_length: bool) -> Option<(u64, u64)> {
        let [first] = self.head::<1>(at)?;
        let n = first.leading_zeros().saturating_add(1);
        let mut value = 0u64;
        for i in 0..u64::from(n) {
            let [byte] = self.head::<1>(at.checked_add(i)?)?;
            value = value.checked_shl(8)? | u64::from(byte);
        }
        if n > 8 {
            return None;
        }
        let mask = 1u64.checked_shl(n.checked_mul(7)?)?.checked_sub(1)?;
        Some(match (is_length, value & mask) {
            (true, number) if number == mask => (u64::MAX, n.into()),
            (true, number) => (number, n.into()),
            (false, _) => (value, n.into()),
        })
    }

    /// AVI: one chunk `AVI `, then those of `OpenDML`.
    fn chunks(mut self) -> Option<Found> {
        let (mut found, mut at) = (Found::new(), 0u64);
        for _ in 0..MAX_PARTS {
            let Some(head) = self.head::<12>(at) else { break };
            let [b'R', b'I', b'F', b'F', a, b, c, d, kind @ ..] = head else { break };
            if &kind == b"AVI " {
                found.count(at);
            } else if &kind != b"AVIX" {
                break;
            }
            let length = u64::from(u32::from_le_bytes([a, b, c, d])).next_multiple_of(2);
            at = at.saturating_add(length).saturating_add(8);
            found.end = at;
        }
        (found.end > 0).then_some(found)
    }
}

/// Entry for `tests/fuzz`.
#[cfg(fuzzing)]
pub fn fuzz(bytes: &[u8]) {
    for demuxers in ["mov", "matroska,webm", "avi"] {
        let mut file = std::io::Cursor::new(bytes);
        drop(further(&mut file, bytes.len() as u64, demuxers));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn walk(parts: &[&[u8]], demuxers: &str) -> (Option<String>, Option<String>) {
        let bytes = parts.concat();
        let found = further(&mut Cursor::new(&bytes), bytes.len() as u64, demuxers);
        (found.not_examined.map(|part| part.to_string()), found.warning.map(|w| w.0))
    }

    #[test]
    fn a_second_recording_is_told_and_a_tail_is_a_warning() {
        let mp4 = b"\0\0\0\x0cftypisom\0\0\0\x0cmdat....\0\0\0\x08moov".as_slice();
        let mkv = b"\x1A\x45\xDF\xA3\x81x\x18\x53\x80\x67\x84....".as_slice();
        let avi = b"RIFF\x08\0\0\0AVI ....RIFF\x08\0\0\0AVIX....".as_slice();
        for (one, demuxers) in [(mp4, "mov"), (mkv, "matroska,webm"), (avi, "avi")] {
            assert_eq!(walk(&[one], demuxers), (None, None), "{demuxers}");
            let (two, tail) = walk(&[one, one, one], demuxers);
            let two = two.unwrap();
            let at =
                format!("2 more recordings (behind the first one, from byte {} on)", one.len());
            assert!(two.contains(&at) && tail.is_none(), "{two}");
            let (none, tail) = walk(&[one, b"\0\0\0\0 notes of the camera"], demuxers);
            assert_eq!((none, tail.map(|tail| tail.starts_with("24 bytes"))), (None, Some(true)));
        }
    }

    #[test]
    fn endless_and_absurd_parts_end_the_walk() {
        assert_eq!(walk(&[b"\0\0\0\0mdat", &[9; 50]], "mov"), (None, None), "to the end");
        assert_eq!(walk(&[b"\0\0\0\x01mdat", &[255; 8]], "mov"), (None, None));
        assert_eq!(walk(&[b"\0\0\0\x01mdat"], "mov"), (None, None), "cut off");
        assert_eq!(walk(&[b"\x1A\x45\xDF\xA3\xFF", &[9; 50]], "matroska,webm"), (None, None));
        assert_eq!(walk(&[b"\0"], "matroska,webm"), (None, None));
        assert_eq!(walk(&[b"RIFF\xFF\xFF\xFF\xFFAVI ...."], "avi"), (None, None));
    }
}
