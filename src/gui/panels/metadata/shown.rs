//! Text of a file as it is shown: every character visible, and not too much of it.

use std::borrow::Cow;

use crate::base::text::visible;

/// Bytes of a value that are shown.
const VALUE_BYTES: usize = 4096;
/// Bytes of a value that a row of a table shows.
const CELL_BYTES: usize = 240;

/// A value, cut at 4 KiB; what is left out is counted.
pub(super) fn value(text: &str) -> Cow<'_, str> {
    let head = head(text, VALUE_BYTES);
    let n_more = text.len() - head.len();
    if n_more == 0 {
        return visible(text);
    }
    Cow::Owned(format!("{}… and {n_more} more bytes", visible(head)))
}

/// A value in a row of a table, cut early.
pub(super) fn cell(text: &str) -> Cow<'_, str> {
    let head = head(text, CELL_BYTES);
    if head.len() == text.len() {
        visible(text)
    } else {
        Cow::Owned(format!("{}…", visible(head)))
    }
}

/// As many bytes from the start as are allowed, whole characters only.
fn head(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes)]
}

/// A value as part of a line to be pasted into a spreadsheet: an apostrophe keeps a formula a text.
pub(super) fn pasted(text: &str) -> String {
    let visible = visible(text);
    let is_formula = visible.starts_with(['=', '+', '-', '@']) && visible.parse::<f64>().is_err();
    if is_formula { format!("'{visible}") } else { visible.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_between_characters_and_counted() {
        let long = "é".repeat(3000);
        let shown = value(&long);
        assert!(shown.ends_with("é… and 1904 more bytes"), "{}", &shown[4080..]);
        assert_eq!(value(&"é".repeat(2048)), "é".repeat(2048));
        let odd = format!("a{long}");
        assert!(value(&odd).ends_with("é… and 1906 more bytes"), "no character is split");
        assert!(cell(&long).len() < 260 && cell(&long).ends_with("é…"), "{}", cell(&long));
        assert_eq!(value("a\u{1b}[2J\u{202e}b"), "a\\u001b[2J\\u202eb");
    }

    #[test]
    fn nothing_that_is_pasted_is_a_formula_or_a_second_cell() {
        assert_eq!(pasted("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(["@a", "+a", "-a"].map(pasted), ["'@a", "'+a", "'-a"]);
        assert_eq!(["-1.5", "+2", "a=b"].map(pasted), ["-1.5", "+2", "a=b"], "numbers and texts");
        assert_eq!(pasted("a\tb\nc"), "a\\u0009b\\u000ac");
    }
}
