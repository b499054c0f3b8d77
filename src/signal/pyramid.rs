//! Smaller copies of a picture, so that a small view of a large picture neither aliases nor needs
//! all its pixels.

use std::sync::Arc;

use crate::base::{Cancel, Cancelled, RgbImage};

/// No copy is made whose longer side would be below this.
const SMALLEST_SIDE_PX: u32 = 256;

/// A picture and its halved copies.
#[derive(Debug, Clone)]
pub struct Pyramid {
    /// Level 0 is the picture itself; level `k` has `ceil(size / 2^k)` pixels a side.
    pub levels: Vec<Arc<RgbImage>>,
}

impl Pyramid {
    /// Makes the copies by averaging squares of 2 × 2 pixels; a last odd column or row is averaged
    /// with itself.
    ///
    /// # Errors
    ///
    /// [`Cancelled`] when stopped; asked between levels.
    pub fn build(picture: &Arc<RgbImage>, cancel: &Cancel) -> Result<Self, Cancelled> {
        let mut levels = vec![Arc::clone(picture)];
        let mut last = Arc::clone(picture);
        while last.width_px.max(last.height_px) > SMALLEST_SIDE_PX {
            if cancel.is_cancelled() {
                return Err(Cancelled);
            }
            last = Arc::new(halve(&last));
            levels.push(Arc::clone(&last));
        }
        Ok(Self { levels })
    }

    /// The picture itself.
    pub fn picture(&self) -> &Arc<RgbImage> {
        &self.levels[0]
    }

    /// The level to draw from when one picture pixel takes `zoom` view pixels: the smallest one
    /// that is still shrunk, and by less than two.
    pub fn level_for(&self, zoom: f32) -> usize {
        let shrink = (1.0 / zoom.max(1e-6)).max(1.0);
        (shrink.log2() as usize).min(self.levels.len() - 1)
    }
}

fn halve(picture: &RgbImage) -> RgbImage {
    let (width, height) = (picture.width_px as usize, picture.height_px as usize);
    let (w, h) = (width.div_ceil(2), height.div_ceil(2));
    let mut pixels = Vec::with_capacity(w * h * 3);
    for y in 0..h {
        let top = &picture.pixels[2 * y * width * 3..][..width * 3];
        let bottom = &picture.pixels[(2 * y + 1).min(height - 1) * width * 3..][..width * 3];
        for x in 0..w {
            let (left, right) = (2 * x * 3, (2 * x + 1).min(width - 1) * 3);
            for c in 0..3 {
                let sum = u16::from(top[left + c])
                    + u16::from(top[right + c])
                    + u16::from(bottom[left + c])
                    + u16::from(bottom[right + c]);
                pixels.push(((sum + 2) / 4) as u8);
            }
        }
    }
    RgbImage { width_px: w as u32, height_px: h as u32, pixels }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_halve_and_average() {
        let board =
            (0..1025 * 300).flat_map(|i| [if (i % 1025 + i / 1025) % 2 == 0 { 200 } else { 0 }; 3]);
        let picture = Arc::new(RgbImage::new(1025, 300, board.collect()).unwrap());
        let pyramid = Pyramid::build(&picture, &Cancel::default()).unwrap();
        let sizes: Vec<_> = pyramid.levels.iter().map(|l| (l.width_px, l.height_px)).collect();
        assert_eq!(sizes, [(1025, 300), (513, 150), (257, 75), (129, 38)]);
        assert_eq!(pyramid.levels[1].get(10, 10), [100; 3], "a checkerboard becomes grey");
    }

    #[test]
    fn the_level_is_never_shrunk_by_two_or_more() {
        let picture = Arc::new(RgbImage::filled(4096, 8, [0; 3]));
        let pyramid = Pyramid::build(&picture, &Cancel::default()).unwrap();
        for (zoom, level) in
            [(8.0, 0), (1.0, 0), (0.6, 0), (0.5, 1), (0.26, 1), (0.25, 2), (0.0, 4)]
        {
            assert_eq!(pyramid.level_for(zoom), level, "zoom {zoom}");
        }
    }

    #[test]
    fn a_stop_is_heard() {
        let cancel = Cancel::default();
        cancel.cancel();
        let picture = Arc::new(RgbImage::filled(600, 8, [0; 3]));
        assert!(Pyramid::build(&picture, &cancel).is_err(), "cancelled before the first copy");
    }
}
