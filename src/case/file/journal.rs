//! The files that SQLite looks for beside a case, checked before it reads them.
//!
//! What a killed program left half done is in the journal; SQLite takes it back at the next opening.
//! A planted journal could do more: make the file huge, put another database in its place, or name a
//! second journal, which SQLite would delete. So only a journal is accepted that can do no more than
//! take back a change of this file. A write-ahead log is never accepted: cases have none.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufReader, ErrorKind, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::page_one::{self, number};
use crate::case::Error;

/// How every journal and each of its parts begins.
const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
const MAGIC_FROM_END: i64 = -8;
/// Bytes of a header that are used; it fills a sector.
const HEADER_BYTES: usize = 28;
/// Offsets of big-endian numbers in the header: pages in this part, pages of the file before the
/// change, bytes of a sector, bytes of a page.
const N_RECORDS_AT: usize = 8;
const N_PAGES_AT: usize = 16;
const SECTOR_AT: usize = 20;
const PAGE_AT: usize = 24;
/// Bytes of a sector that SQLite knows.
const SECTORS: std::ops::RangeInclusive<u64> = 32..=65_536;
/// Beside a page stand its number and a sum.
const NUMBER_BYTES: usize = 4;

/// Refuses a case beside which lie files that SQLite would apply, other than a change that a program
/// left unfinished.
///
/// # Errors
///
/// [`Error::ForeignJournal`].
pub(super) fn check_beside(case: &Path, page_bytes: u64) -> Result<(), Error> {
    for suffix in ["-wal", "-shm"] {
        let path = beside(case, suffix);
        if path.symlink_metadata().is_ok() {
            return Err(foreign(&path));
        }
    }
    let path = beside(case, "-journal");
    match path.symlink_metadata() {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Ok(metadata) if metadata.is_file() => {}
        _ => return Err(foreign(&path)),
    }
    match can_only_take_back(case, &path, page_bytes) {
        Ok(true) => Ok(()),
        Ok(false) => Err(foreign(&path)),
        // The program that writes the case has just ended its change.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn beside(case: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(case);
    name.push(suffix);
    PathBuf::from(name)
}

fn foreign(path: &Path) -> Error {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Error::ForeignJournal { name }
}

/// Whether a journal restores pages of this file and does nothing else. Another program may be
/// writing it: what is not yet whole is no fault.
fn can_only_take_back(case: &Path, journal: &Path, page_bytes: u64) -> std::io::Result<bool> {
    let file = File::open(journal)?;
    let is_long = file.metadata()?.len() >= MAGIC.len() as u64;
    let mut reader = BufReader::new(file);
    if is_long && ends_with_magic(&mut reader)? {
        return Ok(false);
    }
    let mut page = vec![0; usize::try_from(page_bytes).unwrap_or_default()];
    let mut at = 0u64;
    loop {
        reader.seek(SeekFrom::Start(at))?;
        let mut header = [0; HEADER_BYTES];
        if !fill(&mut reader, &mut header)? || !header.starts_with(&MAGIC) {
            // SQLite reads no farther either.
            return Ok(true);
        }
        let [n_records, n_pages, sector, size] =
            [N_RECORDS_AT, N_PAGES_AT, SECTOR_AT, PAGE_AT].map(|at| number(&header, at));
        if size != page_bytes || !SECTORS.contains(&sector) || !sector.is_power_of_two() {
            return Ok(false);
        }
        // The file grows in the middle of a change and never shrinks.
        if n_pages.saturating_mul(page_bytes) > fs::metadata(case)?.len() {
            return Ok(false);
        }
        reader.seek(SeekFrom::Start(at.saturating_add(sector)))?;
        // Without a synced count SQLite takes all there are.
        let n_records = if n_records == u64::from(u32::MAX) { u64::MAX } else { n_records };
        for _ in 0..n_records {
            let mut name = [0; NUMBER_BYTES];
            let mut sum = [0; NUMBER_BYTES];
            let is_whole = fill(&mut reader, &mut name)?
                && fill(&mut reader, &mut page)?
                && fill(&mut reader, &mut sum)?;
            if !is_whole {
                return Ok(true);
            }
            let n = number(&name, 0);
            if n == 1 && page_one::check(&page).is_err() {
                return Ok(false);
            }
            // SQLite stops here, and skips numbers behind the end.
            if n == 0 {
                return Ok(true);
            }
        }
        // The next part begins with the next sector.
        at = reader.stream_position()?.div_ceil(sector).saturating_mul(sector);
    }
}

/// Whether the name of a second journal stands at the end. Cases have one file, so no transaction
/// spans two.
fn ends_with_magic(reader: &mut BufReader<File>) -> std::io::Result<bool> {
    let mut end = [0; MAGIC.len()];
    reader.seek(SeekFrom::End(MAGIC_FROM_END))?;
    Ok(fill(reader, &mut end)? && end == MAGIC)
}

/// Reads as many bytes as fit; `false` when there are not so many.
fn fill(reader: &mut impl Read, into: &mut [u8]) -> std::io::Result<bool> {
    match reader.read_exact(into) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}
