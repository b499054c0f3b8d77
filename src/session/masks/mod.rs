//! Masks drawn by hand.

pub(super) mod adjust;
pub(super) mod commands;
pub(super) mod face_parts;
pub(super) mod file;
pub(super) mod follow;
pub(super) mod jobs;
pub(super) mod view;
pub(super) mod worker;
