//! The items of a case: pictures and clips, their paths, how far a person is with each.
//!
//! * **In**: paths of files. **Out**: rows for lists. Files are neither opened nor copied.
//! * **Not here**: what was found in them (`findings`), drawn on them (`masks`), ranks (`queue`).

mod item;
mod known;
mod path;
mod table;

pub use item::{AddedCounts, Examined, ItemId, ItemRow, ItemState, NewItem, Reexamine};
pub use known::KnownFile;
pub(super) use path::{absolute_path_of, real_folder, stored_path};
pub use table::add_items;
pub(super) use table::{hash_item, parse_verdict};
