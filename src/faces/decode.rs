//! What the outputs of YuNet mean.
//!
//! * **In**: the three tensors of one run, one per stride. **Out**: [`Candidate`]s in pixels of the
//!   network's input, and their non-maximum suppression.
//! * **Not here**: choosing scales and mapping to image space (`find`).
//!
//! Each tensor is `[1, 16, h, w]`; a cell's channels are: class logit, object logit, box (center x,
//! center y, log width, log height), and x and y of the five landmarks. Source of the formulas:
//! the post-processing of OpenCV's `FaceDetectorYN` and of the authors' library.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::Error;
use crate::base::{Landmarks, Point, Rect, Tensor};

/// Names of the outputs, finest first; the names tell the strides.
pub(super) const OUTPUTS: [&str; 3] = ["stride_8", "stride_16", "stride_32"];
const STRIDES: [f32; 3] = [8.0, 16.0, 32.0];
const N_CHANNELS: usize = 16;
/// More candidates than this are cut off before suppression, weakest first: the work grows with the
/// square, and no picture shows so many faces.
const MAX_CANDIDATES: usize = 3000;

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
        // Not a number compares false, too.
        if !(confidence >= min_confidence) {
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

fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
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
