//! Preferences of a person, kept on disk.

pub(super) mod author;
pub(super) mod saver;
pub(super) mod settings;
