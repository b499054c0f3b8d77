//! Choosing files: the system's dialog, or a browser inside the window where there is none.
//!
//! * **In**: a [`prompt::FilePrompt`]. **Out**: the paths a person picked.
//! * **Not here**: the use of the paths (`app`).

pub(super) mod browser;
pub(super) mod folder_question;
mod listing;
pub(super) mod prompt;
pub(super) mod system_dialog;
