//! Threads of the session.

pub(super) mod farewell;
