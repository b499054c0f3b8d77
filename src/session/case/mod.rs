//! The part that works on a case: its queue, the masks on their way to it and from it, its threads.
//!
//! * **In**: [`CaseCommand`](command::CaseCommand)s, masks that were drawn, results of examinations.
//! * **Out**: the [`CaseView`](view::CaseView), masks of documents, changes of the case file.
//! * **Not here**: the file (`case`), the order of the queue (`curate`), drawing (`masks`).
//!
//! `src/ARCHITECTURE.md` draws the way of a stroke to the disk.
//!
//! | file | what |
//! |---|---|
//! | `command`, `view`, `queue_view` | what a person can do with a case, and sees of it |
//! | `controller` | the part: opening and leaving a case, work in the background |
//! | `commands`, `events` | what commands do, and what the threads send back |
//! | `items` | showing items of the queue, deciding about them, the time spent on them |
//! | `save`, `mask_state`, `load` | masks to the case, and from it |
//! | `survey`, `survey_queue` | examining the items of the queue in the background |
//! | `job`, `threads` | jobs and events of the two threads |
//! | `writer`, `background` | the thread that owns the case, and the one for work that takes long |

mod background;
pub(super) mod command;
mod commands;
pub(super) mod controller;
mod events;
mod items;
mod job;
mod load;
pub(super) mod mask_state;
pub(super) mod queue_view;
mod save;
mod survey;
mod survey_queue;
#[cfg(test)]
mod tests;
mod threads;
pub(super) mod view;
mod work_clock;
mod writer;
#[cfg(test)]
mod writer_tests;
