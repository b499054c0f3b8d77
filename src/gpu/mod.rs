//! L2, wgpu without a window: the shader table and the canvas that draws one picture.
//!
//! * **In**: a [`Scene`] (picture, maps, where and how), a render pass or nothing. **Out**: pixels
//!   in that pass, or a picture drawn [off screen](Headless).
//! * **Not here**: windows and widgets (`gui`), numbers for reports: those come from the CPU twin
//!   in `signal`.

mod adapter;
mod canvas;
mod headless;
mod masks;
mod scene;
pub mod shaders;
mod tiles;

pub use adapter::{AdapterFacts, adapters, modest_limits};
pub use canvas::Canvas;
pub use headless::Headless;
pub use scene::{Layer, MaskLayer, MaskMode, MaskShown, Patch, Placement, Scene};

/// Why nothing can be drawn.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The system offers no adapter, not even a software one.
    #[error("no graphics adapter found; a software one (Mesa's lavapipe) would do")]
    NoAdapter,
    /// The adapter refused.
    #[error("the graphics adapter gives no device: {0}")]
    Device(String),
    /// The adapter stopped answering.
    #[error("reading the drawn picture back failed: {0}")]
    ReadBack(String),
}
