//! Reading files that somebody else may have written.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

/// Reads a file of at most `limit` bytes; `None` when it has more. Links are followed.
///
/// # Errors
///
/// When the path leads to no regular file, or the file cannot be read. A device or pipe is not
/// opened: reading one may never end.
pub fn read_capped(path: &Path, limit: u64) -> io::Result<Option<Vec<u8>>> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a regular file"));
    }
    // The file may grow while it is read, so the size that the system names is no limit.
    let mut bytes = Vec::new();
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= limit).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "four").unwrap();
        assert_eq!(read_capped(&path, 4).unwrap().as_deref(), Some(b"four".as_slice()));
        assert_eq!(read_capped(&path, 3).unwrap(), None);
        assert!(read_capped(&path, u64::MAX).unwrap().is_some());
        read_capped(&folder.path().join("none"), 4).unwrap_err();
    }

    #[test]
    #[cfg(unix)]
    fn devices_pipes_and_folders_are_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let [zeros, pipe] = ["zeros", "pipe"].map(|name| folder.path().join(name));
        std::os::unix::fs::symlink("/dev/zero", &zeros).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for path in [zeros.as_path(), &pipe, folder.path()] {
            let refused = read_capped(path, 100).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidInput, "{path:?}");
        }
    }
}
