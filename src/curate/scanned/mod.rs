//! Results of a scan, taken into a case: what was found in each file, and what it says about itself.
//!
//! * **In**: the objects of `inspect --json` and `metadata --json` of files, as other machines wrote
//!   them. **Out**: items, findings, failures and descriptions of the case.
//! * **Not here**: files of results (`scan`), and what only an examination here gives: heat maps,
//!   signals for ranking.
//!
//! Nothing in a line is believed: values are checked, texts and lists have bounds, and only keys that
//! this program knows are kept.

mod finding;
mod take;

pub use take::{ScannedFile, TakenResults, take_results};
