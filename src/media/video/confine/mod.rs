//! What a child process may do: memory, time, files, system calls; and its end with its parent.
//!
//! * **In**: the program, the one file it works on, and [`ResourceLimits`].
//! * **Out**: a [`Command`](std::process::Command) whose child takes the limits on itself before it
//!   becomes the program; what of it this system has ([`safeguards`]).
//! * **Not here**: starting, reading and ending the child (`child`).
//!
//! Linux has all of it: Landlock for files and TCP, seccomp for system calls. Where the kernel lacks
//! one, the child runs without it, and `pentimento doctor` says so.

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod interpreter;
mod limits;
mod reach;
mod safeguards;
mod sandbox;

pub(in crate::media) use limits::ResourceLimits;
pub(super) use limits::confine;
pub(crate) use limits::end_with_parent;
pub(in crate::media) use reach::Reach;
pub use safeguards::{Safeguard, safeguards};
pub(super) use sandbox::Sandbox;
