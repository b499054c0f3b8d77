//! The trainer.

#[cfg(feature = "train")]
mod experiment;
#[cfg(feature = "train")]
mod fit;
#[cfg(feature = "train-gpu")]
mod gpu;
#[cfg(feature = "train")]
mod learning_loop;
#[cfg(feature = "train")]
mod refine;
