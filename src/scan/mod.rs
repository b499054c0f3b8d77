//! L4, many files by many processes: a manifest cut into shards, one result line a file, and the union.
//!
//! * **In**: a manifest (lines of paths, JSON lines, or a folder), a `Shard`, a child process that
//!   examines one file after the other. **Out**: `shard-I-of-N.jsonl` in the order of the manifest,
//!   `shard-I-of-N.done`, and what `merge` makes of all of them.
//! * **Not here**: the examination of a file (the child: `cli::scan::worker`), and who starts the
//!   processes on which machine (Slurm, Kubernetes or a person).
//!
//! Killed at any moment and started again, a shard goes on behind its last whole line. A file that
//! ends or stalls the child costs that file and no more.

mod entry;
mod error;
mod manifest;
mod merge;
mod plan;
mod record;
mod results;
mod run;
mod shard;
mod shard_file;
mod worker;

pub use entry::Entry;
pub use error::Error;
pub use manifest::{Manifest, ManifestLines};
pub use merge::{MergeSummary, merge};
pub use plan::{PLAN_FORMAT, Plan};
pub use record::{Failure, FailureClass, Kind, ReplyHead, Request};
pub use results::{BadLine, ResultLine, Results};
pub use run::{ScanJob, Stopped, Tally, scan};
pub use shard::Shard;
pub use worker::{Ready, WorkerCommand};
