//! Pictures and videos that are written as text: in base64, or as hexadecimal numbers.
//!
//! Sources: RFC 4648 (base64, and its letters for addresses); the raw profiles that `ImageMagick` writes
//! into PNG texts, in lines of 72 digits.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::embedded::{BEFORE_MARK, MARK_BYTES, begin_of_file};
use super::places::BytePairs;

/// How files begin in base64: the mark, and the letters before it.
const MARKS: [(&[u8], usize); 12] = [
    (b"/9j/", 0),
    (b"_9j_", 0),
    (b"iVBORw0KGgo", 0),
    (b"R0lGODlh", 0),
    (b"R0lGODdh", 0),
    (b"UklGR", 0),
    (b"Qk", 0),
    (b"SUk", 0),
    (b"TU0AK", 0),
    (b"GkXfo", 0),
    (b"RkxWA", 0),
    // The name of the first box of an MP4 or HEIC file, behind its length.
    (b"GZ0eX", 5),
];
/// Letters that show whether a file begins: they stand for more than [`MARK_BYTES`] bytes.
const HEAD_LETTERS: usize = 64;
/// So many hexadecimal digits without a break are no accident.
const SURE_DIGITS: usize = 64;

/// A file that was written as text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Text {
    /// Where it begins.
    pub(super) begin: usize,
    pub(super) bytes: Vec<u8>,
}

/// Files in base64.
pub(super) fn in_base64(bytes: &[u8]) -> impl Iterator<Item = Text> {
    let firsts = BytePairs::new(MARKS.iter().filter_map(|(mark, _)| mark.first_chunk().copied()));
    let mut at = 0usize;
    std::iter::from_fn(move || {
        let begin = firsts.places(bytes, at).find_map(|place| begin_of_text(bytes, place, at))?;
        let (text, n_read) = letters(bytes.get(begin..)?, usize::MAX);
        at = begin.saturating_add(n_read.max(1));
        Some(Text { begin, bytes: decoded(&text).unwrap_or_default() })
    })
}

/// Where the text begins whose mark stands at `place`, but not before `least`.
fn begin_of_text(bytes: &[u8], place: usize, least: usize) -> Option<usize> {
    let here = bytes.get(place..)?;
    let (_, before) = MARKS.iter().find(|(mark, _)| here.starts_with(mark))?;
    let begin = place.checked_sub(*before).filter(|begin| *begin >= least)?;
    let head = decoded(&letters(bytes.get(begin..)?, HEAD_LETTERS).0)?;
    let is_file = |mark: usize| head.len() >= MARK_BYTES && begin_of_file(&head, mark) == Some(0);
    (is_file(0) || is_file(BEFORE_MARK)).then_some(begin)
}

/// The letters of base64 from the start on, without breaks of lines, also such as XML writes; and the
/// bytes that they take.
fn letters(bytes: &[u8], most: usize) -> (Vec<u8>, usize) {
    let (mut text, mut at) = (Vec::new(), 0usize);
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty() && text.len() < most) {
        let breaks: [&[u8]; 6] = [b"&#xA;", b"&#10;", b"&#xD;", b"\\n", b"\\/", b"%2B"];
        match rest {
            [byte @ (b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'+' | b'/'), ..] => {
                text.push(*byte);
                at = at.saturating_add(1);
            }
            // The letters for addresses.
            [byte @ (b'-' | b'_'), ..] => {
                text.push(if *byte == b'-' { b'+' } else { b'/' });
                at = at.saturating_add(1);
            }
            [b'\r' | b'\n' | b' ' | b'\t', ..] => at = at.saturating_add(1),
            _ => match breaks.iter().find(|mark| rest.starts_with(mark)) {
                Some(mark) => {
                    match *mark {
                        b"\\/" => text.push(b'/'),
                        b"%2B" => text.push(b'+'),
                        _ => {}
                    }
                    at = at.saturating_add(mark.len());
                }
                None => break,
            },
        }
    }
    (text, at)
}

fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    // Four characters are three bytes; what is left over of the last four is dropped.
    let n_whole = text.len().saturating_sub(text.len() % 4);
    GeneralPurpose::new(&STANDARD, config).decode(text.get(..n_whole)?).ok()
}

/// What is written in hexadecimal digits, of whatever kind it is.
pub(super) fn in_hexadecimal(bytes: &[u8]) -> impl Iterator<Item = Text> {
    let mut at = 0usize;
    std::iter::from_fn(move || {
        let mut n = 0usize;
        let is_sure = |byte: &u8| {
            n = if byte.is_ascii_hexdigit() { n.saturating_add(1) } else { 0 };
            n == SURE_DIGITS
        };
        let last = at.checked_add(bytes.get(at..)?.iter().position(is_sure)?)?;
        let begin = last.checked_add(1)?.checked_sub(SURE_DIGITS)?;
        let (mut digits, mut n_read) = (Vec::new(), 0usize);
        for byte in bytes.get(begin..)? {
            match char::from(*byte).to_digit(16) {
                Some(digit) => digits.push(digit as u8),
                None if byte.is_ascii_whitespace() => {}
                None => break,
            }
            n_read = n_read.saturating_add(1);
        }
        at = begin.saturating_add(n_read);
        let (pairs, _) = digits.as_chunks::<2>();
        let bytes = pairs.iter().map(|[high, low]| high << 4 | low).collect();
        Some(Text { begin, bytes })
    })
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests may panic")]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

    use super::*;

    #[test]
    fn base64_is_found_and_read_over_breaks_of_lines() {
        let data: Vec<u8> = b"\xFF\xD8\xFF\xE0".iter().copied().chain(0..=200).collect();
        let text = BASE64_STANDARD.encode(&data);
        let (one, two) = text.split_at(30);
        for part in [text.clone(), format!("{one}\r\n{two}"), format!("{one}&#xA;{two}\"/>")] {
            let file = [b"<img src='data:image/jpeg;base64,", part.as_bytes()].concat();
            let found: Vec<Text> = in_base64(&file).collect();
            let [Text { begin: 33, bytes }] = &found[..] else { panic!("{part}: {found:?}") };
            assert!(data.starts_with(&bytes[..data.len() - 3]), "{part}");
        }
        assert_eq!(in_base64(b"nothing of the kind / iR").count(), 0);
    }

    #[test]
    fn every_kind_of_file_is_found_in_base64() {
        let mut bmp = b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
        bmp.extend([50, 0, 0, 0, 40, 0, 0, 0, 1, 0, 24, 0, 0, 0]);
        for head in [
            &b"\xFF\xD8\xFF\xE0"[..],
            &bmp,
            b"II*\0\x08\0\0\0",
            b"MM\0*\0\0\0\x08",
            b"\0\0\0\x18ftypmp42",
            b"\0\0\0\x20ftypheic",
            b"\x1A\x45\xDF\xA3\x01",
            b"FLV\x01\x05",
        ] {
            let file = [head, &[0xFB, 0xEF, 0xBE, 0xFF].repeat(20)].concat();
            for text in [BASE64_STANDARD.encode(&file), BASE64_URL_SAFE.encode(&file)] {
                let found: Vec<Text> = in_base64(text.as_bytes()).collect();
                let [Text { begin: 0, bytes }] = &found[..] else { panic!("{text}: {found:?}") };
                assert!(file.starts_with(bytes) && bytes.len() + 3 > file.len(), "{text}");
            }
        }
        let one_run = BASE64_STANDARD.encode([0x42, 0x4D, 0x10].repeat(5000));
        assert_eq!(in_base64(one_run.as_bytes()).count(), 0, "two letters alone are no picture");
    }

    #[test]
    fn hexadecimal_digits_are_read_over_breaks_of_lines() {
        let data: Vec<u8> = (0..=255).collect();
        let digit = |n: u8| char::from_digit(n.into(), 16).unwrap();
        let hex: String =
            data.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
        let (one, two) = hex.split_at(72);
        let text = format!("\nexif\n      256\n{one}\n{two}\n");
        let found: Vec<Text> = in_hexadecimal(text.as_bytes()).collect();
        assert_eq!(found, [Text { begin: 16, bytes: data }]);
        assert_eq!(in_hexadecimal(b"0123456789abcdef, and that is all").count(), 0);
    }
}
