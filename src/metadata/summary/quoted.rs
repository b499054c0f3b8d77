//! Values of a file as a sentence quotes them.

use crate::base::text::visible;

/// Characters of a value that a sentence quotes.
const QUOTED_CHARS: usize = 80;

/// The value in one line, its end cut, without characters that hide or turn text. Of a long value only the
/// beginning is read.
pub(super) fn quoted(value: &str) -> String {
    let (mut one_line, mut n) = (String::new(), 0usize);
    let mut words = value.split_whitespace();
    for word in words.by_ref() {
        let gap = if one_line.is_empty() { "" } else { " " };
        one_line.push_str(gap);
        n += gap.len();
        let room = QUOTED_CHARS.saturating_sub(n);
        let end = word.char_indices().nth(room).map(|(end, _)| end);
        one_line.push_str(word.get(..end.unwrap_or(word.len())).unwrap_or_default());
        n += word.get(..end.unwrap_or(word.len())).unwrap_or_default().chars().count();
        if end.is_some() {
            return format!("{}…", visible(one_line.trim_end()));
        }
    }
    visible(&one_line).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_line_and_cut() {
        assert_eq!(quoted("  a\n b\tc "), "a b c");
        assert_eq!(quoted(&"é".repeat(80)), "é".repeat(80));
        assert_eq!(quoted(&"é".repeat(81)), format!("{}…", "é".repeat(80)));
        assert_eq!(quoted(&"ab ".repeat(40)), format!("{}ab…", "ab ".repeat(26)));
        assert_eq!(quoted(""), "");
    }
}
