pub(in crate::session) mod author;
pub(in crate::session) mod saver;
pub(in crate::session) mod settings;
