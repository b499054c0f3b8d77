//! Jobs that wait for a worker.

use std::collections::VecDeque;

/// Jobs that wait, in the order in which they are to be done.
pub(in crate::session) trait JobQueue<Job>: Send {
    /// Adds a job. The queue decides where it goes and which waiting jobs it replaces.
    fn push(&mut self, job: Job);

    /// Takes the job that is to be done next.
    fn pop(&mut self) -> Option<Job>;

    /// How many jobs wait.
    fn len(&self) -> usize;
}

/// First in, first out.
impl<Job: Send> JobQueue<Job> for VecDeque<Job> {
    fn push(&mut self, job: Job) {
        self.push_back(job);
    }

    fn pop(&mut self) -> Option<Job> {
        self.pop_front()
    }

    fn len(&self) -> usize {
        Self::len(self)
    }
}
