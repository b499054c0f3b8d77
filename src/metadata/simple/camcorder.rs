//! What camcorders of the form AVCHD note beside each picture: maker, time.
//!
//! The form is not published; the numbers are those that exiftool names.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::metadata::field::Field;
use crate::metadata::sink::Sink;
use crate::metadata::source::sei::Message;
use crate::metadata::source::span::Span;
use crate::metadata::source::text::hex_word;

/// The identifier of the message, and the word that its content begins with.
const ID: [u8; 16] = [
    0x17, 0xEE, 0x8C, 0x60, 0xF8, 0x4D, 0x11, 0xD9, 0x8C, 0xD6, 0x08, 0x00, 0x20, 0x0C, 0x9A, 0x66,
];
const WORD: &[u8] = b"MDPM";
/// Entries: the first and the second half of the time, the maker.
const DATE: u8 = 0x18;
const TIME: u8 = 0x19;
const MAKER: u8 = 0xE0;

/// The content of such a message: the number of entries, then the entries.
pub(super) fn content(message: &Message) -> Option<&[u8]> {
    let (id, content) = message.user_data()?;
    if id == ID { content.strip_prefix(WORD) } else { None }
}

/// Reads the entries: a number and four bytes each. Settings of the camera are left out.
pub(super) fn read(body: Span<'_>, sink: &mut Sink) {
    let n = usize::from(body.u8(0).unwrap_or(0));
    let (entries, _) = body.rest(1).bytes.as_chunks::<5>();
    let mut date = None;
    for [number, value @ ..] in entries.iter().take(n) {
        let mut note = |name: &'static str, raw: String, words: Option<String>| {
            let field =
                Field::new("H264", name, number.to_string(), raw, Span::new(value, body.at));
            sink.field(field.meaning(words));
        };
        match (*number, date) {
            (DATE, _) => date = Some(*value),
            (TIME, Some(date)) => note("DateTimeOriginal", moment(date, *value), None),
            (MAKER, _) => {
                let [high, low, ..] = *value;
                let code = u16::from_be_bytes([high, low]);
                note("Make", code.to_string(), maker(code).map(str::to_owned));
            }
            _ => {}
        }
    }
}

/// The time in the form of EXIF. Digits are stored as such; the first byte is the zone.
fn moment(date: [u8; 4], time: [u8; 4]) -> String {
    let [zone, year, of_century, month] = date;
    let [day, hour, minute, second] = time;
    let digits = |bytes: &[u8]| hex_word(bytes);
    let sign = if zone & 0x20 == 0 { '+' } else { '-' };
    let (hours, minutes) = (zone >> 1 & 15, if zone & 1 == 0 { "00" } else { "30" });
    format!(
        "{}:{}:{} {}:{}:{}{sign}{hours:02}:{minutes}",
        digits(&[year, of_century]),
        digits(&[month]),
        digits(&[day]),
        digits(&[hour]),
        digits(&[minute]),
        digits(&[second])
    )
}

const fn maker(code: u16) -> Option<&'static str> {
    match code {
        0x0103 => Some("Panasonic"),
        0x0108 => Some("Sony"),
        0x1011 => Some("Canon"),
        0x1104 => Some("JVC"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maker_and_time_are_read() {
        let entries = [
            &[3, DATE, 0x23, 0x20, 0x08, 0x12][..],
            &[TIME, 0x31, 0x23, 0x16, 0x24],
            &[MAKER, 0x10, 0x11, 0, 0],
            &[MAKER, 0x01, 0x08, 0, 0],
        ];
        let mut sink = Sink::default();
        read(Span::new(&entries.concat(), 7), &mut sink);
        let found: Vec<(&str, &str)> =
            sink.fields.iter().map(|field| (field.name.as_ref(), field.words())).collect();
        let expected = [("DateTimeOriginal", "2008:12:31 23:16:24-01:30"), ("Make", "Canon")];
        assert_eq!(found, expected, "three entries are declared");
    }
}
