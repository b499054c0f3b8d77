//! Unpacks a zip file, as tools hand out data sets, into a temporary folder.
//!
//! Every byte is foreign: the number of entries, their bytes and the paths are bounded before and
//! while they are written, and only files that a data set is made of are written.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use zip::ZipArchive;
use zip::read::ZipFile;

use super::Error;
use super::files::{is_of_system, is_picture_name};
use super::names::path_inside;
use crate::base::{Phase, TaskCtx};

/// File extensions of annotations.
const ANNOTATIONS: [&str; 6] = ["json", "jsonl", "xml", "txt", "yaml", "yml"];
/// Entries that remarks name.
const MAX_NAMED: usize = 5;

/// What a zip file may hold.
#[derive(Debug, Clone, Copy)]
struct ZipLimits {
    n_entries: usize,
    /// Bytes of all files after unpacking.
    n_bytes: u64,
    /// Times that the unpacked files may be larger than the zip file, beyond `FREE_BYTES`.
    ratio: u64,
}

const LIMITS: ZipLimits = ZipLimits { n_entries: 300_000, n_bytes: 32 << 30, ratio: 200 };
/// Bytes that a small zip file may hold, however well they are compressed.
const FREE_BYTES: u64 = 64 << 20;

/// A zip file in a temporary folder, which is removed when this is dropped.
#[derive(Debug)]
pub(super) struct UnpackedZip {
    folder: TempDir,
    zip: PathBuf,
}

/// Whether the path is a zip file, by its first bytes.
pub(super) fn is_zip(path: &Path) -> bool {
    let mut head = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok() && [*b"PK\x03\x04", *b"PK\x05\x06"].contains(&head)
}

impl UnpackedZip {
    /// Unpacks a zip file. Adds to `remarks` what was left out.
    pub(super) fn open(
        zip: &Path,
        remarks: &mut Vec<String>,
        ctx: &TaskCtx<'_>,
    ) -> Result<Self, Error> {
        unpack(zip, LIMITS, remarks, ctx)
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The path of an unpacked file as a person knows it: below that of the zip file. `None` when the
    /// path lies elsewhere.
    pub(super) fn path_in_zip(&self, path: &Path) -> Option<PathBuf> {
        let inner = path.strip_prefix(self.folder()).ok()?;
        let is_root = inner.as_os_str().is_empty();
        Some(if is_root { self.zip.clone() } else { self.zip.join(inner) })
    }

    /// The error with the path that a person knows.
    pub(super) fn error_in_zip(&self, mut error: Error) -> Error {
        use Error::{Changed, Damaged, Media, Newer, Read, Unknown};
        if let Read { path, .. }
        | Media { path, .. }
        | Damaged { path, .. }
        | Changed { path }
        | Newer { path, .. }
        | Unknown { path, .. } = &mut error
            && let Some(known) = self.path_in_zip(path)
        {
            *path = known;
        }
        error
    }
}

fn unpack(
    zip: &Path,
    limits: ZipLimits,
    remarks: &mut Vec<String>,
    ctx: &TaskCtx<'_>,
) -> Result<UnpackedZip, Error> {
    let refuse = |what: String| Error::damaged(zip, what);
    let broken = |e: zip::result::ZipError| {
        refuse(format!("the zip file cannot be read ({e}): download or export it again"))
    };
    let file = File::open(zip).map_err(Error::read(zip))?;
    let n_packed = file.metadata().map_err(Error::read(zip))?.len();
    if n_packed > limits.n_bytes {
        return Err(refuse(format!("the zip file is too large ({n_packed} bytes)")));
    }
    let mut archive = ZipArchive::new(io::BufReader::new(file)).map_err(broken)?;
    let n = archive.len();
    if n > limits.n_entries {
        let most = limits.n_entries;
        return Err(refuse(format!(
            "the zip file has {n} entries, more than {most}: unpack it first"
        )));
    }
    let n_allowed =
        limits.n_bytes.min(n_packed.saturating_mul(limits.ratio).saturating_add(FREE_BYTES));
    let mut n_left = n_allowed;
    let folder = tempfile::tempdir().map_err(Error::write(zip))?;
    let mut left_out = Vec::new();
    // The archive gives the last entry of a name only, other programs the first.
    let names = doubled_names(zip, archive.central_directory_start()).map_err(Error::read(zip))?;
    let mut doubled = Doubled { names, removed: BTreeSet::new() };
    let mut n_files = 0u64;
    for i in 0..n {
        ctx.step(Phase::Reading, i as u64, n as u64)?;
        let mut entry = match archive.by_index(i) {
            Ok(entry) => entry,
            Err(error) => {
                left_out.push(format!("entry {i} ({error})"));
                continue;
            }
        };
        match write_entry(&mut entry, folder.path(), n_left, &mut doubled) {
            Ok(n_bytes) => {
                n_files = n_files.saturating_add(u64::from(n_bytes.is_some()));
                n_left = n_left.saturating_sub(n_bytes.unwrap_or(0));
            }
            Err(Refusal::TooLarge) => {
                return Err(refuse(format!(
                    "the files in the zip file have more than {n_allowed} bytes: unpack it first, if \
                     you trust it"
                )));
            }
            Err(Refusal::Disk(error, path)) => return Err(Error::write(&path)(error)),
            Err(Refusal::Entry(why)) => left_out.push(why),
        }
    }
    if !left_out.is_empty() {
        let more = if left_out.len() > MAX_NAMED { "; …" } else { "" };
        remarks.push(format!(
            "{} entries of the zip file were left out: {}{more}",
            left_out.len(),
            left_out.iter().take(MAX_NAMED).cloned().collect::<Vec<_>>().join("; ")
        ));
    }
    if n_files <= doubled.removed.len() as u64 {
        let why = remarks.last().filter(|_| !left_out.is_empty()).cloned().unwrap_or_default();
        return Err(refuse(format!("the zip file holds no pictures or annotations. {why}")));
    }
    let zip = std::path::absolute(zip).map_err(Error::read(zip))?;
    Ok(UnpackedZip { folder, zip })
}

/// What is in a zip file more than once.
struct Doubled {
    /// As its list names them.
    names: BTreeSet<String>,
    /// Files that were written, and removed when another entry led to them.
    removed: BTreeSet<PathBuf>,
}

/// Why an entry was not written.
enum Refusal {
    /// It would exceed the limit of bytes.
    TooLarge,
    /// The disk is full or cannot be written.
    Disk(io::Error, PathBuf),
    /// Something is wrong with the entry: its name and a clause.
    Entry(String),
}

/// Writes an entry of at most so many bytes; returns their number, or `None` when a data set has no use
/// for the file.
fn write_entry<R: Read>(
    entry: &mut ZipFile<'_, R>,
    folder: &Path,
    n_allowed: u64,
    doubled: &mut Doubled,
) -> Result<Option<u64>, Refusal> {
    let name = entry.name().map_err(|e| Refusal::Entry(e.to_string()))?.into_owned();
    let name = name.replace('\\', "/");
    let last = name.rsplit('/').next().unwrap_or_default();
    let extension = last.rsplit_once('.').map(|(_, extension)| extension.to_lowercase());
    let is_used = is_picture_name(last)
        || extension.is_some_and(|extension| ANNOTATIONS.contains(&extension.as_str()));
    if entry.is_dir() || !is_used || name.split('/').any(|part| part != "." && is_of_system(part)) {
        // Also `..`: such a path is said to lead outside.
        if !name.split('/').any(|part| part == "..") {
            return Ok(None);
        }
    }
    let refuse = |why: &str| Err(Refusal::Entry(format!("{name:?} {why}")));
    let Some(path) = path_inside(folder, &name) else {
        return refuse("leads out of the folder");
    };
    let twice = "is there more than once, so it is unknown which one is meant: none was taken";
    if doubled.names.contains(&name) || doubled.removed.contains(&path) {
        return refuse(twice);
    }
    if entry.is_symlink() {
        return refuse("is a link");
    }
    if entry.encrypted() {
        return refuse("is encrypted");
    }
    if entry.size() > n_allowed {
        return Err(Refusal::TooLarge);
    }
    let is_of_disk = |error: &io::Error| {
        use ErrorKind::{PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
        [PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull].contains(&error.kind())
    };
    let written = write_file(entry, &path, n_allowed);
    match written {
        Ok(n_bytes) if n_bytes > n_allowed => Err(Refusal::TooLarge),
        Ok(n_bytes) => Ok(Some(n_bytes)),
        Err(error) if is_of_disk(&error) => Err(Refusal::Disk(error, path)),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::remove_file(&path).ok();
            doubled.removed.insert(path);
            refuse(twice)
        }
        Err(error) => {
            // Half a file is none.
            fs::remove_file(&path).ok();
            refuse(&format!("cannot be unpacked ({error})"))
        }
    }
}

/// Names that stand more than once in the list of a zip file, which begins at `start`.
fn doubled_names(zip: &Path, start: u64) -> io::Result<BTreeSet<String>> {
    let mut file = io::BufReader::new(File::open(zip)?);
    file.seek(io::SeekFrom::Start(start))?;
    let (mut names, mut doubled) = (BTreeSet::new(), BTreeSet::new());
    let mut head = [0u8; 46];
    // The list ends with another mark.
    while names.len() < LIMITS.n_entries && file.read_exact(&mut head).is_ok() {
        let [b'P', b'K', 1, 2, ..] = head else { break };
        let length = |at: usize| {
            let bytes = head.get(at..at.saturating_add(2)).and_then(|b| b.try_into().ok());
            bytes.map_or(0, u16::from_le_bytes)
        };
        let mut name = vec![0; usize::from(length(28))];
        file.read_exact(&mut name)?;
        file.seek_relative(i64::from(length(30)).saturating_add(i64::from(length(32))))?;
        let name = String::from_utf8_lossy(&name).replace('\\', "/");
        if !names.insert(name.clone()) {
            doubled.insert(name);
        }
    }
    Ok(doubled)
}

/// Writes a new file of at most so many bytes and one more.
fn write_file(from: &mut impl Read, path: &Path, n_allowed: u64) -> io::Result<u64> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut file = File::create_new(path)?;
    io::copy(&mut from.take(n_allowed.saturating_add(1)), &mut file)
}

#[cfg(test)]
#[path = "unpack_tests.rs"]
#[expect(clippy::indexing_slicing, reason = "a test may panic")]
mod tests;
