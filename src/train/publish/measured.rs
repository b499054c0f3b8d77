//! What a detector said of pairs of pictures, by the condition they were in.

use crate::base::Quality;
use crate::bundle::{Calibration, Correction};
use crate::detect::Degradation;
use crate::eval::{Graded, MaskPair, Observed, Scored, TrustCell};
use crate::train::forge::Method;

/// How the pictures of a pair were treated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Condition {
    /// As in training: scaling, blur, noise, light and JPEG at random.
    Varied,
    /// JPEG 90 and nothing else.
    Native,
    /// The photo was a frame of coded video before anything was forged in it.
    Coded {
        /// HEVC or VP9, which nothing is trained on.
        is_unseen: bool,
    },
    /// Native, then one of the unseen qualities.
    Degraded(Degradation),
    /// Native, then worse by a random amount.
    Swept(Axis),
}

/// What a sweep makes worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// The picture is made smaller, to faces of 24 to 160 px.
    Size,
    /// Blur up to 4 px, or down to a fifth and up again.
    Blur,
    /// JPEG quality 8 to 95.
    Compression,
    /// Gaussian noise of up to 25 gray levels.
    Noise,
    /// Half of the pictures gray, the others with less color.
    Color,
    /// 2 to 40 values a channel, half of the pictures with diffused errors, half of them gray.
    Shades,
}

impl Axis {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Size, Self::Blur, Self::Compression, Self::Noise, Self::Color, Self::Shades];
}

/// What the detector says of one picture.
#[derive(Debug, Clone)]
pub struct DetectorOutput {
    /// Before calibration; corrected for quality where the card knows how.
    pub logit: f32,
    /// Heat map, row-major.
    pub map: Vec<f32>,
    /// The model's reliability estimate for each cell, if it has that output.
    pub reliability: Option<Vec<f32>>,
    /// Quality of the picture.
    pub quality: Quality,
}

/// What it says of a real face and a forgery of it.
#[derive(Debug, Clone)]
pub struct MeasuredPair {
    /// How the forgery was made.
    pub method: Method,
    /// How both were treated.
    pub condition: Condition,
    /// The real face.
    pub real: DetectorOutput,
    /// The forgery.
    pub forged: DetectorOutput,
    /// The forged cells.
    pub truth: Vec<Option<bool>>,
}

/// All pairs of one split.
#[derive(Debug, Default)]
pub struct Measured {
    /// In the order in which they were made.
    pub pairs: Vec<MeasuredPair>,
}

impl MeasuredPair {
    /// Varied, native or coded: what calibration and thresholds rest on.
    pub const fn is_plain(&self) -> bool {
        matches!(self.condition, Condition::Varied | Condition::Native | Condition::Coded { .. })
    }

    fn scored(&self) -> [Scored; 2] {
        [
            Scored { score: self.real.logit, forged: false },
            Scored { score: self.forged.logit, forged: true },
        ]
    }
}

impl Measured {
    /// Every picture that was measured, in every condition.
    pub fn observed(&self) -> Vec<Observed> {
        let of = |output: &DetectorOutput, forged: bool| {
            let DetectorOutput { logit, quality, .. } = *output;
            Observed { logit, quality, forged }
        };
        self.pairs.iter().flat_map(|p| [of(&p.real, false), of(&p.forged, true)]).collect()
    }

    /// The same, with logits as a detector with this correction would give them.
    pub fn correct(&mut self, correction: &Correction) {
        for output in self.pairs.iter_mut().flat_map(|p| [&mut p.real, &mut p.forged]) {
            output.logit = correction.apply(output.logit, &output.quality);
        }
    }

    fn matching<'a>(
        &'a self,
        which: impl Fn(&MeasuredPair) -> bool + 'a,
    ) -> impl Iterator<Item = &'a MeasuredPair> {
        self.pairs.iter().filter(move |pair| which(pair))
    }

    /// Share of pairs whose forgery has the higher logit; `NaN` of none.
    pub fn paired(&self, which: impl Fn(&MeasuredPair) -> bool) -> f64 {
        let (n, right) = self.matching(which).fold((0.0, 0.0), |(n, right), pair| {
            (n + 1.0, right + f64::from(u8::from(pair.forged.logit > pair.real.logit)))
        });
        right / n
    }

    /// Logits of reals with the quality of their pictures.
    pub fn reals(&self) -> impl Iterator<Item = &DetectorOutput> {
        self.matching(MeasuredPair::is_plain).map(|pair| &pair.real)
    }

    /// Raw logits of both partners.
    pub fn scored(&self, which: impl Fn(&MeasuredPair) -> bool) -> Vec<Scored> {
        self.matching(which).flat_map(MeasuredPair::scored).collect()
    }

    /// Heat maps of the forgeries with the truth.
    pub fn maps(&self, which: impl Fn(&MeasuredPair) -> bool) -> Vec<MaskPair> {
        let pair =
            |p: &MeasuredPair| MaskPair { map: p.forged.map.clone(), truth: p.truth.clone() };
        self.matching(which).map(pair).collect()
    }

    /// Mean share of cells of real pictures at or above a threshold.
    pub fn false_area(&self, which: impl Fn(&MeasuredPair) -> bool, threshold: f32) -> f64 {
        let share = |map: &[f32]| {
            map.iter().filter(|v| **v >= threshold).count() as f64 / map.len().max(1) as f64
        };
        let (sum, n) = self
            .matching(which)
            .fold((0.0, 0.0), |(sum, n), pair| (sum + share(&pair.real.map), n + 1.0));
        sum / n
    }

    /// Calibrated scores with the quality of their pictures.
    pub fn graded(
        &self,
        which: impl Fn(&MeasuredPair) -> bool,
        calibration: Calibration,
    ) -> Vec<Graded> {
        self.matching(which)
            .flat_map(|pair| {
                let qualities = [pair.real.quality, pair.forged.quality];
                pair.scored().into_iter().zip(qualities).map(|(s, quality)| Graded {
                    quality,
                    scored: Scored { score: calibration.apply(s.score), ..s },
                })
            })
            .collect()
    }

    /// Every cell of known truth with the net's estimate of it; empty when it makes none. Cells of
    /// real pictures count as not forged.
    pub fn trust_cells(
        &self,
        which: impl Fn(&MeasuredPair) -> bool,
        map_threshold: f32,
    ) -> Vec<TrustCell> {
        let mut cells = Vec::new();
        let mut add = |answer: &DetectorOutput, truth: &dyn Fn(usize) -> Option<bool>| {
            for (i, reliability) in answer.reliability.iter().flatten().enumerate() {
                if let (Some(truth), Some(value)) = (truth(i), answer.map.get(i)) {
                    let right = (*value >= map_threshold) == truth;
                    cells.push(TrustCell { reliability: *reliability, right });
                }
            }
        };
        for pair in self.matching(which) {
            add(&pair.real, &|_| Some(false));
            add(&pair.forged, &|i| pair.truth.get(i).copied().flatten());
        }
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUALITY: Quality = Quality {
        face_px: 90.0,
        blur: 0.3,
        blockiness: 0.1,
        noise: 1.0,
        color: 30.0,
        shades: 90.0,
        jpeg: None,
    };

    fn answer(logit: f32, map: [f32; 3], reliability: Option<[f32; 3]>) -> DetectorOutput {
        let reliability = reliability.map(|r| r.to_vec());
        DetectorOutput { logit, map: map.to_vec(), reliability, quality: QUALITY }
    }

    fn pair(condition: Condition, reliability: Option<[f32; 3]>) -> MeasuredPair {
        MeasuredPair {
            method: Method::Inpaint,
            condition,
            real: answer(-1.0, [0.1, 0.7, 0.2], reliability),
            forged: answer(2.0, [0.9, 0.6, 0.1], reliability),
            truth: vec![Some(true), None, Some(true)],
        }
    }

    #[test]
    fn cells_are_right_when_marked_and_forged_or_neither() {
        let measured = Measured { pairs: vec![pair(Condition::Native, Some([0.9, 0.2, 0.4]))] };
        let cells = measured.trust_cells(MeasuredPair::is_plain, 0.5);
        let right: Vec<(f32, bool)> = cells.iter().map(|c| (c.reliability, c.right)).collect();
        let reals = [(0.9, true), (0.2, false), (0.4, true)];
        // The cell in doubt is left out; the last one was forged and not marked.
        assert_eq!(right, [&reals[..], &[(0.9, true), (0.4, false)]].concat());
        let silent = Measured { pairs: vec![pair(Condition::Native, None)] };
        assert!(silent.trust_cells(MeasuredPair::is_plain, 0.5).is_empty(), "no estimate");
        let area = measured.false_area(MeasuredPair::is_plain, 0.5);
        assert!((area - 1.0 / 3.0).abs() < 1e-9, "{area}");
    }

    #[test]
    fn swept_and_degraded_pairs_choose_no_thresholds() {
        let degraded = Condition::Degraded(Degradation::Jpeg(30));
        let swept = Condition::Swept(Axis::Blur);
        let all = [Condition::Native, Condition::Varied, degraded, swept].map(|c| pair(c, None));
        let measured = Measured { pairs: all.to_vec() };
        assert_eq!(measured.scored(MeasuredPair::is_plain).len(), 4, "two pairs");
        let calibration = Calibration { scale: 1.0, offset: 0.0 };
        let graded = measured.graded(|p| p.condition == swept, calibration);
        assert!((graded[1].scored.score - 0.880_797).abs() < 1e-5, "{graded:?}");
        assert!(graded[1].scored.forged && !graded[0].scored.forged, "{graded:?}");
    }
}
