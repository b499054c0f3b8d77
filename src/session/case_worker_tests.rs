//! Tests of the thread of the case.

use super::*;
use crate::annotate::{Mask, MaskLabel};

struct Bench {
    worker: CaseWorker,
    _folder: tempfile::TempDir,
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
        let worker = CaseWorker::start(Arc::new(|| {})).unwrap();
        worker.send(1, Job::Open(path, "ada".to_owned()));
        Self { worker, _folder: folder }
    }

    fn save(&self, epoch: Epoch, ticket: u64) {
        let mask = StoredMask {
            item: ItemId(1),
            frame: None,
            author: "ada".to_owned(),
            mask: Mask::new(4, 4),
            label: MaskLabel::default(),
            started_from_map_at: None,
            model: None,
            tools: std::collections::BTreeMap::new(),
            at: case::now(),
            reviewer: None,
        };
        let keep = ToKeep { ticket, mask: Box::new(mask), media_sha256: None };
        self.worker.send(epoch, Job::SaveMask(keep));
    }

    fn until<T>(&self, wanted: impl Fn(&Event) -> Option<T>) -> T {
        loop {
            let (_, event) =
                self.worker.events.recv_timeout(Duration::from_secs(20)).expect("an event");
            if let Some(found) = wanted(&event) {
                return found;
            }
        }
    }
}

fn answer(event: &Event) -> Option<(u64, bool)> {
    match event {
        Event::MaskSaved(ticket) => Some((*ticket, true)),
        Event::MaskNotSaved(ticket, _) => Some((*ticket, false)),
        _ => None,
    }
}

#[test]
fn every_mask_is_answered_whatever_becomes_of_the_case() {
    let bench = Bench::new();
    bench.save(1, 1);
    bench.save(2, 2);
    bench.worker.send(1, Job::Crash);
    bench.save(1, 3);
    assert_eq!(bench.until(answer), (1, true));
    assert_eq!(bench.until(answer), (2, false), "of a case that was left");
    bench.until(|event| matches!(event, Event::Closed).then_some(()));
    assert_eq!(bench.until(answer), (3, false), "after a crash");
}

#[test]
fn what_was_found_is_kept_for_the_file_that_was_examined_only() {
    let bench = Bench::new();
    let other = PathBuf::from("/elsewhere/1.png");
    bench.worker.send(1, Job::Record(ItemId(1), other, Err("unreadable".to_owned())));
    let is_row = |event: &Event| match event {
        Event::NotRecorded(what) => Some(Err(what.clone())),
        Event::Row(_) => Some(Ok(())),
        _ => None,
    };
    let refused = bench.until(is_row).unwrap_err();
    assert!(refused.contains("elsewhere"), "{refused}");
}
