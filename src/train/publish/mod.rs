//! From a trained net to a bundle, and the measuring on the way.
//!
//! * **In**: a net, held-out photos. **Out**: figures, ONNX, a bundle with its card.
//! * **Not here**: training (`train::fit`).

pub(in crate::train) mod concepts;
pub mod export;
pub(in crate::train) mod figures;
pub(in crate::train) mod limits;
pub(in crate::train) mod looks;
pub mod measure;
pub mod measured;
mod spoil;
pub mod validate;
mod write;

pub use looks::Looks;
pub(in crate::train) use write::draft_card;
pub use write::{Provenance, publish};
