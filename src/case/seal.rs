//! Hashes over several fields, and JSON that is always written the same way.
//!
//! * **In**: bytes, JSON values. **Out**: SHA-256 in lower-case hex, text.
//! * **Not here**: which fields belong to what (`findings`, `masks`, `log`).

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// SHA-256 over fields; each goes in with its length, so that no two lists of fields look alike.
pub(super) struct Seal(Sha256);

impl Seal {
    /// `kind` tells what is sealed.
    pub(super) fn new(kind: &str) -> Self {
        Self(Sha256::new()).field(kind.as_bytes())
    }

    #[must_use]
    pub(super) fn field(mut self, bytes: &[u8]) -> Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    #[must_use]
    pub(super) fn number(self, value: i64) -> Self {
        self.field(&value.to_le_bytes())
    }

    /// Nothing is not the same as an empty field.
    #[must_use]
    pub(super) fn optional(self, bytes: Option<&[u8]>) -> Self {
        match bytes {
            Some(bytes) => self.field(b"+").field(bytes),
            None => self.field(b"-"),
        }
    }

    pub(super) fn hex(self) -> String {
        format!("{:x}", self.0.finalize())
    }
}

/// JSON without spaces, the keys of every object in the order of their bytes.
pub(super) fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Array(values) => {
            text.push('[');
            for (i, value) in values.iter().enumerate() {
                if i > 0 {
                    text.push(',');
                }
                write(value, text);
            }
            text.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| *key);
            text.push('{');
            for (i, (key, value)) in fields.into_iter().enumerate() {
                if i > 0 {
                    text.push(',');
                }
                text.push_str(&Value::String(key.clone()).to_string());
                text.push(':');
                write(value, text);
            }
            text.push('}');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_sorted_at_every_depth_and_text_is_escaped() {
        let value: Value =
            serde_json::from_str(r#"{"b": [1, {"z": null, "a": 0.5}], "a": "x\"\n"}"#).unwrap();
        assert_eq!(canonical(&value), r#"{"a":"x\"\n","b":[1,{"a":0.5,"z":null}]}"#);
    }

    #[test]
    fn fields_cannot_be_moved_into_one_another() {
        let hash = |fields: &[&str]| {
            fields.iter().fold(Seal::new("t"), |seal, f| seal.field(f.as_bytes())).hex()
        };
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_ne!(hash(&["ab"]), hash(&["ab", ""]));
        let optional = |field: Option<&[u8]>| Seal::new("t").optional(field).hex();
        assert_ne!(optional(None), optional(Some(b"")));
        assert_ne!(Seal::new("a").hex(), Seal::new("b").hex());
        assert_eq!(hash(&["a"]).len(), 64);
    }
}
