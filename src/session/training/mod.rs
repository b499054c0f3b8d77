//! Retraining from the window: the program's own trainer as a child process.
//!
//! * **In**: a data set of corrected masks. **Out**: how far the training is, its log, and how the new
//!   detector compares with the old one; installed only when a person agrees.
//! * **Not here**: the training (`train`, in the child), the library (`bundle`).
//!
//! A child, because a training takes hours, may take all memory, and must be stoppable at any moment:
//! it is killed, and goes on from its last checkpoint the next time.
//!
//! | file | what |
//! |---|---|
//! | `values` | commands and the state of a training |
//! | `retraining` | the part |
//! | `child` | the trainer's process |
//! | `detector_choice` | taking a detector into use |

mod child;
mod detector_choice;
pub(super) mod retraining;
#[cfg(test)]
mod tests;
pub(super) mod values;
