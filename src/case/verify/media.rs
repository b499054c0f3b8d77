//! Whether the files of a case exist and have the stored hashes.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::base::{Cancelled, Phase, TaskCtx};
use crate::case::items::{absolute_path_of, stored_path};
use crate::case::{Case, Error};
use crate::files::sha256_of_reader;

/// The state of the files of a case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MediaCheck {
    /// Files with the stored hash.
    pub n_same: u64,
    /// Files that exist, without a stored hash.
    pub n_without_hash: u64,
    /// Files that do not exist.
    pub missing: Vec<PathBuf>,
    /// Files with another hash.
    pub changed: Vec<PathBuf>,
    /// Files that exist and cannot be read, with the reason.
    pub unreadable: Vec<(PathBuf, String)>,
}

impl MediaCheck {
    /// Whether every file exists, can be read and was not changed.
    pub fn is_sound(&self) -> bool {
        self.missing.is_empty() && self.changed.is_empty() && self.unreadable.is_empty()
    }
}

impl Case {
    /// Checks the file of every item.
    pub(super) fn check_media(&self, ctx: &TaskCtx<'_>) -> Result<MediaCheck, Error> {
        let mut statement = self.connection().prepare("SELECT inside, path, sha256 FROM item")?;
        let rows = statement.query_map([], |row| Ok((stored_path(row, 0)?, row.get(2)?)))?;
        // All are read first: hashing may take hours, and must not keep a change from committing.
        let items = rows.collect::<Result<Vec<(_, Option<String>)>, _>>()?;
        let mut out = MediaCheck::default();
        for (done, (stored, known)) in items.iter().enumerate() {
            ctx.step(Phase::Reading, done as u64, items.len() as u64)?;
            let Ok(path) = absolute_path_of(stored, self.folder()) else {
                let name = String::from_utf8_lossy(stored.value.bytes()).into_owned();
                let what = "no path of this system".to_owned();
                out.unreadable.push((PathBuf::from(name), what));
                continue;
            };
            out.check(path, known.as_deref(), ctx)?;
        }
        Ok(out)
    }
}

impl MediaCheck {
    fn check(
        &mut self,
        path: PathBuf,
        known: Option<&str>,
        ctx: &TaskCtx<'_>,
    ) -> Result<(), Error> {
        let Some(known) = known else {
            if path.exists() {
                self.n_without_hash = self.n_without_hash.saturating_add(1);
            } else {
                self.missing.push(path);
            }
            return Ok(());
        };
        match sha256_of_media(&path, ctx) {
            Ok(found) if found == known => self.n_same = self.n_same.saturating_add(1),
            Ok(_) => self.changed.push(path),
            Err(Error::Io { source }) if source.kind() == ErrorKind::NotFound => {
                self.missing.push(path);
            }
            Err(Error::Io { source }) => self.unreadable.push((path, source.to_string())),
            Err(other) => return Err(other),
        }
        Ok(())
    }
}

fn sha256_of_media(path: &Path, ctx: &TaskCtx<'_>) -> Result<String, Error> {
    // Opening a pipe would wait for a writer.
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("this is not a regular file").into());
    }
    sha256_of_reader(File::open(path)?, |_| {
        if ctx.cancel.is_cancelled() { Err(Error::Cancelled(Cancelled)) } else { Ok(()) }
    })
}
