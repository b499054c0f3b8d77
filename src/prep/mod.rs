//! L2, from pixels to network input: the only pre-processing, for detector and trainer alike.
//!
//! * **In**: an upright picture, the square to cut out, the model's [`InputSpec`].
//! * **Out**: a [`Tensor`] `[1, 3, h, w]`, and the geometry that leads back.
//! * **Not here**: finding faces (`faces`), running networks (`infer`).

mod crop;
mod resize;

pub use crop::crop_rect;
pub use resize::resample;

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
    let mut data = vec![0.0; 3 * w * h];
    for channel in 0..3 {
        let source = match spec.channels {
            ChannelOrder::Rgb => channel,
            ChannelOrder::Bgr => 2 - channel,
        };
        let (mean, std) = (spec.mean[channel], spec.std[channel]);
        let plane = &mut data[channel * w * h..(channel + 1) * w * h];
        for (out, pixel) in plane.iter_mut().zip(picture.pixels.chunks_exact(3)) {
            *out = (f32::from(pixel[source]) - mean) / std;
        }
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
        };
        let picture = RgbImage::filled(1, 1, [200, 20, 3]);
        assert_eq!(to_tensor(&picture, &spec).data, vec![3.0, 20.0, 2.0]);
    }
}
