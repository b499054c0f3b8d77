//! Tests of workers with threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::events::EventSender;
use super::thread::{AtEnd, Handler, Worker, WorkerOptions};

const PATIENCE: Duration = Duration::from_secs(20);

enum Job {
    Add(u32),
    Crash,
    /// Says that it began, and waits until it may end.
    Wait(SyncSender<()>, Mutex<Receiver<()>>),
}

/// Adds up; a new handler begins at 0.
#[derive(Default)]
struct Adder(u32);

impl Handler<Job, Result<u32, &'static str>> for Adder {
    fn handle(&mut self, job: &Job, events: &EventSender<Result<u32, &'static str>>) {
        match job {
            Job::Add(n) => {
                self.0 += n;
                events.send(Ok(self.0));
            }
            Job::Crash => std::panic::panic_any("on purpose"),
            Job::Wait(begun, may_end) => {
                begun.send(()).unwrap();
                may_end.lock().recv().ok();
            }
        }
    }

    fn on_crash(_job: &Job, events: &EventSender<Result<u32, &'static str>>) {
        events.send(Err("crashed"));
    }
}

fn options(at_end: AtEnd) -> WorkerOptions {
    WorkerOptions { name: "adder", max_jobs: 2, max_events: 8, at_end }
}

fn adder(at_end: AtEnd) -> Worker<Job, Result<u32, &'static str>> {
    Worker::start(options(at_end), Arc::new(|| {}), Adder::default).unwrap()
}

/// Has the thread wait in a job; it ends with the sender that comes back.
fn hold(worker: &Worker<Job, Result<u32, &'static str>>) -> SyncSender<()> {
    let (begun, has_begun) = sync_channel(1);
    let (end, may_end) = sync_channel(1);
    assert!(worker.send(Job::Wait(begun, Mutex::new(may_end))));
    has_begun.recv_timeout(PATIENCE).unwrap();
    end
}

#[test]
fn a_crash_is_an_event_and_the_next_job_meets_a_new_handler() {
    let worker = adder(AtEnd::Finish);
    for (job, expected) in [
        (Job::Add(2), Ok(2)),
        (Job::Add(3), Ok(5)),
        (Job::Crash, Err("crashed")),
        (Job::Add(7), Ok(7)),
    ] {
        assert!(worker.send(job));
        assert_eq!(worker.wait_for_event(PATIENCE), Some(expected));
    }
}

#[test]
fn jobs_that_wait_are_bounded() {
    let worker = adder(AtEnd::Finish);
    let held = hold(&worker);
    assert!(worker.send(Job::Add(1)) && worker.send(Job::Add(2)));
    assert!(!worker.send(Job::Add(4)), "two may wait");
    drop(held);
    assert_eq!(worker.wait_for_event(PATIENCE), Some(Ok(1)));
    assert_eq!(worker.wait_for_event(PATIENCE), Some(Ok(3)));
}

#[test]
fn the_end_finishes_what_waits_or_leaves_it_as_asked() {
    struct Counter(Arc<AtomicUsize>);
    impl Handler<Duration, ()> for Counter {
        fn handle(&mut self, job: &Duration, _events: &EventSender<()>) {
            std::thread::sleep(*job);
            self.0.fetch_add(1, Ordering::SeqCst);
        }
        fn on_crash(_job: &Duration, _events: &EventSender<()>) {}
    }
    let n_done = |at_end, job: Duration| {
        let done = Arc::new(AtomicUsize::new(0));
        let theirs = Arc::clone(&done);
        let options = WorkerOptions { max_jobs: 10, ..options(at_end) };
        let make = move || Counter(Arc::clone(&theirs));
        let worker = Worker::<Duration, ()>::start(options, Arc::new(|| {}), make).unwrap();
        (0..5).for_each(|_| assert!(worker.send(job)));
        drop(worker);
        done.load(Ordering::SeqCst)
    };
    assert_eq!(n_done(AtEnd::Finish, Duration::from_millis(10)), 5);
    let start = Instant::now();
    let limit = AtEnd::LeaveAfter(Duration::from_millis(50));
    assert_eq!(n_done(limit, Duration::from_secs(3)), 0, "left behind");
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(n_done(limit, Duration::from_millis(1)) < 5, "what waits is dropped");
}

#[test]
fn a_handler_that_waits_for_room_does_not_hold_up_the_end() {
    struct Talker;
    impl Handler<(), ()> for Talker {
        fn handle(&mut self, (): &(), events: &EventSender<()>) {
            while events.send(()) {}
        }
        fn on_crash((): &(), _events: &EventSender<()>) {}
    }
    let worker =
        Worker::<(), ()>::start(options(AtEnd::Finish), Arc::new(|| {}), || Talker).unwrap();
    assert!(worker.send(()));
    worker.wait_for_event(PATIENCE).unwrap();
    drop(worker);
}

#[test]
fn a_wake_can_be_asked_for_later() {
    let (woken, was_woken) = sync_channel(1);
    let wake = Arc::new(move || woken.send(Instant::now()).unwrap());
    let worker = Worker::<Job, Result<u32, &'static str>>::start(
        options(AtEnd::Finish),
        wake,
        Adder::default,
    )
    .unwrap();
    let start = Instant::now();
    worker.wake_after(Duration::from_millis(60));
    let at = was_woken.recv_timeout(PATIENCE).unwrap();
    assert!(at.duration_since(start) >= Duration::from_millis(60));
}
