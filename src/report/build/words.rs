//! Findings in words. A verdict never stands without its reason, and no score stands in a sentence.

use crate::base::Verdict;
use crate::base::text::{list, sentence, time_code};
use crate::report::record::{FaceRecord, FindingsRecord, MomentRecord, TrackRecord};

/// Moments that a sentence names.
const MAX_MOMENTS: usize = 3;

/// The verdict of its JSON word; "not examined" for words of other programs.
pub fn verdict_from(word: &str) -> Verdict {
    let all = [Verdict::TracesFound, Verdict::Inconclusive, Verdict::NoTraceFound];
    all.into_iter().find(|v| v.as_str() == word).unwrap_or(Verdict::NotExamined)
}

/// `because the face is small`, from a reason of any form.
fn because(reason: Option<&str>, otherwise: &str) -> String {
    let reason = reason.map(str::trim).filter(|text| !text.is_empty()).unwrap_or(otherwise);
    format!("because {}", reason.trim_end_matches('.'))
}

/// The verdict on a whole file in words.
pub(super) fn headline(verdict: Verdict, reason: Option<&str>, is_part: bool) -> String {
    match verdict {
        Verdict::NotExamined => {
            format!("Not examined, {}", because(reason, "the program does not say why"))
        }
        Verdict::Inconclusive => match reason {
            Some(reason) => format!("Inconclusive, {}", because(Some(reason), "")),
            None => verdict.label().to_owned(),
        },
        Verdict::TracesFound | Verdict::NoTraceFound => verdict.label_of_file(is_part).to_owned(),
    }
}

/// The sentence about a face of a picture.
pub(super) fn face_sentence(face: &FaceRecord) -> String {
    let what = if face.drawn { "Region" } else { "Face" };
    let [x, y, w, h] = face.box_px;
    let place = format!("{what} {} ({w:.0} × {h:.0} px at {x:.0}, {y:.0})", face.number);
    let marked = face.region.as_deref().map(|region| {
        let is_unsure = face.reliability.as_ref().is_some_and(|r| r.untrusted_share > 0.0);
        let unsure = if is_unsure { ", in part unreliable" } else { "" };
        format!("; the marked place: {region}{unsure}")
    });
    let marked = marked.unwrap_or_default();
    sentence(&match verdict_from(&face.verdict) {
        Verdict::TracesFound => format!("{place}: traces of forgery found{marked}"),
        Verdict::NoTraceFound => format!("{place}: no trace found"),
        Verdict::Inconclusive => {
            let why = if face.caveats.is_empty() {
                "its score lies between the two thresholds of the detector".to_owned()
            } else {
                face.caveats.join("; ")
            };
            format!("{place}: inconclusive, {}{marked}", because(Some(&why), ""))
        }
        Verdict::NotExamined => {
            let why = because(face.reason.as_deref(), "the program does not say why");
            format!("{place}: not examined, {why}")
        }
    })
}

/// When a moment is, as exactly as it is known, and where the face is marked then.
pub(super) fn moment_text(moment: &MomentRecord) -> String {
    let region = moment.region.as_deref();
    if let Some(t_s) = moment.t_s {
        let region = region.map(|region| format!(": {region}")).unwrap_or_default();
        return format!("{} (frame {}{region})", time_code(t_s), moment.frame);
    }
    let region = region.map(|region| format!(" ({region})")).unwrap_or_default();
    format!("frame {}{region}", moment.frame)
}

/// The sentence about a face of a clip.
pub(super) fn track_sentence(track: &TrackRecord) -> String {
    let span = match (track.first_s, track.last_s) {
        (Some(first), Some(last)) => format!("{} to {}", time_code(first), time_code(last)),
        _ => format!("frames {} to {}", track.first_frame, track.last_frame),
    };
    let place = format!("Face {} ({span})", track.id);
    let worst: Vec<String> = track.worst.iter().take(MAX_MOMENTS).map(moment_text).collect();
    let moments =
        if worst.is_empty() { String::new() } else { format!("; strongest at {}", list(&worst)) };
    sentence(&match verdict_from(&track.verdict) {
        Verdict::TracesFound => format!("{place}: traces of forgery found{moments}"),
        Verdict::NoTraceFound => format!("{place}: no trace found"),
        Verdict::Inconclusive => {
            let why = "its score lies between the two thresholds of the detector";
            format!("{place}: inconclusive, {}{moments}", because(track.reason.as_deref(), why))
        }
        Verdict::NotExamined => {
            let why = because(track.reason.as_deref(), "the program does not say why");
            format!("{place}: not examined, {why}")
        }
    })
}

/// Sets headline and sentences from the other values.
pub(super) fn in_words(mut findings: FindingsRecord) -> FindingsRecord {
    let verdict = verdict_from(&findings.verdict);
    let is_part = !findings.not_examined.is_empty();
    findings.headline = headline(verdict, findings.reason.as_deref(), is_part);
    let faces = findings.faces.iter().map(face_sentence);
    findings.sentences = faces.chain(findings.tracks.iter().map(track_sentence)).collect();
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::record::ReliabilityRecord;

    fn face(verdict: Verdict) -> FaceRecord {
        FaceRecord {
            number: 1,
            box_px: [10.4, 20.0, 120.0, 150.0],
            drawn: false,
            score: Some(0.97),
            verdict: verdict.as_str().to_owned(),
            reason: None,
            region: Some("mouth and chin".to_owned()),
            caveats: Vec::new(),
            quality: None,
            reliability: None,
            reference: None,
            map: None,
            robustness: None,
            ratio: None,
            why_no_ratio: None,
        }
    }

    #[test]
    fn a_face_is_said_with_place_and_reason_and_without_a_number_for_the_doubt() {
        let message = face_sentence(&face(Verdict::TracesFound));
        let want = "Face 1 (120 × 150 px at 10, 20): traces of forgery found; the marked place: \
                    mouth and chin.";
        assert_eq!(message, want);
        let map = ReliabilityRecord { mean_in_marked: Some(0.8), untrusted_share: 0.1 };
        let hatched = FaceRecord { reliability: Some(map), ..face(Verdict::TracesFound) };
        let text = face_sentence(&hatched);
        assert!(text.ends_with("mouth and chin, in part unreliable."), "{text}");
        let unsure = FaceRecord {
            caveats: vec!["the face is small".to_owned()],
            ..face(Verdict::Inconclusive)
        };
        assert!(face_sentence(&unsure).contains("inconclusive, because the face is small"));
        let unsure = face_sentence(&face(Verdict::Inconclusive));
        assert!(unsure.contains("because its score lies between"), "{unsure}");
        let small =
            FaceRecord { reason: Some("it is too small".to_owned()), ..face(Verdict::NotExamined) };
        assert!(face_sentence(&small).ends_with("not examined, because it is too small."));
        for verdict in [Verdict::TracesFound, Verdict::Inconclusive, Verdict::NoTraceFound] {
            let sentence = face_sentence(&face(verdict));
            assert!(
                !sentence.contains("0.97") && !sentence.contains("97") && !sentence.contains('%'),
                "{sentence}"
            );
        }
    }

    #[test]
    fn headlines_never_stand_alone() {
        let headline_of = |verdict, reason| headline(verdict, reason, true);
        assert_eq!(
            headline_of(Verdict::NotExamined, Some("no face was found.")),
            "Not examined, because no face was found"
        );
        assert!(headline_of(Verdict::NotExamined, None).contains("does not say why"));
        assert_eq!(headline_of(Verdict::NoTraceFound, None), "No trace found in what was examined");
        assert_eq!(
            headline_of(Verdict::Inconclusive, Some("few frames")),
            "Inconclusive, because few frames"
        );
    }
}
