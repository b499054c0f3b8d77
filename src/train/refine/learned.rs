//! What a detector has learned from, over all its retrainings.
//!
//! A case grows, is exported again, and may be split otherwise: what one retraining learned from
//! must not be held out in the next, else the comparison flatters. Only hashes are kept.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::dataset::Record;
use crate::files::{sha256_hex, write_whole};
use crate::train::Error;

/// Beside the weights.
const FILE: &str = "learned.json";
/// The newest form of it that is known here.
const VERSION: u32 = 1;

/// Hashes of sources, persons and pictures.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Learned {
    version: u32,
    kin: BTreeSet<String>,
}

impl Learned {
    /// What is written beside weights; nothing where there is no such file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, or that a newer program wrote: ignoring it could put training
    /// pictures into the test.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text).map_err(|what| Error::malformed_file(&path, &what)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(e) => Err(Error::io("what was learned from", &path)(e)),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct VersionHeader {
            version: u32,
        }
        // First: the rest of a newer file may have another form.
        let VersionHeader { version } = serde_json::from_str(text).map_err(|e| e.to_string())?;
        if version > VERSION {
            return Err(format!(
                "it has version {version}, made by a newer Pentimento; this one knows versions up \
                 to {VERSION}. Update the program"
            ));
        }
        serde_json::from_str(text).map_err(|e| e.to_string())
    }

    /// Writes it beside weights.
    ///
    /// # Errors
    ///
    /// A folder that cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), Error> {
        let path = folder.join(FILE);
        let text = serde_json::to_string(self).map_err(|e| Error::malformed_file(&path, &e))?;
        write_whole(&path, text.as_bytes()).map_err(Error::io("what was learned from", &path))
    }

    /// Whether a record shares its source, person or picture with something learned.
    pub fn knows(&self, record: &Record) -> bool {
        keys(record).any(|key| self.kin.contains(&key))
    }

    /// These records, too.
    pub(super) fn with<'a>(mut self, records: impl Iterator<Item = &'a Record>) -> Self {
        self.version = VERSION;
        self.kin.extend(records.flat_map(keys));
        self
    }
}

fn keys(record: &Record) -> impl Iterator<Item = String> {
    let image = &record.image;
    let named = [
        ("source", record.source.as_deref()),
        ("person", record.person.as_deref()),
        ("file", Some(image.sha256.as_str())),
    ];
    let named = named.into_iter().filter_map(|(what, key)| {
        let key = key.filter(|key| !key.is_empty())?;
        Some(sha256_hex(format!("{what} {key}").as_bytes()))
    });
    named.collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kin_of_what_was_learned_are_known_in_the_next_round() {
        let record = |source: &str, person: &str| Record {
            source: Some(source.to_owned()),
            person: Some(person.to_owned()),
            ..Record::default()
        };
        let folder = tempfile::tempdir().unwrap();
        let first = Learned::read(folder.path()).unwrap();
        assert!(!first.knows(&record("a", "ada")), "nothing yet");
        first.with([record("a", "ada")].iter()).write(folder.path()).unwrap();
        let second = Learned::read(folder.path()).unwrap();
        assert!(second.knows(&record("a", "bob")) && second.knows(&record("b", "ada")));
        assert!(!second.knows(&record("b", "bob")) && !second.knows(&Record::default()));
        std::fs::write(folder.path().join(FILE), "no json").unwrap();
        assert!(Learned::read(folder.path()).is_err(), "a damaged one is not taken for none");
        let newer = "{\"version\": 2, \"kin\": {\"in another form\": 1}}";
        std::fs::write(folder.path().join(FILE), newer).unwrap();
        let message = Learned::read(folder.path()).unwrap_err().to_string();
        assert!(message.contains("Update the program") && message.contains(FILE), "{message}");
    }
}
