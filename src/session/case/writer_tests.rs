//! Tests of the two threads of a case.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::background::BackgroundWork;
use super::job::{BackgroundResult, CaseEvent, CaseJob, Epoch, MaskToSave};
use super::threads::CaseThreads;
use crate::annotate::{Mask, MaskLabel};
use crate::base::{Cancel, RgbImage, TaskCtx};
use crate::case::{self, Access, Case, ItemId, ItemState, NewItem, StoredMask};
use crate::curate::{self, CaseExportOptions, QueueStrategy, Quotas};
use crate::dataset::Format;
use crate::session::worker::Wake;

struct Bench {
    threads: CaseThreads,
    folder: tempfile::TempDir,
}

impl Bench {
    /// A case with one item, opened as number 1.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pentimento");
        let mut case = Case::create(&path, "ada").unwrap();
        let item = NewItem { path: folder.path().join("1.png"), source: None, person: None };
        case.add(&mut std::iter::once(item), &TaskCtx::silent()).unwrap();
        drop(case);
        let wake: Wake = Arc::new(|| {});
        let threads = CaseThreads::start(&wake).unwrap();
        threads.send(1, CaseJob::Open { path, author: "ada".to_owned() });
        Self { threads, folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("a.pentimento")
    }

    /// What another program sees.
    fn on_disk(&self) -> Case {
        Case::open_read_only(self.path()).unwrap()
    }

    fn save(&self, epoch: Epoch, ticket: u64) {
        let mask = mask(1, Mask::new(4, 4));
        let to_save = MaskToSave { ticket, mask, media_sha256: None };
        self.threads.send(epoch, CaseJob::SaveMask(Box::new(to_save)));
    }

    fn begin(&self, work: BackgroundWork) -> Cancel {
        let cancel = Cancel::default();
        self.threads.start_background(1, work, cancel.clone());
        cancel
    }

    /// Begins to add so many files, and waits until some are in.
    fn adding(&self, n: usize) -> Cancel {
        let path = |i: usize| self.folder.path().join(format!("many/{i}.png"));
        let cancel = self.begin(BackgroundWork::Add((0..n).map(path).collect()));
        self.wait_for(|case| case.n_items().unwrap() > 1);
        cancel
    }

    fn wait_for(&self, is_so: impl Fn(&Case) -> bool) {
        let (case, start) = (self.on_disk(), Instant::now());
        while !is_so(&case) {
            assert!(start.elapsed() < Duration::from_mins(1), "it never comes to be");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Saves a mask while long work goes on: it is answered before the work is over, and before the
    /// case looks as it will then.
    fn save_meanwhile(&self, is_done: impl Fn(&Case) -> bool) {
        self.save(1, 7);
        let first = self.until(|event| match event {
            CaseEvent::MaskSaved { ticket } => Some(Some(*ticket)),
            CaseEvent::BackgroundEnded => Some(None),
            _ => None,
        });
        assert!(!is_done(&self.on_disk()), "the work was over first");
        assert_eq!(first, Some(7), "the mask waited for the end of the work");
        self.until(is_over);
        assert!(is_done(&self.on_disk()));
    }

    fn until<T>(&self, wanted: impl Fn(&CaseEvent) -> Option<T>) -> T {
        loop {
            let (_, event) =
                self.threads.writer.wait_for_event(Duration::from_mins(1)).expect("an event");
            if let Some(found) = wanted(&event) {
                return found;
            }
        }
    }
}

fn is_over(event: &CaseEvent) -> Option<()> {
    matches!(event, CaseEvent::BackgroundEnded).then_some(())
}

fn mask(item: i64, mask: Mask) -> StoredMask {
    StoredMask {
        item: ItemId(item),
        frame: None,
        author: "ada".to_owned(),
        mask,
        label: MaskLabel::default(),
        started_from_map_at: None,
        model: None,
        tools: std::collections::BTreeMap::new(),
        seen_readers: None,
        at: case::now(),
        reviewer: None,
    }
}

fn answer(event: &CaseEvent) -> Option<(u64, bool)> {
    match event {
        CaseEvent::MaskSaved { ticket } => Some((*ticket, true)),
        CaseEvent::MaskNotSaved { ticket, .. } => Some((*ticket, false)),
        _ => None,
    }
}

#[test]
fn every_mask_is_answered_whatever_becomes_of_the_case() {
    let bench = Bench::new();
    bench.save(1, 1);
    bench.save(2, 2);
    bench.threads.send(1, CaseJob::Crash);
    bench.save(1, 3);
    assert_eq!(bench.until(answer), (1, true));
    assert_eq!(bench.until(answer), (2, false), "of a case that was left");
    bench.until(|event| matches!(event, CaseEvent::Closed).then_some(()));
    assert_eq!(bench.until(answer), (3, false), "after a crash");
}

#[test]
fn what_was_found_is_kept_for_the_file_that_was_examined_only() {
    let bench = Bench::new();
    let other = PathBuf::from("/elsewhere/1.png");
    let result = Err("unreadable".to_owned());
    bench.threads.send(1, CaseJob::Record { item: ItemId(1), path: other, result });
    let is_row = |event: &CaseEvent| match event {
        CaseEvent::NotRecorded(what) => Some(Err(what.clone())),
        CaseEvent::Row(_) => Some(Ok(())),
        _ => None,
    };
    let refused = bench.until(is_row).unwrap_err();
    assert!(refused.contains("elsewhere"), "{refused}");
}

#[test]
fn a_mask_is_saved_while_two_hundred_thousand_files_are_added() {
    let bench = Bench::new();
    bench.adding(200_000);
    let other = Case::open(bench.path(), "bob").unwrap();
    assert!(matches!(other.access(), Access::ReadOnly { reason } if reason.contains("ada")));
    drop(other);
    bench.save_meanwhile(|case| case.n_items().unwrap() == 200_001);
    let case = bench.on_disk();
    assert_eq!((case.n_items().unwrap(), case.masks(ItemId(1)).unwrap().len()), (200_001, 1));
    let found = case.verify(false, &TaskCtx::silent()).unwrap();
    assert!(found.is_sound(), "{:?}", found.faults);
}

#[test]
fn a_mask_is_saved_while_a_data_set_is_imported() {
    const N: u32 = 250;
    let bench = Bench::new();
    let mut noise = Mask::new(256, 256);
    (0..256u32).for_each(|y| (0..64).for_each(|x| noise.set_span(y, x * 4..x * 4 + 1 + y % 3)));
    let mut from = Case::create(bench.folder.path().join("b.pentimento"), "bob").unwrap();
    let path = |n: u32| bench.folder.path().join(format!("p{n}.png"));
    let item = |n| NewItem { path: path(n), source: None, person: None };
    crate::media::write_png(&path(0), &RgbImage::filled(256, 256, [90; 3])).unwrap();
    (1..N).for_each(|n| assert!(std::fs::copy(path(0), path(n)).unwrap() > 0));
    from.add(&mut (0..N).map(item), &TaskCtx::silent()).unwrap();
    from.batch(|case| (1..=i64::from(N)).try_for_each(|n| case.save_mask(&mask(n, noise.clone()))))
        .map_err(|e: case::Error| e.to_string())
        .unwrap();
    let set = bench.folder.path().join("set");
    let options = CaseExportOptions { with_unfinished: true, ..CaseExportOptions::default() };
    curate::export(&from, Format::Pentimento, &set, &options, &TaskCtx::silent()).unwrap();
    bench.begin(BackgroundWork::Import(set));
    bench.wait_for(|case| !case.mask_keys().unwrap().is_empty());
    bench.save_meanwhile(|case| case.mask_keys().unwrap().len() == N as usize + 1);
    let case = bench.on_disk();
    assert_eq!(case.mask_keys().unwrap().len(), N as usize + 1);
    assert!(case.verify(false, &TaskCtx::silent()).unwrap().is_sound());
}

#[test]
fn a_mask_is_saved_while_the_queue_is_ranked() {
    let bench = Bench::new();
    bench.adding(100_000);
    bench.until(is_over);
    bench.begin(BackgroundWork::Rank {
        strategy: QueueStrategy::Random,
        quotas: Quotas::default(),
        seed: 1,
    });
    bench.save_meanwhile(|case| case.row(ItemId(100_000)).unwrap().rank.is_some());
    let rows = bench.on_disk().rows().unwrap();
    assert!(rows.iter().all(|row| row.rank.is_some()));
    assert_eq!(rows[0].n_masks, 1);
}

#[test]
fn a_case_that_is_left_waits_for_its_long_work_to_stop() {
    let bench = Bench::new();
    bench.adding(400_000);
    bench.threads.send(1, CaseJob::Close);
    bench.until(|event| matches!(event, CaseEvent::Closed).then_some(()));
    let case = Case::open(bench.path(), "bob").unwrap();
    assert_eq!(*case.access(), Access::Write, "the right to write is free");
    let n = case.n_items().unwrap();
    assert!((2..300_000).contains(&n), "{n}");
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(case.n_items().unwrap(), n, "nothing is written any more");
    bench.until(is_over);
}

#[test]
fn rows_of_background_work_are_brought_up_to_date_and_meet_no_other_case() {
    let bench = Bench::new();
    let old = bench.on_disk().rows().unwrap();
    bench.save(1, 1);
    bench.until(answer);
    let finish = |epoch| {
        let event = Some(CaseEvent::Notice("done".to_owned()));
        let result = Box::new(BackgroundResult { rows: Some(old.clone()), event });
        bench.threads.send(epoch, CaseJob::FinishBackground(Cell::new(Some(result))));
    };
    finish(2);
    finish(1);
    let mut heard = Vec::new();
    while heard.len() < 5 {
        let (epoch, event) = bench.threads.writer.wait_for_event(Duration::from_secs(20)).unwrap();
        match event {
            CaseEvent::Rows(rows) => heard.push((epoch, format!("{} masks", rows[0].n_masks))),
            CaseEvent::Notice(what) => heard.push((epoch, what)),
            CaseEvent::BackgroundEnded => heard.push((epoch, "over".to_owned())),
            _ => {}
        }
    }
    let expected = [(2, "done"), (2, "over"), (1, "1 masks"), (1, "done"), (1, "over")];
    assert_eq!(heard, expected.map(|(epoch, what)| (epoch, what.to_owned())));
}

#[test]
fn long_work_that_crashes_leaves_the_case_open() {
    let bench = Bench::new();
    bench.begin(BackgroundWork::Crash);
    let notice = bench.until(|event| match event {
        CaseEvent::Notice(what) => Some(what.clone()),
        _ => None,
    });
    assert!(notice.contains("crashed"), "{notice}");
    bench.until(is_over);
    bench.save(1, 1);
    assert_eq!(bench.until(answer), (1, true));
}

#[test]
fn long_work_that_cannot_begin_is_over() {
    let bench = Bench::new();
    bench.threads.start_background(2, BackgroundWork::CompareReaders, Cancel::default());
    bench.until(is_over);
    std::fs::rename(bench.path(), bench.folder.path().join("b.pentimento")).unwrap();
    bench.begin(BackgroundWork::Add(Vec::new()));
    let notice = bench.until(|event| match event {
        CaseEvent::Notice(what) => Some(what.clone()),
        _ => None,
    });
    assert!(notice.contains("moved or replaced"), "{notice}");
}

#[test]
fn a_state_that_cannot_be_set_is_sent_back_as_it_is() {
    let bench = Bench::new();
    bench.threads.send(1, CaseJob::Close);
    bench.until(|event| matches!(event, CaseEvent::Closed).then_some(()));
    let _other = Case::open(bench.path(), "bob").unwrap();
    let (path, author) = (bench.path(), "ada".to_owned());
    bench.threads.send(2, CaseJob::Open { path, author });
    bench.threads.send(2, CaseJob::SetState(ItemId(1), ItemState::Done));
    let heard = |event: &CaseEvent| match event {
        CaseEvent::Row(row) => Some(Some(row.state)),
        CaseEvent::Notice(_) => Some(None),
        _ => None,
    };
    assert_eq!(bench.until(heard), Some(ItemState::ToDo), "the case is open for reading only");
    assert_eq!(bench.until(heard), None, "and a notice says why");
}

#[test]
fn threads_end_though_nobody_takes_their_events() {
    let Bench { threads, folder } = Bench::new();
    (0..6000).for_each(|_| threads.send(1, CaseJob::ReadMasks(ItemId(1))));
    let work = BackgroundWork::Add(vec![folder.path().join("2.png")]);
    threads.start_background(1, work, Cancel::default());
    let (sender, ended) = std::sync::mpsc::sync_channel(1);
    let end = move || {
        drop(threads);
        sender.send(()).unwrap();
    };
    std::thread::Builder::new().name("end".to_owned()).spawn(end).unwrap();
    ended.recv_timeout(Duration::from_mins(1)).expect("the threads wait for each other");
    let case = Case::open_read_only(folder.path().join("a.pentimento")).unwrap();
    assert_eq!(case.n_items().unwrap(), 2, "the work in the background was done");
}

#[test]
#[cfg(unix)]
fn a_file_that_was_replaced_by_one_of_the_same_size_and_time_is_hashed_anew() {
    let bench = Bench::new();
    let [path, other] = ["1.png", "other"].map(|name| bench.folder.path().join(name));
    std::fs::write(&path, "one").unwrap();
    std::fs::write(&other, "two").unwrap();
    let sha256 = crate::files::sha256_hex(b"one");
    bench.threads.send(1, CaseJob::Identify(ItemId(1), sha256));
    bench.save(1, 1);
    assert_eq!(bench.until(answer), (1, true));
    let written = std::fs::metadata(&path).unwrap().modified().unwrap();
    std::fs::File::options().append(true).open(&other).unwrap().set_modified(written).unwrap();
    std::fs::rename(&other, &path).unwrap();
    bench.save(1, 2);
    assert_eq!(bench.until(answer), (2, false), "the mask is of another file");
}
