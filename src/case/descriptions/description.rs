//! A description: plain values.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What was read, by what, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DescriptionFacts {
    /// SHA-256 of the file's bytes, lower-case hex.
    pub media_sha256: String,
    /// For instance `pentimento 0.1.0`.
    pub program: String,
    /// When it was read, RFC 3339, UTC; see [`crate::case::now`].
    pub at: String,
}

/// What a file says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredDescription {
    /// How it was read.
    pub facts: DescriptionFacts,
    /// The keys of `metadata --json`.
    pub said: Value,
}
