//! A batch whose answer is known: the local engine has given it.

use crate::base::Tensor;
use crate::bundle::{InputSize, InputSpec};
use crate::infer::{Error, ModelSession};

/// Items of the batch; they differ, so that a server that swaps or repeats items is found out.
const ITEMS: usize = 4;
/// Side in pixels for networks that take several.
const SIDE_PX: u32 = 256;

/// A batch and the local answer to it.
#[derive(Debug)]
pub(super) struct Canary {
    pub(super) input: Tensor,
    pub(super) outputs: Vec<Tensor>,
}

impl Canary {
    /// Has the local engine answer.
    pub(super) fn new(spec: &InputSpec, local: &mut dyn ModelSession) -> Result<Self, Error> {
        let input = batch(spec);
        let outputs = local.run(&input)?;
        Ok(Self { input, outputs })
    }

    /// The largest difference of two values, over all outputs, and the number of the output.
    /// `answer` has the shapes of the local one.
    pub(super) fn difference(&self, answer: &[Tensor]) -> (f32, usize) {
        let mut largest = (0.0, 0);
        for (i, (here, there)) in self.outputs.iter().zip(answer).enumerate() {
            let pairs = here.data.iter().zip(&there.data);
            let most = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            if most > largest.0 {
                largest = (most, i);
            }
        }
        largest
    }
}

/// Pictures that are the same on every machine: waves and noise of all brightnesses.
fn batch(spec: &InputSpec) -> Tensor {
    let side = match spec.size {
        InputSize::SquarePx(side) => side,
        InputSize::MultipleOf(step) => SIDE_PX.next_multiple_of(step.max(1)),
    };
    let mut data = Vec::new();
    let mut noise: u32 = 0x9e37_79b9;
    for item in 0..ITEMS {
        for (channel, (mean, std)) in spec.mean.iter().zip(&spec.std).enumerate() {
            for y in 0..side {
                for x in 0..side {
                    // Xorshift (Marsaglia 2003).
                    noise ^= noise << 13;
                    noise ^= noise >> 17;
                    noise ^= noise << 5;
                    let pitch = 4.0 + 9.0 * item as f32 + 3.0 * channel as f32;
                    let wave = ((x as f32 + 0.5 * y as f32) / pitch).sin();
                    let value = 127.5 + 80.0 * wave + 47.0 * (noise as f32 / u32::MAX as f32 - 0.5);
                    data.push((value - mean) / std);
                }
            }
        }
    }
    Tensor { shape: vec![ITEMS, 3, side as usize, side as usize], data }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::ChannelOrder;

    #[test]
    fn the_items_differ_and_their_values_are_those_of_pictures() {
        let spec = InputSpec {
            name: "input".to_owned(),
            channels: ChannelOrder::Rgb,
            size: InputSize::MultipleOf(32),
            mean: [127.5; 3],
            std: [127.5; 3],
            crop_scale: None,
            looks: Vec::new(),
        };
        let batch = batch(&spec);
        assert_eq!(batch.shape, [ITEMS, 3, 256, 256]);
        assert_eq!(batch.shape.iter().product::<usize>(), batch.data.len());
        assert!(batch.data.iter().all(|value| value.abs() < 1.0));
        let items: Vec<_> = batch.data.chunks(batch.data.len() / ITEMS).collect();
        for (i, item) in items.iter().enumerate() {
            assert!(items[..i].iter().all(|other| other != item), "{i}");
        }
    }

    #[test]
    fn the_largest_difference_is_found_with_its_output() {
        let tensor = |values: &[f32]| Tensor { shape: vec![values.len()], data: values.to_vec() };
        let input = tensor(&[]);
        let canary = Canary { input, outputs: vec![tensor(&[1.0, 2.0]), tensor(&[-1.0])] };
        assert_eq!(canary.difference(&canary.outputs), (0.0, 0));
        assert_eq!(canary.difference(&[tensor(&[1.0, 2.25]), tensor(&[-1.5])]), (0.5, 1));
    }
}
