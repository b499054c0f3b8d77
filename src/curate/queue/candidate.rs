//! An item as ranking sees it.

use std::sync::Arc;

use super::signals::Signals;

/// An item that may get a rank.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Candidate {
    /// Number of the item in the case.
    pub(super) id: i64,
    /// A finished item gets no rank, but later items can be near-duplicates of it.
    pub(super) is_finished: bool,
    /// Where it comes from; quotas count by it.
    pub(super) source: Option<Arc<str>>,
    /// `None` when it was not examined or has no face.
    pub(super) signals: Option<Signals>,
}
