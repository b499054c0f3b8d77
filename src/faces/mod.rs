//! L3, faces in a picture: where they are and their five landmarks.
//!
//! * **In**: a [`Frame`](crate::base::Frame) and the bundle `yunet`.
//! * **Out**: [`Face`](crate::base::Face)s in image space, the largest first.
//! * **Not here**: which faces are worth examining (`pipeline`), cutting them out (`prep`).
//!
//! A [`Finder`] looks at each picture in two or three sizes and merges what it saw (`find`,
//! `merge`); `decode` knows what the network's outputs mean. With the feature `train`,
//! `rebuild_yunet` makes the bundle again from the authors' package.

mod decode;
mod error;
mod find;
mod merge;
#[cfg(feature = "train")]
mod rebuild;

pub use error::Error;
pub use find::{Finder, MIN_CONFIDENCE, SURE_CONFIDENCE};
#[cfg(feature = "train")]
pub use rebuild::rebuild_yunet;
