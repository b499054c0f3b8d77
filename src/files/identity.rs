//! Telling whether a path still leads to the file that was read before.

use std::fs::Metadata;
use std::path::Path;
use std::time::SystemTime;

/// Device, inode, size and times of a file. Two that differ mean another file, or a file that was
/// written to in between; on systems without inodes only size and time of writing tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileIdentity {
    inode: Option<[u64; 2]>,
    bytes: u64,
    written: Option<SystemTime>,
    /// Seconds and nanoseconds of the last change of content, name or rights.
    changed: Option<[i64; 2]>,
}

impl FileIdentity {
    /// From what the system says of an open file or a path.
    pub fn new(metadata: &Metadata) -> Self {
        let (bytes, written) = (metadata.len(), metadata.modified().ok());
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            let inode = Some([metadata.dev(), metadata.ino()]);
            let changed = Some([metadata.ctime(), metadata.ctime_nsec()]);
            Self { inode, bytes, written, changed }
        }
        #[cfg(not(unix))]
        Self { inode: None, bytes, written, changed: None }
    }

    /// Whether the path leads to the same unchanged file. A file that is gone is not the same.
    pub fn is_still_at(&self, path: &Path) -> bool {
        std::fs::metadata(path).is_ok_and(|metadata| Self::new(&metadata) == *self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_file_of_the_same_size_under_the_same_name_is_not_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let [path, other] = ["a", "b"].map(|name| folder.path().join(name));
        std::fs::write(&path, "one").unwrap();
        std::fs::write(&other, "two").unwrap();
        let identity = FileIdentity::new(&std::fs::metadata(&path).unwrap());
        assert!(identity.is_still_at(&path));
        std::fs::rename(&other, &path).unwrap();
        assert!(!identity.is_still_at(&path), "swapped");
        std::fs::remove_file(&path).unwrap();
        assert!(!identity.is_still_at(&path), "gone");
    }
}
