//! The panels around the canvas: one file each.
//!
//! * **In**: `&View`. **Out**: widgets, and commands of those that were used.
//! * **Not here**: the canvas.

mod case_forms;
mod case_menu;
mod case_strip;
mod case_welcome;
mod files;
mod findings;
mod gauge;
mod mask_dialogs;
mod mask_panel;
mod mask_strip;
mod notices;
mod quality;
mod queue;
mod queue_list;
mod queue_order;
mod readers;
mod robustness;
mod row;
mod severity;
mod sheet;
mod status;
mod timeline;
mod toolbar;
mod tracks;
mod training;
mod transport;
mod welcome;

pub(super) use case_forms::case_form_ui;
pub(super) use case_strip::case_strip_ui;
pub(super) use case_welcome::case_welcome_ui;
pub(super) use files::files_ui;
pub(super) use findings::findings_ui;
pub(super) use mask_dialogs::{Farewell, farewell_ui, mask_question_ui, path_form_ui};
pub(super) use mask_panel::{mask_panel_ui, path_form};
pub(super) use mask_strip::mask_strip_ui;
pub(super) use notices::{banner_ui, drop_hint_ui, notices_ui};
pub(super) use queue::queue_ui;
pub(super) use readers::readers_ui;
pub(super) use sheet::sheet_ui;
pub(super) use status::status_ui;
pub(super) use timeline::{TimelineState, timeline_id, video_ui};
pub(super) use toolbar::{Wishes, toolbar_ui};
pub(super) use training::training_ui;
pub(super) use transport::SPEEDS;
pub(super) use welcome::{unreadable_ui, welcome_ui};
