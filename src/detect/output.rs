//! Reads and checks the outputs of the network.

use super::Error;
use crate::base::{RgbImage, Tensor};
use crate::bundle::{ChannelOrder, InputSpec};

/// The outputs for item `i` of a batch of `n`, each with a first axis of 1.
pub(super) fn item_of_batch(outputs: &[Tensor], i: usize, n: usize) -> Result<Vec<Tensor>, Error> {
    let cut = |tensor: &Tensor| {
        let len = tensor.data.len() / n.max(1);
        let mut shape = tensor.shape.clone();
        match shape.first_mut() {
            Some(first) if *first == n && len * n == tensor.data.len() => *first = 1,
            _ => {
                let what = format!("an output has the shape {shape:?} for a batch of {n}");
                return Err(Error::Output(what));
            }
        }
        Ok(Tensor { shape, data: tensor.data[i * len..(i + 1) * len].to_vec() })
    };
    outputs.iter().map(cut).collect()
}

/// The outputs of the network for one crop, before calibration.
#[derive(Debug, Clone, PartialEq)]
pub struct RawOutput {
    /// Uncalibrated; `bundle::Calibration::apply` makes a score of it.
    pub logit: f32,
    /// Forgery probability per cell, `[map_height, map_width]`, each in `0.0..=1.0`.
    pub map: Vec<f32>,
    /// Columns of the map.
    pub map_width: usize,
    /// Rows of the map.
    pub map_height: usize,
    /// Probability that the map is right, on the same cells, if the model estimates it.
    pub reliability: Option<Vec<f32>>,
    /// `[1, 3, h, w]` in the normalized units of the input, if the model has a decoder.
    pub reconstruction: Option<Tensor>,
    /// Largest value over the cells of every channel of the last features, `[C]`, if the model
    /// tells.
    pub embedding: Option<Vec<f32>>,
}

impl RawOutput {
    /// Picks the outputs by their names and checks shapes and values.
    pub(super) fn read(outputs: Vec<Tensor>, names: &[String]) -> Result<Self, Error> {
        if outputs.len() != names.len() {
            let (found, wanted) = (outputs.len(), names.len());
            return Err(Error::Output(format!("{found} outputs instead of {wanted}")));
        }
        let (mut logit, mut map, mut reconstruction, mut reliability) = (None, None, None, None);
        let mut embedding = None;
        for (tensor, name) in outputs.into_iter().zip(names) {
            if tensor.data.iter().any(|v| !v.is_finite()) {
                return Err(Error::Output(format!("{name} holds values that are no numbers")));
            }
            match name.as_str() {
                "logit" => logit = Some(tensor),
                "map" => map = Some(tensor),
                "reconstruction" => reconstruction = Some(tensor),
                "reliability" => reliability = Some(tensor),
                "embedding" => embedding = Some(tensor),
                _ => {}
            }
        }
        let wrong =
            |name: &str, shape: &[usize]| Error::Output(format!("{name} has the shape {shape:?}"));
        let logit = logit.ok_or_else(|| Error::Output("logit is missing".to_owned()))?;
        let map = map.ok_or_else(|| Error::Output("map is missing".to_owned()))?;
        let &[value] = logit.data.as_slice() else { return Err(wrong("logit", &logit.shape)) };
        let &[1, 1, map_height, map_width] = map.shape.as_slice() else {
            return Err(wrong("map", &map.shape));
        };
        if map.data.is_empty() || map.data.len() != map_height * map_width {
            return Err(wrong("map", &map.shape));
        }
        if let Some(tensor) = &reconstruction {
            let &[1, 3, h, w] = tensor.shape.as_slice() else {
                return Err(wrong("reconstruction", &tensor.shape));
            };
            if h * w == 0 || tensor.data.len() != 3 * h * w {
                return Err(wrong("reconstruction", &tensor.shape));
            }
        }
        if let Some(tensor) = &reliability {
            let cells = [map_height, map_width];
            let fits = tensor.shape == [1, cells[0], cells[1]]
                || tensor.shape == [1, 1, cells[0], cells[1]];
            if !fits || tensor.data.len() != map.data.len() {
                return Err(wrong("reliability", &tensor.shape));
            }
        }
        if let Some(tensor) = &embedding {
            match tensor.shape.as_slice() {
                &[1, n] if n > 0 && tensor.data.len() == n => {}
                other => return Err(wrong("embedding", other)),
            }
        }
        let shares = |tensor: Tensor| -> Vec<f32> {
            tensor.data.into_iter().map(|v| v.clamp(0.0, 1.0)).collect()
        };
        Ok(Self {
            logit: value,
            map: shares(map),
            map_width,
            map_height,
            reliability: reliability.map(shares),
            reconstruction,
            embedding: embedding.map(|tensor| tensor.data),
        })
    }
}

/// A picture from normalized values `[1, 3, h, w]`, the inverse of `prep::to_tensor`; `None` when
/// the shape is another.
pub(super) fn picture(tensor: &Tensor, spec: &InputSpec) -> Option<RgbImage> {
    let &[1, 3, h, w] = tensor.shape.as_slice() else { return None };
    let mut pixels = vec![0u8; 3 * h * w];
    for (channel, plane) in tensor.data.chunks_exact(h * w).enumerate() {
        let target = match spec.channels {
            ChannelOrder::Rgb => channel,
            ChannelOrder::Bgr => 2 - channel,
        };
        let (mean, std) = (spec.mean[channel], spec.std[channel]);
        for (pixel, value) in pixels.chunks_exact_mut(3).zip(plane) {
            // The cast cuts to 0..=255; half a level more makes it round.
            pixel[target] = (value * std + mean + 0.5) as u8;
        }
    }
    RgbImage::new(w as u32, h as u32, pixels)
}

/// Mean absolute difference over the channels, `[height, width]`; both pictures have one size.
pub(super) fn residual(a: &RgbImage, b: &RgbImage) -> Vec<u8> {
    a.pixels
        .chunks_exact(3)
        .zip(b.pixels.chunks_exact(3))
        .map(|(p, q)| {
            let sum: u32 = p.iter().zip(q).map(|(x, y)| u32::from(x.abs_diff(*y))).sum();
            ((sum + 1) / 3) as u8
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::InputSize;
    use crate::prep;

    fn names() -> Vec<String> {
        ["logit", "map", "reconstruction"].map(str::to_owned).to_vec()
    }

    fn outputs() -> Vec<Tensor> {
        vec![
            Tensor::new(vec![1], vec![2.5]).unwrap(),
            Tensor::new(vec![1, 1, 1, 2], vec![0.25, 1.5]).unwrap(),
            Tensor::new(vec![1, 3, 1, 1], vec![0.0, 1.0, -1.0]).unwrap(),
        ]
    }

    #[test]
    fn outputs_are_found_by_name_and_the_map_is_a_probability() {
        let raw = RawOutput::read(outputs(), &names()).unwrap();
        assert_eq!((raw.logit, raw.map_width, raw.map_height), (2.5, 2, 1));
        assert_eq!(raw.map, [0.25, 1.0], "held to 0..=1");
        let mut turned = outputs();
        turned.swap(0, 1);
        let names = ["map", "logit", "reconstruction"].map(str::to_owned);
        assert_eq!(RawOutput::read(turned, &names).unwrap(), raw);
    }

    #[test]
    fn reliability_lies_on_the_cells_of_the_map() {
        let mut names = names();
        names.push("reliability".to_owned());
        for shape in [vec![1, 1, 2], vec![1, 1, 1, 2]] {
            let mut outputs = outputs();
            outputs.push(Tensor::new(shape, vec![0.75, 1.25]).unwrap());
            let raw = RawOutput::read(outputs, &names).unwrap();
            assert_eq!(raw.reliability, Some(vec![0.75, 1.0]), "held to 0..=1");
        }
        assert_eq!(RawOutput::read(outputs(), &self::names()).unwrap().reliability, None);
    }

    #[test]
    fn the_embedding_is_one_row_of_channels() {
        let mut names = names();
        names.push("embedding".to_owned());
        let with = |shape: Vec<usize>, values: Vec<f32>| {
            let mut outputs = outputs();
            outputs.push(Tensor { shape, data: values });
            RawOutput::read(outputs, &names)
        };
        let raw = with(vec![1, 3], vec![0.5, 7.0, 0.0]).unwrap();
        assert_eq!(raw.embedding, Some(vec![0.5, 7.0, 0.0]), "activations, held to nothing");
        for bad in [vec![3], vec![1, 0], vec![1, 1, 3], vec![1, 2]] {
            let n = bad.iter().product::<usize>();
            let values = if bad == [1, 2] { 3 } else { n };
            let result = with(bad.clone(), vec![0.5; values]);
            assert!(matches!(result, Err(Error::Output(_))), "{bad:?}: {result:?}");
        }
        assert_eq!(RawOutput::read(outputs(), &self::names()).unwrap().embedding, None);
    }

    #[test]
    fn answers_that_make_no_sense_are_errors() {
        let mut nan = outputs();
        nan[1].data[0] = f32::NAN;
        let mut two = outputs();
        two[0] = Tensor::new(vec![2], vec![0.0, 0.0]).unwrap();
        let mut flat = outputs();
        flat[1].shape = vec![2];
        let mut names = names();
        names.push("reliability".to_owned());
        let mut coarse = outputs();
        coarse.push(Tensor::new(vec![1, 1, 1], vec![0.5]).unwrap());
        let refused = RawOutput::read(coarse, &names);
        assert!(matches!(refused, Err(Error::Output(_))), "another grid: {refused:?}");
        let mut gray = outputs();
        gray[2] = Tensor::new(vec![1, 1, 1, 3], vec![0.0; 3]).unwrap();
        for (what, bad) in [("nan", nan), ("two", two), ("flat", flat), ("gray", gray)] {
            let result = RawOutput::read(bad, &self::names());
            assert!(matches!(result, Err(Error::Output(_))), "{what}: {result:?}");
        }
        assert!(
            RawOutput::read(outputs()[..2].to_vec(), &self::names()).is_err(),
            "one is missing"
        );
    }

    #[test]
    fn picture_undoes_the_preparation() {
        for channels in [ChannelOrder::Rgb, ChannelOrder::Bgr] {
            let spec = InputSpec {
                name: "input".into(),
                channels,
                size: InputSize::SquarePx(2),
                mean: [120.0, 110.0, 100.0],
                std: [60.0, 50.0, 40.0],
                crop_scale: None,
                looks: Vec::new(),
            };
            let before = RgbImage::new(2, 1, vec![1, 50, 200, 255, 0, 128]).unwrap();
            assert_eq!(picture(&prep::to_tensor(&before, &spec), &spec), Some(before));
        }
    }

    #[test]
    fn residual_is_the_mean_difference() {
        let (a, b) = (RgbImage::filled(1, 1, [10, 20, 30]), RgbImage::filled(1, 1, [13, 14, 30]));
        assert_eq!(residual(&a, &b), [3]);
    }
}
