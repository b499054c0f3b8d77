//! L2, pictures of numbers: color maps, heat maps and boxes over pictures, smaller copies for the
//! canvas.
//!
//! * **In**: maps, residuals, upright pictures. **Out**: pixels.
//! * **Not here**: the shaders that do the same on a GPU (`gpu`, `shaders/`). The code here is
//!   their reference, and what reports are drawn with.

mod boxes;
mod colormap;
mod hatch;
mod outline;
mod overlay;
mod pyramid;
mod residual;

pub use boxes::{draw_box, fill_rect, verdict_color};
pub use colormap::{Colormap, LUT_LEN, Lut};
pub use hatch::{HATCH_STEP_PX, hatch};
pub use outline::outline;
pub use overlay::{OverlayMode, OverlayStyle, compose, scaled};
pub use pyramid::Pyramid;
pub use residual::{RESIDUAL_GAIN, residual_view};
