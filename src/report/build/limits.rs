//! What no verdict of this program says, whatever it found.

use crate::report::record::{DetectorFacts, ReportItem};

/// The limits of all findings together, one sentence each.
pub fn limits(items: &[ReportItem], detectors: &[DetectorFacts]) -> Vec<String> {
    if items.is_empty() {
        return vec!["The report is about no file, so it says nothing about any.".to_owned()];
    }
    let has = |kind: &str| items.iter().any(|item| item.findings.kind.as_deref() == Some(kind));
    let mut sentences = vec![
        "Only faces were examined: not the rest of the picture, not persons, objects or text."
            .to_owned(),
        "Faces that were generated as a whole are mostly missed.".to_owned(),
        "No trace found does not rule out a forgery: there are kinds that the detector does not see."
            .to_owned(),
        "Traces found are not proof: some real faces show them, too, and a picture may be changed \
         without intent to deceive."
            .to_owned(),
        "The report does not say who made a change, when, or why.".to_owned(),
        "What a file says about itself can be written by anyone.".to_owned(),
    ];
    if has("video") {
        sentences.push(
            "Of clips, sound was not examined, nor whether movement, lips or lighting fit; each frame \
             was examined alone."
                .to_owned(),
        );
    }
    if items.iter().any(|item| item.findings.clip.as_ref().is_some_and(|clip| clip.quick)) {
        sentences.push(
            "Of some clips only a few frames, spread over the clip, were examined.".to_owned(),
        );
    }
    if detectors.iter().any(|detector| detector.origin.is_none()) {
        sentences.push(
            "Some findings are by a detector that is not installed here: the report cannot say whether it \
             came with this program."
                .to_owned(),
        );
    }
    if detectors.iter().any(|d| d.origin.as_deref().is_some_and(|origin| origin != "shipped")) {
        sentences.push(
            "Some findings are by a detector that did not come with this program: its maker decides \
             what it calls forged."
                .to_owned(),
        );
    }
    sentences
}
