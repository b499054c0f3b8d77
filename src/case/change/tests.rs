//! Tests of changes: a full disk, readers, and batches of another thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{SyncSender, sync_channel};

use super::*;
use crate::annotate::{Mask, MaskLabel};
use crate::base::TaskCtx;
use crate::case::{Batch, BatchWriter, ItemId, NewItem, StoredMask, add_items, now};

fn noisy_mask() -> StoredMask {
    let values: Vec<u8> =
        (0..400_000u64).map(|i| ((i * i).wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    StoredMask {
        item: ItemId(1),
        frame: None,
        author: "Ada".to_owned(),
        mask: Mask::from_bytes(1000, 400, &values).unwrap(),
        label: MaskLabel::default(),
        started_from_map_at: None,
        model: None,
        tools: std::collections::BTreeMap::new(),
        seen_readers: None,
        at: now(),
        reviewer: None,
    }
}

#[test]
fn on_a_full_disk_nothing_is_lost_and_work_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let mut case = Case::create(folder.path().join("a.pentimento"), "Ada").unwrap();
    case.add(&mut std::iter::once(item(0)), &TaskCtx::silent()).unwrap();
    let head = case.head().unwrap();
    let limit = |case: &Case, n: i64| {
        let set = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
        let sql = format!("PRAGMA max_page_count = {n}");
        case.connection.query_row(&sql, [], set).unwrap()
    };
    // The least that is possible is what is there.
    assert!(limit(&case, 1) > 1);
    let error = case.save_mask(&noisy_mask()).unwrap_err();
    assert!(matches!(error, Error::Full), "{error:?}");
    assert!(error.to_string().contains("disk is full"), "{error}");
    let error = case.add(&mut (1..5000).map(item), &TaskCtx::silent()).unwrap_err();
    assert!(matches!(error, Error::Full), "{error:?}");
    assert_eq!((case.head().unwrap(), case.n_items().unwrap()), (head, 1));
    assert!(case.verify(false, &TaskCtx::silent()).unwrap().is_sound());
    limit(&case, 1 << 30);
    case.save_mask(&noisy_mask()).unwrap();
    assert!(case.verify(false, &TaskCtx::silent()).unwrap().is_sound());
}

fn item(n: u32) -> NewItem {
    NewItem { path: format!("/m/{n}").into(), source: None, person: None }
}

#[test]
fn a_reader_sees_changes_makes_none_and_does_not_hold_the_lock() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pentimento");
    let mut owner = Case::create(&path, "Ada").unwrap();
    let mut reader = owner.reader().unwrap();
    assert_eq!((reader.id(), reader.path()), (owner.id(), owner.path()));
    assert!(matches!(reader.set_note("title", "x"), Err(Error::ReadOnly { .. })));
    owner.set_note("title", "a title").unwrap();
    assert_eq!(reader.note("title").unwrap().as_deref(), Some("a title"));
    let other = Case::open(&path, "Bob").unwrap();
    assert!(matches!(other.access(), Access::ReadOnly { reason } if reason.contains("Ada")));
    drop((owner, other));
    assert_eq!(*Case::open(&path, "Bob").unwrap().access(), Access::Write);
    assert_eq!(reader.note("title").unwrap().as_deref(), Some("a title"));
}

#[test]
fn a_reader_is_of_the_very_same_case() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pentimento");
    let owner = Case::create(&path, "Ada").unwrap();
    std::fs::rename(&path, folder.path().join("b.pentimento")).unwrap();
    assert!(matches!(owner.reader(), Err(Error::Elsewhere)));
    drop(Case::create(folder.path().join("c.pentimento"), "Bob").unwrap());
    std::fs::rename(folder.path().join("c.pentimento"), &path).unwrap();
    assert!(matches!(owner.reader(), Err(Error::Elsewhere)));
}

/// Work on another thread: it reads by a handle of its own and sends its batches to the owner.
struct RemoteCase {
    reader: Case,
    batches: SyncSender<Batch>,
}

impl BatchWriter for RemoteCase {
    fn reader(&self) -> &Case {
        &self.reader
    }

    fn is_writable(&self) -> bool {
        true
    }

    fn submit(&mut self, batch: Batch) {
        self.batches.send(batch).ok();
    }
}

/// Batches of another thread and changes of the owner: none is lost, and the log has no gap.
#[test]
fn batches_and_other_changes_make_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    let mut case = Case::create(folder.path().join("a.pentimento"), "Ada").unwrap();
    case.add(&mut std::iter::once(item(0)), &TaskCtx::silent()).unwrap();
    let (batches, submitted) = sync_channel(1);
    let mut remote = RemoteCase { reader: case.reader().unwrap(), batches };
    let n_added = std::thread::scope(|scope| {
        let adding = scope.spawn(move || {
            let remote: &mut dyn BatchWriter = &mut remote;
            for n in 1u32.. {
                let added = add_items(remote, &mut std::iter::once(item(n)), &TaskCtx::silent());
                match added.and_then(|_| {
                    assert_eq!(remote.reader().n_items().unwrap(), u64::from(n) + 1);
                    remote.write(move |case| case.set_note("n", &n.to_string()))
                }) {
                    Ok(()) => {}
                    Err(Error::Closed) => return n - 1,
                    Err(other) => panic!("{other}"),
                }
            }
            0
        });
        for n in 0..40u32 {
            submitted.recv().unwrap()(&mut case);
            case.add_seconds(ItemId(1), f64::from(n + 1)).unwrap();
        }
        // The case is closed: a batch that is not run ends the work.
        drop(submitted);
        adding.join().unwrap()
    });
    let found = case.verify(false, &TaskCtx::silent()).unwrap();
    assert!(found.is_sound(), "{:?}", found.faults);
    assert_eq!((n_added, case.n_items().unwrap()), (20, 21));
    assert_eq!(case.row(ItemId(1)).unwrap().seconds, 820.0);
    assert_eq!(case.n_entries().unwrap(), 2 + 40 + 40);
}

#[test]
fn a_batch_that_fails_or_panics_changes_nothing_and_the_next_one_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let mut case = Case::create(folder.path().join("a.pentimento"), "Ada").unwrap();
    let reader = case.reader().unwrap();
    let failed: Result<(), Error> = case.batch(|case| {
        case.set_note("title", "half done")?;
        assert_eq!(reader.note("title").unwrap(), None, "nobody sees what is not committed");
        Err(Error::NoItem(7))
    });
    assert!(matches!(failed, Err(Error::NoItem(7))));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        case.batch(|case| -> Result<(), Error> {
            case.set_note("title", "half done")?;
            std::panic::panic_any("on purpose")
        })
    }));
    assert!(panicked.is_err());
    case.set_note("other", "x").unwrap();
    assert_eq!(reader.note("title").unwrap(), None);
    assert_eq!(reader.note("other").unwrap().as_deref(), Some("x"));
    assert!(case.verify(false, &TaskCtx::silent()).unwrap().is_sound());
}
