//! L3, wgpu without a window: the shader table and the canvas that draws one picture.
//!
//! * **In**: a [`Scene`] (picture, maps, position, style), a render pass or nothing. **Out**: pixels
//!   in that pass, or a picture drawn [off screen](Headless).
//! * **Not here**: windows and widgets (`gui`), values for reports: those come from the CPU twin in
//!   `signal`.

mod adapter;
mod canvas;
mod error;
mod headless;
mod instances;
mod masks;
mod pipeline;
mod scene;
mod self_check;
pub mod shaders;
mod tiles;

pub use adapter::{AdapterFacts, adapters, modest_limits};
pub use canvas::Canvas;
pub use error::Error;
pub use headless::Headless;
pub use scene::{Layer, MaskLayer, MaskMode, MaskShown, Patch, Placement, Scene};
pub use self_check::{OverlayCheck, check_overlay};
