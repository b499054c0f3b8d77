//! The part that keeps unsaved masks outside cases, so that a killed program loses none.
//!
//! * **In**: masks that are in no file, a folder for them. **Out**: files there; at the next start an
//!   offer to bring the masks back.
//! * **Not here**: masks of cases, which are saved as they are drawn (`case`).
//!
//! Every run of the program has a folder of its own, which it holds by a lock. Folders without a lock
//! were left behind.
//!
//! | file | what |
//! |---|---|
//! | `folder` | the folder of this run, and those left behind |
//! | `kept_mask` | a mask as it is kept: a picture and its facts |
//! | `keeper` | the part, and what a person can decide |
//! | `restore` | bringing masks back to the files they are of |
//! | `thread` | jobs and events of the thread that writes and reads |

mod folder;
pub(super) mod keeper;
mod kept_mask;
mod restore;
mod thread;

pub use folder::unsaved_folder;
pub use keeper::{RecoveryChoice, RecoveryOffer};
