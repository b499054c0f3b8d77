//! Label Studio: `tasks.json`, `labels.xml` (the labeling interface), pictures in `images/`.
//!
//! * **In / out**: masks as brush strokes, which are run lengths of bits. Polygons are read, and the
//!   export `JSON_MIN`. Label Studio finds pictures by a path below its document root: set
//!   `LOCAL_FILES_DOCUMENT_ROOT` to the folder that holds the export.
//! * **Not here**: boxes and key points, which are no masks.

mod address;
mod read;
mod task;
mod write;

pub(super) use read::read;
pub(super) use write::LabelStudioWriter;
