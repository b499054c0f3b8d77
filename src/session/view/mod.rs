pub(in crate::session) mod projection;
