//! Watching a folder for a case: files that came or changed, once they have settled.
//!
//! * **In**: a case, and the folder as it is at one moment after the other ([`FolderSnapshot`]).
//! * **Out**: items in the case, examined once each; a [`WatchEvent`] for whatever happened.
//! * **Not here**: when to look, threads, signals (callers), the examination of a file (callers pass a
//!   function).
//!
//! The folder is looked at again and again, instead of having the system report changes: network shares
//! and folders of containers report none, and a storm of reports overflows.

mod event;
mod folder_watch;
mod settle;
mod snapshot;

pub use event::WatchEvent;
pub use folder_watch::{FolderWatch, WatchWork};
pub use settle::SETTLE;
pub use snapshot::FolderSnapshot;
