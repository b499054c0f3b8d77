//! The identity of a file: at entry and now.

use std::io::ErrorKind;
use std::path::Path;

use crate::files::{FileFacts, sha256_of_file};
use crate::report::record::{CustodyRecord, FileState};

/// Hashes a file again and compares. `at_entry` is the hash under which it was examined; empty hashes
/// count as none.
pub fn custody(path: &Path, at_entry: Option<&str>) -> CustodyRecord {
    let at_entry = at_entry.filter(|hash| !hash.is_empty());
    let facts = FileFacts::read(path);
    let now = hash(path);
    let (state, sentence) = match (&now, at_entry) {
        (Ok(now), Some(entry)) if now == entry => {
            (FileState::Unchanged, "The file has the hash under which it was examined.".to_owned())
        }
        (Ok(_), Some(_)) => (
            FileState::Changed,
            "The file was changed after it was examined: the findings are about the file with the \
             hash at entry, not about the one that lies there now."
                .to_owned(),
        ),
        (Ok(_), None) => (
            FileState::FirstHash,
            "There is no hash from an examination to compare with.".to_owned(),
        ),
        (Err(error), Some(_)) if error.kind() == ErrorKind::NotFound => (
            FileState::Missing,
            "The file is no longer there: it could not be hashed again.".to_owned(),
        ),
        (Err(error), None) if error.kind() == ErrorKind::NotFound => {
            (FileState::Missing, "There is no such file: check its name and folder.".to_owned())
        }
        (Err(error), _) => (
            FileState::Unreadable,
            format!("The file cannot be read, so it could not be hashed again: {error}."),
        ),
    };
    CustodyRecord {
        sha256_at_entry: at_entry.map(str::to_owned),
        sha256_now: now.ok(),
        state,
        sentence,
        bytes: facts.as_ref().map(|facts| facts.bytes),
        modified: facts.as_ref().and_then(|facts| facts.modified.clone()),
        created: facts.and_then(|facts| facts.created),
    }
}

/// Only of regular files: a pipe may never end.
fn hash(path: &Path) -> std::io::Result<String> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::new(ErrorKind::InvalidInput, "it is not a regular file"));
    }
    sha256_of_file(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::sha256_hex;

    #[test]
    fn changed_missing_and_first_hashes_are_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let (gone, never) = (custody(&path, Some("ab")), custody(&path, None));
        assert_eq!([gone.state, never.state], [FileState::Missing; 2]);
        assert!(gone.sentence.contains("no longer there"), "{}", gone.sentence);
        assert!(never.sentence.contains("no such file"), "{}", never.sentence);
        std::fs::write(&path, "one").unwrap();
        let entry = sha256_hex(b"one");
        assert_eq!(custody(&path, Some(&entry)).state, FileState::Unchanged);
        assert_eq!(custody(&path, Some("")).state, FileState::FirstHash);
        std::fs::write(&path, "two").unwrap();
        let changed = custody(&path, Some(&entry));
        assert_eq!(changed.state, FileState::Changed);
        assert_eq!(changed.sha256_now, Some(sha256_hex(b"two")));
        assert_eq!(custody(folder.path(), None).state, FileState::Unreadable);
    }
}
