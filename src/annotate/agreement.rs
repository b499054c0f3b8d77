//! Agreement of two masks.

use super::mask::Mask;

/// Pixels set in both masks, and in one alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Agreement {
    /// In both.
    pub both: u64,
    /// In the first alone.
    pub only_first: u64,
    /// In the second alone.
    pub only_second: u64,
}

impl Agreement {
    /// Compares two masks of one size.
    pub fn between(first: &Mask, second: &Mask) -> Self {
        let pairs = first.words().iter().zip(second.words());
        pairs.fold(Self::default(), |sum, (a, b)| {
            let count = |bits: u32| u64::from(bits.count_ones());
            Self {
                both: sum.both + count(a & b),
                only_first: sum.only_first + count(a & !b),
                only_second: sum.only_second + count(b & !a),
            }
        })
    }

    /// Intersection over union; `None` when both are empty.
    pub fn iou(&self) -> Option<f64> {
        let union = self.both + self.only_first + self.only_second;
        (union > 0).then(|| self.both as f64 / union as f64)
    }
}
