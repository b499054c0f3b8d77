//! The case as a file: opening and creating it, its lock, its tables.
//!
//! * **In**: a path and the name of the author. **Out**: an open [`Case`].
//! * **Not here**: what a case holds (`items`, `findings`, `masks`, `queue`, `notes`, `log`).

mod connect;
mod create;
mod handle;
mod header;
mod journal;
mod lock;
mod migrate;
mod open;
mod page_one;
mod schema_v1;
mod schema_v2;

pub use handle::Case;
pub use lock::Access;
pub use migrate::NEWEST as FORMAT;
pub(super) use migrate::check_tables;
