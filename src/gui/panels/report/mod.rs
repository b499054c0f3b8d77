//! The window that makes a report to hand over: what it is about, its sections, what it says.

mod form;
mod preview;
mod state;
mod window;

pub(in crate::gui) use state::ReportUiState;
pub(in crate::gui) use window::report_window_ui;
