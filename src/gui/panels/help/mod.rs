//! Help inside the window.
//!
//! * **In**: the table of shortcuts, reports, a model to decide about. **Out**: what is drawn above
//!   everything else.
//! * **Not here**: the effect of keys (`actions`, `keys`).

mod foreign;
mod report;
mod shortcuts;

pub(in crate::gui) use foreign::foreign_model_ui;
pub(in crate::gui) use report::report_ui;
pub(in crate::gui) use shortcuts::shortcuts_ui;
