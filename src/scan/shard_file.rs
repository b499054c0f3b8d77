//! The results of one shard on the disk: whole lines, held by one process at a time.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::record::{Record, RecordHead};
use super::{Error, FailureClass, Shard};
use crate::base::text::visible;
use crate::files::{part_file, read_capped, sha256_of_file, write_whole};

/// Most bytes of a [`Done`].
const MAX_DONE_BYTES: u64 = 1 << 20;
/// Longest line of a result in bytes.
pub(super) const MAX_LINE_BYTES: u64 = 300 << 20;

/// What is written when every file of a shard has its line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Done {
    /// Number of lines.
    pub(super) lines: u64,
    /// SHA-256 of the lines.
    pub(super) sha256: String,
    /// Lines of the manifest that named a file a second time.
    pub(super) repeated: u64,
    /// Lines among these with another SHA-256 than the first one.
    #[serde(default)]
    pub(super) conflicting: u64,
    pub(super) failures: BTreeMap<FailureClass, u64>,
}

impl Done {
    pub(super) fn path(folder: &Path, shard: Shard) -> PathBuf {
        folder.join(shard.file_name("done"))
    }

    pub(super) fn read(folder: &Path, shard: Shard) -> Option<Self> {
        let bytes = read_capped(&Self::path(folder, shard), MAX_DONE_BYTES).ok()??;
        serde_json::from_slice(&bytes).ok()
    }

    /// Why it was not written for the lines of a shard, if so: it says what their hash and their content
    /// have to be. Whoever writes lines can write it, too; it is no signature.
    pub(super) fn misfit(&self, path: &Path) -> Option<String> {
        match sha256_of_file(path) {
            Ok(sha256) if sha256 == self.sha256 => {}
            Ok(_) => return Some("its lines changed after it ended".to_owned()),
            Err(error) => return Some(format!("its lines cannot be read: {error}")),
        }
        let (mut n_lines, mut failures) = (0u64, BTreeMap::new());
        let lines = match ResultLines::open(path) {
            Ok(lines) => lines,
            Err(error) => return Some(format!("its lines cannot be read: {error}")),
        };
        for line in lines {
            let Ok((_, head)) = line else {
                return Some("one of its lines is no result".to_owned());
            };
            n_lines = n_lines.saturating_add(1);
            if let Some(failure) = head.failure {
                let n = failures.entry(failure.class).or_insert(0u64);
                *n = n.saturating_add(1);
            }
        }
        (n_lines != self.lines || failures != self.failures).then(|| {
            format!(
                "its .done file was not written for its lines: it says {} lines with {} failures, and \
                 there are {n_lines} with {}",
                self.lines,
                self.failures.values().sum::<u64>(),
                failures.values().sum::<u64>()
            )
        })
    }
}

/// The lines of a shard that is worked on. The lock ends with it, also when the process is killed.
#[derive(Debug)]
pub(super) struct ShardFile {
    path: PathBuf,
    lock: File,
}

impl ShardFile {
    pub(super) fn path(folder: &Path, shard: Shard) -> PathBuf {
        folder.join(shard.results_name())
    }

    /// Opens or makes the file, takes its lock and cuts off a line that was not finished.
    pub(super) fn open(folder: &Path, shard: Shard) -> Result<Self, Error> {
        let path = Self::path(folder, shard);
        let lock_path = folder.join(shard.file_name("lock"));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let lock = options.open(&lock_path).map_err(Error::output(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::Held { path: lock_path }),
            Err(TryLockError::Error(error)) => return Err(Error::output(&lock_path)(error)),
        }
        let file = options.open(&path).map_err(Error::output(&path))?;
        mend(&file).map_err(Error::output(&path))?;
        Ok(Self { path, lock })
    }

    /// The lines that are there.
    pub(super) fn lines(&self) -> Result<ResultLines, Error> {
        ResultLines::open(&self.path)
    }

    /// Fails when the lines are not those that were finished.
    pub(super) fn check_lines(&self, done: &Done) -> Result<(), Error> {
        let sha256 = sha256_of_file(&self.path).map_err(Error::output(&self.path))?;
        if sha256 == done.sha256 {
            return Ok(());
        }
        let what = "its lines changed after the shard had ended; remove it and its .done file to \
                    examine the files again";
        Err(Error::NotOurs { path: self.path.clone(), what: what.to_owned() })
    }

    /// For lines behind those that are there.
    pub(super) fn append(&self) -> Result<LineWriter, Error> {
        let file = OpenOptions::new().append(true).open(&self.path);
        Ok(LineWriter { path: self.path.clone(), file: file.map_err(Error::output(&self.path))? })
    }

    /// For lines that take the place of all that are there, with [`ShardFile::replace`].
    pub(super) fn rewrite(&self) -> Result<(tempfile::NamedTempFile, LineWriter), Error> {
        let folder = self.path.parent().unwrap_or(&self.path);
        let part = part_file(folder, ".part").map_err(Error::output(folder))?;
        let file = part.reopen().map_err(Error::output(part.path()))?;
        Ok((part, LineWriter { path: self.path.clone(), file }))
    }

    pub(super) fn replace(&self, part: tempfile::NamedTempFile) -> Result<(), Error> {
        part.as_file().sync_all().map_err(Error::output(&self.path))?;
        part.persist(&self.path).map_err(|error| Error::output(&self.path)(error.error))?;
        Ok(())
    }

    /// Says that every file has its line; the hash of the lines is added to `done`.
    pub(super) fn finish(&self, folder: &Path, shard: Shard, done: Done) -> Result<(), Error> {
        let synced = File::open(&self.path).and_then(|file| file.sync_all());
        synced.map_err(Error::output(&self.path))?;
        let sha256 = sha256_of_file(&self.path).map_err(Error::output(&self.path))?;
        let done = Done { sha256, ..done };
        let path = Done::path(folder, shard);
        let text = serde_json::to_string(&done).unwrap_or_default() + "\n";
        write_whole(&path, text.as_bytes()).map_err(Error::output(&path))
    }
}

impl Drop for ShardFile {
    fn drop(&mut self) {
        // The file with the lock stays: removing it would let two processes hold two of them.
        self.lock.unlock().ok();
    }
}

/// Cuts off what stands behind the last end of a line.
fn mend(mut file: &File) -> io::Result<()> {
    const PIECE: u64 = 1 << 16;
    let end = file.seek(SeekFrom::End(0))?;
    let mut from = end;
    let mut piece = Vec::new();
    while from > 0 {
        let start = from.saturating_sub(PIECE);
        file.seek(SeekFrom::Start(start))?;
        piece.clear();
        file.take(from - start).read_to_end(&mut piece)?;
        if let Some(at) = piece.iter().rposition(|byte| *byte == b'\n') {
            let whole = start + at as u64 + 1;
            return if whole < end { file.set_len(whole) } else { Ok(()) };
        }
        from = start;
    }
    if end > 0 { file.set_len(0) } else { Ok(()) }
}

/// Writes lines, each at once: a process that is killed leaves whole lines and at most one that is
/// torn.
#[derive(Debug)]
pub(super) struct LineWriter {
    path: PathBuf,
    file: File,
}

impl LineWriter {
    pub(super) fn record(&mut self, record: &Record) -> Result<(), Error> {
        let line = record.line();
        let line = line.map_err(|error| Error::output(&self.path)(error.into()))?;
        // People read results in terminals, and names come from others.
        self.line(visible(&line).as_bytes())
    }

    pub(super) fn line(&mut self, line: &[u8]) -> Result<(), Error> {
        let mut line = line.to_vec();
        line.push(b'\n');
        self.file.write_all(&line).map_err(Error::output(&self.path))
    }
}

/// Reads result lines one by one.
#[derive(Debug)]
pub(super) struct ResultLines {
    path: PathBuf,
    reader: BufReader<File>,
}

impl ResultLines {
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let file = File::open(path).map_err(Error::output(path))?;
        Ok(Self { path: path.to_path_buf(), reader: BufReader::with_capacity(1 << 16, file) })
    }
}

impl Iterator for ResultLines {
    /// The line without its end, and what has to be known of it.
    type Item = Result<(Vec<u8>, RecordHead), Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = Vec::new();
        let read = self.reader.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line);
        match read.map_err(Error::output(&self.path)) {
            Err(error) => return Some(Err(error)),
            Ok(0) => return None,
            Ok(_) => line.pop_if(|last| *last == b'\n'),
        };
        Some(match serde_json::from_slice(&line) {
            Ok(head) => Ok((line, head)),
            Err(error) => Err(Error::NotOurs {
                path: self.path.clone(),
                what: format!("a line is no result: {error}"),
            }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_line_is_cut_off_wherever_it_was_torn() {
        let folder = tempfile::tempdir().unwrap();
        let path = ShardFile::path(folder.path(), Shard::WHOLE);
        let line =
            format!("{{\"path\":\"{}\",\"failure\":null,\"attempts\":1}}\n", "x".repeat(99_999));
        for n_left in [0, 1, 50, 99_000, line.len() - 1] {
            std::fs::write(&path, format!("{line}{}", &line[..n_left])).unwrap();
            let file = ShardFile::open(folder.path(), Shard::WHOLE).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), line, "{n_left}");
            assert_eq!(file.lines().unwrap().count(), 1);
        }
        std::fs::write(&path, "{\"path\"").unwrap();
        drop(ShardFile::open(folder.path(), Shard::WHOLE).unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), b"");
    }

    #[test]
    fn a_second_process_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let first = ShardFile::open(folder.path(), Shard::WHOLE).unwrap();
        let second = ShardFile::open(folder.path(), Shard::WHOLE);
        assert!(matches!(second, Err(Error::Held { .. })), "{second:?}");
        drop(first);
        ShardFile::open(folder.path(), Shard::WHOLE).unwrap();
    }

    #[test]
    fn a_file_of_something_else_is_not_built_upon() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(ShardFile::path(folder.path(), Shard::WHOLE), "hello\n").unwrap();
        let file = ShardFile::open(folder.path(), Shard::WHOLE).unwrap();
        let first = file.lines().unwrap().next().unwrap();
        assert!(matches!(first, Err(Error::NotOurs { .. })), "{first:?}");
    }
}
