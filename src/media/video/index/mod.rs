//! Every frame of a video with its time, from the packets of the container.
//!
//! * **In**: a file that was probed. **Out**: an `Index` of all frames that a player shows.
//! * **Not here**: pixels.
//!
//! A container stores the time of every packet, so that nothing is decoded. Packets that an edit
//! list hides are left out. A container without times (AVI) is decoded once; pixels are discarded.

mod build;
mod further;
mod inner;
mod list;
mod order;
mod regions;

pub(super) use build::index;
pub(super) use further::further;
#[cfg(fuzzing)]
pub use further::fuzz as fuzz_further;
pub(super) use inner::inner_files;
pub(super) use order::{Index, rescale};
pub(super) use regions::Regions;
