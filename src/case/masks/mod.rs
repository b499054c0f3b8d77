//! Masks that people drew: one for each item, frame and author.
//!
//! * **In**: a [`StoredMask`]. **Out**: the same, pixel by pixel.
//! * **Not here**: drawing (`annotate`), files for other programs (`dataset`).
//!
//! A mask that is drawn again replaces the one before; the log keeps the hash of every version. None
//! is deleted: an empty mask means that the author saw nothing forged.

mod bits;
mod mask;
mod table;

#[cfg(fuzzing)]
pub use bits::fuzz as fuzz_mask;
pub use mask::{MaskKey, StoredMask};
pub(super) use table::{COLUMNS, MaskRow};
