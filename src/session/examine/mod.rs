//! Examining files on a thread of its own.

pub(super) mod examination;
pub(super) mod examiner;
pub(super) mod live;
pub(super) mod prepare;
pub(super) mod queue;
pub(super) mod results;
pub(super) mod robustness;
pub(super) mod worker;
