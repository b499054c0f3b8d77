//! One examined picture, as ranking sees it.

use std::sync::Arc;

use super::Signals;

/// An examined picture of the queue.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Of the case.
    pub id: i64,
    /// Finished before: it is not ranked, but what looks like it is no news.
    pub is_finished: bool,
    /// Where it comes from; quotas count it.
    pub source: Option<Arc<str>>,
    /// `None` when it was not examined or holds no face.
    pub signals: Option<Signals>,
    /// `[C]`, or empty.
    pub embedding: Vec<f32>,
}
