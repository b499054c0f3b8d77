//! Decodes the outputs of YuNet.
//!
//! Each tensor is `[1, 16, h, w]`; a cell's channels are: class logit, object logit, box (center x,
//! center y, log width, log height), and x and y of the five landmarks. Source of the formulas:
//! the post-processing of OpenCV's `FaceDetectorYN` and of the authors' library.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::Error;
use crate::base::{Landmarks, Point, Rect, Tensor, sigmoid};

/// Names of the outputs, finest first; the names tell the strides.
pub(super) const OUTPUTS: [&str; 3] = ["stride_8", "stride_16", "stride_32"];
const STRIDES: [f32; 3] = [8.0, 16.0, 32.0];
const N_CHANNELS: usize = 16;
/// More candidates than this are cut off before suppression, weakest first: the work grows with the
/// square. A face has about five.
const MAX_CANDIDATES: usize = 6000;

/// A face as the network sees it, in pixels of its input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    pub(super) area: Rect,
    pub(super) landmarks: Landmarks,
    /// Geometric mean of the class and object probabilities.
    pub(super) confidence: f32,
}

/// All cells of at least this confidence.
pub(super) fn decode(outputs: &[Tensor], min_confidence: f32) -> Result<Vec<Candidate>, Error> {
    if outputs.len() != STRIDES.len() {
        return Err(Error::Model {
            what: format!("{} outputs instead of {}", outputs.len(), STRIDES.len()),
        });
    }
    let mut found = Vec::new();
    for (output, stride) in outputs.iter().zip(STRIDES) {
        decode_level(output, stride, min_confidence, &mut found)?;
    }
    Ok(found)
}

fn decode_level(
    output: &Tensor,
    stride: f32,
    min_confidence: f32,
    found: &mut Vec<Candidate>,
) -> Result<(), Error> {
    let &[1, N_CHANNELS, h, w] = output.shape.as_slice() else {
        return Err(Error::Model { what: format!("an output of shape {:?}", output.shape) });
    };
    let n_cells = h.saturating_mul(w);
    if n_cells == 0 || output.data.len() != n_cells.saturating_mul(N_CHANNELS) {
        return Err(Error::Model { what: format!("{} values for {h} x {w}", output.data.len()) });
    }
    let planes: Vec<&[f32]> = output.data.chunks_exact(n_cells).collect();
    let value = |channel: usize, cell: usize| {
        planes.get(channel).and_then(|plane| plane.get(cell)).copied().unwrap_or(f32::NAN)
    };
    for cell in 0..n_cells {
        let confidence = (sigmoid(value(0, cell)) * sigmoid(value(1, cell))).sqrt();
        if confidence.is_nan() || confidence < min_confidence {
            continue;
        }
        let (row, column) = (cell.checked_div(w), cell.checked_rem(w));
        let (Some(row), Some(column)) = (row, column) else { continue };
        let at = Point { x: column as f32, y: row as f32 };
        let point = |channel: usize| Point {
            x: (value(channel, cell) + at.x) * stride,
            y: (value(channel.saturating_add(1), cell) + at.y) * stride,
        };
        let center = point(2);
        let (width, height) = (value(4, cell).exp() * stride, value(5, cell).exp() * stride);
        let area = Rect::new(center.x - width / 2.0, center.y - height / 2.0, width, height);
        let candidate = Candidate {
            area,
            landmarks: [point(6), point(8), point(10), point(12), point(14)],
            confidence,
        };
        if candidate.is_finite() {
            found.push(candidate);
        }
    }
    Ok(())
}

impl Candidate {
    fn is_finite(&self) -> bool {
        let Rect { x, y, w, h } = self.area;
        [x, y, w, h].iter().all(|v| v.is_finite())
            && self.landmarks.iter().all(|p| p.x.is_finite() && p.y.is_finite())
    }
}

/// Greedy non-maximum suppression: the surest first, whatever overlaps a surer one by more than
/// `max_iou` goes. Ties keep their order.
pub(super) fn suppress(mut candidates: Vec<Candidate>, max_iou: f32) -> Vec<Candidate> {
    candidates.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    candidates.truncate(MAX_CANDIDATES);
    let mut kept: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        if kept.iter().all(|k| k.area.iou(&candidate.area) <= max_iou) {
            kept.push(candidate);
        }
    }
    kept
}

#[cfg(test)]
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests may panic, that is how they fail"
)]
mod tests {
    use super::*;

    /// Outputs for an input of 64 x 32 pixels in which nothing is found, but for what `edit` does
    /// to the level of stride 16 (4 columns, 2 rows): `edit(values, plane length)`.
    fn outputs(edit: impl Fn(&mut [f32], usize)) -> Vec<Tensor> {
        [8usize, 16, 32]
            .map(|stride| {
                let (h, w) = (32 / stride, 64 / stride);
                let mut data = vec![0.0; N_CHANNELS * h * w];
                data[..h * w].fill(-20.0);
                if stride == 16 {
                    edit(&mut data, h * w);
                }
                Tensor::new(vec![1, N_CHANNELS, h, w], data).unwrap()
            })
            .to_vec()
    }

    #[test]
    fn a_cell_gives_its_box_and_landmarks_in_input_pixels() {
        let outputs = outputs(|data, plane| {
            let cell = 6; // row 1, column 2
            let values = [3.0, 2.0, 0.5, 0.25, 1.0, 2f32.ln(), -0.5, 0.5];
            for (channel, value) in values.iter().enumerate() {
                data[channel * plane + cell] = *value;
            }
        });
        let found = decode(&outputs, 0.6).unwrap();
        let [face] = found.as_slice() else { panic!("one face, not {found:?}") };
        let expected = (0.952_574_1f32 * 0.880_797).sqrt();
        assert!((face.confidence - expected).abs() < 1e-5, "{}", face.confidence);
        let (w, h) = (16.0 * 1f32.exp(), 32.0);
        let want = Rect::new(40.0 - w / 2.0, 20.0 - h / 2.0, w, h);
        assert!(face.area.iou(&want) > 0.9999, "{:?} is not {want:?}", face.area);
        assert_eq!(face.landmarks[0], Point { x: 24.0, y: 24.0 });
        assert_eq!(face.landmarks[4], Point { x: 32.0, y: 16.0 }, "zero: the corner of the cell");
        assert_eq!(decode(&outputs, 0.95).unwrap(), vec![], "below the threshold");
    }

    #[test]
    fn values_that_are_no_numbers_give_no_faces() {
        for bad in [f32::NAN, f32::INFINITY, 1e9] {
            for channel in 2..N_CHANNELS {
                let outputs = outputs(|data, plane| {
                    data[0] = 9.0;
                    data[plane] = 9.0;
                    data[channel * plane] = bad;
                });
                for face in decode(&outputs, 0.6).unwrap() {
                    assert!(face.is_finite(), "channel {channel}, {bad}");
                }
            }
        }
        let outputs = outputs(|data, _| data.fill(f32::NAN));
        assert_eq!(decode(&outputs, 0.0).unwrap().len(), 32 + 2, "the other levels only");
    }

    #[test]
    fn outputs_of_another_network_are_refused() {
        let good = outputs(|_, _| {});
        assert!(matches!(decode(&good[..2], 0.6), Err(Error::Model { .. })), "one is missing");
        let mut other = good.clone();
        other[1].shape = vec![1, 8, 2, 8];
        assert!(matches!(decode(&other, 0.6), Err(Error::Model { .. })), "other channels");
        let mut short = good;
        short[2].data.pop();
        assert!(matches!(decode(&short, 0.6), Err(Error::Model { .. })), "a value is missing");
    }

    #[test]
    fn suppression_keeps_the_surest_of_those_that_overlap() {
        let candidate = |x: f32, confidence| Candidate {
            area: Rect::new(x, 0.0, 10.0, 10.0),
            landmarks: Landmarks::default(),
            confidence,
        };
        let all = vec![candidate(2.0, 0.7), candidate(0.0, 0.9), candidate(6.0, 0.8)];
        let kept: Vec<f32> = suppress(all, 0.3).iter().map(|c| c.confidence).collect();
        assert_eq!(kept, [0.9, 0.8], "4 of 16 columns in common are too few");
    }
}
