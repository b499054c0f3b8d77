//! What a front end sees of the session: borrowed from the parts for one frame of the window.
//!
//! * **In**: the parts of the session. **Out**: a [`View`](projection::View) of plain values.
//! * **Not here**: state. All of it lies in the documents and the parts.

pub(super) mod projection;
pub(super) mod values;

pub use projection::{MasksView, View};
pub use values::{JobView, ModelFacts, ViewMode};
