//! `scan` and `merge`: a manifest examined in shards, and the union of their results; the hidden
//! child that examines for `scan`.
//!
//! * **In**: manifest, shard, options. **Out**: files in a folder of results (`crate::scan`), a
//!   summary on stdout, an exit code: 75 when it was asked to stop and is to be started again.
//! * **Not here**: shards, resuming, the child's limits (`crate::scan`); the examination of a file
//!   (`inspect`, `metadata`).

mod args;
mod merge;
mod run;
mod worker;

pub(super) use args::{MERGE_HELP, MergeArgs, SCAN_HELP, ScanArgs, WorkerArgs};
pub(super) use merge::run as merge;
pub(super) use run::run;
pub(super) use worker::run as work;
