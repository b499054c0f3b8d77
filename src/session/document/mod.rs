pub(in crate::session) mod documents;
