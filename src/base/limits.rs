//! Limits for reading untrusted files.

/// Upper bounds, checked before anything is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a still picture file.
    pub file_bytes: u64,
    /// Pixels of one picture.
    pub pixels: u64,
    /// Longest side in pixels.
    pub side_px: u32,
    /// Bytes a decoder may allocate.
    pub alloc_bytes: u64,
}

impl Limits {
    /// Whether a picture of this size may be decoded.
    pub fn allows(&self, width_px: u32, height_px: u32) -> bool {
        let pixels = u64::from(width_px).saturating_mul(u64::from(height_px));
        width_px.max(height_px) <= self.side_px && pixels <= self.pixels
    }
}

impl Default for Limits {
    /// 512 MiB of file, 200 megapixels (the largest phone sensors), 30,000 pixels a side and
    /// 2 GiB for the decoder: enough for 200 megapixels at 8 bits and their decoder's copy.
    fn default() -> Self {
        Self { file_bytes: 512 << 20, pixels: 200_000_000, side_px: 30_000, alloc_bytes: 2 << 30 }
    }
}
