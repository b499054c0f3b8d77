//! Writing beside a file and renaming.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

/// Replaces the content of a file, or makes the file. It holds the old bytes or the new ones, and
/// the new ones are on the disk when this returns.
///
/// # Errors
///
/// When the folder is missing or cannot be written. Nothing half written stays behind.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_together(&[(path, bytes)])
}

/// Writes a file that is not there yet, whole or not at all.
///
/// # Errors
///
/// [`io::ErrorKind::AlreadyExists`] when the name is taken, by whatever; otherwise as
/// [`write_whole`].
pub fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // The name is looked at first, so that nothing is written for one that is taken.
    if path.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let mut part = part_file(folder_of(path), ".part")?;
    // By the file itself: its errors do not name the hidden file, which means nothing to a person.
    part.as_file_mut().write_all(bytes)?;
    part.as_file().sync_all()?;
    part.persist_noclobber(path)?;
    sync_folder(folder_of(path));
    Ok(())
}

/// As [`write_whole`] for several files: none is replaced before all of them are on the disk.
///
/// # Errors
///
/// When a folder is missing or cannot be written. Nothing half written stays behind.
pub fn write_together(files: &[(&Path, &[u8])]) -> io::Result<()> {
    let mut parts = Vec::new();
    for (path, bytes) in files {
        let mut part = part_file(folder_of(path), ".part")?;
        part.as_file_mut().write_all(bytes)?;
        part.as_file().sync_all()?;
        parts.push((part, path));
    }
    for (part, path) in parts {
        part.persist(path)?;
        sync_folder(folder_of(path));
    }
    Ok(())
}

/// A hidden file in a folder, to be written and then renamed; removed when it is dropped before.
/// Its name is short, since the final name may be as long as the system allows.
///
/// # Errors
///
/// When the folder cannot be written.
pub fn part_file(folder: &Path, suffix: &str) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".pentimento-").suffix(suffix);
    // Others may read the file as far as the user's umask allows, as any file that is created.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder).map_err(|error| without_path(&error))
}

/// The cause alone: the name of the hidden file means nothing to a person.
fn without_path(error: &io::Error) -> io::Error {
    let cause = error.get_ref().and_then(|error| error.source());
    let code = cause.and_then(|cause| cause.downcast_ref()).and_then(io::Error::raw_os_error);
    code.map_or_else(|| error.kind().into(), io::Error::from_raw_os_error)
}

/// Brings new and changed names of a folder to the disk, where the system can promise that.
pub fn sync_folder(folder: &Path) {
    if cfg!(unix)
        && let Ok(folder) = File::open(folder)
    {
        // Some network folders cannot be synced.
        folder.sync_all().ok();
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_does_not_name_the_hidden_file() {
        let folder = tempfile::tempdir().unwrap();
        let error = part_file(&folder.path().join("none"), ".part").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(!error.to_string().contains("pentimento-"), "{error}");
    }

    #[test]
    fn a_file_is_replaced_and_not_written_into() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        write_whole(&path, b"old").unwrap();
        // A second name of the same file keeps the first content.
        std::fs::hard_link(&path, &other).unwrap();
        write_whole(&path, b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(std::fs::read(&other).unwrap(), b"old");
        std::fs::create_dir(folder.path().join("c")).unwrap();
        write_whole(&folder.path().join("c"), b"x").unwrap_err();
        let n = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(n, 3, "nothing half written stays behind");
    }

    #[test]
    fn a_new_file_never_takes_the_place_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write_new(&path, b"first").unwrap();
        let error = write_new(&path, b"second").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn of_several_files_none_is_replaced_when_one_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let (path, nowhere) = (folder.path().join("a"), folder.path().join("none/b"));
        write_together(&[(path.as_path(), b"old".as_slice())]).unwrap();
        write_together(&[(path.as_path(), b"new".as_slice()), (nowhere.as_path(), b"new")])
            .unwrap_err();
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    #[cfg(unix)]
    fn others_may_read_what_is_written_as_they_may_read_any_new_file() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let [ours, usual] = ["ours", "usual"].map(|name| folder.path().join(name));
        write_whole(&ours, b"x").unwrap();
        std::fs::write(&usual, b"x").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&usual));
    }
}
