//! The panels around the canvas, and the dialogs above it.
//!
//! * **In**: `&View<'_>`. **Out**: widgets; commands to the session, requests to the window.
//! * **Not here**: the canvas.

mod case;
mod files;
mod findings;
mod help;
mod masks;
mod metadata;
mod notices;
mod report;
mod status;
mod top;
mod training;
mod video;

pub(super) use case::{
    case_bar_ui, case_form_ui, case_welcome_ui, findings_window_ui, queue_ui, readers_ui,
};
pub(super) use files::{files_ui, unreadable_ui, welcome_ui};
pub(super) use findings::{BookmarkForm, findings_ui};
pub(super) use help::{foreign_model_ui, report_ui, shortcuts_ui};
pub(super) use masks::{
    QuitChoice, mask_panel_ui, mask_question_ui, mask_tools_ui, path_form, path_form_ui,
    quit_question_ui, recovery_ui,
};
pub(super) use metadata::{MetadataUiState, metadata_window_ui};
use notices::notices_menu_ui;
pub(super) use notices::{banner_ui, drop_hint_ui, fresh_notices_ui};
pub(super) use report::{ReportUiState, report_window_ui};
pub(super) use status::status_ui;
pub(super) use top::toolbar_ui;
pub(super) use training::training_ui;
pub(super) use video::{SPEEDS, TimelineState, timeline_id, video_ui};
