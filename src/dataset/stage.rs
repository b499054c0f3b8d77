//! A folder that appears whole or not at all.
//!
//! * **In**: files, in any order, some of them there already from a run that was stopped.
//! * **Out**: everything in `OUT.partial`, on the disk for good, then renamed to `OUT`.
//! * **Not here**: what the files are.
//!
//! Files that are there with the right content are left as they are: a run that was killed goes on
//! where it stopped. Files of an earlier run that this one did not name are removed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::Error;
use crate::files::sha256_hex;
use crate::media;

/// Tells a folder we are writing to from others, and keeps a second writer out.
const LOCK: &str = ".pentimento-lock";
/// Tells a finished export of ours.
pub(super) const MARKERS: [&str; 2] = ["dataset.json", "pentimento.json"];
/// Larger heads are not ours.
const MAX_HEAD_BYTES: u64 = 1 << 20;

/// The first words of a marker. The version is read before anything else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) format: String,
    pub(super) version: u32,
}

impl Head {
    /// Of a file, when it is one of our heads.
    pub(super) fn read(path: &Path) -> Option<Self> {
        if fs::metadata(path).ok()?.len() > MAX_HEAD_BYTES {
            return None;
        }
        let head: Self = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        head.format.starts_with("pentimento-").then_some(head)
    }
}

/// Whether the folder is an export of ours.
fn is_ours(folder: &Path) -> bool {
    MARKERS.iter().any(|marker| Head::read(&folder.join(marker)).is_some())
}

/// Beside a path: its name with something after it.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

/// A folder being written.
#[derive(Debug)]
pub(super) struct Stage {
    out: PathBuf,
    partial: PathBuf,
    lock: File,
    replaces: bool,
    named: BTreeSet<String>,
    made: BTreeSet<PathBuf>,
    /// Files written now.
    pub(super) n_written: u64,
    /// Files found as they should be.
    pub(super) n_kept: u64,
}

impl Stage {
    /// Begins, or goes on where an earlier run stopped.
    pub(super) fn begin(out: &Path, replaces: bool) -> Result<Self, Error> {
        let taken = |what: &str, path: &Path| {
            Err(Error::Taken { what: what.to_owned(), path: path.to_owned() })
        };
        let out = std::path::absolute(out).map_err(Error::write(out))?;
        let out: PathBuf = out.components().collect();
        if out.file_name().is_none() {
            return taken("an export needs a folder of its own", &out);
        }
        let (partial, old) = (beside(&out, ".partial"), beside(&out, ".old"));
        // Killed between two renames: the old one goes back to its place.
        if old.is_dir() && is_ours(&old) && !out.exists() {
            fs::rename(&old, &out).map_err(Error::write(&out))?;
        }
        if out.exists() {
            let is_empty = fs::read_dir(&out).is_ok_and(|mut inside| inside.next().is_none());
            match (is_empty, is_ours(&out), replaces) {
                (true, ..) | (_, true, true) => {}
                (_, true, false) => {
                    return taken(
                        "an export is here already, and replacing was not asked for",
                        &out,
                    );
                }
                _ => return taken("something that is no export of this program is here", &out),
            }
        }
        let lock_path = partial.join(LOCK);
        if partial.exists() && !lock_path.exists() && !is_ours(&partial) {
            let is_empty = fs::read_dir(&partial).is_ok_and(|mut inside| inside.next().is_none());
            if !is_empty {
                return taken("something that is no export of this program is here", &partial);
            }
        }
        fs::create_dir_all(&partial).map_err(Error::write(&partial))?;
        let lock = File::options().create(true).append(true).open(&lock_path);
        let lock = lock.map_err(Error::write(&lock_path))?;
        match lock.try_lock() {
            Err(fs::TryLockError::WouldBlock) => return Err(Error::Busy { path: partial }),
            // Some network folders know no locks: nothing to be done about it.
            Ok(()) | Err(fs::TryLockError::Error(_)) => {}
        }
        Ok(Self {
            out,
            partial,
            lock,
            replaces,
            named: BTreeSet::new(),
            made: BTreeSet::new(),
            n_written: 0,
            n_kept: 0,
        })
    }

    /// What the finished folder is called.
    pub(super) fn out_name(&self) -> String {
        self.out.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Where a file of the finished folder is now.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.partial.join(name)
    }

    fn claim(&mut self, name: &str) -> Result<PathBuf, Error> {
        let path = self.path(name);
        if !self.named.insert(name.to_owned()) {
            let what = "two entries would be the same file".to_owned();
            return Err(Error::Taken { what, path });
        }
        if let Some(folder) = path.parent()
            && self.made.insert(folder.to_owned())
        {
            fs::create_dir_all(folder).map_err(Error::write(folder))?;
        }
        Ok(path)
    }

    /// A file with this content.
    pub(super) fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.claim(name)?;
        let same_size = fs::metadata(&path).is_ok_and(|m| m.len() == bytes.len() as u64);
        if same_size && fs::read(&path).is_ok_and(|found| found == bytes) {
            self.n_kept += 1;
            return Ok(());
        }
        self.n_written += 1;
        let write = || {
            let mut file = File::create(&path)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(Error::write(&path))
    }

    /// A copy of a file whose hash is known or not; the hash of what was copied.
    pub(super) fn copy(
        &mut self,
        name: &str,
        from: &Path,
        sha256: Option<&str>,
    ) -> Result<String, Error> {
        let path = self.path(name);
        if let Some(wanted) = sha256
            && fs::read(&path).is_ok_and(|found| sha256_hex(&found) == wanted)
        {
            self.claim(name)?;
            self.n_kept += 1;
            return Ok(wanted.to_owned());
        }
        let bytes = fs::read(from).map_err(Error::read(from))?;
        let found = sha256_hex(&bytes);
        if sha256.is_some_and(|wanted| wanted != found) {
            return Err(Error::Changed { path: from.to_owned() });
        }
        self.put(name, &bytes)?;
        Ok(found)
    }

    /// A picture as PNG; the hash of the file.
    pub(super) fn put_png(
        &mut self,
        name: &str,
        encode: impl FnOnce(&Path) -> Result<(), media::Error>,
        change: impl FnOnce(Vec<u8>) -> Vec<u8>,
    ) -> Result<String, Error> {
        let scratch = self.path(".scratch.png");
        let written = encode(&scratch).map_err(|e| match e {
            media::Error::Write { source, path } => Error::write(&path)(source),
            e => Error::media(&scratch)(e),
        });
        let bytes = written.and_then(|()| fs::read(&scratch).map_err(Error::read(&scratch)));
        // What was never begun cannot be removed: nothing to be told.
        fs::remove_file(&scratch).ok();
        let bytes = change(bytes?);
        self.put(name, &bytes)?;
        Ok(sha256_hex(&bytes))
    }

    /// A file that is written piece by piece; always anew.
    pub(super) fn stream(&mut self, name: &str) -> Result<Stream, Error> {
        let path = self.claim(name)?;
        self.n_written += 1;
        let file = File::create(&path).map_err(Error::write(&path))?;
        Ok(Stream { file: BufWriter::new(file), path })
    }

    /// Gives the folder its name. What this run did not name is removed first.
    pub(super) fn publish(mut self) -> Result<PathBuf, Error> {
        self.sweep(&self.partial.clone(), "")?;
        for folder in std::mem::take(&mut self.made) {
            sync_folder(&folder)?;
        }
        let old = beside(&self.out, ".old");
        sync_folder(&self.partial)?;
        // Windows moves no folder in which a file is open; elsewhere a second writer is kept out
        // until all is done.
        let lock = if cfg!(windows) { None } else { Some(self.lock) };
        let is_replaced = self.replaces && self.out.exists() && is_ours(&self.out);
        if is_replaced {
            if old.exists() && is_ours(&old) {
                fs::remove_dir_all(&old).map_err(Error::write(&old))?;
            }
            fs::rename(&self.out, &old).map_err(Error::write(&old))?;
        } else if self.out.exists() {
            fs::remove_dir(&self.out).map_err(Error::write(&self.out))?;
        }
        fs::rename(&self.partial, &self.out).map_err(Error::write(&self.out))?;
        if let Some(parent) = self.out.parent() {
            sync_folder(parent)?;
        }
        // Left over, it would harm nothing.
        fs::remove_file(self.out.join(LOCK)).ok();
        drop(lock);
        if is_replaced {
            fs::remove_dir_all(&old).map_err(Error::write(&old))?;
        }
        Ok(self.out)
    }

    fn sweep(&self, folder: &Path, prefix: &str) -> Result<(), Error> {
        for inside in fs::read_dir(folder).map_err(Error::read(folder))? {
            let inside = inside.map_err(Error::read(folder))?;
            let (path, name) = (inside.path(), inside.file_name());
            let name = format!("{prefix}{}", name.to_string_lossy());
            if inside.file_type().map_err(Error::read(&path))?.is_dir() {
                self.sweep(&path, &format!("{name}/"))?;
                // A folder that still holds something is no failure.
                fs::remove_dir(&path).ok();
            } else if !self.named.contains(&name) && name != LOCK {
                fs::remove_file(&path).map_err(Error::write(&path))?;
            }
        }
        Ok(())
    }
}

/// A file that is written piece by piece.
#[derive(Debug)]
pub(super) struct Stream {
    file: BufWriter<File>,
    path: PathBuf,
}

impl Stream {
    pub(super) fn text(&mut self, text: &str) -> Result<(), Error> {
        self.file.write_all(text.as_bytes()).map_err(Error::write(&self.path))
    }

    /// On the disk for good.
    pub(super) fn finish(self) -> Result<(), Error> {
        let Self { file, path } = self;
        let file = file.into_inner().map_err(std::io::IntoInnerError::into_error);
        file.and_then(|file| file.sync_all()).map_err(Error::write(&path))
    }
}

/// Names in a folder are on the disk for good once the folder is.
fn sync_folder(folder: &Path) -> Result<(), Error> {
    if cfg!(unix) {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        match synced.map_err(Error::write(folder)) {
            // Some network folders cannot be synced: nothing to be done about it.
            Err(Error::Write { .. }) | Ok(()) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}
