//! The weight of the evidence: propositions, and why no likelihood ratio is given.

use crate::eval::lr::{SCALE_SOURCE, VERBAL_SCALE};
use crate::report::record::{ScaleRecord, WeightRecord};

/// The propositions without a ratio.
///
/// A ratio needs pictures of known truth of the kind and quality in question. The cards of detectors
/// hold rates over mixed pictures, which calibrate no single case.
pub(super) fn weight_without_ratio() -> WeightRecord {
    let why = "No likelihood ratio is given: it would need a set of pictures of known truth, forged and \
               not, of the same kind and quality as those examined, and no such set was named. The error \
               rates say how often the detector was right and wrong on the pictures of its test; they \
               are no statement about a single picture.";
    WeightRecord {
        proposition_1:
            "The face region was forged by a method of the kinds on which the detector was \
                        tested."
                .to_owned(),
        proposition_2: "The face region was not forged.".to_owned(),
        why_none: Some(why.to_owned()),
        calibration: None,
        scale: VERBAL_SCALE
            .iter()
            .map(|step| ScaleRecord { from: step.from, words: step.label.to_owned() })
            .collect(),
        scale_source: SCALE_SOURCE.to_owned(),
    }
}
