//! Background threads of the session: one kind for all of them.
//!
//! * **In**: jobs, a [`Handler`] that does them. **Out**: events, the newest progress, calls of `wake`.
//! * **Not here**: the jobs themselves. Each part of the session defines its own.
//!
//! A [`Worker`] does one job after the other. A handler that panics is replaced by a new one. The
//! end of the program waits for a worker as long as [`AtEnd`] says.
//!
//! Two threads are not workers. The video player is interrupted by the next request and waits for a
//! point in time between frames, see `video::player`. The trainer is a child process whose pipes are
//! read by threads that end with it, see `training::child`.

mod events;
mod join;
mod queue;
mod shared;
#[cfg(test)]
mod tests;
mod thread;

pub(in crate::session) use events::{EventSender, Wake};
pub(in crate::session) use join::join_within;
pub(in crate::session) use queue::JobQueue;
pub(in crate::session) use shared::JobSender;
pub(in crate::session) use thread::{AtEnd, Handler, Worker, WorkerOptions};
