//! Panels and dialogs of a case.
//!
//! * **In**: the open case. **Out**: widgets; commands and requests.
//! * **Not here**: masks of an item (`masks`), retraining (`training`).

mod agreement;
mod bar;
mod findings;
mod forms;
mod menu;
mod queue;
mod ranking;
mod rows;
mod search;
mod welcome;

pub(in crate::gui) use agreement::readers_ui;
pub(in crate::gui) use bar::case_bar_ui;
pub(in crate::gui) use findings::findings_window_ui;
pub(in crate::gui) use forms::case_form_ui;
pub(super) use menu::case_menu_ui;
pub(in crate::gui) use queue::queue_ui;
pub(in crate::gui) use welcome::case_welcome_ui;
