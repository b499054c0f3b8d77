//! From photos to the batches of a step.
//!
//! * **In**: photos of one split, a recipe, a seed. **Out**: pairs, and batches of network input.
//! * **Not here**: forging (`train::forge`), tensors and steps (`train::fit`).

mod content;
pub(in crate::train) mod evidence;
pub mod loader;
pub(in crate::train) mod pairing;
pub mod recipe;
pub mod supply;
mod thread;

pub(in crate::train) use content::PairInput;
pub use content::{Batch, Batches};
pub(in crate::train) use thread::BatchThread;
