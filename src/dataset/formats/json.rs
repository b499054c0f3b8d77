//! JSON as other tools write it: each element is read for itself, so that one that is wrong stops no
//! other, and numbers may be text or have a point.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::reading::LeftOut;
use crate::dataset::Error;
use crate::dataset::text::{read_text, without_nan};

/// Something read from an element of a JSON file.
pub(super) trait FromJson: Sized {
    /// The value, or a clause that says what is wrong with the element.
    fn from_json(value: &Value) -> Result<Self, String>;
}

/// An element of a list, or what is wrong with it.
pub(super) struct Element<T>(Result<T, String>);

impl<T> Element<T> {
    /// The value; an element that is wrong is left out.
    pub(super) fn or_leave_out(self, left_out: &mut LeftOut) -> Option<T> {
        self.0.map_err(|what| left_out.add(what)).ok()
    }
}

impl<'de, T: FromJson> Deserialize<'de> for Element<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(T::from_json(&Value::deserialize(deserializer)?)))
    }
}

/// Reads a JSON file. `format` names what it should be.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path, format: &str) -> Result<T, Error> {
    let text = read_text(path)?;
    serde_json::from_str(&without_nan(&text)).map_err(|e| {
        let (line, column) = (e.line(), e.column());
        let what = if e.is_data() {
            format!("it cannot be read as {format}: it holds other data (line {line})")
        } else {
            format!("it cannot be read as {format}: it is cut off or no JSON (line {line}, column {column})")
        };
        Error::damaged(path, what)
    })
}

/// A number or word that identifies something; `7`, `7.0` and `"7"` are the same.
pub(super) fn id(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        Value::Number(number) => {
            number.as_f64().filter(|n| n.fract() == 0.0).map(|n| format!("{n:.0}"))
        }
        _ => None,
    }
}

/// The value at a JSON pointer such as `/a/0/b`; null where there is none.
pub(super) fn within<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    static NULL: Value = Value::Null;
    value.pointer(pointer).unwrap_or(&NULL)
}

/// A finite number.
pub(super) fn real(value: &Value) -> Option<f64> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    number.filter(|number| number.is_finite())
}

/// A whole number from 0 on.
pub(super) fn whole(value: &Value) -> Option<u32> {
    let number = real(value)?;
    (number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number))
        .then_some(number as u32)
}

/// A list of finite numbers.
pub(super) fn reals(value: &Value) -> Option<Vec<f64>> {
    value.as_array()?.iter().map(real).collect()
}

/// Width and height; `None` when one is missing or 0, because the picture itself says them.
pub(super) fn size(width: &Value, height: &Value) -> Option<[u32; 2]> {
    let [w, h] = [whole(width)?, whole(height)?];
    (w > 0 && h > 0).then_some([w, h])
}

/// A text that is not empty.
pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_may_be_text_or_have_a_point() {
        for value in [json!(512), json!(512.0), json!("512"), json!(" 512.0 ")] {
            assert_eq!(whole(&value), Some(512), "{value}");
        }
        for value in [json!(-1), json!(1.5), json!(1e12), json!(null), json!("a"), json!([1])] {
            assert_eq!(whole(&value), None, "{value}");
        }
        for value in [json!(7), json!(7.0), json!("7"), json!(" 7")] {
            assert_eq!(id(&value).as_deref(), Some("7"), "{value}");
        }
        assert_eq!([json!(7.5), json!(""), json!({})].map(|value| id(&value)), [None, None, None]);
        assert_eq!(size(&json!(null), &json!(3)), None);
        assert_eq!(reals(&json!([1, "2", 3.5])), Some(vec![1.0, 2.0, 3.5]));
        assert_eq!(reals(&json!([1, null])), None);
    }
}
