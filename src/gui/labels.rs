//! The words of the window.

use crate::base::{FaceOrigin, Fallout, Phase, Progress, Verdict};
use crate::bundle::Thresholds;
use crate::session::{CaseWork, Document, DocumentState, FaceItem, Pass, VideoView};

/// What is being done.
pub(super) fn phase(progress: Option<Progress>) -> String {
    let Some(Progress { phase, done, total }) = progress else { return "Starting".to_owned() };
    let words = match phase {
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
        return format!("{words}: {} of {total}", (done + 1).min(total));
    }
    words.to_owned()
}

/// A score as people read it.
pub(super) fn score(score: Option<f32>) -> String {
    score.map_or_else(|| "no score".to_owned(), |s| format!("score {s:.2}"))
}

/// A share as people read it.
pub(super) fn percent(share: f32) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 10.0 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

/// What a verdict does and does not say.
pub(super) fn meaning(
    verdict: Verdict,
    score: Option<f32>,
    thresholds: Option<&Thresholds>,
) -> String {
    let rate =
        |share: Option<f32>, unknown: &str| share.map_or_else(|| unknown.to_owned(), percent);
    match verdict {
        Verdict::TracesFound => format!(
            "The model sees traces of forgery. In its own test it also said so of {} of genuine \
             faces. This is a hint to look closer, not a proof.",
            rate(thresholds.map(|t| t.false_positive_rate), "an unknown share")
        ),
        Verdict::Inconclusive if is_outside(score, thresholds) => {
            "The score lies outside the span in which the model cannot tell. But the picture is \
             beyond what the model was seen to do well in its test, so nothing is concluded from it."
                .to_owned()
        }
        Verdict::Inconclusive => "The score lies between the two thresholds of the model: it says \
                                  neither that there are traces nor that there are none."
            .to_owned(),
        Verdict::NoTraceFound => format!(
            "No trace found does not mean authentic. In its own test the model missed {} of our \
             own forger's forgeries; of other kinds it misses more, of some nearly all.",
            rate(thresholds.map(|t| t.miss_rate), "an unknown share")
        ),
        Verdict::NotExamined => "Nothing was examined, so nothing is said about it.".to_owned(),
    }
}

/// Whether a score would decide, by the thresholds alone.
fn is_outside(score: Option<f32>, thresholds: Option<&Thresholds>) -> bool {
    score
        .zip(thresholds)
        .is_some_and(|(score, t)| score < t.no_trace_found || score >= t.traces_found)
}

/// What a face or region is called.
pub(super) fn face_name(face_idx: usize, face: &FaceItem) -> String {
    match face.finding.face.origin {
        FaceOrigin::Found => format!("Face {}", number(face_idx, face)),
        FaceOrigin::Drawn => format!("Region {}", face_idx + 1),
    }
}

/// The number of a face: the same in every frame of a video.
pub(super) fn number(face_idx: usize, face: &FaceItem) -> u64 {
    face.track.map_or(face_idx as u64 + 1, u64::from)
}

/// Seconds as people read them, to the thousandth: `01:02.345`, with hours when there are some.
pub(super) fn time_code(seconds: f64) -> String {
    let ms = (seconds.max(0.0) * 1000.0).round() as u64;
    let (h, m, s, ms) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000);
    if h > 0 { format!("{h}:{m:02}:{s:02}.{ms:03}") } else { format!("{m:02}:{s:02}.{ms:03}") }
}

/// How far the examination of a video is.
pub(super) fn pass(video: &VideoView) -> String {
    let of = |what: &str| match video.progress {
        Some((done, total)) => format!("{what}: {done} of {total} frames"),
        None => what.to_owned(),
    };
    let n = video.frames.len();
    match video.pass {
        Pass::Waiting => "Waiting to be examined".to_owned(),
        Pass::Quick => of("Quick look"),
        Pass::QuickDone => {
            format!("Quick look done at {} of {n} frames; the rest waits", video.n_examined())
        }
        Pass::Full => of("Examining every frame"),
        Pass::Done => format!("Examined: {} of {n} frames", video.n_examined()),
        Pass::Stopped => format!("Stopped: {} of {n} frames were examined", video.n_examined()),
    }
}

/// A document's state in a few words, for lists.
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
        DocumentState::Failed(_) => "Failed".to_owned(),
        DocumentState::Cancelled => "Stopped".to_owned(),
        DocumentState::Done => document.verdict.map_or("Done", Verdict::label).to_owned(),
    }
}

/// The canvas in words: what a screen reader says instead of the heat map.
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

/// Why a provider that would be faster does not do the work.
pub(super) fn fallout(fallout: &Fallout) -> String {
    format!("{} was not used: {}", fallout.provider, fallout.reason)
}

/// How far long work on the case is.
pub(super) fn case_work(work: &CaseWork) -> String {
    let what = if work.is_stopping { "Stopping" } else { work.what };
    match work.progress {
        Some(Progress { done, total, .. }) if total > 0 => format!("{what}: {done} of {total}"),
        Some(Progress { done, .. }) if done > 0 => format!("{what}: {done}"),
        _ => format!("{what}…"),
    }
}

/// A length of time as people say it: `42 s`, `14 min`, `2 h 5 min`.
pub(super) fn duration(seconds: f64) -> String {
    let seconds = seconds.max(0.0).round() as u64;
    match seconds {
        0..90 => format!("{seconds} s"),
        90..3600 => format!("{} min", (seconds + 30) / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// A reason as a sentence: capital letter, full stop.
pub(super) fn sentence(reason: &str) -> String {
    let mut letters = reason.trim().trim_end_matches('.').chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).chain(['.']).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_shares_keep_a_decimal() {
        assert_eq!([0.0, 0.004, 0.05, 0.213].map(percent), ["0 %", "0.4 %", "5.0 %", "21 %"]);
    }

    #[test]
    fn time_codes_are_rounded_to_the_thousandth() {
        assert_eq!(time_code(0.0), "00:00.000");
        assert_eq!(time_code(62.3456), "01:02.346");
        assert_eq!(time_code(59.9996), "01:00.000");
        assert_eq!(time_code(3600.5 + 61.0), "1:01:01.500");
    }

    #[test]
    fn times_are_short() {
        assert_eq!(
            [0.4, 42.0, 89.6, 840.0, 7500.0].map(duration),
            ["0 s", "42 s", "2 min", "14 min", "2 h 5 min"]
        );
    }

    #[test]
    fn reasons_become_sentences() {
        assert_eq!(sentence("no face was found"), "No face was found.");
        assert_eq!(sentence("É. "), "É.");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn no_verdict_claims_authenticity() {
        let all = [
            Verdict::TracesFound,
            Verdict::Inconclusive,
            Verdict::NoTraceFound,
            Verdict::NotExamined,
        ];
        for verdict in all {
            let said = meaning(verdict, None, None);
            assert!(!said.is_empty() && !said.contains("is real"), "{said}");
        }
        assert!(meaning(Verdict::NoTraceFound, None, None).contains("does not mean authentic"));
    }
}
