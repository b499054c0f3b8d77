//! Agreement over many pictures: counts, IoU, Cohen's kappa.
//!
//! Source: J. Cohen, "A coefficient of agreement for nominal scales", 1960. A kappa of 0 is what two
//! readers would reach who guess with the same frequencies; 1 is agreement on everything.

use crate::annotate::{Agreement, Decision, Mask};

/// Decision and mask of one reader on a picture or frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) decision: Decision,
    /// Image space.
    pub(super) mask: &'a Mask,
}

/// Pixels of all pictures on which both readers decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PixelCounts {
    /// Set by both.
    pub both: u64,
    /// Set by the first reader only.
    pub only_first: u64,
    /// Set by the second reader only.
    pub only_second: u64,
    /// Set by neither.
    pub neither: u64,
}

/// Agreement of two readers over many pictures.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ReaderAgreement {
    /// Pictures read by both: first index the decision of the first reader, second index that of the
    /// second, in the order of [`DECISIONS`].
    pub decisions: [[u64; 3]; 3],
    /// Pictures that both decided and at least one marked: the mean IoU is over these.
    pub n_masks: u64,
    /// Pictures whose masks differ in size; no other number counts them.
    pub n_unequal: u64,
    /// Pixels of the pictures that both decided.
    pub pixels: PixelCounts,
    iou_sum: f64,
}

/// The order of [`ReaderAgreement::decisions`].
pub const DECISIONS: [Decision; 3] =
    [Decision::Forged, Decision::NothingForged, Decision::CannotTell];

impl ReaderAgreement {
    /// Adds one picture. "Cannot tell" counts as a decision, but its pixels do not count.
    pub(super) fn add(&mut self, first: &Reading<'_>, second: &Reading<'_>) {
        let size = |r: &Reading<'_>| (r.mask.width_px(), r.mask.height_px());
        if size(first) != size(second) {
            self.n_unequal += 1;
            return;
        }
        self.decisions[index_of(first.decision)][index_of(second.decision)] += 1;
        if [first, second].iter().any(|r| r.decision == Decision::CannotTell) {
            return;
        }
        let common = Agreement::between(first.mask, second.mask);
        let all = u64::from(first.mask.width_px()) * u64::from(first.mask.height_px());
        self.pixels.both += common.both;
        self.pixels.only_first += common.only_first;
        self.pixels.only_second += common.only_second;
        self.pixels.neither += all - common.both - common.only_first - common.only_second;
        if let Some(iou) = common.iou() {
            self.n_masks += 1;
            self.iou_sum += iou;
        }
    }

    /// Pictures read by both.
    pub fn n(&self) -> u64 {
        self.decisions.iter().flatten().sum()
    }

    /// Pictures on which both decided alike.
    pub fn n_alike(&self) -> u64 {
        (0..3).map(|i| self.decisions[i][i]).sum()
    }

    /// Mean intersection over union of the masks; `None` when neither reader marked anything.
    pub fn mean_iou(&self) -> Option<f64> {
        (self.n_masks > 0).then(|| self.iou_sum / self.n_masks as f64)
    }

    /// Cohen's kappa of the decisions; `None` where it is not defined: without pictures, or when both
    /// readers always made the same decision.
    pub fn kappa_of_decisions(&self) -> Option<f64> {
        kappa(&self.decisions)
    }

    /// Cohen's kappa of the pixels of all pictures together.
    pub fn kappa_of_pixels(&self) -> Option<f64> {
        let PixelCounts { both, only_first, only_second, neither } = self.pixels;
        kappa(&[[both, only_first], [only_second, neither]])
    }
}

const fn index_of(decision: Decision) -> usize {
    match decision {
        Decision::Forged => 0,
        Decision::NothingForged => 1,
        Decision::CannotTell => 2,
    }
}

fn kappa<const K: usize>(table: &[[u64; K]; K]) -> Option<f64> {
    let n = table.iter().flatten().sum::<u64>() as f64;
    if n == 0.0 {
        return None;
    }
    let alike = (0..K).map(|i| table[i][i]).sum::<u64>() as f64 / n;
    let by_chance: f64 = (0..K)
        .map(|i| {
            let first = table[i].iter().sum::<u64>() as f64 / n;
            let second = table.iter().map(|row| row[i]).sum::<u64>() as f64 / n;
            first * second
        })
        .sum();
    (by_chance < 1.0).then(|| (alike - by_chance) / (1.0 - by_chance))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(size: u32, from: u32, to: u32) -> Mask {
        let mut mask = Mask::new(size, size);
        for y in from..to {
            mask.set_span(y, from..to);
        }
        mask
    }

    /// The worked example of Wikipedia's article "Cohen's kappa": 20, 5, 10, 15.
    #[test]
    fn kappa_is_that_of_the_textbook() {
        assert!((kappa(&[[20, 5], [10, 15]]).unwrap() - 0.4).abs() < 1e-12);
        assert!((kappa(&[[45, 15], [25, 15]]).unwrap() - 0.130_434_782_6).abs() < 1e-9);
        assert_eq!(kappa(&[[3, 0], [0, 4]]), Some(1.0));
        assert_eq!(kappa(&[[7, 0], [0, 0]]), None, "nothing to agree on by more than chance");
        assert_eq!(kappa(&[[0, 0], [0, 0]]), None);
        assert!(kappa(&[[0, 5], [5, 0]]).unwrap() < -0.99, "always the opposite");
    }

    #[test]
    fn masks_decisions_and_pixels_count_where_they_say_something() {
        use Decision::{CannotTell, Forged, NothingForged};
        let (empty, small, large) = (square(10, 0, 0), square(10, 0, 2), square(10, 0, 4));
        let other = square(12, 0, 4);
        let read = |decision, mask| Reading { decision, mask };
        let pairs = [
            (read(Forged, &small), read(Forged, &large)),
            (read(NothingForged, &empty), read(NothingForged, &empty)),
            (read(Forged, &large), read(NothingForged, &empty)),
            (read(CannotTell, &small), read(Forged, &large)),
            (read(Forged, &large), read(Forged, &other)),
        ];
        let mut found = ReaderAgreement::default();
        for (first, second) in &pairs {
            found.add(first, second);
        }
        assert_eq!((found.n(), found.n_alike(), found.n_unequal), (4, 2, 1));
        assert_eq!(found.decisions, [[1, 1, 0], [0, 1, 0], [1, 0, 0]]);
        // 4 of 16 pixels, and 0 of 16; the empty pair has no union.
        assert_eq!((found.n_masks, found.mean_iou()), (2, Some(0.125)));
        let expected = PixelCounts { both: 4, only_first: 16, only_second: 12, neither: 268 };
        assert_eq!(found.pixels, expected);
        // By hand: alike 272 of 300, by chance 20/300 · 16/300 + 280/300 · 284/300.
        let by_chance = (20.0 * 16.0 + 280.0 * 284.0) / 90_000.0;
        let kappa = (272.0 / 300.0 - by_chance) / (1.0 - by_chance);
        assert!((found.kappa_of_pixels().unwrap() - kappa).abs() < 1e-12);
        assert_eq!(ReaderAgreement::default().mean_iou(), None);
    }
}
