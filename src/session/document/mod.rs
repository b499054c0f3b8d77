//! What is open: one [`Document`](open::Document) a file, and the list of them.
//!
//! * **In**: paths, results, strokes. **Out**: plain values, read by all parts and by a front end.
//! * **Not here**: threads and commands; those are of the parts (`examine`, `masks`, `video`, `case`).
//!
//! Everything that belongs to one file lies in its document: to close it is to drop it. All parts read
//! the facts of documents, videos and masks as fields. They change them only by methods of this folder,
//! which are named after what happened.
//!
//! | file | what |
//! |---|---|
//! | `documents` | the list, the active one, pixels kept |
//! | `open`, `stage` | a document, and how far its examination is; `id` names it |
//! | `findings`, `face` | faces shown, and what was tried on them |
//! | `video`, `playhead` | what a clip has beside its picture; where it is, and whether it plays |
//! | `clip_findings`, `tracks` | what is found in a clip |
//! | `metadata` | what the file says about itself |
//! | `masks`, `mask`, `stroke` | masks drawn by hand, with undo, and the stroke being drawn |

pub(super) mod clip_findings;
pub(super) mod documents;
pub(super) mod face;
mod findings;
pub(super) mod id;
pub(super) mod mask;
mod masks;
mod metadata;
pub(super) mod open;
mod playhead;
mod stage;
mod stroke;
mod tracks;
pub(super) mod video;
