//! A folder as it is at one moment: its files with size and time.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use walkdir::WalkDir;

/// Files that are looked at. A folder that somebody sent must not fill the memory.
const MAX_FILES: usize = 1_000_000;
/// Links and problems that are named.
const MAX_NAMED: usize = 1000;

/// Size and times of a file, and no more: other marks change by themselves on network shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileStamp {
    pub(super) bytes: u64,
    pub(super) written: Option<SystemTime>,
}

/// The files below a folder, at one moment.
#[derive(Debug, Clone, Default)]
pub struct FolderSnapshot {
    pub(super) files: BTreeMap<PathBuf, FileStamp>,
    /// Links, which are not followed: they may lead anywhere.
    pub(super) links: Vec<PathBuf>,
    /// Sub-folders and files that could not be read.
    pub(super) problems: Vec<String>,
}

impl FolderSnapshot {
    /// Looks at a folder and what is below it. Names that begin with a dot are left out, and paths for
    /// which `is_ignored` holds.
    ///
    /// # Errors
    ///
    /// When the folder itself cannot be read.
    pub fn take(folder: &Path, is_ignored: &dyn Fn(&Path) -> bool) -> io::Result<Self> {
        std::fs::read_dir(folder)?;
        Ok(Self::take_some(folder, is_ignored, MAX_FILES))
    }

    fn take_some(folder: &Path, is_ignored: &dyn Fn(&Path) -> bool, max_files: usize) -> Self {
        let mut found = Self::default();
        let entries = WalkDir::new(folder).into_iter().filter_entry(|entry| {
            entry.depth() == 0
                || !entry.file_name().as_encoded_bytes().starts_with(b".")
                    && !is_ignored(entry.path())
        });
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    found.problem(error.to_string());
                    continue;
                }
            };
            if entry.path_is_symlink() && entry.depth() > 0 {
                if found.links.len() < MAX_NAMED {
                    found.links.push(entry.into_path());
                }
                continue;
            }
            if !entry.file_type().is_file() {
                continue;
            }
            if found.files.len() == max_files {
                found.problem(format!(
                    "the folder has more than {max_files} files; the others are not looked at"
                ));
                break;
            }
            match entry.metadata() {
                Ok(facts) => {
                    found.files.insert(entry.into_path(), FileStamp::new(&facts));
                }
                Err(error) => found.problem(error.to_string()),
            }
        }
        found
    }

    fn problem(&mut self, what: String) {
        if self.problems.len() < MAX_NAMED {
            self.problems.push(what);
        }
    }
}

impl FileStamp {
    fn new(facts: &Metadata) -> Self {
        Self { bytes: facts.len(), written: facts.modified().ok() }
    }

    /// `None` where no file is, or a link in its place.
    pub(super) fn read(path: &Path) -> Option<Self> {
        let facts = std::fs::symlink_metadata(path).ok()?;
        facts.is_file().then(|| Self::new(&facts))
    }
}

/// When the content or the name of a file changed last. `None` when the system cannot say.
pub(super) fn changed_at(path: &Path) -> Option<SystemTime> {
    let facts = std::fs::metadata(path).ok()?;
    let written = facts.modified().ok();
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        use std::time::Duration;
        let seconds = u64::try_from(facts.ctime()).ok()?;
        let changed = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
        let nanos = Duration::from_nanos(facts.ctime_nsec().try_into().unwrap_or(0));
        written.max(changed.and_then(|time| time.checked_add(nanos)))
    }
    #[cfg(not(unix))]
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_and_ignored_names_are_left_out_and_many_files_are_cut() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.jpg", "sub/b.jpg", ".c.jpg", ".cache/d.jpg", "x.pentimento"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let is_case = |path: &Path| path.extension().is_some_and(|e| e == "pentimento");
        let found = FolderSnapshot::take(folder.path(), &is_case).unwrap();
        let names: Vec<_> = found.files.keys().map(|path| path.file_name().unwrap()).collect();
        assert_eq!(names, ["a.jpg", "b.jpg"]);
        let cut = FolderSnapshot::take_some(folder.path(), &is_case, 1);
        assert_eq!((cut.files.len(), cut.problems.len()), (1, 1), "{:?}", cut.problems);
        assert!(FolderSnapshot::take(&folder.path().join("none"), &is_case).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_named_and_not_followed() {
        let [folder, elsewhere] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        std::fs::write(elsewhere.path().join("b.jpg"), "x").unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("out")).unwrap();
        std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
        let found = FolderSnapshot::take(folder.path(), &|_| false).unwrap();
        assert_eq!((found.files.len(), found.links.len()), (0, 2));
    }

    #[test]
    fn a_time_is_that_of_the_last_change() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        let before = SystemTime::now() - std::time::Duration::from_secs(5);
        std::fs::write(&path, "x").unwrap();
        assert!(changed_at(&path).unwrap() > before);
        assert_eq!(changed_at(&folder.path().join("none")), None);
    }
}
