//! Our own lossless format: `dataset.json`, `manifest.jsonl`, `images/` and `masks/`.
//!
//! * **In / out**: a folder with pictures byte by byte, masks as PNG of 0 and 255 on the stored
//!   grid, and one JSON line per record.
//! * **Not here**: foreign formats (`formats`).

mod read;
mod write;

pub use read::{DataSet, open};
pub(super) use write::NativeWriter;
