//! One line of a manifest: where a file lies, and what is known of it.

use std::fmt::Write as _;
use std::path::{Component, Path};

use serde::Deserialize;

/// Longest line in bytes; what is longer is refused.
pub(super) const MAX_LINE_BYTES: usize = 64 << 10;

/// A file to examine, or the reason why a line names none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Path below the root of the manifest, as it stands there. Of a line that names none, the line
    /// itself as far as it is text.
    pub path: String,
    /// SHA-256 that the file should have, in lower-case hex.
    pub sha256: Option<String>,
    /// Where the file came from, in the words of the manifest.
    pub source: Option<String>,
    /// Why the file is not opened.
    pub refusal: Option<String>,
}

/// A line that is a JSON object. Other keys are left to whoever wrote them.
#[derive(Debug, Deserialize)]
struct JsonEntry {
    path: String,
    sha256: Option<String>,
    source: Option<String>,
}

impl Entry {
    /// Reads a line without its end. `None` for an empty one.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.iter().all(u8::is_ascii_whitespace) {
            return None;
        }
        if line.len() > MAX_LINE_BYTES {
            let head = line.get(..200).unwrap_or(line);
            return Some(Self::refused(head, "the line of the manifest is too long".to_owned()));
        }
        let Ok(text) = std::str::from_utf8(line) else {
            let why = "the line of the manifest is not UTF-8".to_owned();
            return Some(Self { path: bytes_path(line), ..Self::refused(line, why) });
        };
        let (path, sha256, source) = if text.trim_start().starts_with('{') {
            match serde_json::from_str::<JsonEntry>(text) {
                Ok(JsonEntry { path, sha256, source }) => (path, sha256, source),
                Err(error) => {
                    let why = format!("the line is no JSON object with a path: {error}");
                    return Some(Self::refused(line, why));
                }
            }
        } else {
            (text.to_owned(), None, None)
        };
        Some(Self::new(path, sha256, source))
    }

    /// An entry that is refused where it names no file below the root, or its hash is none.
    pub(super) fn new(path: String, sha256: Option<String>, source: Option<String>) -> Self {
        let sha256 = sha256.map(|hash| hash.to_ascii_lowercase());
        let refusal = wrong_path(&path).or_else(|| sha256.as_deref().and_then(wrong_hash));
        let path = if refusal.is_none() { plain_path(&path) } else { path };
        Self { path, sha256, source, refusal: refusal.map(str::to_owned) }
    }

    fn refused(line: &[u8], why: String) -> Self {
        let path = visible_bytes(line);
        Self { path, sha256: None, source: None, refusal: Some(why) }
    }
}

/// Stands for a name that is not UTF-8: its other bytes as `\xe4`, behind `//`, with which no path of a
/// file begins. So it is never taken for the file whose name is spelled like that.
pub(super) fn bytes_path(name: &[u8]) -> String {
    format!("//{}", visible_bytes(name))
}

/// Why a path is not followed. A manifest was sent by somebody, and names files below its root only.
fn wrong_path(path: &str) -> Option<&'static str> {
    if path.is_empty() || path.contains('\0') {
        return Some("the path is empty or holds a zero byte");
    }
    let leaves = |part: Component<'_>| match part {
        Component::Normal(_) | Component::CurDir => None,
        Component::ParentDir => Some("the path has a part .., which may lead out of the root"),
        Component::RootDir | Component::Prefix(_) => {
            Some("the path is absolute; paths are those below the root (--root)")
        }
    };
    if path.starts_with("//") {
        return Some("the path is absolute, or the name is not UTF-8");
    }
    // On systems with other rules a backslash or a drive means more than a letter does.
    let is_foreign = path.starts_with(r"\\") || path.get(1..3) == Some(r":\");
    let foreign = is_foreign.then_some("the path is absolute on Windows; give one below the root");
    foreign.or_else(|| Path::new(path).components().find_map(leaves))
}

/// The path without parts that mean nothing, as `./` and `//`: one file has one name.
fn plain_path(path: &str) -> String {
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    parts.collect::<Vec<_>>().join("/")
}

/// A line with the bytes that are not UTF-8 as `\xe4`: two names that differ in them stay two.
fn visible_bytes(line: &[u8]) -> String {
    let mut text = String::new();
    for chunk in line.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            write!(text, "\\x{byte:02x}").ok();
        }
    }
    text
}

fn wrong_hash(hash: &str) -> Option<&'static str> {
    let is_hash = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    (!is_hash).then_some("sha256 is not 64 hexadecimal digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(line: &str) -> Entry {
        Entry::parse(line.as_bytes()).unwrap()
    }

    #[test]
    fn a_line_is_a_path_or_an_object() {
        let plain = entry("a folder/ü.jpg\r");
        assert_eq!((plain.path.as_str(), plain.refusal), ("a folder/ü.jpg", None));
        let hash = "AB".repeat(32);
        let full = entry(&format!(r#"{{"path":"b.mp4","sha256":"{hash}","source":"s","x":1}}"#));
        assert_eq!(full.refusal, None);
        assert_eq!((full.path.as_str(), full.source.as_deref()), ("b.mp4", Some("s")));
        assert_eq!(full.sha256.unwrap(), "ab".repeat(32));
        assert_eq!(Entry::parse(b"\r"), None);
        assert_eq!(Entry::parse(b"   "), None);
    }

    #[test]
    fn no_line_leads_out_of_the_root() {
        for wrong in [
            "/etc/passwd",
            "../a.jpg",
            "a/../../b.jpg",
            r"\\server\share\a.jpg",
            r"C:\a.jpg",
            r#"{"path":"/a"}"#,
            r#"{"path":""}"#,
            r#"{"file":"a"}"#,
            "{",
            "a\0b",
            r#"{"path":"a","sha256":"12"}"#,
        ] {
            assert!(entry(wrong).refusal.is_some(), "{wrong}");
        }
        assert!(Entry::parse(b"caf\xe9.jpg").unwrap().refusal.unwrap().contains("UTF-8"));
        let long = vec![b'a'; MAX_LINE_BYTES + 1];
        let refused = Entry::parse(&long).unwrap();
        assert!(refused.refusal.is_some() && refused.path.len() <= 200);
        assert_eq!(entry("./a.jpg").refusal, None);
        assert_eq!(entry(".//b/./a.jpg").path, "b/a.jpg", "one file has one name");
        let names =
            [b"B\xe4r.jpg".as_slice(), b"B\xf6r.jpg"].map(|line| Entry::parse(line).unwrap().path);
        assert_eq!(names, [r"//B\xe4r.jpg", r"//B\xf6r.jpg"]);
        assert_eq!(entry(r"B\xe4r.jpg").path, r"B\xe4r.jpg", "a file that is called so is another");
        assert_eq!(entry("..a/b..jpg").refusal, None, "dots in a name are letters");
    }
}
