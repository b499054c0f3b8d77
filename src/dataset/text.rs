//! Text of annotation files, in the encodings that tools write.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use super::Error;
use super::files::MAX_FILE_BYTES;

/// Reads a text file of at most [`MAX_FILE_BYTES`]: UTF-8, or UTF-16 with a byte order mark.
pub(super) fn read_text(path: &Path) -> Result<String, Error> {
    let n_bytes = fs::metadata(path).map_err(Error::read(path))?.len();
    if n_bytes > MAX_FILE_BYTES {
        return Err(Error::damaged(path, format!("it is too large ({n_bytes} bytes)")));
    }
    let bytes = fs::read(path).map_err(Error::read(path))?;
    decode(bytes).ok_or_else(|| Error::damaged(path, "it is not UTF-8 text: save it as UTF-8"))
}

/// The text of bytes without its byte order mark.
fn decode(bytes: Vec<u8>) -> Option<String> {
    let wide = |from_pair: fn([u8; 2]) -> u16| {
        let units = bytes
            .get(2..)
            .unwrap_or_default()
            .chunks(2)
            .map(|pair| Some(from_pair(pair.try_into().ok()?)));
        String::from_utf16(&units.collect::<Option<Vec<u16>>>()?).ok()
    };
    match bytes.as_slice() {
        [0xFF, 0xFE, ..] => wide(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => wide(u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        _ => String::from_utf8(bytes).ok(),
    }
}

/// The beginning of a text file, for recognizing it; what is no text is replaced.
pub(super) fn beginning(mut bytes: Vec<u8>) -> String {
    if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
        bytes.truncate(bytes.len() & !1);
        return decode(bytes).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).trim_start_matches('\u{FEFF}').to_owned()
}

/// JSON text with `null` for the numbers `NaN` and `Infinity`, which Python writes and JSON lacks.
pub(super) fn without_nan(text: &str) -> Cow<'_, str> {
    const WORDS: [&str; 3] = ["NaN", "-Infinity", "Infinity"];
    if !text.contains("NaN") && !text.contains("Infinity") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut in_string) = (text, false);
    while let Some(c) = rest.chars().next() {
        let word = WORDS.iter().find(|word| !in_string && rest.starts_with(**word));
        let n = match (word, c) {
            (Some(word), _) => word.len(),
            // A backslash and the character after it.
            (None, '\\') => rest.chars().take(2).map(char::len_utf8).sum(),
            (None, _) => c.len_utf8(),
        };
        in_string ^= word.is_none() && c == '"';
        let (head, tail) = rest.split_at(n);
        out.push_str(if word.is_some() { "null" } else { head });
        rest = tail;
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_order_marks_are_no_part_of_the_text() {
        let wide = |order: fn(u16) -> [u8; 2]| {
            "\u{FEFF}{é}".encode_utf16().flat_map(order).collect::<Vec<u8>>()
        };
        let kinds =
            ["{é}".into(), "\u{FEFF}{é}".into(), wide(u16::to_le_bytes), wide(u16::to_be_bytes)];
        for bytes in kinds {
            assert_eq!(beginning(bytes.clone()), "{é}");
            assert_eq!(decode(bytes).as_deref(), Some("{é}"));
        }
        for bytes in [vec![0xFF, 0xFE, 1], vec![b'a', 0xC3], vec![0xFF, 0xFE, 0, 0xD8]] {
            assert_eq!(decode(bytes.clone()), None, "{bytes:?}");
        }
    }

    #[test]
    fn numbers_that_json_lacks_become_null_outside_of_strings() {
        let text = r#"{"a":NaN,"b":[-Infinity,Infinity],"NaN":"NaN \" Infinity","c":1}"#;
        let read: serde_json::Value = serde_json::from_str(&without_nan(text)).unwrap();
        let wanted =
            serde_json::json!({"a": null, "b": [null, null], "NaN": "NaN \" Infinity", "c": 1});
        assert_eq!(read, wanted);
        assert!(matches!(without_nan("{}"), Cow::Borrowed(_)), "nothing to replace");
    }
}
