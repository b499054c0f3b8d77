//! Texts from outside as they are drawn: in one line, and no higher than a line.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar as _;

use crate::base::text::visible;

/// Marks that a letter may carry: those of all living languages have room. More would cover the lines
/// around.
const MOST_MARKS: usize = 4;

/// As [`visible`]; of many marks on one letter the first few stand there, the others are counted.
pub(in crate::report) fn drawable(text: &str) -> Cow<'_, str> {
    let text = visible(text);
    let is_mark = |c: char| c.width() == Some(0);
    let mut n_together = 0;
    let is_high = text.chars().any(|c| {
        n_together = if is_mark(c) { n_together + 1 } else { 0 };
        n_together > MOST_MARKS
    });
    if !is_high {
        return text;
    }
    let mut drawn = String::with_capacity(text.len());
    for letter in text.split_inclusive(|c| !is_mark(c)) {
        let marks = letter.chars().take_while(|c| is_mark(*c));
        let n_marks = marks.count();
        drawn.extend(letter.chars().take(n_marks.min(MOST_MARKS)));
        if n_marks > MOST_MARKS {
            // Writing into a String cannot fail.
            write!(drawn, "[{} more marks]", n_marks - MOST_MARKS).unwrap_or_default();
        }
        drawn.extend(letter.chars().skip(n_marks));
    }
    drawn.into()
}

/// As [`drawable`], cut after `most` characters.
#[cfg(any(feature = "report-pdf", test))]
pub(super) fn short(text: &str, most: usize) -> String {
    let text = drawable(text);
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_do_not_pile_up_and_none_is_lost_in_silence() {
        for text in ["ệ", "e\u{302}\u{323}", "בְּרֵאשִׁ֖ית", "ที่นี่", "각", "تَشْكِيلٌ"]
        {
            assert_eq!(drawable(text), text, "a word of a living language");
        }
        let pile = "\u{301}".repeat(40);
        let want = format!("a{}[36 more marks]b", "\u{301}".repeat(4));
        assert_eq!(drawable(&format!("a{pile}b")), want);
        assert!(drawable(&pile).ends_with("[36 more marks]"), "without a letter");
        assert_eq!(drawable("a\u{202e}b\n"), "a\\u202eb\\u000a");
    }

    #[test]
    fn long_texts_are_cut_between_letters() {
        assert_eq!(short("é".repeat(5).as_str(), 3), "ééé…");
        assert_eq!(short("abc", 3), "abc");
    }
}
