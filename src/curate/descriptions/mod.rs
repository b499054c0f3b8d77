//! What the files of a case say about themselves: storing it, and finding items by it.
//!
//! * **In**: an open case; a function that reads a file. **Out**: descriptions in the case; the items
//!   that match criteria, with the field that says so.
//! * **Not here**: reading files (`pipeline`: callers pass a function).

mod search;
mod store;

pub use search::{CREDENTIAL_WORDS, Criterion, SearchHit, SearchResult, search};
pub(super) use store::describe_item;
pub use store::{DescribeCounts, DescribedFile, describe_items};
