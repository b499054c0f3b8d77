//! Tests of changes: a full disk, and several handles of one case.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::annotate::{Mask, MaskLabel};
use crate::base::TaskCtx;
use crate::case::now;
use crate::case::{ItemId, NewItem, StoredMask};

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
        at: now(),
        reviewer: None,
    }
}

#[test]
fn on_a_full_disk_nothing_is_lost_and_work_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let mut case = Case::create(folder.path().join("a.pentimento"), "Ada").unwrap();
    let item = |n: u32| NewItem { path: format!("/m/{n}").into(), source: None, person: None };
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
fn handles_beside_share_the_right_to_write_and_the_last_one_gives_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pentimento");
    let first = Case::create(&path, "Ada").unwrap();
    let mut beside = first.beside().unwrap();
    assert_eq!((beside.access(), beside.author()), (&Access::Write, "Ada"));
    assert_eq!((beside.id(), beside.path()), (first.id(), first.path()));
    drop(first);
    let other = Case::open(&path, "Bob").unwrap();
    assert!(matches!(other.access(), Access::ReadOnly { reason } if reason.contains("Ada")));
    let mut looks_on = other.beside().unwrap();
    assert!(matches!(looks_on.set_note("title", "x"), Err(Error::ReadOnly { .. })));
    beside.set_note("title", "a title").unwrap();
    assert_eq!(looks_on.note("title").unwrap().as_deref(), Some("a title"));
    drop((beside, other, looks_on));
    assert_eq!(*Case::open(&path, "Bob").unwrap().access(), Access::Write);
}

#[test]
fn a_handle_beside_is_of_the_very_same_case() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.pentimento");
    let first = Case::create(&path, "Ada").unwrap();
    std::fs::rename(&path, folder.path().join("b.pentimento")).unwrap();
    assert!(matches!(first.beside(), Err(Error::Elsewhere)));
    drop(Case::create(folder.path().join("c.pentimento"), "Bob").unwrap());
    std::fs::rename(folder.path().join("c.pentimento"), &path).unwrap();
    assert!(matches!(first.beside(), Err(Error::Elsewhere)));
}

/// Two write at the same time: no change is lost, and the chain of the log has no gap.
#[test]
fn changes_of_two_handles_make_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    let mut case = Case::create(folder.path().join("a.pentimento"), "Ada").unwrap();
    case.add(&mut std::iter::once(item(0)), &TaskCtx::silent()).unwrap();
    let mut beside = case.beside().unwrap();
    let is_over = AtomicBool::new(false);
    let n_added = std::thread::scope(|scope| {
        let adding = scope.spawn(|| {
            let mut n = 0;
            while !is_over.load(Ordering::Relaxed) {
                n += 1;
                beside
                    .together(|beside| {
                        beside.add(&mut std::iter::once(item(n)), &TaskCtx::silent())?;
                        beside.set_note("n", &n.to_string())
                    })
                    .unwrap();
            }
            n
        });
        for n in 0..40u32 {
            case.add_seconds(ItemId(1), f64::from(n + 1)).unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
        adding.join().unwrap()
    });
    let found = case.verify(false, &TaskCtx::silent()).unwrap();
    assert!(found.is_sound(), "{:?}", found.faults);
    assert_eq!(case.n_items().unwrap(), u64::from(n_added) + 1);
    assert_eq!(case.row(ItemId(1)).unwrap().seconds, 820.0);
    assert_eq!(case.n_entries().unwrap(), 2 + 40 + 2 * i64::from(n_added));
}

#[test]
fn who_is_in_the_middle_of_a_change_is_waited_for_and_a_failed_one_gives_its_turn_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut case = Case::create(folder.path().join("a.pentimento"), "Ada").unwrap();
    let mut beside = case.beside().unwrap();
    let (begun, wait) = std::sync::mpsc::sync_channel(1);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let failed: Result<(), Error> = beside.together(|beside| {
                beside.set_note("title", "half done")?;
                begun.send(()).unwrap();
                std::thread::sleep(Duration::from_millis(50));
                Err(Error::NoItem(7))
            });
            assert!(matches!(failed, Err(Error::NoItem(7))));
        });
        wait.recv().unwrap();
        case.set_note("other", "x").unwrap();
    });
    assert_eq!(case.note("title").unwrap(), None);
    assert_eq!(case.note("other").unwrap().as_deref(), Some("x"));
}
