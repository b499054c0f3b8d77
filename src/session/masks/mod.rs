//! Masks drawn by hand: commands, tools that take longer, files.
//!
//! * **In**: [`MaskCommand`](command::MaskCommand)s, results of the mask worker, meshes of faces.
//! * **Out**: masks of [`Document`](super::document::open::Document)s, mask files, a question to the
//!   person.
//! * **Not here**: the mask and its history (`document::mask`), the stroke being drawn
//!   (`document::stroke`), the algorithms (`annotate`), the case (`case`).
//!
//! Strokes, undo and the like are done at once. What may take longer is a job of the mask worker, one
//! at a time; commands that come meanwhile wait in their order. So what a row of commands does never
//! depends on how fast the machine is.
//!
//! | file | what |
//! |---|---|
//! | `command` | what a person can do |
//! | `editor`, `pending` | the part: its state and its worker |
//! | `commands`, `tool_task` | doing commands, and the queue of those that wait |
//! | `job`, `work` | jobs of the worker, and doing them |
//! | `outcomes` | what comes back of jobs |
//! | `adjust` | the newest step done again with another tolerance |
//! | `face_parts` | parts of a face, by its mesh |
//! | `follow`, `review` | masks propagated through a clip, and their review |
//! | `marks` | what the model's maps mark, for the layers |
//! | `save`, `file` | when masks are saved, and the files |

mod adjust;
pub(super) mod command;
mod commands;
pub(super) mod editor;
mod face_parts;
mod file;
mod follow;
mod job;
pub(super) mod marks;
mod outcomes;
mod pending;
mod review;
mod save;
#[cfg(test)]
mod tests;
mod tool_task;
mod work;

pub use command::{MaskCommand, MaskQuestion};
pub use marks::ModelMarks;
