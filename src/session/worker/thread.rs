//! The worker: a thread that does jobs, and its handler.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;
use std::time::Duration;

use super::events::{EventSender, SharedProgress, Wake};
use super::join::join_within;
use super::queue::JobQueue;
use super::shared::{EndGuard, JobSender, Shared};
use crate::base::Progress;

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
    progress: SharedProgress,
    thread: Option<JoinHandle<()>>,
    options: WorkerOptions,
    job: PhantomData<fn(Job)>,
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
        let (sender, events, progress) = EventSender::new(options.max_events, wake);
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
        self.shared.push(job, self.options.max_jobs)
    }

    /// A way to hand over jobs from other threads.
    pub(in crate::session) fn sender(&self) -> JobSender<Job, Queue> {
        JobSender::new(&self.shared)
    }

    /// Calls `wake` after this time, once. A later call replaces an earlier one.
    pub(in crate::session) fn wake_after(&self, delay: Duration) {
        self.shared.wake_after(delay);
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

    pub(in crate::session) fn take_jobs(&self) -> Vec<Job> {
        self.shared.take_jobs()
    }

    pub(in crate::session) fn wait_for_event(&self, limit: Duration) -> Option<Event> {
        self.events.as_ref()?.recv_timeout(limit).ok()
    }
}

impl<Job, Event, Queue> Drop for Worker<Job, Event, Queue> {
    fn drop(&mut self) {
        self.shared.close();
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
    let _end = EndGuard(shared);
    let mut handler = make_handler();
    while let Some(job) = shared.next_job(finishes, || events.wake()) {
        let done = catch_unwind(AssertUnwindSafe(|| handler.handle(&job, events)));
        if done.is_err() {
            // What the crash left behind is not trusted.
            handler = make_handler();
            H::on_crash(&job, events);
        }
    }
}
