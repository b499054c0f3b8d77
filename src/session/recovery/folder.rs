//! The folder of this run, held by a lock, and the folders that were left behind.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// Name of the file that a run holds locked in its folder.
const LOCK: &str = "lock";
/// Folders left behind that are looked at.
const MAX_FOLDERS: usize = 100;

/// Where unsaved masks are kept unless the settings have a folder of their own: where the system
/// keeps data of programs, if it says.
pub fn unsaved_folder() -> Option<PathBuf> {
    let named = std::env::var_os("PENTIMENTO_CONFIG").filter(|folder| !folder.is_empty());
    named.map(|folder| PathBuf::from(folder).join("unsaved")).or_else(|| {
        let folders = directories::ProjectDirs::from("", "", "pentimento")?;
        Some(folders.data_dir().join("unsaved"))
    })
}

/// The folder of a run. While it is held, no other run takes it for one left behind.
#[derive(Debug)]
pub(super) struct RunFolder {
    pub(super) path: PathBuf,
    _lock: File,
}

impl RunFolder {
    /// Makes a folder for this run.
    pub(super) fn create(root: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(root)?;
        let path = tempfile::Builder::new().prefix("run-").tempdir_in(root)?.keep();
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).open(path.join(LOCK))?;
        lock.lock()?;
        Ok(Self { path, _lock: lock })
    }

    /// Takes a folder that was left behind; `None` while another run holds it.
    fn take(path: PathBuf) -> Option<Self> {
        let lock = OpenOptions::new().write(true).open(path.join(LOCK)).ok()?;
        match lock.try_lock() {
            Ok(()) => Some(Self { path, _lock: lock }),
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => None,
        }
    }

    pub(super) fn remove(self) {
        if let Err(e) = std::fs::remove_dir_all(&self.path) {
            tracing::warn!("unsaved masks could not be removed: {e} {:?}", self.path);
        }
    }
}

pub(super) fn left_behind(root: &Path) -> Vec<RunFolder> {
    let entries = std::fs::read_dir(root).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.is_dir()).take(MAX_FOLDERS).collect();
    paths.sort();
    paths.into_iter().filter_map(RunFolder::take).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_that_nobody_holds_were_left_behind() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().join("unsaved");
        assert!(left_behind(&root).is_empty(), "there is no folder yet");
        let held = RunFolder::create(&root).unwrap();
        let killed = RunFolder::create(&root).unwrap();
        let path = killed.path.clone();
        drop(killed);
        let found = left_behind(&root);
        assert_eq!(
            found.iter().map(|f| f.path.clone()).collect::<Vec<_>>(),
            std::slice::from_ref(&path)
        );
        assert!(left_behind(&root).is_empty(), "it is taken now");
        found.into_iter().for_each(RunFolder::remove);
        assert!(!path.exists() && held.path.exists());
    }
}
