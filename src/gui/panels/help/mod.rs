//! Help inside the window.
//!
//! * **In**: the table of shortcuts. **Out**: a sheet above everything else.
//! * **Not here**: what keys do (`actions`, `keys`).

mod shortcuts;

pub(in crate::gui) use shortcuts::shortcuts_ui;
