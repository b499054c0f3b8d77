//! Journals that somebody planted beside a case: SQLite would apply them at opening.

use std::fs;
use std::path::{Path, PathBuf};

use pentimento::case::{Case, Error};
use rusqlite::Connection;

use crate::case::file::{rich_case, verified};

/// How a journal and each of its parts begins.
const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
const SECTOR: usize = 512;
const PAGE: usize = 4096;

/// A journal with one part, as SQLite would apply it: its sums are right.
fn journal(n_pages: u32, page_bytes: u32, pages: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    for number in [pages.len() as u32, 0, n_pages, SECTOR as u32, page_bytes] {
        out.extend(number.to_be_bytes());
    }
    out.resize(SECTOR, 0);
    for (number, page) in pages {
        out.extend(number.to_be_bytes());
        out.extend(page);
        // SQLite adds up every 200th byte from the end, from the nonce on, which is 0 here.
        let sum: u32 = page.iter().rev().skip(199).step_by(200).map(|byte| u32::from(*byte)).sum();
        out.extend(sum.to_be_bytes());
    }
    out
}

fn beside(case: &Path, suffix: &str) -> PathBuf {
    let name = case.file_name().unwrap().to_str().unwrap();
    case.with_file_name(format!("{name}{suffix}"))
}

/// Neither way of opening accepts the case, and neither file changes.
fn assert_refused(case: &Path, suffix: &str, what: &str) {
    let planted = beside(case, suffix);
    let before = (fs::read(case).unwrap(), fs::read(&planted).ok());
    for error in [Case::open(case, "Ada").err(), Case::open_read_only(case).err()] {
        let error = error.unwrap_or_else(|| panic!("{what}: it was opened"));
        assert!(matches!(error, Error::ForeignJournal { .. }), "{what}: {error}");
        let name = planted.file_name().unwrap().to_str().unwrap();
        assert!(error.to_string().contains(name), "{what}: {error}");
    }
    assert_eq!((fs::read(case).unwrap(), fs::read(&planted).ok()), before, "{what}");
    assert!(planted.symlink_metadata().is_ok(), "{what}: it is still there");
}

#[test]
fn a_journal_that_does_more_than_take_back_a_change_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let case = rich_case(folder.path());
    let bytes = fs::read(&case).unwrap();
    let n_pages = (bytes.len() / PAGE) as u32;
    let path = beside(&case, "-journal");
    let size = PAGE as u32;

    // The first page of another database would take the place of the case's own.
    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE a (b)").unwrap();
    let foreign = fs::read(&other).unwrap()[..PAGE].to_vec();
    fs::write(&path, journal(n_pages, size, &[(1, foreign)])).unwrap();
    assert_refused(&case, "-journal", "another database");

    fs::write(&path, journal(u32::MAX - 1, size, &[])).unwrap();
    assert_refused(&case, "-journal", "a file of 16 TiB");
    fs::write(&path, journal(n_pages, 512, &[])).unwrap();
    assert_refused(&case, "-journal", "pages of another size");

    // SQLite deletes a second journal that is named at the end of the first, whatever it is.
    let victim = folder.path().join("victim.txt");
    fs::write(&victim, "precious").unwrap();
    let mut named = journal(n_pages, size, &[]);
    let name = victim.to_str().unwrap().as_bytes();
    named.extend((0x4000_0000u32 / size + 1).to_be_bytes());
    named.extend(name);
    named.extend((name.len() as u32).to_be_bytes());
    named.extend(name.iter().map(|byte| u32::from(*byte)).sum::<u32>().to_be_bytes());
    named.extend(MAGIC);
    fs::write(&path, named).unwrap();
    assert_refused(&case, "-journal", "a second journal");
    assert_eq!(fs::read(&victim).unwrap(), b"precious");

    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(&victim, &path).unwrap();
    assert_refused(&case, "-journal", "a link");
    assert_eq!(fs::read(&victim).unwrap(), b"precious");
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_refused(&case, "-journal", "a folder");
    fs::remove_dir(&path).unwrap();
    assert!(verified(&case).is_sound(), "without it the case is as it was");
}

#[test]
fn a_write_ahead_log_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let case = rich_case(folder.path());
    for suffix in ["-wal", "-shm"] {
        for bytes in [&b""[..], b"anything"] {
            fs::write(beside(&case, suffix), bytes).unwrap();
            assert_refused(&case, suffix, suffix);
        }
        fs::remove_file(beside(&case, suffix)).unwrap();
    }
    assert!(verified(&case).is_sound());
}

/// What is no journal, or an empty one, SQLite passes by.
#[test]
fn a_journal_without_a_change_is_no_obstacle() {
    let folder = tempfile::tempdir().unwrap();
    let case = rich_case(folder.path());
    let n_pages = (fs::read(&case).unwrap().len() / PAGE) as u32;
    let path = beside(&case, "-journal");
    for bytes in [Vec::new(), vec![0; 600], journal(n_pages, PAGE as u32, &[])] {
        fs::write(&path, bytes).unwrap();
        assert!(verified(&case).is_sound());
        drop(Case::open(&case, "Ada").unwrap());
        fs::remove_file(&path).ok();
    }
}

/// Without this the tests above could pass because SQLite would have applied none of it.
#[test]
fn sqlite_itself_applies_such_a_journal() {
    let folder = tempfile::tempdir().unwrap();
    let case = rich_case(folder.path());
    let n_pages = (fs::read(&case).unwrap().len() / PAGE) as u32;
    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE a (b)").unwrap();
    let foreign = fs::read(&other).unwrap()[..PAGE].to_vec();
    fs::write(beside(&case, "-journal"), journal(n_pages, PAGE as u32, &[(1, foreign)])).unwrap();
    let connection = Connection::open(&case).unwrap();
    let id: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).unwrap();
    assert_eq!(id, 0, "the case became another database");
}
