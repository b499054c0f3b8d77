//! IIM datasets.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::names;
use crate::metadata::field::Field;
use crate::metadata::sink::{MAX_TEXT_BYTES, Sink};
use crate::metadata::source::span::Span;
use crate::metadata::source::text::{hex, latin1, text, text_trimmed};

/// The escape sequence that names UTF-8 as the character set.
const UTF8: &[u8] = b"\x1B%G";

/// Reads records up to the first byte that begins none.
pub(in crate::metadata) fn read(block: Span<'_>, sink: &mut Sink) {
    let (mut at, mut is_utf8) = (0usize, false);
    while block.u8(at) == Some(0x1C) && !sink.is_full() {
        let (Some(record), Some(number), Some(short)) = (
            block.u8(at.saturating_add(1)),
            block.u8(at.saturating_add(2)),
            block.be16(at.saturating_add(3)),
        ) else {
            break;
        };
        let head = at.saturating_add(5);
        // With the top bit set the number says how many bytes the length has.
        let n_bytes = usize::from(short & 0x7FFF);
        let (from, length) = if short & 0x8000 == 0 {
            (head, usize::from(short))
        } else {
            let length = block.be(head, n_bytes).and_then(|n| usize::try_from(n).ok());
            let Some(length) = length else { break };
            (head.saturating_add(n_bytes), length)
        };
        let value = block.part_there(from, length.min(MAX_TEXT_BYTES));
        if block.len() < from.saturating_add(length) {
            sink.warn(format!("the IPTC block at byte {} is cut off", block.at));
        }
        at = from.saturating_add(length);
        if (record, number) == (1, 90) {
            is_utf8 = value.bytes == UTF8;
        }
        sink.field(field(record, number, value, is_utf8));
    }
    let rest = block.rest(at);
    if rest.bytes.iter().any(|b| *b != 0) {
        let n = rest.len();
        sink.warn(format!("{n} bytes of the IPTC block at byte {} are no record", block.at));
    }
}

fn field(record: u8, number: u8, value: Span<'_>, is_utf8: bool) -> Field {
    let name = names::dataset(record, number);
    let tag = if record == 2 { number.to_string() } else { format!("{record}:{number}") };
    let group = "IPTC";
    let Some(name) = name else {
        return Field::new(
            group,
            format!("Unknown {record}:{number}"),
            tag,
            hex(value.bytes),
            value,
        );
    };
    let new = |raw: String| Field::new(group, name, tag.clone(), raw, value);
    match (record, number) {
        (1 | 2, 0) | (1, 20 | 22 | 120 | 122) => {
            new(value.be(0, value.len().min(8)).map_or_else(String::new, |n| n.to_string()))
        }
        (1, 90) => {
            let words = (value.bytes == UTF8).then(|| "UTF8".to_owned());
            new(hex(value.bytes)).meaning(words)
        }
        (2, 125 | 202) => new(hex(value.bytes)),
        _ => {
            let stored = if is_utf8 { text(value.bytes) } else { undeclared(value.bytes) };
            let stored = stored.trim_end_matches('\0').to_owned();
            let words = match (record, number) {
                (1, 70) | (2, 30 | 37 | 47 | 55 | 62) => date(&stored),
                (1, 80) | (2, 35 | 38 | 60 | 63) => time(&stored),
                (2, 10) => urgency(&stored),
                (2, 221) => preferences(&stored),
                _ => None,
            };
            new(stored).meaning(words)
        }
    }
}

/// Text without a declared character set: most writers use UTF-8 or Latin-1.
fn undeclared(bytes: &[u8]) -> String {
    if std::str::from_utf8(bytes).is_ok() { text_trimmed(bytes) } else { latin1(bytes) }
}

/// `20040226` as `2004:02:26`.
fn date(stored: &str) -> Option<String> {
    let is_date = stored.len() == 8 && stored.bytes().all(|b| b.is_ascii_digit());
    let (year, rest) = stored.split_at_checked(4).filter(|_| is_date)?;
    let (month, day) = rest.split_at_checked(2)?;
    Some(format!("{year}:{month}:{day}"))
}

/// `062751-0500` as `06:27:51-05:00`.
fn time(stored: &str) -> Option<String> {
    let digits = stored.bytes().filter(u8::is_ascii_digit).count();
    if !stored.is_ascii() || !matches!((stored.len(), digits), (6, 6) | (11, 10)) {
        return None;
    }
    let part = |from: usize, to: usize| stored.get(from..to).unwrap_or_default();
    let clock = format!("{}:{}:{}", part(0, 2), part(2, 4), part(4, 6));
    Some(if stored.len() == 6 { clock } else { format!("{clock}{}:{}", part(6, 9), part(9, 11)) })
}

fn urgency(stored: &str) -> Option<String> {
    let words = match stored {
        "0" => "0 (reserved)",
        "1" => "1 (most urgent)",
        "5" => "5 (normal urgency)",
        "8" => "8 (least urgent)",
        "9" => "9 (user-defined priority)",
        _ => return None,
    };
    Some(words.to_owned())
}

/// Marks of Photo Mechanic: tagged, color class, rating, number.
fn preferences(stored: &str) -> Option<String> {
    let parts: Vec<&str> = stored.split(':').collect();
    let [tagged, class, rating, number] = <[&str; 4]>::try_from(parts).ok()?;
    Some(format!("Tagged:{tagged}, ColorClass:{class}, Rating:{rating}, FrameNum:{number}"))
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests may panic")]
mod tests {
    use super::*;

    fn dataset(record: u8, number: u8, value: &[u8]) -> Vec<u8> {
        let length = (value.len() as u16).to_be_bytes();
        [&[0x1C, record, number][..], &length, value].concat()
    }

    #[test]
    fn datasets_are_named_and_unknown_ones_kept() {
        let block = [
            dataset(1, 90, UTF8),
            dataset(2, 80, "Zoë".as_bytes()),
            dataset(2, 55, b"20040226"),
            dataset(2, 60, b"062751-0500"),
            dataset(7, 3, &[1, 2]),
        ]
        .concat();
        let mut sink = Sink::default();
        read(Span::new(&block, 7), &mut sink);
        let words: Vec<_> = sink.fields.iter().map(|f| (f.name.as_ref(), f.words())).collect();
        let expected = [
            ("CodedCharacterSet", "UTF8"),
            ("By-line", "Zoë"),
            ("DateCreated", "2004:02:26"),
            ("TimeCreated", "06:27:51-05:00"),
            ("Unknown 7:3", "01 02"),
        ];
        assert_eq!(words, expected);
        assert_eq!((sink.fields[1].offset, sink.fields[1].length), (7 + 8 + 5, 4));
    }

    #[test]
    fn a_cut_block_is_told() {
        let mut block = dataset(2, 80, b"Zo");
        block.truncate(6);
        let mut sink = Sink::default();
        read(Span::new(&block, 0), &mut sink);
        assert_eq!((sink.fields[0].raw.as_str(), sink.warnings.len()), ("Z", 1));
        read(
            Span::new(&[0x1C, 2, 80, 0x80, 8, 255, 255, 255, 255, 255, 255, 255, 255], 0),
            &mut sink,
        );
    }
}
