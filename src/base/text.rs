//! Formats shares, times, names and sentences for people, in the window and on the command line.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

/// A share (0 to 1) in per cent: one decimal below 10 %, none from there on.
pub fn percent(share: f32) -> String {
    let percent = share * 100.0;
    // What would round to 10.0 is written without the decimal.
    if percent > 0.0 && percent < 9.95 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

/// A share (0 to 1) in per cent, always with one decimal: for tables.
pub fn percent_to_tenths(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Seconds as `01:02.345`, with hours from one hour on: `1:01:02.345`. Negative times are zero.
pub fn time_code(seconds: f64) -> String {
    if !seconds.is_finite() {
        return "no time".to_owned();
    }
    let ms = (seconds.max(0.0) * 1000.0).round() as u64;
    let (h, m, s, ms) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
    if h > 0 { format!("{h}:{m:02}:{s:02}.{ms:03}") } else { format!("{m:02}:{s:02}.{ms:03}") }
}

/// A length of time in seconds, rounded: `42 s`, `14 min`, `2 h 5 min`.
pub fn duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0).round() as u64;
    match seconds {
        0..90 => format!("{seconds} s"),
        90..3600 => format!("{} min", (seconds + 30) / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// The last part of a path; the whole path where it has none, as `..`. What is no Unicode is
/// replaced.
pub fn file_name(path: &Path) -> Cow<'_, str> {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy()
}

/// Whether a character shows nothing itself, or changes how others are shown: controls, the format
/// characters of Unicode (category Cf), and those that programs may ignore
/// (`Default_Ignorable_Code_Point`, Unicode 16).
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{8e2}')
        || matches!(c, '\u{600}'..='\u{605}' | '\u{890}' | '\u{891}' | '\u{115f}' | '\u{1160}')
        || matches!(c, '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}')
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}')
        || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}')
        || matches!(c, '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}')
        || matches!(c, '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

/// Whether a hidden character does its work here: the joiners within Persian, Hindi and emoji, and the
/// marks that choose between a sign and its emoji.
fn is_at_work(c: char, before: Option<char>, after: Option<char>) -> bool {
    // Arabic and the scripts behind it join letters, Latin, Greek and Cyrillic do not.
    let joins = |c: Option<char>| c.is_some_and(|c| c >= '\u{590}' && !is_hidden(c));
    let is_sign = |c: char| {
        matches!(c, '#' | '*' | '0'..='9' | '\u{a9}' | '\u{ae}' | '\u{203c}'..='\u{3299}')
            || c >= '\u{1f000}'
    };
    let is_mark = |c: Option<char>| matches!(c, Some('\u{fe0e}' | '\u{fe0f}'));
    match c {
        '\u{200c}' | '\u{200d}' => (joins(before) || is_mark(before)) && joins(after),
        '\u{fe0e}' | '\u{fe0f}' => before.is_some_and(|c| is_sign(c) && !is_hidden(c)),
        _ => false,
    }
}

fn escape(text: &str, keeps: impl Fn(char) -> bool) -> Cow<'_, str> {
    if text.chars().all(|c| keeps(c) || !is_hidden(c)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let (mut before, mut letters) = (None, text.chars().peekable());
    while let Some(c) = letters.next() {
        let is_plain = keeps(c) || !is_hidden(c) || is_at_work(c, before, letters.peek().copied());
        if is_plain {
            shown.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                write!(shown, "\\u{unit:04x}").unwrap_or_default();
            }
        }
        before = Some(c);
    }
    Cow::Owned(shown)
}

/// A name or a text from a file, on one line, with everything visible: a control character or a
/// mark of writing direction becomes `\u001b`, as in JSON. Such a name can else hide or forge a
/// line.
pub fn visible(text: &str) -> Cow<'_, str> {
    escape(text, |_| false)
}

/// As [`visible`], of a whole page: ends of lines and tabs stay.
pub fn visible_page(text: &str) -> Cow<'_, str> {
    escape(text, |c| matches!(c, '\n' | '\t'))
}

/// A path for people, as [`visible`].
pub fn visible_path(path: &Path) -> String {
    visible(&path.display().to_string()).into_owned()
}

/// At most `most` characters of a text; where some are left out, it ends with `…`.
pub fn shortened(text: &str, most: usize) -> Cow<'_, str> {
    let Some((end, _)) = text.char_indices().nth(most) else { return Cow::Borrowed(text) };
    let kept = text.get(..end).unwrap_or_default();
    // Whole words, unless one of them is most of it.
    let at_word = kept.rfind(char::is_whitespace).filter(|at| *at * 2 > end);
    let kept = at_word.and_then(|at| kept.get(..at)).unwrap_or(kept);
    Cow::Owned(format!("{}…", kept.trim_end()))
}

/// The text with a capital first letter.
pub fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A reason as a sentence: capital first letter, full stop. Empty stays empty.
pub fn sentence(reason: &str) -> String {
    let text = capitalized(reason.trim().trim_end_matches('.'));
    if text.is_empty() { text } else { format!("{text}.") }
}

/// `1 item`, `2 items`; `noun` is in the singular.
pub fn counted(n: u64, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// `a`, `a and b`, `a, b and c`. Empty for no items.
pub fn list(items: &[impl AsRef<str>]) -> String {
    let items: Vec<&str> = items.iter().map(AsRef::as_ref).collect();
    match items.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// Two lower-case digits a byte.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_end_at_a_word() {
        assert_eq!(shortened("one two", 7), "one two");
        assert_eq!(shortened("one two three", 9), "one two…");
        assert_eq!(shortened("éééééééé aaaa", 5), "ééééé…", "no word ends in time");
        assert_eq!(shortened("", 0), "");
    }

    #[test]
    fn names_cannot_hide_or_forge_a_line() {
        assert_eq!(visible("写真 ۱ é 👩\u{200d}🦰.png"), "写真 ۱ é 👩\u{200d}🦰.png");
        assert_eq!(visible("a\n\u{1b}[8m\u{85}b"), "a\\u000a\\u001b[8m\\u0085b");
        assert_eq!(visible("gnp.\u{202e}exe"), "gnp.\\u202eexe", "written backwards");
        assert_eq!(visible("\u{e0041}"), "\\udb40\\udc41", "as JSON writes it");
        assert_eq!(visible("a\u{ad}\u{3164}\u{2800}b"), "a\\u00ad\\u3164\\u2800b", "show nothing");
        assert_eq!(visible("❤\u{fe0f}.png"), "❤\u{fe0f}.png", "an emoji");
        assert_eq!(
            visible("می\u{200c}خواهم 7\u{fe0f}\u{20e3}"),
            "می\u{200c}خواهم 7\u{fe0f}\u{20e3}"
        );
        assert_eq!(visible("pay\u{200d}pal\u{200c}"), "pay\\u200dpal\\u200c", "joins nothing");
        assert_eq!(visible("a\u{fe0f}b\u{fe00}"), "a\\ufe0fb\\ufe00", "no emoji");
        assert_eq!(visible("\u{1d173}\u{1d17a}"), "\\ud834\\udd73\\ud834\\udd7a", "of music");
        for c in ['\u{600}', '\u{6dd}', '\u{fff5}', '\u{110bd}', '\u{13437}', '\u{1bca0}'] {
            assert!(visible(&c.to_string()).starts_with("\\u"), "{}", c.escape_unicode());
        }
        assert_eq!(visible_page("a\tb\n\r\u{1b}"), "a\tb\n\\u000d\\u001b");
        assert_eq!(visible_path(Path::new("x\ny")), "x\\u000ay");
    }

    #[test]
    fn small_shares_keep_a_decimal() {
        let shares = [0.0, 0.004, 0.05, 0.0999, 0.213].map(percent);
        assert_eq!(shares, ["0 %", "0.4 %", "5.0 %", "10 %", "21 %"]);
    }

    #[test]
    fn time_codes_are_rounded_to_the_millisecond() {
        assert_eq!(time_code(0.0), "00:00.000");
        assert_eq!(time_code(62.3456), "01:02.346");
        assert_eq!(time_code(-0.1), "00:00.000");
        assert_eq!(time_code(59.9996), "01:00.000");
        assert_eq!(time_code(3600.5 + 61.0), "1:01:01.500");
        assert_eq!(time_code(f64::NAN), "no time");
    }

    proptest::proptest! {
        #[test]
        fn a_time_code_says_the_time_to_the_millisecond(seconds in 0.0..400_000.0f64) {
            let text = time_code(seconds);
            let parts = text.split(':').map(|part| part.parse::<f64>().unwrap());
            let back = parts.fold(0.0, |sum, part| sum * 60.0 + part);
            proptest::prop_assert!((back - seconds).abs() < 0.000_51, "{} is not {}", text, seconds);
        }
    }

    #[test]
    fn durations_are_short() {
        assert_eq!(
            [0.4, 42.0, 89.6, 840.0, 7500.0].map(duration),
            ["0 s", "42 s", "2 min", "14 min", "2 h 5 min"]
        );
    }

    #[test]
    fn reasons_become_sentences() {
        assert_eq!(sentence("no face was found"), "No face was found.");
        assert_eq!(sentence("É. "), "É.");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn lists_end_with_and() {
        let lists = [&[][..], &["a"], &["a", "b"], &["a", "b", "c"]].map(list);
        assert_eq!(lists, ["", "a", "a and b", "a, b and c"]);
    }
}
