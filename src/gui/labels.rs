//! Labels and sentences of the window.

use crate::base::text::{percent, time_code, visible};
use crate::base::{FaceOrigin, NotExamined, Phase, Progress, UnusedProvider, Verdict};
use crate::bundle::Thresholds;
use crate::session::{CaseWork, Document, DocumentState, FaceItem, ModelFacts, OpenVideo, Pass};

/// The current phase of the work.
pub(super) fn phase(progress: Option<Progress>) -> String {
    let Some(Progress { phase, done, total }) = progress else { return "Starting".to_owned() };
    let text = match phase {
        Phase::Reading => "Reading the file",
        Phase::Decoding => "Decoding the picture",
        Phase::Loading => "Loading the models",
        Phase::Finding => "Looking for faces",
        Phase::Examining => "Examining faces",
        Phase::Writing => "Writing results",
        Phase::Ranking => "Ranking",
        Phase::Training => "Training",
        Phase::Watching => "Examining frames",
        Phase::Evaluating => "Measuring",
    };
    if phase == Phase::Examining && total > 1 {
        return format!("{text}: {} of {total}", (done + 1).min(total));
    }
    text.to_owned()
}

pub(super) fn score(score: Option<f32>) -> String {
    score.map_or_else(|| "no score".to_owned(), |s| format!("score {s:.2}"))
}

/// Meaning of a verdict, and its limits.
pub(super) fn meaning(
    verdict: Verdict,
    score: Option<f32>,
    thresholds: Option<&Thresholds>,
) -> String {
    let rate =
        |share: Option<f32>, unknown: &str| share.map_or_else(|| unknown.to_owned(), percent);
    match verdict {
        Verdict::TracesFound => format!(
            "The model finds traces of forgery. In its own test it also did so for {} of genuine \
             faces. This is a hint to look closer, not a proof.",
            rate(thresholds.map(|t| t.false_positive_rate), "an unknown share")
        ),
        Verdict::Inconclusive if is_outside(score, thresholds) => {
            "By its score alone the model would decide. But the picture lies outside the conditions \
             in which the model did well in its test, so nothing is concluded."
                .to_owned()
        }
        Verdict::Inconclusive => "The score lies between the model's two thresholds, so nothing can \
                                  be concluded."
            .to_owned(),
        Verdict::NoTraceFound => format!(
            "No trace found does not mean authentic. In its own test the model missed {} of our \
             own test forgeries; of other kinds it misses more, of faces generated as a whole nearly all.",
            rate(thresholds.map(|t| t.miss_rate), "an unknown share")
        ),
        Verdict::NotExamined => "Nothing was examined, so there is no finding.".to_owned(),
    }
}

/// The thresholds that the verdict on a file goes by. The rates of clips were measured on every
/// frame, not on quick looks.
pub(super) fn thresholds(document: &Document, model: Option<&ModelFacts>) -> Option<Thresholds> {
    let is_whole = document.video.as_ref().is_some_and(|video| video.pass == Pass::Done);
    let card = &model?.card;
    if is_whole { card.clip_thresholds() } else { card.thresholds }
}

/// Whether a score lies outside the inconclusive range.
fn is_outside(score: Option<f32>, thresholds: Option<&Thresholds>) -> bool {
    score
        .zip(thresholds)
        .is_some_and(|(score, t)| score < t.no_trace_found || score >= t.traces_found)
}

pub(super) fn face_name(face_idx: usize, face: &FaceItem) -> String {
    match face.finding.face.origin {
        FaceOrigin::Found => format!("Face {}", number(face_idx, face)),
        FaceOrigin::Drawn => format!("Region {}", face_idx + 1),
    }
}

/// The number of a face; in a video that of its track.
pub(super) fn number(face_idx: usize, face: &FaceItem) -> u64 {
    face.track.map_or(face_idx as u64 + 1, u64::from)
}

/// Progress of the examination of a video.
pub(super) fn pass(video: &OpenVideo) -> String {
    let of = |what: &str| match video.progress {
        Some((done, total)) => format!("{what}: {done} of {total} frames"),
        None => what.to_owned(),
    };
    let n = video.frames.len();
    match video.pass {
        Pass::Waiting => "Waiting to be examined".to_owned(),
        Pass::Quick => of("Quick look"),
        Pass::QuickDone => {
            format!("Quick look done: {} of {n} frames; the others are waiting", video.n_examined())
        }
        Pass::Full => of("Examining every frame"),
        Pass::Done => format!("Examined: {} of {n} frames", video.n_examined()),
        Pass::Stopped => format!("Stopped: {} of {n} frames were examined", video.n_examined()),
    }
}

/// Why a file has no finding and gets none by itself; `None` where it has one or is being examined.
pub(super) fn why_not_examined(document: &Document) -> Option<String> {
    if document.verdict.is_some_and(|verdict| verdict != Verdict::NotExamined) {
        return None;
    }
    match &document.state {
        DocumentState::Failed(reason) => {
            Some(format!("the examination failed: {}", visible(reason)))
        }
        DocumentState::Cancelled => Some("the examination was stopped".to_owned()),
        DocumentState::Done if document.verdict.is_some() => {
            let reason = document.reason.as_deref().unwrap_or("nothing could be examined");
            Some(visible(reason).into_owned())
        }
        _ => None,
    }
}

/// That a file was not examined, and why, as a sentence.
pub(super) fn not_examined(reason: &str) -> String {
    format!("{}, because {}.", Verdict::NotExamined.label(), reason.trim_end_matches('.'))
}

/// The same below the words "Not examined".
pub(super) fn because(reason: &str) -> String {
    format!("Because {}.", reason.trim_end_matches('.'))
}

/// The verdict that goes beside a document in lists; `None` while there is none.
pub(super) fn verdict(document: &Document) -> Option<Verdict> {
    why_not_examined(document).map_or(document.verdict, |_| Some(Verdict::NotExamined))
}

/// What the verdict says nothing about.
pub(super) fn left_out(document: &Document) -> &[NotExamined] {
    let of_still = document.report.as_ref().map(|report| report.not_examined.as_slice());
    let of_clip = document.video.as_ref().and_then(|video| video.report.as_ref());
    of_clip.map(|report| report.not_examined.as_slice()).or(of_still).unwrap_or_default()
}

/// A document's state, short, for lists.
pub(super) fn state(document: &Document) -> String {
    if let (Some(video), DocumentState::Waiting | DocumentState::Working) =
        (&document.video, &document.state)
    {
        return match document.verdict {
            Some(verdict) => format!("So far: {}", verdict.label().to_lowercase()),
            None => pass(video),
        };
    }
    match &document.state {
        DocumentState::Waiting => "Waiting".to_owned(),
        DocumentState::Working => "Working…".to_owned(),
        DocumentState::Failed(_) => ended_early("failed", document.verdict),
        DocumentState::Cancelled => ended_early("stopped", document.verdict),
        DocumentState::Done => {
            let is_part = !left_out(document).is_empty();
            document.verdict.map_or("Done", |verdict| verdict.label_of_file(is_part)).to_owned()
        }
    }
}

/// The state of a document whose examination did not come to its end.
fn ended_early(how: &str, so_far: Option<Verdict>) -> String {
    match so_far {
        Some(verdict) if verdict != Verdict::NotExamined => {
            format!("{}, {how} before the end", verdict.label())
        }
        _ => format!("{}: {how}", Verdict::NotExamined.label()),
    }
}

/// Describes the canvas for screen readers, in place of the heat map.
pub(super) fn canvas(document: &Document, shown: &str) -> String {
    use std::fmt::Write as _;
    let mut text = document.name();
    if let Some(picture) = &document.picture {
        let [width_px, height_px] = picture.full_px;
        // Writing into a String cannot fail.
        write!(text, ", {width_px} by {height_px} pixels, shown: {shown}.").ok();
    }
    if let Some((video, frame)) = document.video.as_ref().and_then(|v| Some((v, v.shown?))) {
        let at = time_code(video.seconds_of(frame));
        write!(text, " Frame {} of {}, at {at}.", frame + 1, video.frames.len()).ok();
    }
    for (i, face) in document.faces.iter().enumerate() {
        let (name, finding) = (face_name(i, face), &face.finding);
        write!(text, " {name}: {}, {}", finding.verdict.label(), score(finding.score)).ok();
        if let Some(region) = &finding.region {
            write!(text, ", mostly {region}").ok();
        }
        let trial = face.robustness.trial.as_ref().and_then(|trial| trial.shown.as_ref());
        if let Some(item) = trial {
            let (how, verdict) = (item.degradation.label(), item.finding.verdict.label());
            write!(text, "; shown degraded by {how}: {verdict}, {}", score(item.finding.score))
                .ok();
        }
        text.push('.');
    }
    text
}

/// Why a faster provider is not used.
pub(super) fn unused(unused: &UnusedProvider) -> String {
    format!("{} was not used: {}", unused.provider, unused.reason)
}

/// Progress of long work on the case.
pub(super) fn case_work(work: &CaseWork) -> String {
    let what = if work.is_stopping { "Stopping" } else { work.what };
    match work.progress {
        Some(Progress { done, total, .. }) if total > 0 => format!("{what}: {done} of {total}"),
        Some(Progress { done, .. }) if done > 0 => format!("{what}: {done}"),
        _ => format!("{what}…"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_verdict_claims_authenticity() {
        let all = [
            Verdict::TracesFound,
            Verdict::Inconclusive,
            Verdict::NoTraceFound,
            Verdict::NotExamined,
        ];
        for verdict in all {
            let text = meaning(verdict, None, None);
            assert!(!text.is_empty() && !text.contains("is real"), "{text}");
        }
        assert!(meaning(Verdict::NoTraceFound, None, None).contains("does not mean authentic"));
    }
}
