//! L2, from pixels to network input: the only pre-processing, for detector and trainer alike.
//!
//! * **In**: an upright picture, the square to cut out, the model's [`InputSpec`].
//! * **Out**: a [`Tensor`] `[1, 3, h, w]`, and the geometry that leads back.
//! * **Not here**: finding faces (`faces`), running networks (`infer`).

mod crop;
mod resize;
mod rotated;

pub use crop::crop_rect;
pub use resize::resample;
pub use rotated::{RotatedSquare, cut_rotated};

use crate::base::{Rect, RgbImage, Tensor};
use crate::bundle::{ChannelOrder, InputSpec};

/// Cuts out `crop` (in the space of `picture`), brings it to `width` × `height` and normalizes it
/// as `spec` says.
///
/// Returns `[1, 3, height, width]`.
pub fn prepare(
    picture: &RgbImage,
    crop: &Rect,
    width: u32,
    height: u32,
    spec: &InputSpec,
) -> Tensor {
    to_tensor(&resample(picture, crop, width, height), spec)
}

/// Normalizes a picture that already has the network's size: `(value - mean) / std` per channel.
///
/// Returns `[1, 3, height, width]` in the channel order of `spec`.
pub fn to_tensor(picture: &RgbImage, spec: &InputSpec) -> Tensor {
    let (w, h) = (picture.width_px as usize, picture.height_px as usize);
    // A byte has 256 values: the arithmetic is done once for each.
    let table: [[f32; 256]; 3] = std::array::from_fn(|channel| {
        std::array::from_fn(|v| (v as f32 - spec.mean[channel]) / spec.std[channel])
    });
    let mut data = vec![0.0; 3 * w * h];
    let (first, rest) = data.split_at_mut(w * h);
    let (second, third) = rest.split_at_mut(w * h);
    for (((rgb, a), b), c) in picture.pixels.chunks_exact(3).zip(first).zip(second).zip(third) {
        let (x, y, z) = match spec.channels {
            ChannelOrder::Rgb => (rgb[0], rgb[1], rgb[2]),
            ChannelOrder::Bgr => (rgb[2], rgb[1], rgb[0]),
        };
        *a = table[0][usize::from(x)];
        *b = table[1][usize::from(y)];
        *c = table[2][usize::from(z)];
    }
    Tensor { shape: vec![1, 3, h, w], data }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::InputSize;

    #[test]
    fn channels_and_scale_follow_the_spec() {
        let spec = InputSpec {
            name: "input".into(),
            channels: ChannelOrder::Bgr,
            size: InputSize::SquarePx(1),
            mean: [0.0, 0.0, 100.0],
            std: [1.0, 1.0, 50.0],
            crop_scale: None,
            looks: Vec::new(),
        };
        let picture = RgbImage::filled(1, 1, [200, 20, 3]);
        assert_eq!(to_tensor(&picture, &spec).data, vec![3.0, 20.0, 2.0]);
    }
}
