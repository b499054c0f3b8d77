//! Names of documents and of masks.

/// Names a document for as long as the session lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(pub u64);

/// A mask by its document and the frame of that document; of a still the frame is 0.
pub(in crate::session) type DrawnMaskKey = (DocumentId, usize);
