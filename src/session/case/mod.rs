//! The case open beside the documents: its queue, masks on their way to it and from it, its thread.

mod beside;
mod clock;
pub(super) mod command;
mod commands;
pub(super) mod desk;
mod events;
mod jobs;
mod keep;
pub(super) mod keep_state;
mod masks;
pub(super) mod view;
mod worker;
