//! Compares values as two programs write them: spaces, dashes in dates and last digits do not count.

use serde_json::Value;

/// Letters and digits of a name, in lower case.
pub(super) fn plain_name(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The texts of a value of JSON, those of lists and structures in order.
pub(super) fn leaves(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(leaves).collect(),
        Value::Object(values) => values.values().flat_map(leaves).collect(),
        Value::String(text) => vec![text.clone()],
        Value::Bool(true) => vec!["True".to_owned()],
        Value::Bool(false) => vec!["False".to_owned()],
        Value::Null => vec![String::new()],
        Value::Number(number) => vec![number.to_string()],
    }
}

/// A text without what the two programs write differently.
fn plain(text: &str) -> String {
    let mut text: String = text
        .split(['\0', '\n', '\r', '\t', ' '])
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let bytes = text.as_bytes();
    let is_date = bytes.len() >= 10
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && matches!(bytes[4], b'-' | b':')
        && matches!(bytes[7], b'-' | b':');
    if is_date {
        let (day, time) = text.split_at(10);
        text = format!("{}{}", day.replace('-', ":"), time.replacen('T', " ", 1));
    }
    text.trim_end_matches(';').trim().to_owned()
}

/// Whether two texts say the same.
pub(super) fn is_same(theirs: &str, ours: &str) -> bool {
    let (a, b) = (plain(theirs), plain(ours));
    if a == b || a.eq_ignore_ascii_case(&b) {
        return true;
    }
    let number = |text: &str| -> Option<f64> {
        if let Some((n, d)) = text.split_once('/') {
            return Some(n.parse::<f64>().ok()? / d.parse::<f64>().ok()?);
        }
        text.parse().ok()
    };
    if let (Some(a), Some(b)) = (number(&a), number(&b)) {
        return (a - b).abs() <= 1e-4 * a.abs().max(b.abs());
    }
    let (theirs, ours): (Vec<&str>, Vec<&str>) = (a.split(' ').collect(), b.split(' ').collect());
    theirs.len() > 1
        && theirs.len() == ours.len()
        && theirs.iter().zip(&ours).all(|(a, b)| {
            let both = number(a).zip(number(b));
            a == b
                || both.is_some_and(|(a, b)| (a - b).abs() <= 1e-4 * a.abs().max(b.abs()).max(1e-6))
        })
}

/// The number of bytes in `(Binary data 12 bytes, …)`.
pub(super) fn binary_bytes(theirs: &str) -> Option<u64> {
    theirs.strip_prefix("(Binary data ")?.split(' ').next()?.parse().ok()
}

#[test]
fn small_differences_do_not_count_and_others_do() {
    assert!(is_same("2004:02:26", "2004-02-26"));
    assert!(is_same("1993:01:01 03:11:11.311+01:00", "1993-01-01T03:11:11.311+01:00"));
    assert!(is_same("0.05", "1/20"));
    assert!(is_same("8 8 8", "8 8 8"));
    assert!(!is_same("8 8 8", "8 8 9"));
    assert!(!is_same("Canon", "Nikon"));
    assert!(!is_same("1", "2"));
    assert_eq!(binary_bytes("(Binary data 28 bytes, use -b option to extract)"), Some(28));
}
