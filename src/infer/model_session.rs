//! A loaded model, whatever engine runs it.

use super::Error;
use crate::base::{Cancel, EngineInfo, Tensor};

/// A loaded model.
pub trait ModelSession: Send {
    /// Runs the model once.
    ///
    /// `input` has the shape `[n, 3, h, w]` of the card's [`InputSpec`](crate::bundle::InputSpec).
    ///
    /// Returns the outputs in the order of the card. The same input gives the same output on the
    /// same machine with the same engine, provider and number of threads.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] for a shape that does not fit or NaN or infinite values,
    /// [`Error::Run`] when the engine fails or takes too long, [`Error::NotFinite`] when the outputs are
    /// NaN or infinite, [`Error::Cancelled`].
    fn run(&mut self, input: &Tensor) -> Result<Vec<Tensor>, Error>;

    /// Lets this flag stop the runs that follow: in a child process at once, in ONNX Runtime behind the
    /// operator at work, in `rten` before the next run.
    fn stop_with(&mut self, _cancel: Cancel) {}

    /// The engine and provider that run this model.
    fn engine(&self) -> &EngineInfo;

    /// Why every run from now on fails: the model server is gone, or was refused.
    fn lost(&self) -> Option<Error> {
        None
    }
}
