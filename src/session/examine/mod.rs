pub(in crate::session) mod examination;
pub(in crate::session) mod examiner;
pub(in crate::session) mod live;
pub(in crate::session) mod prepare;
pub(in crate::session) mod queue;
pub(in crate::session) mod results;
pub(in crate::session) mod robustness;
pub(in crate::session) mod worker;
