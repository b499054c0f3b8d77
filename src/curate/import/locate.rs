//! Finds the item of a case that an entry of a data set belongs to.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::case::{self, Case};
use crate::dataset::{Entry, Pixels};
use crate::files::sha256_of_file;

/// The file that a mask belongs to.
pub(super) struct Location {
    pub(super) path: PathBuf,
    /// Whether it is the original: of a frame, the clip.
    pub(super) is_original: bool,
    /// SHA-256 of the file, if it is known.
    pub(super) sha256: Option<String>,
}

/// Finds files of a case by path and by hash.
pub(super) struct MediaIndex {
    by_hash: HashMap<String, PathBuf>,
    /// Files that the case knows no hash of, by their size in bytes.
    unhashed: HashMap<u64, Vec<PathBuf>>,
    /// Files that are added to the case, but are not in it yet.
    coming: HashSet<PathBuf>,
}

impl MediaIndex {
    pub(super) fn new(case: &Case) -> Result<Self, case::Error> {
        let mut found =
            Self { by_hash: HashMap::new(), unhashed: HashMap::new(), coming: HashSet::new() };
        for row in case.rows()? {
            let path = row.path.to_path_buf();
            match row.sha256 {
                // Of several items with one content the first counts.
                Some(hash) => {
                    found.by_hash.entry(hash).or_insert(path);
                }
                None => {
                    if let Ok(metadata) = fs::metadata(&path) {
                        found.unhashed.entry(metadata.len()).or_default().push(path);
                    }
                }
            }
        }
        Ok(found)
    }

    /// Remembers a file that will be in the case.
    pub(super) fn add(&mut self, location: &Location) {
        self.coming.insert(location.path.clone());
        if let Some(hash) = &location.sha256 {
            self.by_hash.entry(hash.clone()).or_insert_with(|| location.path.clone());
        }
    }

    /// The file of the case with this hash and size.
    fn find(&mut self, sha256: &str, n_bytes: Option<u64>) -> Option<PathBuf> {
        if let Some(known) = self.by_hash.get(sha256) {
            return Some(known.clone());
        }
        for path in n_bytes.and_then(|n| self.unhashed.remove(&n)).into_iter().flatten() {
            if let Ok(hash) = sha256_of_file(&path) {
                self.by_hash.entry(hash).or_insert(path);
            }
        }
        self.by_hash.get(sha256).cloned()
    }

    /// Finds the file of an entry, or returns a clause that says why there is none.
    ///
    /// A file that the case has by path comes first, then one by hash, then one that exists. Pictures
    /// of a zip file are gone afterwards, so that they cannot be added.
    pub(super) fn locate(
        &mut self,
        case: &Case,
        entry: &Entry,
        is_zip: bool,
    ) -> Result<Result<Location, String>, case::Error> {
        let image = &entry.record.image;
        let recorded = Some(image.sha256.as_str()).filter(|hash| !hash.is_empty());
        let origin = PathBuf::from(&image.origin);
        let copy = match &entry.pixels {
            Pixels::File(path) => Some(path.clone()).filter(|path| *path != origin),
            Pixels::Decoded(_) | Pixels::Absent => None,
        };
        let candidates: Vec<(PathBuf, bool)> = [Some((origin, true)), copy.map(|p| (p, false))]
            .into_iter()
            .flatten()
            // Asking for a file on a server would connect to it.
            .filter(|(path, _)| path.is_absolute() && !is_on_server(path))
            .collect();
        let mut changed = None;
        for (path, is_original) in &candidates {
            let known = case.find(path)?;
            if known.is_none() && !self.coming.contains(path) {
                continue;
            }
            let location = Location { path: path.clone(), is_original: *is_original, sha256: None };
            let stored = known.map(|id| case.row(id)).transpose()?.and_then(|row| row.sha256);
            let is_other = *is_original
                && recorded.is_some_and(|hash| stored.as_ref().is_some_and(|known| known != hash));
            if !is_other {
                return Ok(Ok(location));
            }
            changed.get_or_insert(location);
        }
        // The data set has a copy, and the original is there as well: it is a file of its own.
        if let ([(origin, true), _], Some(hash)) = (candidates.as_slice(), recorded)
            && sha256_of_file(origin).is_ok_and(|found| found == hash)
        {
            let (path, sha256) = (origin.clone(), Some(hash.to_owned()));
            return Ok(Ok(Location { path, is_original: true, sha256 }));
        }
        if let Some(hash) = recorded
            && let Some(path) = self.find(hash, None)
        {
            return Ok(Ok(Location { path, is_original: true, sha256: Some(hash.to_owned()) }));
        }
        for (path, is_original) in &candidates {
            let Ok(metadata) = fs::metadata(path) else { continue };
            let Ok(hash) = sha256_of_file(path) else { continue };
            let is_other = *is_original && recorded.is_some_and(|recorded| recorded != hash);
            if is_other || !metadata.is_file() {
                continue;
            }
            let sha256 = Some(hash.clone());
            if let Some(path) = self.find(&hash, Some(metadata.len())) {
                // Without a frame the picture is itself the file of the item.
                let is_original = *is_original || image.frame.is_none();
                return Ok(Ok(Location { path, is_original, sha256 }));
            }
            if is_zip {
                return Ok(Err(
                    "its picture is not in the case, and pictures in a zip file are not \
                               added to one: unpack the zip file and import the folder"
                        .to_owned(),
                ));
            }
            return Ok(Ok(Location { path: path.clone(), is_original: *is_original, sha256 }));
        }
        let missing = || {
            format!(
                "its picture {:?} is neither in the case nor in the data set: export with pictures, or \
                 put it into the folder `images`",
                image.origin
            )
        };
        Ok(changed.ok_or_else(missing))
    }
}

/// Whether the path names a file of another machine, as `\\server\share` does on Windows, or a device.
fn is_on_server(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes.len() > 1 && bytes.iter().take(2).all(|byte| matches!(byte, b'\\' | b'/'))
}
