//! Whether a case is what its log says.
//!
//! * **In**: an open case. **Out**: a [`Verification`]: counts, the head of the log, every fault.
//! * **Not here**: repairing anything.
//!
//! First come SQLite's own checks, then the chain of the log; then the log is replayed, and the
//! result is compared with the tables. Another program that changes a finding, a mask, a state or an
//! entry is noticed, unless it also rewrites every later entry of the log. That changes the head,
//! which shows if the head was written down elsewhere.

mod check;
mod compare;
mod descriptions;
mod media;
mod replay;
mod verification;

pub use media::MediaCheck;
pub use verification::{CasePart, Fault, Verification};
