//! The window that makes a report to hand over.
//!
//! * **In**: the document or case shown, and the state of the job, in
//!   [`View`](crate::session::View). **Out**: an order for a report, or to stop it.
//! * **Not here**: making the report (`report`, by a child process that `session::reports` starts).
//!
//! | file | what |
//! |---|---|
//! | `window` | the window and its buttons |
//! | `form`, `state` | what a person enters: what it is about, sections, question |
//! | `preview` | what the report will say |

mod form;
mod preview;
mod state;
mod window;

pub(in crate::gui) use state::ReportUiState;
pub(in crate::gui) use window::report_window_ui;
