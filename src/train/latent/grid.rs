//! The grid of a latent.

/// Pixels of the picture per cell of the latent, along a side.
pub const CELL_PX: usize = 8;
/// Channels of the latent.
pub const CHANNELS: usize = 32;

/// A latent, `[CHANNELS, height, width]`; one cell stands for 8 × 8 pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Latent {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// The values, raw: mean about 0, deviation about 0.84 on faces.
    pub data: Vec<f32>,
}
