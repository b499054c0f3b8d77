//! Findings for the file shown: verdict, faces, robustness, model.
//!
//! * **In**: the document. **Out**: widgets and commands.
//! * **Not here**: the heat map (`canvas`), the score over time (`video`).

mod bookmarks;
mod panel;
mod quality;
mod robustness;
mod severity;
mod tracks;

pub(in crate::gui) use bookmarks::BookmarkForm;
pub(in crate::gui) use panel::findings_ui;
