//! Where media are: absolute paths, and paths below the folder of the case.
//!
//! * **In**: a path as a person gave it, or as it is stored. **Out**: the other.
//! * **Not here**: looking into the files.
//!
//! What lies below the case's folder is stored relative to it, so that a folder can be moved as a
//! whole. Links among folders are resolved, so that one file has one path; a link to a file stays
//! what it is.

use std::path::{Component, Path, PathBuf};

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

use super::Error;

/// A path as it is stored: Unicode, or the bytes of the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    Text(String),
    Bytes(Vec<u8>),
}

/// A path and whether it is relative to the case's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) inside: bool,
    pub(super) name: Name,
}

impl Name {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    /// A value of the column.
    pub(super) fn of(value: ValueRef<'_>) -> Result<Self, Error> {
        match value {
            ValueRef::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => Ok(Self::Text(text.to_owned())),
                Err(_) => Err(Error::damaged("a path is no Unicode text")),
            },
            ValueRef::Blob(bytes) => Ok(Self::Bytes(bytes.to_owned())),
            _ => Err(Error::damaged("a path is a number")),
        }
    }

    /// `None` where this system has no such path.
    fn path(&self) -> Option<PathBuf> {
        match self {
            Self::Text(text) => Some(PathBuf::from(text)),
            Self::Bytes(bytes) => path_of_bytes(bytes),
        }
    }
}

impl ToSql for Name {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Text(text) => text.to_sql(),
            Self::Bytes(bytes) => bytes.to_sql(),
        }
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have no such paths")]
fn path_of_bytes(bytes: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
fn path_of_bytes(_bytes: &[u8]) -> Option<PathBuf> {
    None
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have no such paths")]
fn bytes_of_path(path: &Path) -> Option<Vec<u8>> {
    use std::os::unix::ffi::OsStrExt as _;
    Some(path.as_os_str().as_bytes().to_owned())
}

#[cfg(not(unix))]
fn bytes_of_path(_path: &Path) -> Option<Vec<u8>> {
    None
}

/// The place of an absolute path, seen from the case's folder. `None` when this system's path cannot
/// be kept.
pub(super) fn place_of(path: &Path, folder: &Path) -> Option<Place> {
    let (inside, path) = match path.strip_prefix(folder) {
        Ok(rest) if rest.components().all(|part| matches!(part, Component::Normal(_))) => {
            (true, rest)
        }
        _ => (false, path),
    };
    let name = match path.to_str() {
        Some(text) if inside && std::path::MAIN_SEPARATOR != '/' => {
            Name::Text(text.replace(std::path::MAIN_SEPARATOR, "/"))
        }
        Some(text) => Name::Text(text.to_owned()),
        None => Name::Bytes(bytes_of_path(path)?),
    };
    Some(Place { inside, name })
}

/// The absolute path of a place. A relative path never leaves the folder, whatever the file says.
pub(super) fn path_of(place: &Place, folder: &Path) -> Result<PathBuf, Error> {
    let path = place.name.path().ok_or_else(|| Error::damaged("a path of another system"))?;
    if !place.inside {
        return Ok(path);
    }
    if path.components().all(|part| matches!(part, Component::Normal(_))) {
        Ok(folder.join(path))
    } else {
        Err(Error::damaged("a path that leaves the case's folder"))
    }
}

/// Makes paths absolute. Files come folder by folder, so the last folder is remembered.
#[derive(Debug, Default)]
pub(super) struct Absolute {
    last: Option<(PathBuf, PathBuf)>,
}

impl Absolute {
    /// `None` for a path that names no file, for instance `..`.
    pub(super) fn path(&mut self, path: &Path) -> Option<PathBuf> {
        let path = std::path::absolute(path).ok()?;
        let (folder, name) = (path.parent()?, path.file_name()?);
        if let Some((given, real)) = &self.last
            && given == folder
        {
            return Some(real.join(name));
        }
        let real = real_folder(folder);
        let whole = real.join(name);
        self.last = Some((folder.to_owned(), real));
        Some(whole)
    }
}

/// A folder without links, as far as it is there.
pub(super) fn real_folder(folder: &Path) -> PathBuf {
    // Windows would answer with a `\\?\` path that few programs understand.
    let real = if cfg!(windows) { None } else { folder.canonicalize().ok() };
    real.unwrap_or_else(|| folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(path: &str, folder: &str) -> (bool, PathBuf) {
        let place = place_of(Path::new(path), Path::new(folder)).unwrap();
        (place.inside, path_of(&place, Path::new(folder)).unwrap())
    }

    #[test]
    fn what_lies_below_the_case_moves_with_it() {
        assert_eq!(there_and_back("/a/b/c.png", "/a"), (true, "/a/b/c.png".into()));
        assert_eq!(there_and_back("/ab/c.png", "/a"), (false, "/ab/c.png".into()));
        let place = place_of(Path::new("/a/b/c.png"), Path::new("/a")).unwrap();
        assert_eq!(path_of(&place, Path::new("/z")).unwrap(), Path::new("/z/b/c.png"));
    }

    #[test]
    fn a_path_that_climbs_out_is_refused() {
        let place = Place { inside: true, name: Name::Text("../../etc/passwd".to_owned()) };
        assert!(path_of(&place, Path::new("/a/b")).is_err());
        let place = Place { inside: true, name: Name::Text("/etc/passwd".to_owned()) };
        assert!(path_of(&place, Path::new("/a/b")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_unicode_are_kept() {
        use std::os::unix::ffi::OsStrExt as _;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"/a/\xff.png"));
        let place = place_of(path, Path::new("/a")).unwrap();
        assert_eq!(place.name, Name::Bytes(b"\xff.png".to_vec()));
        assert_eq!(path_of(&place, Path::new("/a")).unwrap(), path);
    }

    #[cfg(unix)]
    #[test]
    fn one_file_has_one_path() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap().join("real");
        std::fs::create_dir(&real).unwrap();
        std::os::unix::fs::symlink(&real, folder.path().join("link")).unwrap();
        let mut absolute = Absolute::default();
        let through = absolute.path(&folder.path().join("link/x.png")).unwrap();
        assert_eq!(through, real.join("x.png"));
        assert_eq!(absolute.path(&real.join("../real/x.png")).unwrap(), through);
        assert_eq!(absolute.path(Path::new("/")), None);
    }
}
