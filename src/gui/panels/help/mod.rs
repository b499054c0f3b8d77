//! Help inside the window.
//!
//! * **In**: the table of shortcuts. **Out**: a sheet above everything else.
//! * **Not here**: the effect of keys (`actions`, `keys`).

mod report;
mod shortcuts;

pub(in crate::gui) use report::report_ui;
pub(in crate::gui) use shortcuts::shortcuts_ui;
