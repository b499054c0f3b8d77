pub(in crate::session) mod background;
pub(in crate::session) mod command;
pub(in crate::session) mod desk;
pub(in crate::session) mod events;
pub(in crate::session) mod job;
pub(in crate::session) mod keep;
pub(in crate::session) mod masks;
pub(in crate::session) mod view;
pub(in crate::session) mod threads;
pub(in crate::session) mod writer;
#[cfg(test)]
mod writer_tests;
