//! The worker: a thread, its queue, and the ways to and from it.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::{JobQueue, join_within};
use crate::base::Progress;

/// Shortest time between two calls of `wake` for progress alone: 20 a second.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(50);

/// Tells the front end that there is something new to poll.
pub(in crate::session) type Wake = Arc<dyn Fn() + Send + Sync>;

/// Does the jobs of a worker, on its thread.
pub(in crate::session) trait Handler<Job, Event> {
    /// Does one job. What comes of it is sent as events.
    fn handle(&mut self, job: &Job, events: &EventSender<Event>);

    /// Tells that [`handle`](Self::handle) panicked on this job. The handler is gone; the next job
    /// meets a new one.
    fn on_crash(job: &Job, events: &EventSender<Event>);
}

/// What happens when a worker is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::session) enum AtEnd {
    /// Jobs that wait are dropped. The job being done is waited for, no longer than this.
    LeaveAfter(Duration),
    /// All jobs that wait are done first.
    Finish,
}

/// How a worker is set up.
#[derive(Debug, Clone, Copy)]
pub(in crate::session) struct WorkerOptions {
    /// Name of the thread.
    pub(in crate::session) name: &'static str,
    /// Jobs that may wait.
    pub(in crate::session) max_jobs: usize,
    /// Events that may wait to be taken. A handler that sends more waits.
    pub(in crate::session) max_events: usize,
    pub(in crate::session) at_end: AtEnd,
}

/// A thread that does one job after the other.
pub(in crate::session) struct Worker<Job, Event, Queue = VecDeque<Job>> {
    shared: Arc<Shared<Queue>>,
    events: Option<Receiver<Event>>,
    progress: Arc<Mutex<Option<Progress>>>,
    thread: Option<JoinHandle<()>>,
    options: WorkerOptions,
    job: PhantomData<fn(Job)>,
}

#[derive(Default)]
struct Shared<Queue> {
    state: Mutex<State<Queue>>,
    changed: Condvar,
}

#[derive(Default)]
struct State<Queue> {
    queue: Queue,
    is_closing: bool,
    /// The thread takes no more jobs.
    has_ended: bool,
    /// When `wake` is to be called though no event comes.
    wake_at: Option<Instant>,
}

/// Hands jobs to a worker from another thread, without a bound.
pub(in crate::session) struct JobSender<Job, Queue = VecDeque<Job>> {
    shared: Arc<Shared<Queue>>,
    job: PhantomData<fn(Job)>,
}

impl<Job, Queue> Clone for JobSender<Job, Queue> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), job: PhantomData }
    }
}

impl<Job, Queue: JobQueue<Job>> JobSender<Job, Queue> {
    /// Hands a job over; drops it when the thread has ended.
    pub(in crate::session) fn send(&self, job: Job) {
        let mut state = self.shared.state.lock();
        if !state.has_ended {
            state.queue.push(job);
            drop(state);
            self.shared.changed.notify_one();
        }
    }
}

/// Where a handler sends what comes of its jobs.
pub(in crate::session) struct EventSender<Event> {
    events: SyncSender<Event>,
    progress: Arc<Mutex<Option<Progress>>>,
    last_progress: Mutex<Option<Instant>>,
    wake: Wake,
}

impl<Event> EventSender<Event> {
    /// Sends an event; waits while too many wait to be taken. False when nobody takes events any
    /// more.
    pub(in crate::session) fn send(&self, event: Event) -> bool {
        let is_sent = self.events.send(event).is_ok();
        (self.wake)();
        is_sent
    }

    /// Sends an event unless too many wait to be taken; then it comes back.
    pub(in crate::session) fn try_send(&self, event: Event) -> Result<(), Event> {
        let sent = self.events.try_send(event);
        (self.wake)();
        match sent {
            Err(TrySendError::Full(event)) => Err(event),
            Ok(()) | Err(TrySendError::Disconnected(_)) => Ok(()),
        }
    }

    /// Replaces the progress shown. `wake` is called 20 times a second at most.
    pub(in crate::session) fn set_progress(&self, progress: Progress) {
        self.set_progress_at(progress, Instant::now());
    }

    fn set_progress_at(&self, progress: Progress, now: Instant) {
        *self.progress.lock() = Some(progress);
        let mut last = self.last_progress.lock();
        if last.is_none_or(|at| now.duration_since(at) >= PROGRESS_INTERVAL) {
            *last = Some(now);
            drop(last);
            (self.wake)();
        }
    }

    /// The work that told of its progress is over.
    pub(in crate::session) fn clear_progress(&self) {
        *self.progress.lock() = None;
    }
}

impl<Job, Event, Queue> Worker<Job, Event, Queue>
where
    Job: Send + 'static,
    Event: Send + 'static,
    Queue: JobQueue<Job> + Default + 'static,
{
    /// Starts the thread. `make_handler` is called on it: at the start, and after a crash.
    ///
    /// # Errors
    ///
    /// The system's reason when it has no thread.
    pub(in crate::session) fn start<H: Handler<Job, Event>>(
        options: WorkerOptions,
        wake: Wake,
        make_handler: impl FnMut() -> H + Send + 'static,
    ) -> std::io::Result<Self> {
        let (sender, events) = sync_channel(options.max_events);
        let progress = Arc::<Mutex<Option<Progress>>>::default();
        let sender = EventSender {
            events: sender,
            progress: Arc::clone(&progress),
            last_progress: Mutex::new(None),
            wake,
        };
        let shared = Arc::<Shared<Queue>>::default();
        let theirs = Arc::clone(&shared);
        let finishes = options.at_end == AtEnd::Finish;
        let thread = std::thread::Builder::new()
            .name(options.name.to_owned())
            .spawn(move || run(&theirs, &sender, finishes, make_handler))?;
        let thread = Some(thread);
        Ok(Self { shared, events: Some(events), progress, thread, options, job: PhantomData })
    }

    /// Hands a job over; false when too many wait already or the thread is gone.
    pub(in crate::session) fn send(&self, job: Job) -> bool {
        let mut state = self.shared.state.lock();
        if state.has_ended || state.queue.len() >= self.options.max_jobs {
            return false;
        }
        state.queue.push(job);
        drop(state);
        self.shared.changed.notify_one();
        true
    }

    /// A way to hand over jobs from other threads.
    pub(in crate::session) fn sender(&self) -> JobSender<Job, Queue> {
        JobSender { shared: Arc::clone(&self.shared), job: PhantomData }
    }

    /// Calls `wake` after this time, once. A later call replaces an earlier one.
    pub(in crate::session) fn wake_after(&self, delay: Duration) {
        self.shared.state.lock().wake_at = Some(Instant::now() + delay);
        self.shared.changed.notify_one();
    }

    pub(in crate::session) fn next_event(&self) -> Option<Event> {
        self.events.as_ref()?.try_recv().ok()
    }

    /// Drops the events that wait and those to come: a handler that waits for room goes on.
    pub(in crate::session) fn ignore_events(&mut self) {
        self.events = None;
    }

    /// The newest progress of the job being done.
    pub(in crate::session) fn progress(&self) -> Option<Progress> {
        *self.progress.lock()
    }

    /// A job that begins has made no progress yet.
    pub(in crate::session) fn clear_progress(&self) {
        *self.progress.lock() = None;
    }
}

#[cfg(test)]
impl<Job, Event, Queue: JobQueue<Job> + Default> Worker<Job, Event, Queue> {
    /// Without a thread: jobs stay in the queue.
    pub(in crate::session) fn without_thread(options: WorkerOptions) -> Self {
        let (shared, progress) = Default::default();
        Self { shared, events: None, progress, thread: None, options, job: PhantomData }
    }

    /// Takes the jobs that wait.
    pub(in crate::session) fn take_jobs(&self) -> Vec<Job> {
        let mut state = self.shared.state.lock();
        std::iter::from_fn(|| state.queue.pop()).collect()
    }

    pub(in crate::session) fn wait_for_event(&self, limit: Duration) -> Option<Event> {
        self.events.as_ref()?.recv_timeout(limit).ok()
    }
}

impl<Job, Event, Queue> Drop for Worker<Job, Event, Queue> {
    fn drop(&mut self) {
        self.shared.state.lock().is_closing = true;
        self.shared.changed.notify_one();
        // A handler that waits for room goes on.
        self.events = None;
        let Some(thread) = self.thread.take() else { return };
        let limit = match self.options.at_end {
            AtEnd::LeaveAfter(limit) => limit,
            AtEnd::Finish => Duration::MAX,
        };
        if !join_within(thread, limit, self.options.name) {
            tracing::warn!("the {} thread did not end in time", self.options.name);
        }
    }
}

fn run<Job, Event, Queue: JobQueue<Job> + Default, H: Handler<Job, Event>>(
    shared: &Shared<Queue>,
    events: &EventSender<Event>,
    finishes: bool,
    mut make_handler: impl FnMut() -> H,
) {
    let _end = EndGuard { shared, job: PhantomData };
    let mut handler = make_handler();
    while let Some(job) = next_job(shared, events, finishes) {
        let done = catch_unwind(AssertUnwindSafe(|| handler.handle(&job, events)));
        if done.is_err() {
            // What the crash left behind is not trusted.
            handler = make_handler();
            H::on_crash(&job, events);
        }
    }
}

/// Dropped at the end of the thread, however it ends: no more jobs are taken.
struct EndGuard<'a, Job, Queue: JobQueue<Job> + Default> {
    shared: &'a Shared<Queue>,
    job: PhantomData<fn(Job)>,
}

impl<Job, Queue: JobQueue<Job> + Default> Drop for EndGuard<'_, Job, Queue> {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock();
        state.has_ended = true;
        // Whoever waits for a job that was handed over late hears that it was dropped.
        let late = std::mem::take(&mut state.queue);
        drop(state);
        drop(late);
    }
}

/// Waits for a job; `None` at the end.
fn next_job<Job, Event, Queue: JobQueue<Job>>(
    shared: &Shared<Queue>,
    events: &EventSender<Event>,
    finishes: bool,
) -> Option<Job> {
    let mut state = shared.state.lock();
    loop {
        if state.is_closing && !finishes {
            return None;
        }
        if let Some(job) = state.queue.pop() {
            return Some(job);
        }
        if state.is_closing {
            return None;
        }
        match state.wake_at {
            None => shared.changed.wait(&mut state),
            Some(at) if at <= Instant::now() => {
                state.wake_at = None;
                drop(state);
                (events.wake)();
                state = shared.state.lock();
            }
            Some(at) => {
                shared.changed.wait_until(&mut state, at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Phase;
    use std::sync::atomic::{AtomicUsize, Ordering};

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
    fn progress_is_the_newest_and_wakes_are_counted_out() {
        let woken = Arc::new(AtomicUsize::new(0));
        let theirs = Arc::clone(&woken);
        let (events, _taken) = sync_channel::<()>(1);
        let sender = EventSender {
            events,
            progress: Arc::default(),
            last_progress: Mutex::new(None),
            wake: Arc::new(move || {
                theirs.fetch_add(1, Ordering::SeqCst);
            }),
        };
        let start = Instant::now();
        for done in 0..1000 {
            let progress = Progress { phase: Phase::Examining, done, total: 1000 };
            sender.set_progress_at(progress, start + Duration::from_millis(done));
        }
        assert_eq!(sender.progress.lock().map(|p| p.done), Some(999));
        assert_eq!(woken.load(Ordering::SeqCst), 20, "in one second");
        assert_eq!(sender.try_send(()), Ok(()));
        assert_eq!(sender.try_send(()), Err(()), "it comes back");
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
}
