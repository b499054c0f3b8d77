pub(in crate::session) mod adjust;
pub(in crate::session) mod commands;
pub(in crate::session) mod face_parts;
pub(in crate::session) mod file;
pub(in crate::session) mod follow;
pub(in crate::session) mod jobs;
pub(in crate::session) mod view;
pub(in crate::session) mod worker;
