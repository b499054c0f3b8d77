//! L3, faces in a picture: where they are, their five landmarks, and a mesh of 468 points.
//!
//! * **In**: a [`Frame`](crate::base::Frame) and the bundles `yunet` and `facemesh`.
//! * **Out**: [`Face`](crate::base::Face)s in image space, the largest first; for one face, a
//!   [`Mesh`](crate::base::Mesh) in upright space.
//! * **Not here**: which faces are worth examining (`pipeline`), cutting them out (`prep`).
//!
//! A [`Finder`] runs YuNet on each picture at several scales, in `tiles` where it is large, and merges
//! the faces (`find`, `merge`); `decode` reads the network's outputs. A [`MeshFinder`] places a mesh on one face. A
//! [`Tracker`] decides which faces of a clip are the same. With the feature `train`, `rebuild` makes
//! the bundles from published packages.

mod decode;
mod error;
mod find;
mod merge;
mod mesh;
#[cfg(any(feature = "train", fuzzing))]
mod rebuild;
mod tiles;
mod track;

pub use error::Error;
pub use find::{Finder, FoundFaces, MIN_CONFIDENCE, SURE_CONFIDENCE, is_lying};
pub use mesh::MeshFinder;
#[cfg(fuzzing)]
#[doc(hidden)]
pub use rebuild::fuzz_tflite;
#[cfg(feature = "train")]
pub use rebuild::{rebuild_facemesh, rebuild_yunet};
pub use track::{Appearance, FaceState, Tracker, TrackerState, interpolate, match_score};
