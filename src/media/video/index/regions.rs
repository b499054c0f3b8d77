//! The outermost parts of a video file.
//!
//! Sources: ISO/IEC 14496-12, section 4.2 (boxes), RFC 8794 (EBML elements), Microsoft's documentation of
//! RIFF files. Only heads are read.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

/// More parts of a file are not looked at.
const MAX_PARTS: usize = 200_000;
/// Parts whose places are kept.
const MAX_KEPT: usize = 10_000;
/// Names of outermost boxes. One of these may reach beyond the end of a file that was cut off; bytes with
/// another name and such a length are no box.
const BOX_NAMES: [&[u8; 4]; 16] = [
    b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"uuid", b"moof", b"mfra", b"sidx",
    b"styp", b"meta", b"udta", b"pnot", b"emsg", b"prft",
];

/// The outermost parts of a file, as far as they can be read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::media::video) struct Regions {
    /// The file is an MP4 file or its kin.
    pub(in crate::media::video) has_boxes: bool,
    /// Every recording of an MP4 file has a box `moov`.
    pub(super) n_recordings: u64,
    /// Where the second recording begins.
    pub(super) second: Option<u64>,
    /// Where files begin that the demuxer reads, or that are reported as recordings.
    pub(super) own: Vec<u64>,
    /// Parts with their names.
    pub(super) parts: Vec<(String, Range<u64>)>,
    /// Where the last part ends; 0 where parts are not known.
    pub(super) end: u64,
    /// Bytes in the boxes `mdat` of an MP4 file, as far as they are there.
    pub(in crate::media::video) media_data: u64,
}

impl Regions {
    /// Walks the parts of a file of `size` bytes. What cannot be read ends the walk: the demuxer says more
    /// about it.
    pub(in crate::media::video) fn read(
        file: &mut (impl Read + Seek),
        size: u64,
        demuxers: &str,
    ) -> Self {
        match demuxers {
            "mov" => boxes(file, size),
            "matroska,webm" => elements(file, size),
            "avi" => chunks(file, size),
            _ => Self { own: vec![0], ..Self::default() },
        }
    }

    /// Whether a second recording follows the first.
    pub(in crate::media::video) const fn has_second(&self) -> bool {
        self.second.is_some()
    }

    /// The name of the part that holds a place.
    pub(super) fn part_at(&self, at: u64) -> Option<&str> {
        let part = self.parts.iter().find(|(_, range)| range.contains(&at))?;
        Some(&part.0)
    }

    fn keep(&mut self, name: &str, range: Range<u64>) {
        self.end = range.end;
        if self.parts.len() < MAX_KEPT {
            self.parts.push((name.to_owned(), range));
        }
    }
}

/// The boxes of an MP4 file.
fn boxes(file: &mut (impl Read + Seek), size: u64) -> Regions {
    let mut found = Regions { has_boxes: true, ..Regions::default() };
    let (mut at, mut begin) = (0u64, 0u64);
    for _ in 0..MAX_PARTS {
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
        let is_beyond = at.saturating_add(length) > size;
        if length < 8 || (is_beyond && !BOX_NAMES.contains(&&name)) {
            break;
        }
        if matches!(&name, b"ftyp" | b"moov") && found.own.len() < MAX_KEPT {
            found.own.push(at);
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
        let end = at.saturating_add(length);
        if &name == b"mdat" {
            let there = end.min(size).saturating_sub(at).saturating_sub(8);
            found.media_data = found.media_data.saturating_add(there);
        }
        found.keep(&String::from_utf8_lossy(&name), at..end);
        at = end;
    }
    found
}

/// The elements of a Matroska file. Demuxers read on in a file that was joined to the first one.
fn elements(file: &mut (impl Read + Seek), size: u64) -> Regions {
    let (mut found, mut at) = (Regions::default(), 0u64);
    for _ in 0..MAX_PARTS {
        let head = read_at(file, at, 12);
        let Some((id, n_id)) = number(&head, false) else { break };
        let Some((length, n_length)) = number(head.get(n_id..).unwrap_or_default(), true) else {
            break;
        };
        let name = match id {
            0x1A45_DFA3 => "EBML",
            0x1853_8067 => "Segment",
            0xEC => "Void",
            _ => break,
        };
        let begin = at.saturating_add(n_id as u64).saturating_add(n_length as u64);
        let is_unknown = length == u64::MAX;
        let end = if is_unknown { size } else { begin.saturating_add(length) };
        if name == "EBML" {
            found.own.push(at);
        }
        found.keep(name, at..end);
        at = end;
    }
    found
}

/// A number of EBML and its bytes; [`u64::MAX`] for a length that is not known.
fn number(bytes: &[u8], is_length: bool) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let n = usize::try_from(first.leading_zeros()).ok()?.checked_add(1).filter(|n| *n <= 8)?;
    let mask =
        if is_length { u8::MAX.checked_shr(u32::try_from(n).ok()?).unwrap_or(0) } else { 0xFF };
    let rest = bytes.get(1..n)?;
    let is_unknown = is_length && first & mask == mask && rest.iter().all(|b| *b == 0xFF);
    let add = |sum: u64, byte: &u8| sum.wrapping_shl(8) | u64::from(*byte);
    let value = rest.iter().fold(u64::from(first & mask), add);
    Some((if is_unknown { u64::MAX } else { value }, n))
}

/// The chunks of an AVI file. Demuxers read on in a file that was joined to the first one.
fn chunks(file: &mut (impl Read + Seek), size: u64) -> Regions {
    let (mut found, mut at) = (Regions::default(), 0u64);
    for _ in 0..MAX_PARTS {
        let head = read_at(file, at, 12);
        let (Some(b"RIFF"), Some(length), Some(kind)) =
            (head.get(..4), head.get(4..8), head.get(8..12))
        else {
            break;
        };
        let length = <[u8; 4]>::try_from(length).map_or(0, u32::from_le_bytes);
        // Recorders that were cut off leave no length.
        let is_known = length > 4 && u64::from(length) < size;
        let end = if is_known {
            at.saturating_add(8).saturating_add(u64::from(length).next_multiple_of(2))
        } else {
            size
        };
        if kind == b"AVI " {
            found.own.push(at);
        }
        found.keep("RIFF", at..end);
        at = end;
    }
    found
}

/// The eight bytes at a place.
fn head(file: &mut (impl Read + Seek), at: u64) -> Option<[u8; 8]> {
    read_at(file, at, 8).try_into().ok()
}

/// The bytes at a place, up to so many.
pub(super) fn read_at(file: &mut (impl Read + Seek), at: u64, n_bytes: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = file
        .seek(SeekFrom::Start(at))
        .and_then(|_| file.by_ref().take(n_bytes as u64).read_to_end(&mut bytes));
    // What could not be read is not there.
    if read.is_err() {
        bytes.clear();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn read(bytes: &[u8], demuxers: &str) -> Regions {
        Regions::read(&mut Cursor::new(bytes), bytes.len() as u64, demuxers)
    }

    #[test]
    fn the_end_of_matroska_and_avi_files_is_known() {
        let mkv = b"\x1A\x45\xDF\xA3\x84....\x18\x53\x80\x67\x83abc".as_slice();
        let found = read(&[mkv, mkv, b"tail"].concat(), "matroska,webm");
        assert_eq!((found.end, found.own), (34, vec![0, 17]));
        let endless =
            b"\x1A\x45\xDF\xA3\x84....\x18\x53\x80\x67\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFFabc";
        assert_eq!(read(endless, "matroska,webm").end, endless.len() as u64);
        let avi = b"RIFF\x09\0\0\0AVI .....\0".as_slice();
        let found = read(&[avi, avi, b"tail"].concat(), "avi");
        assert_eq!((found.end, found.own), (36, vec![0, 18]));
        assert_eq!(read(b"RIFF\0\0\0\0AVI ....", "avi").end, 16, "no length");
    }

    #[test]
    fn text_behind_the_last_box_is_no_box() {
        let file = b"\0\0\0\x0cftypisom\0\0\0\x08moov1fa950a9 and more";
        assert_eq!(read(file, "mov").end, 20);
        assert!(read(b"\0\0\0\x0cftypisom\0\0\xFF\0mdat....", "mov").end > 60_000, "cut off");
    }

    #[test]
    fn what_cannot_be_read_ends_the_walk() {
        for demuxers in ["mov", "avi", "matroska,webm", "flv"] {
            assert_eq!(read(b"", demuxers).end, 0);
            assert_eq!(read(b"\0\0", demuxers).end, 0);
        }
    }
}
