//! What is open: one [`Document`](open::Document) a file, and the list of them.
//!
//! * **In**: paths, results, strokes. **Out**: plain values, read by all parts and by a front end.
//! * **Not here**: threads and commands; those are of the parts (`examine`, `masks`, `video`, `case`).
//!
//! Everything that belongs to one file lies in its document: to close it is to drop it.
//!
//! | file | what |
//! |---|---|
//! | `documents` | the list, the active one, pixels kept |
//! | `open` | a document; `id` names it |
//! | `findings`, `face` | faces shown, and what was tried on them |
//! | `video` | what a clip has beside its picture: times, tracks, playhead |
//! | `masks`, `mask`, `stroke` | masks drawn by hand, with undo, and the stroke being drawn |

pub(super) mod documents;
pub(super) mod face;
mod findings;
pub(super) mod id;
pub(super) mod mask;
mod masks;
pub(super) mod open;
mod stroke;
pub(super) mod video;
