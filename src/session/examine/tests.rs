//! Tests of the queue, without a thread: events are made by the test.

use super::error::ExamineError;
use super::job::{ExamineEvent, Happened, JobKind};
use super::queue::ExamineQueue;
use crate::base::{Cancelled, Rect};
use crate::detect::Degradation;
use crate::session::document::id::DocumentId;
use crate::session::document::open::DocumentState;
use crate::session::request::Request;
use crate::session::test_support::{add_picture, requests, with_clip};
use crate::session::workspace::Workspace;

fn kinds(queue: &ExamineQueue) -> Vec<JobKind> {
    queue.waiting.iter().map(super::job::ExamineJob::kind).collect()
}

fn dispatch(queue: &mut ExamineQueue, ws: &mut Workspace) {
    queue.dispatch(ws, |_| None);
}

fn finish(
    queue: &mut ExamineQueue,
    ws: &mut Workspace,
    id: DocumentId,
    result: Result<(), ExamineError>,
) {
    let happened = Happened::Finished(result);
    queue.take_in(ws, ExamineEvent { document: Some(id), happened });
    dispatch(queue, ws);
}

/// A clip in its full pass.
fn in_full_pass() -> (ExamineQueue, Workspace, DocumentId) {
    let (mut ws, id) = with_clip();
    let mut queue = ExamineQueue::without_thread();
    ws.documents.get_mut(id).unwrap().give_way();
    queue.enqueue_full_pass(&ws, id);
    dispatch(&mut queue, &mut ws);
    assert_eq!(ws.documents.get(id).unwrap().state, DocumentState::Working);
    (queue, ws, id)
}

#[test]
fn a_full_pass_gives_way_to_a_short_job_and_goes_on_later() {
    let (mut queue, mut ws, clip) = in_full_pass();
    let still = add_picture(&mut ws, "/b.png");
    queue.examine(&ws, still);
    let running = queue.running.as_ref().unwrap();
    assert!(running.stop_reason().is_some(), "it is stopped");
    let view = queue.job_view(&ws.documents).unwrap();
    assert!(!view.stopping, "a person did not ask for it");
    finish(&mut queue, &mut ws, clip, Err(Cancelled.into()));
    assert_eq!(queue.running.as_ref().unwrap().job.document, Some(still));
    assert_eq!(ws.documents.get(clip).unwrap().state, DocumentState::Waiting, "it goes on");
    assert_eq!(kinds(&queue), [JobKind::FullPass]);
    finish(&mut queue, &mut ws, still, Ok(()));
    assert_eq!(ws.documents.get(still).unwrap().state, DocumentState::Done);
    assert_eq!(queue.running.as_ref().unwrap().job.kind(), JobKind::FullPass);
}

#[test]
fn short_jobs_go_before_full_passes_and_keep_their_order() {
    let (mut queue, mut ws, clip) = in_full_pass();
    let (b, c) = (add_picture(&mut ws, "/b.png"), add_picture(&mut ws, "/c.png"));
    queue.enqueue_full_pass(&ws, clip);
    queue.examine(&ws, b);
    queue.examine(&ws, c);
    let order: Vec<_> = queue.waiting.iter().map(|job| job.document).collect();
    assert_eq!(order, [Some(b), Some(c), Some(clip)]);
    queue.document_shown(&ws, c);
    assert_eq!(queue.waiting[0].document, Some(c), "what is shown is done first");
}

#[test]
fn a_stop_by_a_person_ends_the_pass_and_all_that_waits() {
    let (mut queue, mut ws, clip) = in_full_pass();
    let still = add_picture(&mut ws, "/b.png");
    ws.documents.get_mut(still).unwrap().wait();
    queue.examine(&ws, still);
    queue.cancel_all(&mut ws);
    assert!(queue.job_view(&ws.documents).unwrap().stopping);
    assert_eq!(ws.documents.get(still).unwrap().state, DocumentState::Cancelled);
    finish(&mut queue, &mut ws, clip, Err(Cancelled.into()));
    assert_eq!(ws.documents.get(clip).unwrap().state, DocumentState::Cancelled);
    assert!(queue.running.is_none() && queue.waiting.is_empty());
}

#[test]
fn an_item_is_examined_when_nothing_else_waits_and_gives_way() {
    let (mut ws, _) = with_clip();
    let mut queue = ExamineQueue::without_thread();
    queue.dispatch(&mut ws, |_| Some(("/item.png".into(), false)));
    assert!(queue.job_view(&ws.documents).is_none(), "silently");
    let still = add_picture(&mut ws, "/b.png");
    queue.examine(&ws, still);
    assert!(queue.running.as_ref().unwrap().stop_reason().is_some());
    let error = Err(ExamineError::Cancelled(Cancelled));
    for happened in [Happened::QueueItemExamined(error), Happened::Finished(Ok(()))] {
        queue.take_in(&mut ws, ExamineEvent { document: None, happened });
    }
    let is_it = |r: &Request| matches!(r, Request::QueueItemExamined(Err(_)));
    assert_eq!(requests(&mut ws).iter().filter(|r| is_it(r)).count(), 1);
    queue.dispatch(&mut ws, |_| Some(("/not wanted".into(), false)));
    assert_eq!(queue.running.as_ref().unwrap().job.document, Some(still));
}

#[test]
fn a_closed_document_leaves_no_work_behind() {
    let (mut queue, mut ws, clip) = in_full_pass();
    queue.examine_region(&mut ws, &Rect::new(1.0, 1.0, 9.0, 9.0));
    ws.documents.close(clip);
    dispatch(&mut queue, &mut ws);
    assert!(queue.waiting.is_empty());
    assert!(queue.running.as_ref().unwrap().stop_reason().is_some());
    finish(&mut queue, &mut ws, clip, Err(Cancelled.into()));
    assert!(queue.running.is_none());
}

#[test]
fn a_crash_of_an_item_is_told_to_the_case() {
    let (mut ws, _) = with_clip();
    let mut queue = ExamineQueue::without_thread();
    queue.dispatch(&mut ws, |_| Some(("/item.png".into(), false)));
    let happened = Happened::Finished(Err(ExamineError::Failed("crashed".to_owned())));
    queue.take_in(&mut ws, ExamineEvent { document: None, happened });
    assert!(matches!(requests(&mut ws)[..], [Request::QueueItemExamined(Err(_))]));
}

#[test]
fn nothing_is_tried_on_a_face_that_is_not_there() {
    let (mut ws, _) = with_clip();
    let mut queue = ExamineQueue::without_thread();
    queue.try_degraded(&mut ws, 3, Some(Degradation::Jpeg(50)));
    queue.test_robustness(&mut ws, 0);
    assert!(queue.waiting.is_empty());
}
