//! Hashes over several fields, and JSON that is always written the same way.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// SHA-256 over fields. Each field is preceded by its length, so that no two lists of fields give the
/// same bytes.
pub(in crate::case) struct FieldHasher(Sha256);

impl FieldHasher {
    /// `kind` names the kind of record that is hashed.
    pub(in crate::case) fn new(kind: &str) -> Self {
        Self(Sha256::new()).field(kind.as_bytes())
    }

    #[must_use]
    pub(in crate::case) fn field(mut self, bytes: &[u8]) -> Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    #[must_use]
    pub(in crate::case) fn number(self, value: i64) -> Self {
        self.field(&value.to_le_bytes())
    }

    /// An absent field differs from an empty one.
    #[must_use]
    pub(in crate::case) fn optional(self, bytes: Option<&[u8]>) -> Self {
        match bytes {
            Some(bytes) => self.field(b"+").field(bytes),
            None => self.field(b"-"),
        }
    }

    pub(in crate::case) fn hex(self) -> String {
        format!("{:x}", self.0.finalize())
    }
}

/// JSON without spaces, the keys of every object in the order of their bytes.
pub(in crate::case) fn canonical_json(value: &Value) -> String {
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
        assert_eq!(canonical_json(&value), r#"{"a":"x\"\n","b":[1,{"a":0.5,"z":null}]}"#);
    }

    #[test]
    fn fields_cannot_be_moved_into_one_another() {
        let hash = |fields: &[&str]| {
            fields.iter().fold(FieldHasher::new("t"), |hasher, f| hasher.field(f.as_bytes())).hex()
        };
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_ne!(hash(&["ab"]), hash(&["ab", ""]));
        let optional = |field: Option<&[u8]>| FieldHasher::new("t").optional(field).hex();
        assert_ne!(optional(None), optional(Some(b"")));
        assert_ne!(FieldHasher::new("a").hex(), FieldHasher::new("b").hex());
        assert_eq!(hash(&["a"]).len(), 64);
    }
}
