//! Fields in which generators leave their notes.

use std::borrow::Cow;
use std::collections::HashMap;

use super::generators;
use super::mark::Generation;
use crate::metadata::field::Field;

/// Groups of texts, comments and tags, as they begin.
const GROUPS: &[&str] = &[
    "PNG", "IFD0", "ExifIFD", "File", "RIFF", "Matroska", "Track", "Keys", "UserData", "ItemList",
    "iTunes", "XMP-dc", "IPTC",
];

/// Texts of a PNG file by their keys, the first of each.
pub(super) struct Texts<'a>(HashMap<&'a str, &'a Field>);

impl<'a> Texts<'a> {
    pub(super) fn new(fields: &'a [Field]) -> Self {
        let mut first = HashMap::new();
        for field in fields.iter().filter(|field| field.group == "PNG") {
            first.entry(field.name.as_ref()).or_insert(field);
        }
        Self(first)
    }
}

/// The notes of a generator in a field, if it has some.
pub(super) fn read(field: &Field, texts: &Texts<'_>) -> Option<Generation> {
    if !GROUPS.iter().any(|group| field.group.starts_with(group)) {
        return None;
    }
    // Any text under this key of PNG is one of an old generator; elsewhere it is a word.
    let is_foreign = field.name.eq_ignore_ascii_case("dream") && field.group != "PNG";
    // Comments of Windows and EXIF are decoded in `meaning`.
    let is_decoded = matches!(field.name.as_ref(), "UserComment" | "XPComment");
    let text = if is_decoded { field.words() } else { &field.raw };
    let others = |name: &str| texts.0.get(name).map(|field| field.raw.clone());
    if is_foreign { None } else { generators::read(&field.name, text, &others) }
}

/// A text without characters that show nothing: they hide a name from a search.
pub(super) fn bare(text: &str) -> Cow<'_, str> {
    if text.is_ascii() && !text.bytes().any(|b| b.is_ascii_control()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|c| !shows_nothing(*c)).collect())
}

/// Controls, joiners, selectors, fillers, characters of private use and those that are none.
const fn shows_nothing(c: char) -> bool {
    matches!(
        c,
        '\0'..='\u{8}'
            | '\u{e}'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{fdd0}'..='\u{fdef}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{fffe}'..='\u{ffff}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{10ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_through_characters_that_show_nothing() {
        for hidden in
            ["Mid\u{200d}journey", "Mid\u{fe0f}journey", "Mid\u{1d173}jour\u{e000}ney\u{fffe}"]
        {
            assert_eq!(bare(hidden), "Midjourney");
        }
        assert!(matches!(bare("Midjourney v6"), Cow::Borrowed("Midjourney v6")), "as it is");
        assert_eq!(bare("é\tñ"), "é\tñ");
    }
}
