//! Writes a folder that appears whole or not at all.
//!
//! Files are written to `OUT.partial`, synced, and the folder is renamed to `OUT`. Files that are
//! there with the right content are kept: a run that was killed resumes. Files of an earlier run
//! that this run did not write are removed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufWriter, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Error;
use crate::files::{read_capped, sha256_hex, sha256_of_file, sha256_of_reader, sync_folder};
use crate::media;

/// Marks a folder that we write to, and locks it against a second writer.
const LOCK: &str = ".pentimento-lock";
/// Files that mark a finished export of this program.
pub(super) const MARKERS: [&str; 2] = ["dataset.json", "pentimento.json"];
/// Larger files are no markers.
const MAX_MARKER_BYTES: u64 = 1 << 20;

/// The first fields of a marker file; the version is checked before the rest is parsed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Marker {
    pub(super) format: String,
    pub(super) version: u32,
}

impl Marker {
    /// The marker in a file; `None` when it is none of ours.
    pub(super) fn read(path: &Path) -> Option<Self> {
        let bytes = read_capped(path, MAX_MARKER_BYTES).ok()??;
        let marker: Self = serde_json::from_slice(&bytes).ok()?;
        marker.format.starts_with("pentimento-").then_some(marker)
    }
}

/// Whether the folder is a finished export of this program.
fn is_own_export(folder: &Path) -> bool {
    MARKERS.iter().any(|marker| Marker::read(&folder.join(marker)).is_some())
}

/// The path with `suffix` appended to its name.
pub(super) fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

/// A folder that is being written.
#[derive(Debug)]
pub(super) struct StagingFolder {
    out: PathBuf,
    partial: PathBuf,
    lock: File,
    replaces: bool,
    /// Files of this run.
    claimed: BTreeSet<String>,
    /// Files of the entry that is being written.
    of_entry: Vec<String>,
    /// Whether no earlier run left files here.
    is_new: bool,
    /// Folders of this run.
    created: BTreeSet<PathBuf>,
    /// Files written by this run.
    pub(super) n_written: u64,
    /// Files of an earlier run that were kept.
    pub(super) n_kept: u64,
}

impl StagingFolder {
    /// Begins a folder, or resumes one that an earlier run left.
    pub(super) fn begin(out: &Path, replaces: bool) -> Result<Self, Error> {
        let taken = |what: &str, path: &Path| {
            Err(Error::Taken { what: what.to_owned(), path: path.to_owned() })
        };
        let out = std::path::absolute(out).map_err(Error::write(out))?;
        let out: PathBuf = out.components().collect();
        if out.file_name().is_none() {
            return taken("an export needs a folder of its own", &out);
        }
        let (partial, old) = (sibling(&out, ".partial"), sibling(&out, ".old"));
        // A run was killed between two renames: restore the old folder.
        if old.is_dir() && is_own_export(&old) && !out.exists() {
            fs::rename(&old, &out).map_err(Error::write(&out))?;
        }
        if out.exists() {
            let is_empty = fs::read_dir(&out).is_ok_and(|mut inside| inside.next().is_none());
            match (is_empty, is_own_export(&out), replaces) {
                (true, ..) | (_, true, true) => {}
                (_, true, false) => {
                    return taken(
                        "an export exists here already, and replacing was not requested",
                        &out,
                    );
                }
                _ => {
                    return taken("the folder is not empty and is no export of this program", &out);
                }
            }
        }
        let lock_path = partial.join(LOCK);
        if partial.exists() && !lock_path.exists() && !is_own_export(&partial) {
            let is_empty = fs::read_dir(&partial).is_ok_and(|mut inside| inside.next().is_none());
            if !is_empty {
                return taken("the folder is not empty and is no export of this program", &partial);
            }
        }
        let is_new = !partial.exists();
        fs::create_dir_all(&partial).map_err(Error::write(&partial))?;
        let lock = File::options().create(true).append(true).open(&lock_path);
        let lock = lock.map_err(Error::write(&lock_path))?;
        match lock.try_lock() {
            Err(fs::TryLockError::WouldBlock) => return Err(Error::Busy { path: partial }),
            // Some network file systems support no locks.
            Ok(()) | Err(fs::TryLockError::Error(_)) => {}
        }
        Ok(Self {
            out,
            partial,
            lock,
            replaces,
            claimed: BTreeSet::new(),
            of_entry: Vec::new(),
            is_new,
            created: BTreeSet::new(),
            n_written: 0,
            n_kept: 0,
        })
    }

    /// Name of the finished folder.
    pub(super) fn out_name(&self) -> String {
        self.out.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Current path of a file of the folder.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.partial.join(name)
    }

    /// Begins the files of an entry.
    pub(super) fn begin_entry(&mut self) {
        self.of_entry.clear();
    }

    /// Gives up the files of the entry: they are removed at the end.
    pub(super) fn drop_entry(&mut self) {
        for name in self.of_entry.drain(..) {
            self.claimed.remove(&name);
        }
    }

    /// Removes the folder, unless it holds files of an earlier run.
    pub(super) fn discard(self) -> Result<(), Error> {
        let Self { partial, lock, is_new, .. } = self;
        // Windows cannot remove a folder with an open file.
        drop(lock);
        if is_new { fs::remove_dir_all(&partial).map_err(Error::write(&partial)) } else { Ok(()) }
    }

    fn claim(&mut self, name: &str) -> Result<PathBuf, Error> {
        let path = self.path(name);
        if !self.claimed.insert(name.to_owned()) {
            let what = "two entries would be written to the same file".to_owned();
            return Err(Error::Taken { what, path });
        }
        self.of_entry.push(name.to_owned());
        if let Some(folder) = path.parent()
            && self.created.insert(folder.to_owned())
        {
            fs::create_dir_all(folder).map_err(Error::write(folder))?;
        }
        Ok(path)
    }

    /// Writes a file, unless it is there with this content.
    pub(super) fn write_file(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.claim(name)?;
        let same_size = fs::metadata(&path).is_ok_and(|m| m.len() == bytes.len() as u64);
        if same_size && fs::read(&path).is_ok_and(|found| found == bytes) {
            self.n_kept = self.n_kept.saturating_add(1);
            return Ok(());
        }
        self.n_written = self.n_written.saturating_add(1);
        let write = || {
            let mut file = File::create(&path)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(Error::write(&path))
    }

    /// Copies a file and returns its SHA-256. `sha256` is the expected hash, if known.
    pub(super) fn copy_file(
        &mut self,
        name: &str,
        from: &Path,
        sha256: Option<&str>,
    ) -> Result<String, Error> {
        let wanted = match sha256 {
            Some(known) => known.to_owned(),
            None => sha256_of_file(from).map_err(Error::read(from))?,
        };
        let path = self.claim(name)?;
        if sha256_of_file(&path).is_ok_and(|found| found == wanted) {
            self.n_kept = self.n_kept.saturating_add(1);
            return Ok(wanted);
        }
        let source = File::open(from).map_err(Error::read(from))?;
        let mut copy = File::create(&path).map_err(Error::write(&path))?;
        let mut written = Ok(());
        let found = sha256_of_reader(source, |chunk| {
            written = copy.write_all(chunk);
            if written.is_ok() { Ok(()) } else { Err(ErrorKind::Other.into()) }
        });
        written.and_then(|()| copy.sync_all()).map_err(Error::write(&path))?;
        if found.map_err(Error::read(from))? != wanted {
            return Err(Error::Changed { path: from.to_owned() });
        }
        self.n_written = self.n_written.saturating_add(1);
        Ok(wanted)
    }

    /// Writes a picture by a function that encodes it to a path; returns the SHA-256 of the file.
    pub(super) fn write_picture(
        &mut self,
        name: &str,
        encode: impl FnOnce(&Path) -> Result<(), media::Error>,
    ) -> Result<String, Error> {
        let scratch = self.path(".scratch.png");
        let written = encode(&scratch).map_err(|e| match e {
            media::Error::Write { source, path } => Error::write(&path)(source),
            e => Error::media(&scratch)(e),
        });
        let bytes = written.and_then(|()| fs::read(&scratch).map_err(Error::read(&scratch)));
        // It does not exist when encoding failed early.
        fs::remove_file(&scratch).ok();
        let bytes = bytes?;
        self.write_file(name, &bytes)?;
        Ok(sha256_hex(&bytes))
    }

    /// Opens a file for writing in pieces; it is always written anew.
    pub(super) fn open_file(&mut self, name: &str) -> Result<StagedFile, Error> {
        let path = self.claim(name)?;
        // It holds more than one entry.
        self.of_entry.pop();
        self.n_written = self.n_written.saturating_add(1);
        let file = File::create(&path).map_err(Error::write(&path))?;
        Ok(StagedFile { file: BufWriter::new(file), path })
    }

    /// Removes the files of earlier runs and renames the folder to its final name.
    pub(super) fn publish(mut self) -> Result<PathBuf, Error> {
        self.remove_unclaimed(&self.partial.clone(), "")?;
        for folder in std::mem::take(&mut self.created) {
            sync_folder(&folder);
        }
        let old = sibling(&self.out, ".old");
        sync_folder(&self.partial);
        // Windows cannot rename a folder with an open file; elsewhere the lock is held to the end.
        let lock = if cfg!(windows) { None } else { Some(self.lock) };
        let is_replaced = self.replaces && self.out.exists() && is_own_export(&self.out);
        if is_replaced {
            if old.exists() && is_own_export(&old) {
                fs::remove_dir_all(&old).map_err(Error::write(&old))?;
            }
            fs::rename(&self.out, &old).map_err(Error::write(&old))?;
        } else if self.out.exists() {
            fs::remove_dir(&self.out).map_err(Error::write(&self.out))?;
        }
        fs::rename(&self.partial, &self.out).map_err(Error::write(&self.out))?;
        if let Some(parent) = self.out.parent() {
            sync_folder(parent);
        }
        // A left-over lock file does no harm.
        fs::remove_file(self.out.join(LOCK)).ok();
        drop(lock);
        if is_replaced {
            fs::remove_dir_all(&old).map_err(Error::write(&old))?;
        }
        Ok(self.out)
    }

    fn remove_unclaimed(&self, folder: &Path, prefix: &str) -> Result<(), Error> {
        for entry in fs::read_dir(folder).map_err(Error::read(folder))? {
            let entry = entry.map_err(Error::read(folder))?;
            let (path, name) = (entry.path(), entry.file_name());
            let name = format!("{prefix}{}", name.to_string_lossy());
            if entry.file_type().map_err(Error::read(&path))?.is_dir() {
                self.remove_unclaimed(&path, &format!("{name}/"))?;
                // It fails for folders that still hold files, as intended.
                fs::remove_dir(&path).ok();
            } else if !self.claimed.contains(&name) && name != LOCK {
                fs::remove_file(&path).map_err(Error::write(&path))?;
            }
        }
        Ok(())
    }
}

/// A file that is written in pieces.
#[derive(Debug)]
pub(super) struct StagedFile {
    file: BufWriter<File>,
    path: PathBuf,
}

impl StagedFile {
    pub(super) fn write(&mut self, text: &str) -> Result<(), Error> {
        self.file.write_all(text.as_bytes()).map_err(Error::write(&self.path))
    }

    /// Flushes and syncs the file.
    pub(super) fn finish(self) -> Result<(), Error> {
        let Self { file, path } = self;
        let file = file.into_inner().map_err(std::io::IntoInnerError::into_error);
        file.and_then(|file| file.sync_all()).map_err(Error::write(&path))
    }
}
