//! Numbers of the page: each names its place in the record and keeps its full value.

use minijinja::value::{Value, ValueKind};
use minijinja::{Error, ErrorKind};

use crate::base::text::percent_to_tenths;

/// A number as `<data value="…" data-at="/items/0/score">0.91</data>`; a dash where there is none.
pub(super) fn number(value: &Value, at: &str, decimals: usize) -> Result<Value, Error> {
    shown(value, at, |v| format!("{v:.decimals$}"))
}

/// A share from 0 to 1 in per cent.
pub(super) fn share(value: &Value, at: &str) -> Result<Value, Error> {
    shown(value, at, percent_to_tenths)
}

fn shown(value: &Value, at: &str, text: impl Fn(f64) -> String) -> Result<Value, Error> {
    if value.is_none() {
        return Ok(Value::from_safe_string("–".to_owned()));
    }
    if value.kind() != ValueKind::Number {
        return Err(Error::new(ErrorKind::InvalidOperation, format!("{at} is no number")));
    }
    let is_place = |c: char| c.is_ascii_alphanumeric() || c == '/' || c == '_';
    if !at.chars().all(is_place) {
        return Err(Error::new(ErrorKind::InvalidOperation, "no place in the record"));
    }
    let number = f64::try_from(value.clone())?;
    let full = value.to_string();
    let text = text(number);
    Ok(Value::from_safe_string(format!("<data value=\"{full}\" data-at=\"{at}\">{text}</data>")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_keeps_its_value_and_its_place() {
        let html = number(&Value::from(0.123_456), "/items/0/score", 2).unwrap().to_string();
        assert_eq!(html, "<data value=\"0.123456\" data-at=\"/items/0/score\">0.12</data>");
        let html = share(&Value::from(0.0077), "/a").unwrap().to_string();
        assert!(html.ends_with(">0.8 %</data>"), "{html}");
        assert_eq!(number(&Value::from(()), "/a", 1).unwrap().to_string(), "–");
        assert!(number(&Value::from("<b>"), "/a", 1).is_err(), "a text is no number");
        assert!(number(&Value::from(1), "\"onclick", 1).is_err(), "the place is ours");
    }
}
