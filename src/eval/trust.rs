//! Quality of a model's own reliability estimate, cell by cell.

use crate::bundle::ReliabilityFacts;

/// Bins of the estimate.
const N_STEPS: usize = 20;
/// Fewest cells of a step.
const MIN_CELLS: usize = 50;

/// One cell of a heat map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrustCell {
    /// The estimated probability that the map is right.
    pub reliability: f32,
    /// True when the cell was marked and forged, or neither.
    pub right: bool,
}

/// The estimate below which cells were right less often than `right_share`.
///
/// The scale is cut into 20 steps; one with few cells counts like the step below. Returns the upper
/// end of the last step before the first good one; `None` when all are good.
pub fn trust_threshold(cells: &[TrustCell], right_share: f64) -> Option<f32> {
    let mut right = [0usize; N_STEPS];
    let mut n = [0usize; N_STEPS];
    for cell in cells {
        let step = ((cell.reliability * N_STEPS as f32) as usize).min(N_STEPS - 1);
        n[step] += 1;
        right[step] += usize::from(cell.right);
    }
    let steps = n.into_iter().zip(right).enumerate().filter(|(_, (n, _))| *n >= MIN_CELLS);
    let bad = steps.take_while(|(_, (n, right))| (*right as f64) < right_share * *n as f64);
    bad.last().map(|(i, _)| (i + 1) as f32 / N_STEPS as f32)
}

/// How often cells on both sides of a threshold were right.
pub fn trust_facts(cells: &[TrustCell], threshold: f32) -> ReliabilityFacts {
    let side = |below: bool| {
        let of = cells.iter().filter(move |c| (c.reliability < threshold) == below);
        let n = of.clone().count();
        (of.filter(|c| c.right).count() as f32 / n.max(1) as f32, n)
    };
    let ((right_below, n_below), (right_above, _)) = (side(true), side(false));
    let share_below = n_below as f32 / cells.len().max(1) as f32;
    ReliabilityFacts { threshold, right_below, right_above, share_below }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cells that are right as often as they say, each estimate a hundred times.
    fn honest() -> Vec<TrustCell> {
        let cell = |i: usize| {
            let reliability = (i % 100) as f32 / 100.0;
            TrustCell { reliability, right: ((i / 100) as f32) < reliability * 100.0 }
        };
        (0..10_000).map(cell).collect()
    }

    #[test]
    fn the_threshold_lies_where_cells_are_right_often_enough() {
        let cells = honest();
        assert_eq!(trust_threshold(&cells, 0.75), Some(0.75));
        let facts = trust_facts(&cells, 0.75);
        assert!((facts.share_below - 0.75).abs() < 0.01, "{facts:?}");
        assert!((facts.right_below - 0.37).abs() < 0.02, "{facts:?}");
        assert!((facts.right_above - 0.87).abs() < 0.02, "{facts:?}");
    }

    #[test]
    fn a_map_that_is_always_right_needs_no_threshold() {
        let cells: Vec<TrustCell> =
            honest().iter().map(|c| TrustCell { right: true, ..*c }).collect();
        assert_eq!(trust_threshold(&cells, 0.75), None);
        assert_eq!(trust_threshold(&[], 0.75), None);
    }
}
