//! Panels and dialogs of the mask editor.
//!
//! * **In**: the mask of the frame shown, the tools. **Out**: widgets and commands.
//! * **Not here**: drawing on the canvas (`canvas::mask`).

mod dialogs;
mod panel;
mod tools;

pub(in crate::gui) use dialogs::{
    QuitChoice, mask_question_ui, path_form_ui, quit_question_ui, recovery_ui,
};
pub(in crate::gui) use panel::{mask_panel_ui, path_form};
pub(in crate::gui) use tools::mask_tools_ui;
