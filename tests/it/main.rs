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
mod case_cli;
#[cfg(unix)]
mod case_crash;
mod case_golden;
#[cfg(unix)]
mod case_hostile;
mod cli;
mod cli_video;
mod clips;
mod curate;
mod curate_again;
mod curate_cli;
mod dataset;
mod dataset_disk;
mod dataset_foreign;
mod dataset_packages;
mod dataset_samples;
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
#[cfg(feature = "train")]
mod learning_loop;
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
mod session_case_safe;
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
#[cfg(feature = "train-gpu")]
mod train_gpu;
mod video;
mod video_hostile;
mod watch;
#[cfg(feature = "gui")]
mod window;
