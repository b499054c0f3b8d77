//! L0, what a child process may do: memory, time, files, system calls; and its end with its parent.
//!
//! * **In**: the program, the one file or the library it works on, and `ResourceLimits`.
//! * **Out**: a [`Command`](std::process::Command) whose child takes the limits on itself before it
//!   becomes the program; what of it this system has ([`safeguards`]).
//! * **Not here**: starting, reading and ending the child (`media::video::child`, `infer::apart`).
//!
//! With the feature `remote` a process can also keep itself to one TCP port (`connect_only_to`).
//!
//! Linux has all of it: Landlock for files and TCP, seccomp for system calls. Where the kernel lacks
//! one, the child runs without it, and `pentimento doctor` says so.

#[cfg(target_os = "linux")]
mod calls;
#[cfg(feature = "remote")]
mod connection;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod interpreter;
mod limits;
mod reach;
mod safeguards;
mod sandbox;
mod starter;

#[cfg(feature = "remote")]
pub(crate) use connection::connect_only_to;
pub(crate) use limits::ResourceLimits;
#[cfg(unix)]
pub(crate) use limits::confine;
pub(crate) use limits::end_with_parent;
pub(crate) use reach::Reach;
pub use safeguards::{Safeguard, safeguards};
pub(crate) use sandbox::Sandbox;
pub(crate) use starter::spawn;
