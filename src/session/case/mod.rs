//! The case open beside the documents: its queue, masks on their way to it and from it, its threads.

mod background;
pub(super) mod command;
pub(super) mod desk;
pub(super) mod events;
mod job;
pub(super) mod keep;
pub(super) mod masks;
mod threads;
pub(super) mod view;
mod writer;
#[cfg(test)]
mod writer_tests;
