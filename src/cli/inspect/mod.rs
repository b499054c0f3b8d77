//! `inspect`: examines files one after the other and prints a report on each.
//!
//! * **In**: files and options. **Out**: JSON lines or text on stdout, PNG files and annotated
//!   copies in a folder, an exit code.
//! * **Not here**: the examination itself (`pipeline`).
//!
//! `run` goes through the files, `inspector` examines one for a scan; `still` examines a picture and `video` a video; `json` and `text`
//! word the reports.

mod args;
mod heatmaps;
mod inspector;
mod json;
mod robustness;
mod run;
mod still;
mod text;
mod video;

pub(super) use args::INSPECT_HELP;
pub(super) use args::InspectArgs;
#[cfg(test)]
pub(super) use args::InspectRequest;
pub(super) use args::{pixels, region};
pub(super) use inspector::{ExaminedFile, Inspector};
pub(super) use run::run;
pub(super) use text::model_server;
