//! Open documents.

pub(super) mod documents;
