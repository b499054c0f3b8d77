//! Examining files: the queue, the examiner on its thread, and what results do to documents.
//!
//! * **In**: files to be examined, regions, degradations to be tried, items of a case.
//! * **Out**: findings in [`Document`](super::document::open::Document)s; meshes and examinations of
//!   items go to the parts that asked for them.
//! * **Not here**: the examination itself (`pipeline`, `detect`), playing clips (`video`).
//!
//! One job is done at a time. What a person waits for goes before full passes over clips, and those
//! before items of the case in the background; a long job at work gives way and goes on later.
//!
//! | file | what |
//! |---|---|
//! | `examiner`, `error`, `pipeline_examiner` | the seam to the pipeline, and the real one |
//! | `queue_item` | an item of a case examined in the background |
//! | `job`, `run`, `handler`, `clip_pass` | jobs of the worker, and doing them |
//! | `progress_batch` | samples of a clip, sent ten times a second |
//! | `prepare` | from findings to what is drawn of them |
//! | `queue` | the part: jobs that wait, the one at work |
//! | `results`, `clip_results` | what results do to documents |
//! | `robustness` | degradations tried on a face |

mod clip_pass;
mod clip_results;
pub(super) mod error;
pub(super) mod examiner;
pub(super) mod handler;
pub(super) mod job;
pub(super) mod pipeline_examiner;
pub(super) mod prepare;
mod progress_batch;
pub(super) mod queue;
pub(super) mod queue_item;
mod results;
mod robustness;
mod run;
#[cfg(test)]
mod tests;
