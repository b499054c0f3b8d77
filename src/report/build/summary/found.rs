//! What was found and what was not examined, item by item.

use super::items::{MAX_NAMED, most_suspicious_first, name};
use crate::base::Verdict;
use crate::base::text::{counted, sentence};
use crate::report::build::words::verdict_from;
use crate::report::record::ReportItem;

pub(super) fn found(items: &[ReportItem]) -> Vec<String> {
    if items.is_empty() {
        return vec!["There was no file to examine.".to_owned()];
    }
    let mut sentences = Vec::new();
    for item in most_suspicious_first(items).into_iter().take(MAX_NAMED) {
        let is_examined = verdict_from(&item.findings.verdict) != Verdict::NotExamined;
        let head = if is_examined {
            sentence(&item.findings.headline)
        } else {
            "Nothing can be said: nothing of it was examined.".to_owned()
        };
        let faces = item.findings.sentences.iter().take(MAX_NAMED).cloned();
        let more = item.findings.sentences.len().saturating_sub(MAX_NAMED);
        let mut text = format!("{}{head}", name(item, items));
        let robustness = item.findings.faces.iter().filter_map(|face| face.robustness.as_ref());
        let robustness = robustness.take(MAX_NAMED).map(|found| sentence(&found.sentence));
        for face in faces.chain(robustness) {
            text.push(' ');
            text.push_str(&face);
        }
        if more > 0 {
            text.push(' ');
            text.push_str(&counted(more as u64, "more face"));
            text.push_str(" are listed with the item.");
        }
        sentences.push(text);
    }
    if items.len() > MAX_NAMED {
        sentences.push(format!(
            "{} are listed below, each with its verdict.",
            counted((items.len() - MAX_NAMED) as u64, "more item")
        ));
    }
    sentences
}

pub(super) fn not_examined(items: &[ReportItem]) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut n_left = 0;
    for item in items {
        let whole = (verdict_from(&item.findings.verdict) == Verdict::NotExamined)
            .then(|| item.findings.headline.clone());
        let parts = item
            .findings
            .not_examined
            .iter()
            .map(|part| format!("Not examined: {} ({}): {}", part.what, part.place, part.why));
        // Newer findings name these frames among their parts.
        let is_named =
            item.findings.not_examined.iter().any(|part| part.why.contains("quick look"));
        let clip = item.findings.clip.as_ref().filter(|clip| clip.quick && !is_named);
        let skipped = clip.map(|clip| {
            let n = clip.frames.saturating_sub(clip.frames_examined);
            format!(
                "Not examined: {n} of {} frames, because only some, spread over the clip, were asked for",
                clip.frames
            )
        });
        for text in whole.into_iter().chain(skipped).chain(parts) {
            if sentences.len() < MAX_NAMED {
                sentences.push(format!("{}{}", name(item, items), sentence(&text)));
            } else {
                n_left += 1;
            }
        }
    }
    if n_left > 0 {
        sentences.push(format!(
            "{} that were not examined are listed with the items.",
            counted(n_left, "more part")
        ));
    }
    if sentences.is_empty() {
        let all = "Every face that was found, and every region that was named, was examined. What the program \
                   never examines stands under \"Limits\".";
        let nothing = "Any file: none was named, and the case has none.";
        sentences.push(if items.is_empty() { nothing } else { all }.to_owned());
    }
    sentences
}
