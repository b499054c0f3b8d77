//! The case open beside the documents: its queue, masks on their way to it and from it, its thread.

pub(super) mod beside;
pub(super) mod command;
pub(super) mod desk;
pub(super) mod events;
pub(super) mod jobs;
pub(super) mod keep;
pub(super) mod masks;
pub(super) mod view;
pub(super) mod worker;
