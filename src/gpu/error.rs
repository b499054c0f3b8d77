//! Why nothing can be drawn.

/// Why nothing can be drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system has no adapter, not even a software one.
    #[error("no graphics adapter was found; install a driver, or Mesa's software driver lavapipe")]
    NoAdapter,
    /// The adapter provides no device.
    #[error("the graphics adapter provides no device: {0}")]
    Device(String),
    /// The adapter stopped responding.
    #[error("reading the drawn picture back failed: {0}")]
    ReadBack(String),
}
