//! L3, data sets of corrected masks: our own lossless folder, and the formats of other labelling
//! tools.
//!
//! * **In**: entries (a record, a mask, where the pixels are), or a folder or file of a known
//!   format. **Out**: a folder that appears whole or not at all; entries, and in words what a
//!   format could not hold.
//! * **Not here**: cases (`curate` joins the two), training, windows.
//!
//! Masks are on the stored pixel grid everywhere, in our own folder and in every format: an EXIF
//! rotation is not applied. Programs that turn pictures on opening show them as they wish, and
//! masks with them only if they turn both.

mod classes;
mod coco;
mod cvat;
mod datumaro;
mod draft;
mod error;
mod export;
mod folder;
mod format;
mod import;
mod input;
mod label_studio;
mod names;
mod outline;
mod read;
mod record;
mod rle;
mod split;
mod stage;
mod voc;
mod yolo;

pub use error::Error;
pub use export::{ExportOptions, Exported, export};
pub use format::Format;
pub use import::{Imported, import};
pub use read::{DataSet, open};
pub use record::{Entry, FrameFacts, ImageRef, MaskRef, ModelFacts, Pixels, Record, Split};
pub use split::{Kin, assign, split};
