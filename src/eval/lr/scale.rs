//! Words for likelihood ratios.

/// A step of the verbal scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScaleStep {
    /// The step begins at this ratio.
    pub from: f64,
    /// The words.
    pub label: &'static str,
}

/// The published scale behind [`VERBAL_SCALE`]. Laboratories use different ones: print it beside the words.
pub const SCALE_SOURCE: &str = "seven steps after the ENFSI Guideline for Evaluative Reporting in \
    Forensic Science, 2015; they were not compared with its printed text";

/// Words for the support of one proposition against the other, by the ratio in its favor.
pub const VERBAL_SCALE: [ScaleStep; 7] = [
    ScaleStep { from: 1.0, label: "no support for one over the other" },
    ScaleStep { from: 2.0, label: "weak support" },
    ScaleStep { from: 10.0, label: "moderate support" },
    ScaleStep { from: 100.0, label: "moderately strong support" },
    ScaleStep { from: 1000.0, label: "strong support" },
    ScaleStep { from: 10_000.0, label: "very strong support" },
    ScaleStep { from: 1_000_000.0, label: "extremely strong support" },
];

/// The step of a log10 ratio, whichever proposition it favors.
pub fn support_step(log10_ratio: f64) -> ScaleStep {
    let ratio = 10f64.powf(log10_ratio.abs());
    let reached = VERBAL_SCALE.iter().rev().find(|step| ratio >= step.from);
    reached.copied().unwrap_or(VERBAL_SCALE[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_against_is_as_strong_as_its_inverse_for() {
        let label = |v: f64| support_step(v).label;
        assert_eq!([label(0.0), label(0.29), label(f64::NAN)], [VERBAL_SCALE[0].label; 3]);
        assert_eq!(label(0.302), "weak support");
        assert_eq!([label(1.7), label(-1.7)], ["moderate support"; 2]);
        assert_eq!(label(f64::NEG_INFINITY), "extremely strong support");
    }
}
