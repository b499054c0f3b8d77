//! Measures of quality in words, and which ranges of them say something.

#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

use crate::bundle::Measure;

/// The largest faces of a set have at most so many times the pixels of the smallest ones.
const WIDEST: f64 = 16.0;

/// A measure with its unit.
pub(in crate::report::build) const fn in_words(measure: Measure) -> (&'static str, &'static str) {
    match measure {
        Measure::FacePx => ("the longer side of the face", " px"),
        Measure::Blur => ("the blur of the face", ""),
        Measure::Blockiness => ("the visibility of JPEG blocks in the face", ""),
        Measure::JpegQuality => ("the JPEG quality of the file", ""),
        Measure::Noise => ("the noise of the face", " gray levels"),
        Measure::Color => ("the distance of the face from gray", " gray levels"),
        Measure::Shades => ("the number of shades of gray in the face", ""),
    }
}

/// Why a range is one that nearly every face is in, so that it names no quality.
pub(super) fn why_unlimited(measure: Measure, [low, high]: [f64; 2]) -> Option<String> {
    let word = measure.as_str();
    if measure == Measure::FacePx {
        let is_narrow = low >= 1.0 && high <= low * WIDEST;
        return (!is_narrow).then(|| {
            format!(
                "its faces have {low} to {high} px, which is no one quality: the highest value of \
                 {word} may be {WIDEST} times the lowest. Make several sets of it"
            )
        });
    }
    // Values that pictures have.
    let (least, most) = match measure {
        Measure::FacePx | Measure::Blur | Measure::Blockiness => (0.0, 1.0),
        Measure::JpegQuality => (1.0, 100.0),
        Measure::Noise | Measure::Color => (0.0, 50.0),
        Measure::Shades => (1.0, 200.0),
    };
    (low <= least && high >= most).then(|| {
        format!(
            "every picture has a {word} from {low} to {high}: give the lowest and the highest value of \
             its own pictures, or leave {word} out"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_leave_nothing_out_are_none() {
        for measure in Measure::ALL {
            assert!(why_unlimited(measure, [0.0, 1e9]).is_some(), "{measure:?}");
        }
        assert!(why_unlimited(Measure::FacePx, [50.0, 801.0]).is_some());
        assert!(why_unlimited(Measure::FacePx, [50.0, 800.0]).is_none());
        assert!(why_unlimited(Measure::JpegQuality, [1.0, 100.0]).is_some());
        assert!(why_unlimited(Measure::JpegQuality, [85.0, 95.0]).is_none());
        assert!(why_unlimited(Measure::Blur, [0.0, 0.4]).is_none());
    }
}
