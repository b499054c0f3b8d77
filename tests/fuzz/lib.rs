//! What the targets share: files in memory, and data sets around one file.

use std::path::Path;

use pentimento::base::{RgbImage, TaskCtx};
use pentimento::dataset::{Format, import};

/// A folder that is gone when it is dropped, in memory where the system has such a place.
pub fn folder() -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }
        .expect("a folder can be made")
}

/// Splits an input in two at its first zero byte.
pub fn halves(bytes: &[u8]) -> (&[u8], &[u8]) {
    let at = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    (&bytes[..at], bytes.get(at + 1..).unwrap_or_default())
}

/// Reads a data set with these files and a picture of 8 x 8 pixels under the names that its tools use,
/// and the mask of every entry.
pub fn read_set(format: Format, files: &[(&str, &[u8])], pictures: &[&str]) {
    let folder = folder();
    for name in pictures {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("it can be made");
        pentimento::media::write_png(&path, &RgbImage::filled(8, 8, [9, 99, 199]))
            .expect("written");
    }
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().expect("it has a folder")).expect("it can be made");
        std::fs::write(&path, bytes).expect("it can be written");
    }
    if let Ok(set) = import(folder.path(), Some(format), &TaskCtx::silent()) {
        for entry in set.entries().take(64) {
            drop(entry);
        }
    }
}
