//! Whether the files of a case are there and are what they were.
//!
//! * **In**: paths and hashes of items. **Out**: a [`MediaCheck`]. **Not here**: decoding them.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::base::{Phase, TaskCtx};
use crate::case::items::place;
use crate::case::places::path_of;
use crate::case::{Case, Error};
use crate::files::sha256_of_reader;

/// What became of the files of a case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MediaCheck {
    /// Files with the hash that the case knows.
    pub n_same: u64,
    /// Files that are there, and of whom the case knows no hash yet.
    pub n_without_hash: u64,
    /// Files that are gone.
    pub missing: Vec<PathBuf>,
    /// Files with another hash.
    pub changed: Vec<PathBuf>,
    /// Files that are there and cannot be read, and why.
    pub unreadable: Vec<(PathBuf, String)>,
}

impl MediaCheck {
    /// Whether every file is there and none was changed.
    pub fn is_sound(&self) -> bool {
        self.missing.is_empty() && self.changed.is_empty() && self.unreadable.is_empty()
    }
}

impl Case {
    /// Looks at the file of every item.
    pub(super) fn check_media(&self, ctx: &TaskCtx<'_>) -> Result<MediaCheck, Error> {
        let mut statement = self.connection().prepare("SELECT inside, path, sha256 FROM item")?;
        let rows = statement.query_map([], |row| Ok((place(row, 0)?, row.get(2)?)))?;
        // Hashing may take hours: nobody is kept from writing meanwhile.
        let items = rows.collect::<Result<Vec<(_, Option<String>)>, _>>()?;
        let mut out = MediaCheck::default();
        for (done, (place, known)) in items.iter().enumerate() {
            ctx.step(Phase::Reading, done as u64, items.len() as u64)?;
            let Ok(path) = path_of(place, self.folder()) else {
                let name = String::from_utf8_lossy(place.name.bytes()).into_owned();
                let what = "no path of this system".to_owned();
                out.unreadable.push((PathBuf::from(name), what));
                continue;
            };
            out.look_at(path, known.as_deref(), ctx)?;
        }
        Ok(out)
    }
}

impl MediaCheck {
    fn look_at(
        &mut self,
        path: PathBuf,
        known: Option<&str>,
        ctx: &TaskCtx<'_>,
    ) -> Result<(), Error> {
        let Some(known) = known else {
            if path.exists() {
                self.n_without_hash += 1;
            } else {
                self.missing.push(path);
            }
            return Ok(());
        };
        match hash_of(&path, ctx) {
            Ok(found) if found == known => self.n_same += 1,
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

fn hash_of(path: &Path, ctx: &TaskCtx<'_>) -> Result<String, Error> {
    // Opening a pipe would wait for a writer.
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("this is not a regular file").into());
    }
    sha256_of_reader(File::open(path)?, |_| match ctx.cancel.is_cancelled() {
        true => Err(Error::Cancelled(crate::base::Cancelled)),
        false => Ok(()),
    })
}
