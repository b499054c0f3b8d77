//! Whether this machine's adapter draws overlays as the processor does.

use std::sync::Arc;
use std::time::Instant;

use super::{AdapterFacts, Error, Headless, Layer, Placement, Scene};
use crate::base::{Affine, Cancel, Heatmap, Rect, RgbImage};
use crate::signal::{Colormap, OverlayMode, OverlayStyle, Pyramid, compose};

/// Sides of the picture that is drawn, in pixels.
const SIZE_PX: [u32; 2] = [320, 240];
/// Cells along a side of its heat map.
const CELLS: u32 = 28;
/// Times that the picture is drawn to measure the time.
const ROUNDS: usize = 9;

/// What the check found.
#[derive(Debug, Clone, PartialEq)]
pub struct OverlayCheck {
    /// The adapter that drew.
    pub adapter: AdapterFacts,
    /// Largest difference of a channel from the processor's overlay, `0..=255`.
    pub largest_difference: u8,
    /// Median time of a drawing, waiting included, in milliseconds.
    pub draw_ms: f64,
}

impl OverlayCheck {
    /// Largest difference that rounding explains.
    pub const TOLERANCE: u8 = 2;

    /// Whether what people see is what reports are drawn with.
    pub const fn agrees(&self) -> bool {
        self.largest_difference <= Self::TOLERANCE
    }
}

/// Draws a heat map in all colors over a picture, on the adapter that the window would use, and
/// compares it with the overlay of the processor. Slow: it loads drivers.
///
/// # Errors
///
/// No adapter, or one that refuses or stops answering.
pub fn check_overlay() -> Result<OverlayCheck, Error> {
    let mut headless = Headless::start()?;
    let picture = picture();
    let map = map();
    let grid = Rect::new(0.0, 0.0, CELLS as f32, CELLS as f32);
    let map_from_upright = Affine::rect_to_rect(&Rect::new(41.0, 23.0, 200.0, 190.0), &grid);
    // It is never cancelled.
    let pyramid = Pyramid::build(&Arc::new(picture.clone()), &Cancel::default())
        .map_err(|_cancelled| Error::NoAdapter)?;
    let mut scene = Scene {
        pyramid: Arc::new(pyramid),
        placement: Placement { zoom: 1.0, x_px: 0.0, y_px: 0.0 },
        view_size_px: SIZE_PX,
        layers: vec![Layer { map: Arc::new(map.clone()), map_from_upright }],
        patches: Vec::new(),
        style: OverlayStyle::default(),
        split_px: None,
        masks: None,
    };
    let mut largest_difference = 0;
    for colormap in Colormap::ALL {
        for mode in [OverlayMode::Heat, OverlayMode::Threshold] {
            scene.style = OverlayStyle { colormap, mode, ..scene.style };
            let drawn = headless.render(&scene)?;
            let expected = compose(&picture, &[(&map, map_from_upright)], &scene.style);
            let apart = drawn.pixels.iter().zip(&expected.pixels).map(|(a, b)| a.abs_diff(*b));
            largest_difference = apart.fold(largest_difference, u8::max);
        }
    }
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        headless.draw(&scene)?;
        times.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    let draw_ms = times.get(ROUNDS / 2).copied().unwrap_or_default();
    Ok(OverlayCheck { adapter: headless.adapter().clone(), largest_difference, draw_ms })
}

/// A picture without regularity.
fn picture() -> RgbImage {
    let [width_px, height_px] = SIZE_PX;
    let value = |i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8;
    let pixels = (0..width_px * height_px * 3).map(value).collect();
    RgbImage { width_px, height_px, pixels }
}

/// Every value once, in no order.
fn map() -> Heatmap {
    let n = CELLS * CELLS;
    let value = |i: u32| (i * 577 % n) as f32 / (n - 1) as f32;
    Heatmap {
        width: CELLS,
        height: CELLS,
        values: (0..n).map(value).collect(),
        image_from_map: Affine::IDENTITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::skip_test;

    #[test]
    fn the_adapter_draws_what_the_processor_draws() {
        let check = match check_overlay() {
            Ok(check) => check,
            Err(error) => return skip_test(&format!("overlays on an adapter: {error}")),
        };
        assert!(check.agrees(), "{check:?}");
        assert!(check.draw_ms > 0.0, "{check:?}");
        let other = OverlayCheck { largest_difference: 3, ..check };
        assert!(!other.agrees(), "{other:?}");
    }
}
