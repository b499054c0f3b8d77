//! The one integration test binary: one module per topic.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on has failed, and one that is skipped says so"
)]

mod annotate;
mod case;
mod cli;
mod cli_video;
mod clips;
#[cfg(feature = "train")]
mod experiment;
mod faces;
mod fake_clip;
mod fake_examiner;
#[cfg(feature = "gui")]
mod gpu_twins;
#[cfg(feature = "gui")]
mod gui;
#[cfg(feature = "gui")]
mod gui_case;
#[cfg(feature = "gui")]
mod gui_case_far;
#[cfg(feature = "gui")]
mod gui_masks;
#[cfg(feature = "gui")]
mod gui_video;
mod infer;
mod layers;
mod measure;
mod media;
mod mesh;
mod models;
mod network;
mod pipeline;
#[cfg(feature = "train")]
mod refine;
mod session;
mod session_case;
mod session_masks;
mod session_masks_desk;
mod session_training;
mod session_video;
#[cfg(feature = "gui")]
mod shaders;
mod support;
mod tidy;
#[cfg(feature = "train")]
mod train;
mod video;
mod video_hostile;
mod watch;
#[cfg(feature = "gui")]
mod window;
