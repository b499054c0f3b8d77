//! Values of a file as a sentence quotes them.

use crate::base::text::visible;

/// Characters of a value that a sentence quotes.
const QUOTED_CHARS: usize = 80;

/// The value in one line, its end cut, without characters that hide or turn text.
pub(super) fn quoted(value: &str) -> String {
    let one_line = value.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = one_line.chars().take(QUOTED_CHARS).collect();
    let more = if short.len() < one_line.len() { "…" } else { "" };
    format!("{}{more}", visible(&short))
}
