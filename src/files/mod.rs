//! L0, hashing, reading and writing files, the same way everywhere.
//!
//! * **In**: bytes, readers, paths. **Out**: SHA-256 in lower-case hex; files that hold the old
//!   content or the new one, never half of it; files read up to a limit; whether a path still leads
//!   to the same file; rows of CSV tables.
//! * **Not here**: what is in the files, and the message about a failure.

mod csv_row;
mod facts;
mod hash;
mod identity;
mod name;
mod read;
mod write;

pub use csv_row::csv_row;
pub use facts::FileFacts;
pub use hash::{sha256_hex, sha256_of_file, sha256_of_reader};
pub use identity::FileIdentity;
pub use name::is_device_name;
pub use read::read_capped;
pub use write::{part_file, sync_folder, write_new, write_together, write_whole};
