//! Cases that are none, are damaged, were tampered with, or cannot be written: each is reported in
//! a clear sentence, and nothing is lost.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use pentimento::base::TaskCtx;
use pentimento::case::{Access, Case, CasePart, Error, ItemId, ItemState, Verification};
use rusqlite::Connection;

use crate::case::file::{add, mask, rich_case, verified};

fn reason(case: &Case) -> String {
    match case.access() {
        Access::ReadOnly { reason } => reason.clone(),
        Access::Write => panic!("it can be written"),
    }
}

/// Opening is refused with an error like this, and neither the file nor its folder changes.
fn refused(path: &Path) -> Error {
    let list = || {
        let entries = fs::read_dir(path.parent().unwrap()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = (fs::read(path).ok(), list());
    let error = Case::open(path, "Ada").unwrap_err();
    assert!(Case::open_read_only(path).is_err(), "not even to look at");
    assert_eq!((fs::read(path).ok(), list()), before, "it was left alone");
    error
}

#[test]
fn what_is_no_case_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    assert!(matches!(refused(&path("none.pentimento")), Error::Missing));
    assert!(matches!(refused(folder.path()), Error::NotAFile));
    for (name, bytes) in
        [("empty", Vec::new()), ("text", b"hello".repeat(99)), ("zeros", vec![0; 8192])]
    {
        fs::write(path(name), bytes).unwrap();
        assert!(matches!(refused(&path(name)), Error::Foreign), "{name}");
    }
    // A database of another program in the middle of its work, with a log of its own beside it.
    let other = Connection::open(path("other.db")).unwrap();
    other.pragma_update(None, "journal_mode", "wal").unwrap();
    other.execute_batch("CREATE TABLE a (b); INSERT INTO a VALUES (1);").unwrap();
    assert!(matches!(refused(&path("other.db")), Error::Foreign));
    assert_eq!(other.query_row("SELECT b FROM a", [], |row| row.get::<_, i64>(0)).unwrap(), 1);
}

#[test]
fn a_newer_case_is_left_alone_and_said_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = rich_case(folder.path());
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 9).unwrap();
    let error = refused(&path);
    assert!(matches!(error, Error::Newer { version: 9, known: 2 }), "{error:?}");
    assert!(error.to_string().contains("newer"), "{error}");
}

#[test]
fn a_case_that_was_cut_off_is_reported_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = rich_case(folder.path());
    let bytes = fs::read(&path).unwrap();
    for n in [100, 4096, bytes.len() / 2, bytes.len() - 1] {
        fs::write(&path, &bytes[..n]).unwrap();
        let error = refused(&path);
        assert!(matches!(error, Error::Damaged { .. }), "{n} bytes: {error:?}");
    }
}

/// Every page in turn is overwritten: nobody panics, and if the case opens at all, `verify` tells.
#[test]
fn rubbish_in_any_page_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = rich_case(folder.path());
    let bytes = fs::read(&path).unwrap();
    let n_pages = bytes.len() / 4096;
    assert!(n_pages > 10, "{n_pages} pages");
    for page in 0..n_pages {
        for rubbish in [0u8, 0x5a] {
            let mut bad = bytes.clone();
            // The first page keeps its head, or the file would be a foreign one.
            let from = if page == 0 { 100 } else { page * 4096 };
            bad[from..(page + 1) * 4096].fill(rubbish);
            fs::write(&path, &bad).unwrap();
            match Case::open_read_only(&path) {
                Err(Error::Damaged { .. }) => {}
                Err(other) => panic!("page {page}: {other:?}"),
                Ok(case) => {
                    let _told_or_not = (case.rows(), case.masks(ItemId(1)), case.signals());
                    let out = case.verify(false, &TaskCtx::silent()).unwrap();
                    assert!(!out.is_sound(), "page {page} of {n_pages}, {rubbish}");
                }
            }
        }
    }
}

/// Changes a case as somebody would who knows SQLite and the triggers: they are taken away and put
/// back.
fn tamper(path: &Path, sql: &str) -> Verification {
    let connection = Connection::open(path).unwrap();
    let mut statement =
        connection.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let triggers: Vec<(String, String)> = rows.map(Result::unwrap).collect();
    drop(statement);
    for (name, _) in &triggers {
        connection.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    connection.execute_batch(sql).unwrap();
    for (_, sql) in &triggers {
        connection.execute_batch(sql).unwrap();
    }
    drop(connection);
    verified(path)
}

/// A number that nobody has so many items for is neither believed nor counted up to.
#[test]
fn a_huge_number_of_an_item_takes_no_memory_and_stops_nobody() {
    for (huge, may_grow) in [(1i64 << 60, true), (i64::MAX, false)] {
        let folder = tempfile::tempdir().unwrap();
        let path = rich_case(folder.path());
        let before = Case::open_read_only(&path).unwrap().n_items().unwrap();
        let sql = format!("INSERT INTO item (id, inside, path) VALUES ({huge}, 1, 'huge.png')");
        let out = tamper(&path, &sql);
        assert!(!out.is_sound(), "it is reported");
        let mut case = Case::open(&path, "Ada").unwrap();
        assert_eq!(case.n_items().unwrap(), before + 1);
        assert_eq!(case.rows().unwrap().len() as u64, before + 1);
        assert_eq!(case.waiting(usize::MAX).unwrap().last().unwrap().0, ItemId(huge));
        case.set_ranks("score", &[(ItemId(huge), 1, "why".to_owned())]).unwrap();
        let mut new = ["n1.png", "n2.png"].into_iter().map(|name| pentimento::case::NewItem {
            path: folder.path().join(name),
            source: None,
            person: None,
        });
        let added = case.add(&mut new, &TaskCtx::silent());
        assert_eq!(added.is_ok(), may_grow, "{added:?}");
    }
}

#[test]
fn every_change_from_outside_is_reported() {
    let changes: [(&str, CasePart); 24] = [
        ("UPDATE finding SET score = 0.1", CasePart::Finding),
        ("UPDATE finding SET report = '{}'", CasePart::Finding),
        ("UPDATE finding SET facts = replace(facts, 'rten', 'ort')", CasePart::Finding),
        ("UPDATE finding SET signals = '{\"a\":1}'", CasePart::Finding),
        ("UPDATE finding SET sameness = 'x'", CasePart::Finding),
        ("UPDATE finding SET sha256 = hex(zeroblob(32))", CasePart::Finding),
        ("UPDATE item SET finding = NULL; DELETE FROM finding", CasePart::Finding),
        ("UPDATE mask SET bits = x'00' WHERE item = 1", CasePart::Mask),
        ("UPDATE mask SET author = 'Eve' WHERE item = 1", CasePart::Mask),
        ("UPDATE mask SET reviewer = 'Eve' WHERE item = 3", CasePart::Mask),
        ("UPDATE mask SET sha256 = hex(zeroblob(32)) WHERE item = 3", CasePart::Mask),
        ("DELETE FROM mask WHERE item = 3", CasePart::Mask),
        ("UPDATE item SET path = 'z.png' WHERE id = 2", CasePart::Item),
        ("UPDATE item SET source = NULL WHERE id = 3", CasePart::Item),
        ("UPDATE item SET state = 'done' WHERE id = 3", CasePart::Item),
        ("UPDATE item SET seconds = 3 WHERE id = 1", CasePart::Item),
        ("UPDATE item SET score = 0.9 WHERE id = 1", CasePart::Item),
        ("UPDATE item SET failure = NULL WHERE id = 2", CasePart::Item),
        ("INSERT INTO item (inside, path) VALUES (1, 'q.png')", CasePart::Item),
        ("UPDATE place SET why = 'because'", CasePart::Queue),
        ("UPDATE fact SET value = 'poor' WHERE key = 'title'", CasePart::Note),
        ("UPDATE log SET author = 'Eve' WHERE seq = 4", CasePart::Log),
        ("DELETE FROM log WHERE seq = 5", CasePart::Log),
        ("UPDATE log SET detail = replace(detail, '0.5', '0.4') WHERE seq = 4", CasePart::Log),
    ];
    for (sql, part) in changes {
        let folder = tempfile::tempdir().unwrap();
        let out = tamper(&rich_case(folder.path()), sql);
        assert!(out.faults.iter().any(|fault| fault.part == part), "{sql}: {:?}", out.faults);
    }
}

#[test]
fn a_log_cut_off_at_its_end_shows_in_what_it_told_and_in_the_head() {
    let folder = tempfile::tempdir().unwrap();
    let path = rich_case(folder.path());
    let case = Case::open_read_only(&path).unwrap();
    let (head, early) = (case.head().unwrap(), case.log(Some(4), 1).unwrap()[0].hash.clone());
    drop(case);
    let out = tamper(&path, "DELETE FROM log WHERE seq > 10");
    assert!(out.faults.iter().any(|fault| fault.part == CasePart::Note), "{:?}", out.faults);
    // Whoever also takes back what the entries told leaves a case without a fault, but another
    // head.
    let out = tamper(&path, "DELETE FROM fact WHERE key = 'title'");
    assert!(out.is_sound(), "{:?}", out.faults);
    let case = Case::open_read_only(&path).unwrap();
    assert_eq!(case.entry_of_head(&head).unwrap(), None);
    assert_eq!(case.entry_of_head(&early).unwrap(), Some(5));
}

#[test]
fn the_file_itself_refuses_to_forget() {
    let folder = tempfile::tempdir().unwrap();
    let path = rich_case(folder.path());
    let connection = Connection::open(&path).unwrap();
    for sql in [
        "UPDATE finding SET score = 0.1",
        "DELETE FROM finding",
        "UPDATE log SET author = 'Eve'",
        "DELETE FROM log",
        "UPDATE item SET path = 'z.png'",
        "UPDATE item SET sha256 = 'z' WHERE id = 1",
        "DELETE FROM item",
        "DELETE FROM mask",
    ] {
        assert!(connection.execute_batch(sql).is_err(), "{sql}");
    }
    connection.execute_batch("DROP TRIGGER log_stays").unwrap();
    drop(connection);
    assert!(matches!(refused(&path), Error::Damaged { .. }), "without them it is no sound case");
}

#[test]
fn the_second_opener_reads_and_hears_who_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pentimento");
    let mut first = Case::create(&path, "Ada").unwrap();
    add(&mut first, folder.path(), &["x.png"]);
    let mut second = Case::open(&path, "Bob").unwrap();
    let why = reason(&second);
    let pid = std::process::id().to_string();
    assert!(why.contains(&pid) && why.contains("Ada") && why.contains("since 20"), "{why}");
    let error = second.set_state(ItemId(1), ItemState::Done).unwrap_err();
    assert!(matches!(error, Error::ReadOnly { .. }) && error.to_string().contains(&why), "{error}");
    first.set_state(ItemId(1), ItemState::InWork).unwrap();
    assert_eq!(second.row(ItemId(1)).unwrap().state, ItemState::InWork, "it sees the changes");
    drop(first);
    assert!(second.set_state(ItemId(1), ItemState::Done).is_err(), "it stays as it was opened");
    drop(second);
    let third = Case::open(&path, "Bob").unwrap();
    assert_eq!(*third.access(), Access::Write);
    let looked = Case::open_read_only(&path).unwrap();
    assert_eq!(*third.access(), Access::Write, "looking takes nothing away");
    assert!(reason(&looked).contains("reading only"));
}

#[test]
fn a_link_to_a_case_is_the_same_case() {
    let folder = tempfile::tempdir().unwrap();
    let path = rich_case(folder.path());
    let link = folder.path().join("link.pentimento");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let first = Case::open(&link, "Ada").unwrap();
    assert_eq!(*first.access(), Access::Write);
    assert!(reason(&Case::open(&path, "Bob").unwrap()).contains("open"));
}

#[test]
fn read_only_files_and_folders_open_for_reading() {
    let folder = tempfile::tempdir().unwrap();
    let path = rich_case(folder.path());
    let before = fs::read(&path).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
    let case = Case::open(&path, "Ada").unwrap();
    assert!(reason(&case).contains("read-only"), "{}", reason(&case));
    assert!(case.verify(false, &TaskCtx::silent()).unwrap().is_sound());
    drop(case);
    fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o555)).unwrap();
    let mut case = Case::open(&path, "Ada").unwrap();
    assert!(reason(&case).contains("folder"), "{}", reason(&case));
    assert_eq!(case.rows().unwrap().len(), 3);
    let error = case.save_mask(&mask(ItemId(1), "Ada", 1)).unwrap_err();
    assert!(matches!(error, Error::ReadOnly { .. }), "{error:?}");
    drop(case);
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    assert_eq!(fs::read(&path).unwrap(), before);
}

/// A case as it lies on the disk in the middle of a change by a program that is killed.
#[test]
fn an_unfinished_change_is_taken_back_or_the_reason_why_not_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = rich_case(folder.path());
    let writer = Connection::open(&path).unwrap();
    // So little memory that changed pages are written before the change is over.
    writer.execute_batch("PRAGMA cache_size = 2; BEGIN IMMEDIATE").unwrap();
    let sql = "INSERT INTO mask SELECT 2, ?1, author, sha256, facts, reviewer, 9, 9, zeroblob(5000) \
               FROM mask WHERE item = 1";
    for frame in 0..50 {
        writer.execute(sql, [frame]).unwrap();
    }
    let copies = tempfile::tempdir().unwrap();
    let copy = copies.path().join("rich.pentimento");
    fs::copy(&path, &copy).unwrap();
    let journal = |path: &Path| path.with_extension("pentimento-journal");
    fs::copy(journal(&path), journal(&copy)).unwrap();
    drop(writer);
    fs::set_permissions(&copy, Permissions::from_mode(0o444)).unwrap();
    let error = Case::open(&copy, "Ada").unwrap_err();
    assert!(matches!(error, Error::Unfinished), "{error:?}");
    fs::set_permissions(&copy, Permissions::from_mode(0o644)).unwrap();
    let case = Case::open_read_only(&copy).unwrap();
    let out = case.verify(false, &TaskCtx::silent()).unwrap();
    assert!(out.is_sound() && out.n_masks == 2, "{out:?}");
    assert!(!journal(&copy).exists(), "it was taken back");
}

#[test]
fn a_case_that_another_program_set_otherwise_is_one_file_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = rich_case(folder.path());
    Connection::open(&path).unwrap().pragma_update(None, "journal_mode", "wal").unwrap();
    let mut case = Case::open(&path, "Ada").unwrap();
    case.set_note("title", "new").unwrap();
    let names = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name());
    let names: Vec<_> = names.filter(|name| !name.to_string_lossy().ends_with(".lock")).collect();
    assert_eq!(names, ["rich.pentimento"]);
    assert!(case.verify(false, &TaskCtx::silent()).unwrap().is_sound());
}
