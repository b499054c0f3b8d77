//! Text of a file in any encoding, and bytes and numbers as text.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::borrow::Cow;
use std::fmt::Write as _;

/// Bytes of unknown meaning that are written in hex; the rest is counted.
const MAX_HEX_BYTES: usize = 1024;

/// What the mark of byte order at the start says; without one UTF-8 where it is valid, else Latin-1.
pub(in crate::metadata) fn text(bytes: &[u8]) -> String {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] if std::str::from_utf8(rest).is_ok() => text(rest),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, true),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, false),
        _ => std::str::from_utf8(bytes).map_or_else(|_| latin1(bytes), str::to_owned),
    }
}

/// The text of a packet of XML in UTF-8, UTF-16 or UTF-32, and whether offsets in it are offsets in
/// the packet. Without a mark of byte order the first `<` tells.
pub(in crate::metadata) fn unicode(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    match bytes {
        [0xFF, 0xFE, 0, 0, rest @ ..] => (utf32(rest, false).into(), false),
        [0, 0, 0xFE, 0xFF, rest @ ..] => (utf32(rest, true).into(), false),
        [0xFE, 0xFF, rest @ ..] => (utf16(rest, true).into(), false),
        [0xFF, 0xFE, rest @ ..] => (utf16(rest, false).into(), false),
        [0, 0, 0, b'<', ..] => (utf32(bytes, true).into(), false),
        [b'<', 0, 0, 0, ..] => (utf32(bytes, false).into(), false),
        [0, b'<', ..] => (utf16(bytes, true).into(), false),
        [b'<', 0, ..] => (utf16(bytes, false).into(), false),
        _ => std::str::from_utf8(bytes)
            .map_or_else(|_| (latin1(bytes).into(), false), |text| (text.into(), true)),
    }
}

fn utf32(bytes: &[u8], is_big: bool) -> String {
    let (units, _) = bytes.as_chunks::<4>();
    units
        .iter()
        .map(|unit| if is_big { u32::from_be_bytes(*unit) } else { u32::from_le_bytes(*unit) })
        .map(|unit| char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// The same without zero bytes at the end.
pub(in crate::metadata) fn text_trimmed(bytes: &[u8]) -> String {
    text(trim_zeros(bytes))
}

/// Latin-1, every byte one character.
pub(in crate::metadata) fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|b| char::from(*b)).collect()
}

/// UTF-16; what is no character becomes U+FFFD. An odd last byte is left out.
pub(in crate::metadata) fn utf16(bytes: &[u8], is_big: bool) -> String {
    let (pairs, _) = bytes.as_chunks::<2>();
    let units = pairs
        .iter()
        .map(|pair| if is_big { u16::from_be_bytes(*pair) } else { u16::from_le_bytes(*pair) });
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// UTF-16 of unknown byte order: the order in which more characters are Latin.
pub(in crate::metadata) fn utf16_guessed(bytes: &[u8]) -> String {
    match bytes {
        [0xFE, 0xFF, rest @ ..] => return utf16(rest, true),
        [0xFF, 0xFE, rest @ ..] => return utf16(rest, false),
        _ => {}
    }
    let (pairs, _) = bytes.as_chunks::<2>();
    let n_high = pairs.iter().filter(|[first, _]| *first == 0).count();
    let n_low = pairs.iter().filter(|[_, second]| *second == 0).count();
    utf16(bytes, n_high >= n_low)
}

/// The bytes without zeros at their end.
pub(in crate::metadata) fn trim_zeros(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|b| *b != 0).map_or(0, |last| last.saturating_add(1));
    bytes.get(..end).unwrap_or_default()
}

/// Bytes in hex, `00 1f a0`. Of many the first ones, with the number of the others.
pub(in crate::metadata) fn hex(bytes: &[u8]) -> String {
    let shown = bytes.get(..MAX_HEX_BYTES).unwrap_or(bytes);
    let mut text = String::with_capacity(shown.len().saturating_mul(3));
    for (i, byte) in shown.iter().enumerate() {
        let gap = if i == 0 { "" } else { " " };
        write!(text, "{gap}{byte:02x}").unwrap_or_default();
    }
    let n_more = bytes.len().saturating_sub(shown.len());
    if n_more > 0 {
        write!(text, " and {n_more} more bytes").unwrap_or_default();
    }
    text
}

/// Bytes in hex without gaps, all of them: for identifiers.
pub(in crate::metadata) fn hex_word(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
}

/// What stands for data that are no text.
pub(in crate::metadata) fn binary(n_bytes: u64) -> String {
    format!("binary, {}", crate::base::text::counted(n_bytes, "byte"))
}

/// A code of four characters, unprintable ones as `.`.
pub(in crate::metadata) fn code(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(
            |b| if b.is_ascii_graphic() || *b == b' ' || *b == 0xA9 { char::from(*b) } else { '.' },
        )
        .collect()
}

/// A number with up to `digits` significant digits, without zeros at its end.
pub(in crate::metadata) fn number(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return if value.is_nan() { "undef".to_owned() } else { "inf".to_owned() };
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs().log10().floor();
    if !(-5.0..15.0).contains(&magnitude) {
        let text = format!("{value:.*e}", digits.saturating_sub(1));
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let mantissa = trim_decimals(mantissa);
        return format!("{mantissa}e{exponent}");
    }
    let decimals = (digits as f64 - 1.0 - magnitude).clamp(0.0, 20.0) as usize;
    trim_decimals(&format!("{value:.decimals$}")).to_owned()
}

fn trim_decimals(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_decoded_in_its_encoding() {
        assert_eq!(text("é".as_bytes()), "é");
        assert_eq!(text(b"caf\xe9"), "café");
        assert_eq!(text(b"\xff\xfec\0a\0"), "ca");
        assert_eq!(text(b"\xfe\xff\0c\0a"), "ca");
        assert_eq!(text("\u{feff}é".as_bytes()), "é");
        assert_eq!(utf16(b"\0a\0b\xd8\0", true), "ab\u{fffd}");
        assert_eq!(utf16_guessed(b"\0p\0h"), "ph");
        assert_eq!(utf16_guessed(b"p\0h\0x"), "ph");
        assert_eq!(utf16_guessed(b"\xff\xfep\0"), "p");
        assert_eq!(text_trimmed(b"a\0b\0\0"), "a\0b");
        assert_eq!(code(b"\xa9nam"), "©nam");
        assert_eq!(code(b"a\x1b[m"), "a.[m");
    }

    #[test]
    fn hex_is_bounded() {
        assert_eq!(hex(&[0, 31, 160]), "00 1f a0");
        assert!(hex(&[7; 2000]).ends_with("07 and 976 more bytes"), "long");
    }

    #[test]
    fn numbers_have_as_many_digits_as_they_need() {
        let shown = [0.0, 72.0, 0.05, 3_443.946_188, 1.0 / 3.0].map(|v| number(v, 10));
        assert_eq!(shown, ["0", "72", "0.05", "3443.946188", "0.3333333333"]);
        assert_eq!(number(3.614_421_976e-10, 10), "3.614421976e-10");
        assert_eq!(number(-0.65, 3), "-0.65");
        assert_eq!(number(f64::NAN, 3), "undef");
    }
}
