pub(in crate::session) mod farewell;
