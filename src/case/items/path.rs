//! Paths of media: absolute ones, and how they are stored.
//!
//! A path below the case's folder is stored relative to it, so that the folder can be moved as a
//! whole. Links among folders are resolved, so that one file has one path; a link to a file is
//! kept.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::path::{Component, Path, PathBuf};

use rusqlite::Row;
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};

use crate::case::Error;

/// The column `path`: text where the path is Unicode, else the bytes of the system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::case) enum PathValue {
    Text(String),
    Bytes(Vec<u8>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::case) struct StoredPath {
    /// Whether the path is relative to the case's folder.
    pub(in crate::case) is_relative: bool,
    pub(in crate::case) value: PathValue,
}

/// The path in the columns `inside` and `path`, the first of which is given.
pub(in crate::case) fn stored_path(row: &Row<'_>, column: usize) -> rusqlite::Result<StoredPath> {
    let next = column.saturating_add(1);
    let value = PathValue::from_column(row.get_ref(next)?);
    let value = value.map_err(|_damaged| {
        let kind = rusqlite::types::Type::Blob;
        rusqlite::Error::InvalidColumnType(next, "path".to_owned(), kind)
    })?;
    Ok(StoredPath { is_relative: row.get(column)?, value })
}

impl PathValue {
    pub(in crate::case) fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }

    fn from_column(value: ValueRef<'_>) -> Result<Self, Error> {
        match value {
            ValueRef::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => Ok(Self::Text(text.to_owned())),
                Err(_) => Err(Error::damaged("a path is no Unicode text")),
            },
            ValueRef::Blob(bytes) => Ok(Self::Bytes(bytes.to_owned())),
            _ => Err(Error::damaged("a path is a number")),
        }
    }

    /// `None` when this system has no such path.
    fn to_path(&self) -> Option<PathBuf> {
        match self {
            Self::Text(text) => Some(PathBuf::from(text)),
            Self::Bytes(bytes) => path_from_bytes(bytes),
        }
    }
}

impl ToSql for PathValue {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Text(text) => text.to_sql(),
            Self::Bytes(bytes) => bytes.to_sql(),
        }
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have no such paths")]
fn path_from_bytes(bytes: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;
    Some(PathBuf::from(std::ffi::OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
fn path_from_bytes(_bytes: &[u8]) -> Option<PathBuf> {
    None
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have no such paths")]
fn path_bytes(path: &Path) -> Option<Vec<u8>> {
    use std::os::unix::ffi::OsStrExt as _;
    Some(path.as_os_str().as_bytes().to_owned())
}

#[cfg(not(unix))]
fn path_bytes(_path: &Path) -> Option<Vec<u8>> {
    None
}

/// How an absolute path is stored in a case in this folder. `None` when it cannot be.
pub(super) fn to_stored(path: &Path, folder: &Path) -> Option<StoredPath> {
    let (is_relative, path) = match path.strip_prefix(folder) {
        Ok(rest) if rest.components().all(|part| matches!(part, Component::Normal(_))) => {
            (true, rest)
        }
        _ => (false, path),
    };
    let value = match path.to_str() {
        Some(text) if is_relative && std::path::MAIN_SEPARATOR != '/' => {
            PathValue::Text(text.replace(std::path::MAIN_SEPARATOR, "/"))
        }
        Some(text) => PathValue::Text(text.to_owned()),
        None => PathValue::Bytes(path_bytes(path)?),
    };
    Some(StoredPath { is_relative, value })
}

/// The absolute path. A relative path never leaves the folder, whatever is stored.
pub(in crate::case) fn absolute_path_of(
    stored: &StoredPath,
    folder: &Path,
) -> Result<PathBuf, Error> {
    let path = stored.value.to_path().ok_or_else(|| Error::damaged("a path of another system"))?;
    if !stored.is_relative {
        return Ok(path);
    }
    if path.components().all(|part| matches!(part, Component::Normal(_))) {
        Ok(folder.join(path))
    } else {
        Err(Error::damaged("a path that leaves the case's folder"))
    }
}

/// Makes paths absolute. Files come folder by folder, so the last resolved folder is cached.
#[derive(Debug, Default)]
pub(super) struct PathResolver {
    /// The last folder: as given, and with links resolved.
    last: Option<(PathBuf, PathBuf)>,
}

impl PathResolver {
    /// `None` for a path that names no file, for instance `..`.
    pub(super) fn absolute(&mut self, path: &Path) -> Option<PathBuf> {
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

/// A folder with links resolved, where it exists.
pub(in crate::case) fn real_folder(folder: &Path) -> PathBuf {
    // On Windows this would give a `\\?\` path, which few programs understand.
    let real = if cfg!(windows) { None } else { folder.canonicalize().ok() };
    real.unwrap_or_else(|| folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(path: &str, folder: &str) -> (bool, PathBuf) {
        let stored = to_stored(Path::new(path), Path::new(folder)).unwrap();
        (stored.is_relative, absolute_path_of(&stored, Path::new(folder)).unwrap())
    }

    #[test]
    fn what_lies_below_the_case_moves_with_it() {
        assert_eq!(there_and_back("/a/b/c.png", "/a"), (true, "/a/b/c.png".into()));
        assert_eq!(there_and_back("/ab/c.png", "/a"), (false, "/ab/c.png".into()));
        let stored = to_stored(Path::new("/a/b/c.png"), Path::new("/a")).unwrap();
        assert_eq!(absolute_path_of(&stored, Path::new("/z")).unwrap(), Path::new("/z/b/c.png"));
    }

    #[test]
    fn a_path_that_climbs_out_is_refused() {
        let stored =
            StoredPath { is_relative: true, value: PathValue::Text("../../etc/passwd".to_owned()) };
        assert!(absolute_path_of(&stored, Path::new("/a/b")).is_err());
        let stored =
            StoredPath { is_relative: true, value: PathValue::Text("/etc/passwd".to_owned()) };
        assert!(absolute_path_of(&stored, Path::new("/a/b")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn names_that_are_no_unicode_are_kept() {
        use std::os::unix::ffi::OsStrExt as _;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"/a/\xff.png"));
        let stored = to_stored(path, Path::new("/a")).unwrap();
        assert_eq!(stored.value, PathValue::Bytes(b"\xff.png".to_vec()));
        assert_eq!(absolute_path_of(&stored, Path::new("/a")).unwrap(), path);
    }

    #[cfg(unix)]
    #[test]
    fn one_file_has_one_path() {
        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().canonicalize().unwrap().join("real");
        std::fs::create_dir(&real).unwrap();
        std::os::unix::fs::symlink(&real, folder.path().join("link")).unwrap();
        let mut resolver = PathResolver::default();
        let through = resolver.absolute(&folder.path().join("link/x.png")).unwrap();
        assert_eq!(through, real.join("x.png"));
        assert_eq!(resolver.absolute(&real.join("../real/x.png")).unwrap(), through);
        assert_eq!(resolver.absolute(Path::new("/")), None);
    }
}
