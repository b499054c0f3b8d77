//! Help inside the window.
//!
//! * **In**: the table of shortcuts. **Out**: a sheet above everything else.
//! * **Not here**: the effect of keys (`actions`, `keys`).

mod shortcuts;

pub(in crate::gui) use shortcuts::shortcuts_ui;
