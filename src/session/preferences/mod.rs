//! Preferences of a person and the list of recent files.
//!
//! * **In**: changes of settings, files that were opened. **Out**: values; `settings.toml` and
//!   `recent.toml` of a folder, written by a thread of their own.
//! * **Not here**: what a setting does to the picture (`gui`, `signal`).

pub(in crate::session) mod author;
mod saver;
pub(in crate::session) mod settings;
pub(in crate::session) mod store;
