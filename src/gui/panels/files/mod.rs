//! Open files, and the canvas without a picture.
//!
//! * **In**: the documents. **Out**: widgets; commands and requests.
//! * **Not here**: the queue of a case (`case`).

mod list;
mod welcome;

pub(in crate::gui) use list::files_ui;
pub(in crate::gui) use welcome::{unreadable_ui, welcome_ui};
