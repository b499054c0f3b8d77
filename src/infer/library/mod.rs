//! The library ONNX Runtime on this computer: where it is looked for, and how it is installed.
//!
//! * **In**: a wheel or a library that somebody downloaded. **Out**: its files in the user's data folder,
//!   after their hashes were recognized and the detector gave the built-in engine's answer with them.
//! * **Not here**: loading it into this process (`runtime`), choosing a provider (`providers`).

mod error;
mod install;
mod known;
pub(super) mod locate;
pub(super) mod remedy;
mod staging;
mod trial;

pub use error::InstallError;
pub use install::{Installed, install_library, remove_library};
pub use trial::{LibraryTrial, ProviderTrial};
