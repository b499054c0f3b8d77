//! What a worker's thread and those who hand it jobs share.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::queue::JobQueue;

/// The jobs that wait, and what the thread is to do besides.
#[derive(Default)]
pub(super) struct Shared<Queue> {
    state: Mutex<SharedState<Queue>>,
    changed: Condvar,
}

#[derive(Default)]
struct SharedState<Queue> {
    queue: Queue,
    is_closing: bool,
    /// The thread takes no more jobs.
    has_ended: bool,
    /// When `wake` is to be called though no event comes.
    wake_at: Option<Instant>,
}

impl<Queue> Shared<Queue> {
    /// Adds a job, unless as many wait or the thread has ended; true when it was added.
    pub(super) fn push<Job>(&self, job: Job, max_jobs: usize) -> bool
    where
        Queue: JobQueue<Job>,
    {
        let mut state = self.state.lock();
        if state.has_ended || state.queue.len() >= max_jobs {
            return false;
        }
        state.queue.push(job);
        drop(state);
        self.changed.notify_one();
        true
    }

    /// Has the thread end when it has done what it is to do.
    pub(super) fn close(&self) {
        self.state.lock().is_closing = true;
        self.changed.notify_one();
    }

    /// Has the thread call `wake` after this time.
    pub(super) fn wake_after(&self, delay: Duration) {
        self.state.lock().wake_at = Some(Instant::now() + delay);
        self.changed.notify_one();
    }

    /// Waits for a job, and calls `wake` when that is asked for; `None` at the end. `finishes`: all
    /// jobs that wait are done first.
    pub(super) fn next_job<Job>(&self, finishes: bool, wake: impl Fn()) -> Option<Job>
    where
        Queue: JobQueue<Job>,
    {
        let mut state = self.state.lock();
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
                None => self.changed.wait(&mut state),
                Some(at) if at <= Instant::now() => {
                    state.wake_at = None;
                    drop(state);
                    wake();
                    state = self.state.lock();
                }
                Some(at) => {
                    self.changed.wait_until(&mut state, at);
                }
            }
        }
    }

    /// Takes the jobs that wait.
    #[cfg(test)]
    pub(super) fn take_jobs<Job>(&self) -> Vec<Job>
    where
        Queue: JobQueue<Job>,
    {
        let mut state = self.state.lock();
        std::iter::from_fn(|| state.queue.pop()).collect()
    }
}

/// Hands jobs to a worker from another thread, without a bound.
pub(in crate::session) struct JobSender<Job, Queue = VecDeque<Job>> {
    shared: Arc<Shared<Queue>>,
    job: PhantomData<fn(Job)>,
}

impl<Job, Queue> JobSender<Job, Queue> {
    pub(super) fn new(shared: &Arc<Shared<Queue>>) -> Self {
        Self { shared: Arc::clone(shared), job: PhantomData }
    }
}

impl<Job, Queue> Clone for JobSender<Job, Queue> {
    fn clone(&self) -> Self {
        Self::new(&self.shared)
    }
}

impl<Job, Queue: JobQueue<Job>> JobSender<Job, Queue> {
    /// Hands a job over; drops it when the thread has ended.
    pub(in crate::session) fn send(&self, job: Job) {
        self.shared.push(job, usize::MAX);
    }
}

/// Dropped at the end of the thread, however it ends: no more jobs are taken.
pub(super) struct EndGuard<'a, Queue: Default>(pub(super) &'a Shared<Queue>);

impl<Queue: Default> Drop for EndGuard<'_, Queue> {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.has_ended = true;
        // Whoever waits for a job that was handed over late hears that it was dropped.
        let late = std::mem::take(&mut state.queue);
        drop(state);
        drop(late);
    }
}
