//! The reference files that an analyst brings, from a folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::base::text::visible_path;
use crate::base::{Cancelled, Limits, Phase, TaskCtx};
use crate::metadata::{Comparison, Metadata, ReferenceSet, read_metadata};

/// Files of a folder that are read.
const MAX_REFERENCES: usize = 10_000;

/// Why there is nothing to compare with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferencesError {
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// There is no such folder.
    #[error("{} is no folder", visible_path(.0))]
    NoFolder(PathBuf),
    /// No file of the folder could be read.
    #[error("no file of {} could be read", visible_path(.0))]
    NothingRead(PathBuf),
}

/// What the files of a folder have.
#[derive(Debug, Clone)]
pub struct References {
    set: ReferenceSet,
    /// The files that were read, by their whole paths.
    paths: BTreeSet<PathBuf>,
    /// Files whose format is not known, that cannot be read, or that hold no picture.
    pub n_unread: u64,
    /// The folder has more files than are read.
    pub is_cut: bool,
}

impl References {
    /// Reads all files of a folder and of its folders, in the order of their names.
    ///
    /// # Errors
    ///
    /// [`ReferencesError`]. A file that cannot be read is counted.
    pub fn read(folder: &Path, ctx: &TaskCtx<'_>) -> Result<Self, ReferencesError> {
        if !folder.is_dir() {
            return Err(ReferencesError::NoFolder(folder.to_owned()));
        }
        let all =
            walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().filter_map(Result::ok);
        let files =
            all.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path);
        let mut files: Vec<PathBuf> = files.take(MAX_REFERENCES + 1).collect();
        let is_cut = files.len() > MAX_REFERENCES;
        files.truncate(MAX_REFERENCES);
        let mut found =
            Self { set: ReferenceSet::default(), paths: BTreeSet::new(), n_unread: 0, is_cut };
        for (i, path) in files.iter().enumerate() {
            ctx.step(Phase::Reading, i as u64, files.len() as u64)?;
            match read_metadata(path, &Limits::default()) {
                Ok(metadata) if metadata.has_content() => {
                    found.set.add(&metadata);
                    found.paths.insert(whole(path));
                }
                // A file without a picture would take away what all others have.
                Ok(_) | Err(_) => found.n_unread += 1,
            }
        }
        if found.set.n() == 0 {
            return Err(ReferencesError::NothingRead(folder.to_owned()));
        }
        Ok(found)
    }

    /// Number of files that were read.
    pub const fn n(&self) -> usize {
        self.set.n()
    }

    /// Compares a file with them. Where it is one of them, it is left out of them.
    pub fn compare(&self, path: &Path, metadata: &Metadata) -> Comparison {
        self.set.compare(metadata, self.paths.contains(&whole(path)))
    }
}

/// One name for a file, whatever way leads to it.
fn whole(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Cancel, RgbImage};
    use crate::media::encode_jpeg;

    #[test]
    fn a_folder_gives_its_files_and_the_file_itself_is_none_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let jpeg = encode_jpeg(&RgbImage::filled(16, 16, [9; 3]), 90).unwrap();
        std::fs::create_dir(folder.path().join("deeper")).unwrap();
        for name in ["a.jpg", "b.jpg", "deeper/c.jpg"] {
            std::fs::write(folder.path().join(name), &jpeg).unwrap();
        }
        std::fs::write(folder.path().join("notes.txt"), "hello").unwrap();
        std::fs::write(folder.path().join("broken.jpg"), b"\xFF\xD8\xFF\xD9").unwrap();
        let read = References::read(folder.path(), &TaskCtx::silent()).unwrap();
        assert_eq!((read.n(), read.n_unread, read.is_cut), (3, 2, false));
        let inside = folder.path().join("deeper/../b.jpg");
        let metadata = read_metadata(&inside, &Limits::default()).unwrap();
        assert_eq!(read.compare(&inside, &metadata).n_references, 2);
        let elsewhere = Path::new("/elsewhere/b.jpg");
        assert_eq!(read.compare(elsewhere, &metadata).n_references, 3);
    }

    #[test]
    fn what_gives_no_reference_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let read = |path: &Path| References::read(path, &TaskCtx::silent()).unwrap_err();
        assert_eq!(read(folder.path()), ReferencesError::NothingRead(folder.path().to_owned()));
        let gone = folder.path().join("gone");
        assert_eq!(read(&gone), ReferencesError::NoFolder(gone.clone()));
        std::fs::write(folder.path().join("a.txt"), "hello").unwrap();
        let cancel = Cancel::default();
        cancel.cancel();
        let ctx = TaskCtx { cancel, on_progress: &|_| {} };
        let stopped = References::read(folder.path(), &ctx).unwrap_err();
        assert!(matches!(stopped, ReferencesError::Cancelled(_)), "{stopped:?}");
    }
}
