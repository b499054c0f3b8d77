//! Several looks at one face: at the square of the heat map, and at tighter ones.
//!
//! Tighter squares show small traces larger. The logits are averaged; everything else is that of
//! the first look.

use super::output::RawOutput;
use crate::base::{Rect, RgbImage, Tensor};
use crate::bundle::InputSpec;
use crate::prep;

/// The squares to look at, the card's own first; inside `bounds`, in the space of `face`.
pub(super) fn crops(face: &Rect, bounds: &Rect, crop_scale: f32, spec: &InputSpec) -> Vec<Rect> {
    let scales = std::iter::once(crop_scale).chain(spec.looks.iter().copied());
    scales.map(|scale| prep::crop_rect(face, scale, bounds)).collect()
}

/// What the network is fed of one face: `[looks, 3, side, side]`.
pub(super) fn prepared(
    picture: &RgbImage,
    crops: &[Rect],
    side_px: u32,
    spec: &InputSpec,
) -> Tensor {
    let side = side_px as usize;
    let mut data = Vec::with_capacity(crops.len() * 3 * side * side);
    for crop in crops {
        data.extend(prep::prepare(picture, crop, side_px, side_px, spec).data);
    }
    Tensor { shape: vec![crops.len(), 3, side, side], data }
}

/// What the network is fed of a face in an upright picture that is examined as a whole:
/// `[looks, 3, side, side]`. `None` for a card without a square.
pub fn prepare_looks(picture: &RgbImage, face: &Rect, spec: &InputSpec) -> Option<Tensor> {
    let crate::bundle::InputSize::SquarePx(side_px) = spec.size else { return None };
    let crops = crops(face, &picture.bounds(), spec.crop_scale?, spec);
    Some(prepared(picture, &crops, side_px, spec))
}

/// One answer a face, from `n_looks` answers each.
pub(super) fn merged(raws: Vec<RawOutput>, n_looks: usize) -> Vec<RawOutput> {
    let mut out = Vec::with_capacity(raws.len() / n_looks.max(1));
    let mut raws = raws.into_iter();
    while let Some(first) = raws.next() {
        let others: f32 = raws.by_ref().take(n_looks.saturating_sub(1)).map(|r| r.logit).sum();
        out.push(RawOutput { logit: (first.logit + others) / n_looks.max(1) as f32, ..first });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::{ChannelOrder, InputSize};

    fn spec(looks: &[f32]) -> InputSpec {
        InputSpec {
            name: "input".into(),
            channels: ChannelOrder::Rgb,
            size: InputSize::SquarePx(8),
            mean: [0.0; 3],
            std: [1.0; 3],
            crop_scale: Some(2.0),
            looks: looks.to_vec(),
        }
    }

    #[test]
    fn tighter_looks_come_after_the_first_and_show_less() {
        // A white face in a black picture.
        let mut picture = RgbImage::filled(64, 64, [0; 3]);
        for y in 24..40 {
            picture.pixels[(y * 64 + 24) * 3..(y * 64 + 40) * 3].fill(255);
        }
        let face = Rect::new(24.0, 24.0, 16.0, 16.0);
        let tensor = prepare_looks(&picture, &face, &spec(&[1.0])).unwrap();
        assert_eq!(tensor.shape, [2, 3, 8, 8]);
        let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
        let (wide, tight) = tensor.data.split_at(3 * 64);
        assert!((mean(wide) - 255.0 / 4.0).abs() < 2.0, "{}", mean(wide));
        assert!(mean(tight) > 230.0, "{}", mean(tight));
    }

    #[test]
    fn logits_are_averaged_and_the_map_is_the_first_one() {
        let raw = |logit: f32, value: f32| RawOutput {
            logit,
            map: vec![value],
            map_width: 1,
            map_height: 1,
            reliability: None,
            reconstruction: None,
            embedding: None,
        };
        let two = merged(vec![raw(1.0, 0.1), raw(3.0, 0.9), raw(-2.0, 0.2), raw(0.0, 0.8)], 2);
        let outputs: Vec<(f32, f32)> = two.iter().map(|r| (r.logit, r.map[0])).collect();
        assert_eq!(outputs, [(2.0, 0.1), (-1.0, 0.2)]);
        assert_eq!(merged(vec![raw(1.5, 0.1)], 1)[0].logit, 1.5);
    }
}
