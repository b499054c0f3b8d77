//! What a front end sees.

pub(super) mod projection;
