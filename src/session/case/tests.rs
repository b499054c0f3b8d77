//! The part that works on a case, without threads: jobs are recorded, events are made by hand.

use std::path::PathBuf;
use std::sync::Arc;

use super::command::CaseCommand;
use super::controller::CaseController;
use super::job::{CaseEvent, CaseJob, Epoch, MaskToSave};
use super::mask_state::SaveScope;
use super::threads::CaseThreads;
use crate::annotate::{Brush, Change, Mask, MaskLabel};
use crate::base::Point;
use crate::case::{Access, Examined, ItemId, ItemRow, ItemState, StoredMask, now};
use crate::session::document::id::DocumentId;
use crate::session::document::open::Document;
use crate::session::request::Request;
use crate::session::test_support::show_gray;
use crate::session::workspace::Workspace;

struct Bench {
    case: CaseController,
    ws: Workspace,
}

impl Bench {
    /// An open case with two items, the first of which is shown with its picture and masks.
    fn new() -> Self {
        let mut case = CaseController::new(Arc::new(|| {}));
        case.threads = Some(CaseThreads::without_threads());
        let mut bench = Self { case, ws: Workspace::default() };
        bench.send(CaseEvent::Opened {
            path: "/c/a.pentimento".into(),
            author: "ada".to_owned(),
            access: Access::Write,
            rows: [1, 2].map(row).to_vec(),
            read: std::collections::BTreeSet::new(),
        });
        bench.show(1);
        bench.send(CaseEvent::Masks(ItemId(1), Vec::new()));
        bench.poll();
        bench.take_jobs();
        bench
    }

    fn send(&mut self, event: CaseEvent) {
        let epoch = self.case.epoch;
        self.case.take_in(&mut self.ws, epoch, event);
    }

    fn command(&mut self, command: CaseCommand) {
        self.case.command(&mut self.ws, command);
    }

    fn poll(&mut self) {
        self.case.poll(&mut self.ws, false);
    }

    /// Takes an item and gives its document a picture.
    fn show(&mut self, item: i64) -> DocumentId {
        self.command(CaseCommand::Take(ItemId(item)));
        let document = self.ws.documents.active_mut().unwrap();
        show_gray(document);
        document.id
    }

    fn draw(&mut self, x: f32) {
        let document = self.ws.documents.active_mut().unwrap();
        let brush = Brush { diameter_px: 6.0, ..Brush::default() };
        let mask = document.mask_mut(0).unwrap();
        mask.begin_stroke(brush, Change::Add, Point { x, y: 20.0 }, 1.0);
        mask.end_stroke();
    }

    fn document(&self, id: DocumentId) -> &Document {
        self.ws.documents.get(id).unwrap()
    }

    fn take_jobs(&self) -> Vec<(Epoch, CaseJob)> {
        self.case.threads.as_ref().unwrap().take_jobs()
    }

    /// Masks that were sent since the last call.
    fn take_saves(&self) -> Vec<MaskToSave> {
        let saves = self.take_jobs().into_iter().filter_map(|(_, job)| match job {
            CaseJob::SaveMask(mask) => Some(*mask),
            _ => None,
        });
        saves.collect()
    }

    fn take_closed(&mut self) -> Vec<DocumentId> {
        let requests: Vec<Request> = std::iter::from_fn(|| self.ws.next_request()).collect();
        let closed = requests.into_iter().filter_map(|request| match request {
            Request::Close(id) => Some(id),
            _ => None,
        });
        closed.collect()
    }

    fn notices(&self) -> String {
        self.ws.notices.list().iter().map(|notice| notice.text.as_str()).collect()
    }
}

fn row(id: i64) -> ItemRow {
    ItemRow {
        id: ItemId(id),
        path: PathBuf::from(format!("/m/{id}.png")).into(),
        state: ItemState::InWork,
        sha256: None,
        source: None,
        person: None,
        examined: Examined::Done,
        verdict: None,
        score: None,
        found: None,
        rank: None,
        strategy: None,
        why: None,
        n_masks: 0,
        seconds: 0.0,
    }
}

fn stored(author: &str, mask: Mask) -> StoredMask {
    StoredMask {
        item: ItemId(1),
        frame: None,
        author: author.to_owned(),
        mask,
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
fn a_finished_stroke_is_sent_once_and_counts_as_saved_when_the_writer_says_so() {
    let mut bench = Bench::new();
    bench.draw(20.0);
    bench.poll();
    let saves = bench.take_saves();
    let [save] = saves.as_slice() else { panic!("{} masks were sent", saves.len()) };
    assert_eq!((save.mask.item, save.mask.author.as_str()), (ItemId(1), "ada"));
    assert!(save.mask.mask.count() > 0);
    bench.poll();
    assert!(bench.take_saves().is_empty(), "it is on its way");
    let id = bench.ws.documents.active_id().unwrap();
    assert_eq!(bench.document(id).n_unsaved_masks(), 1, "but not saved");
    let ticket = save.ticket;
    bench.send(CaseEvent::MaskSaved { ticket });
    assert_eq!(bench.document(id).n_unsaved_masks(), 0);
    bench.draw(40.0);
    bench.poll();
    assert!(bench.take_saves()[0].ticket > ticket);
}

#[test]
fn a_stroke_that_goes_on_waits_and_so_does_what_is_drawn_before_the_masks_are_loaded() {
    let mut bench = Bench::new();
    let document = bench.ws.documents.active_mut().unwrap();
    let brush = Brush { diameter_px: 6.0, ..Brush::default() };
    let mask = document.mask_mut(0).unwrap();
    mask.begin_stroke(brush, Change::Add, Point { x: 9.0, y: 9.0 }, 1.0);
    bench.poll();
    assert!(bench.take_saves().is_empty(), "the brush is down");

    bench.show(2);
    bench.take_saves();
    bench.draw(30.0);
    bench.poll();
    assert!(bench.take_saves().is_empty(), "the case may have a mask of it");
    let mut earlier = Mask::new(64, 48);
    earlier.set_span(40, 0..10);
    let loaded = StoredMask { item: ItemId(2), ..stored("ada", earlier.clone()) };
    bench.send(CaseEvent::Masks(ItemId(2), vec![loaded]));
    bench.poll();
    let saves = bench.take_saves();
    assert_eq!(saves.len(), 1);
    assert!(saves[0].mask.mask.get(5, 40) && saves[0].mask.mask.get(30, 20), "both are in it");
}

#[test]
fn a_mask_that_could_not_be_saved_stays_and_is_sent_again_with_a_decision() {
    let mut bench = Bench::new();
    bench.draw(20.0);
    bench.poll();
    let ticket = bench.take_saves()[0].ticket;
    bench.send(CaseEvent::MaskNotSaved { ticket, reason: "the disk is full.".to_owned() });
    assert!(bench.notices().contains("1.png could not be saved in the case: the disk is full."));
    bench.poll();
    assert!(bench.take_saves().is_empty(), "not again and again");
    let id = bench.ws.documents.active_id().unwrap();
    assert!(!bench.case.close_when_saved(&mut bench.ws, id), "it stays open");
    bench.case.save_masks(&mut bench.ws, None, SaveScope::AllChanges);
    assert_eq!(bench.take_saves().len(), 1);
}

#[test]
fn a_document_closes_when_its_last_mask_is_saved() {
    let mut bench = Bench::new();
    let first = bench.ws.documents.active_id().unwrap();
    bench.draw(20.0);
    bench.show(2);
    let saves = bench.take_saves();
    assert_eq!((saves.len(), bench.take_closed().as_slice()), (1, [].as_slice()));
    bench.send(CaseEvent::MaskSaved { ticket: saves[0].ticket });
    assert_eq!(bench.take_closed(), [first]);
}

#[test]
fn an_answer_for_a_document_that_was_closed_meanwhile_changes_nothing() {
    let mut bench = Bench::new();
    bench.draw(20.0);
    bench.poll();
    let first = bench.take_saves()[0].ticket;
    bench.draw(40.0);
    bench.poll();
    let second = bench.take_saves()[0].ticket;
    let id = bench.ws.documents.active_id().unwrap();
    bench.ws.documents.close(id);
    bench.send(CaseEvent::MaskSaved { ticket: first });
    assert_eq!((bench.notices().as_str(), bench.take_closed().as_slice()), ("", [].as_slice()));
    bench.send(CaseEvent::MaskNotSaved { ticket: second, reason: "it failed.".to_owned() });
    assert!(bench.notices().contains("Its file was closed."), "{}", bench.notices());
}

#[test]
fn a_case_that_is_left_saves_its_masks_first_and_closes_their_documents_later() {
    let mut bench = Bench::new();
    let id = bench.ws.documents.active_id().unwrap();
    bench.draw(20.0);
    let epoch = bench.case.epoch;
    bench.command(CaseCommand::Close);
    assert!(bench.case.open().is_none() && bench.case.epoch > epoch);
    let jobs = bench.take_jobs();
    let position = |is: fn(&CaseJob) -> bool| jobs.iter().position(|(_, job)| is(job));
    let saved = position(|job| matches!(job, CaseJob::SaveMask(_))).unwrap();
    let closed = position(|job| matches!(job, CaseJob::Close)).unwrap();
    assert!(saved < closed && jobs[saved].0 == epoch, "it belongs to the case that is left");
    assert!(bench.take_closed().is_empty(), "the mask is not saved yet");
    assert_eq!(bench.document(id).item, None);
    let CaseJob::SaveMask(save) = &jobs[saved].1 else { panic!("a mask was sent") };
    // Its answer counts although another case may be open by now; other late events do not.
    bench.case.take_in(&mut bench.ws, epoch, CaseEvent::MaskSaved { ticket: save.ticket });
    assert_eq!(bench.take_closed(), [id]);
    bench.case.take_in(&mut bench.ws, epoch, CaseEvent::Rows(Vec::new()));
    assert!(bench.case.open().is_none());
}

#[test]
fn a_done_item_without_a_drawing_gets_an_empty_mask_and_the_next_one_is_shown() {
    let mut bench = Bench::new();
    bench.command(CaseCommand::Mark(ItemState::Done));
    let jobs = bench.take_jobs();
    let saved = jobs.iter().position(|(_, job)| matches!(job, CaseJob::SaveMask(_))).unwrap();
    let marked = |job: &CaseJob| matches!(job, CaseJob::SetState(ItemId(1), ItemState::Done));
    assert!(jobs[saved + 1..].iter().any(|(_, job)| marked(job)), "the state comes after the mask");
    let CaseJob::SaveMask(save) = &jobs[saved].1 else { panic!("a mask was sent") };
    assert!(save.mask.mask.is_empty());
    assert_eq!(bench.ws.documents.active().unwrap().item, Some(ItemId(2)));
}

#[test]
fn another_readers_mask_is_not_saved_as_ones_own_and_must_be_confirmed() {
    let mut bench = Bench::new();
    let id = bench.ws.documents.active_id().unwrap();
    bench.ws.documents.get_mut(id).unwrap().case_item.has_masks = false;
    let mut theirs = Mask::new(64, 48);
    theirs.set_span(10, 0..10);
    bench.send(CaseEvent::Masks(ItemId(1), vec![stored("bob", theirs)]));
    bench.poll();
    assert!(bench.take_saves().is_empty());
    bench.command(CaseCommand::Mark(ItemState::Done));
    assert!(bench.notices().contains("drawn by bob"), "{}", bench.notices());
    bench.command(CaseCommand::ReadBlind(true));
    assert!(bench.document(id).masks.is_empty(), "it is hidden");
}
