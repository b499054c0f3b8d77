//! The result as plain text, to be pasted elsewhere.

use crate::base::Verdict;
use crate::base::text::{sentence, visible};
use crate::gui::labels;
use crate::session::{Document, FaceItem, ModelFacts, OpenVideo, View};

/// Parts that are listed; of the rest only the number is given.
const MAX_PARTS: usize = 12;

/// The result on what is shown; `None` while there is none.
pub(in crate::gui) fn result_text(view: &View<'_>) -> Option<String> {
    let document = view.document()?;
    let verdict = labels::verdict(document)?;
    let mut lines = vec![format!("File: {}", visible(&document.name()))];
    lines.extend(sha256(document).map(|hash| format!("SHA-256: {hash}")));
    let left_out = labels::left_out(document);
    lines.push(format!("Verdict: {}", verdict.label_of_file(!left_out.is_empty())));
    lines.extend(document.score.map(|score| score_line(score, view.model)));
    lines.extend(document.video.as_ref().map(|video| format!("{}.", labels::pass(video))));
    let reason = labels::why_not_examined(document).or_else(|| document.reason.clone());
    lines.extend(reason.map(|reason| format!("Reason: {}", sentence(&visible(&reason)))));
    match &document.video {
        Some(video) => lines.extend(tracks(video)),
        None => lines.extend(document.faces.iter().enumerate().flat_map(|(i, f)| face(i, f))),
    }
    lines.push(String::new());
    let thresholds = labels::thresholds(document, view.model);
    lines.push(labels::meaning(verdict, document.score, thresholds.as_ref()));
    lines.push(format!("What the model cannot see: {}", Verdict::BLIND_SPOTS));
    let caution = view.model.and_then(|model| model.card.error_rates.caution());
    lines.extend(caution.map(str::to_owned));
    if document.video.as_ref().is_some_and(|video| video.info.has_audio) {
        lines.push("Not examined: the sound.".to_owned());
    }
    let parts = left_out.iter().take(MAX_PARTS);
    lines.extend(parts.map(|part| sentence(&visible(&part.to_string()))));
    if left_out.len() > MAX_PARTS {
        lines.push(format!("Not examined: {} more parts.", left_out.len() - MAX_PARTS));
    }
    lines.extend(view.model.map(model_line));
    lines.push(format!("Examined with Pentimento {}.", env!("CARGO_PKG_VERSION")));
    Some(lines.join("\n") + "\n")
}

/// The hash of the file shown, as far as it is known.
pub(super) fn sha256(document: &Document) -> Option<&str> {
    let of_still = document.report.as_ref().map(|report| report.sha256.as_str());
    let of_clip = document.video.as_ref().map(|video| video.sha256.as_str());
    of_clip.or(of_still).filter(|hash| !hash.is_empty())
}

/// The name of a picture with its overlay: never that of the original.
pub(in crate::gui) fn picture_name(document: &Document) -> String {
    let stem = document.path.file_stem().unwrap_or_default().to_string_lossy();
    let stem: String = stem.chars().filter(|c| !c.is_control()).collect();
    let hash = sha256(document).and_then(|hash| hash.get(..8)).map(|hash| format!(".{hash}"));
    let frame = document.video.as_ref().and_then(|video| video.shown);
    let frame = frame.map(|frame| format!(".frame{:06}", frame + 1));
    format!("{stem}{}{}.overlay.png", hash.unwrap_or_default(), frame.unwrap_or_default())
}

fn score_line(score: f32, model: Option<&ModelFacts>) -> String {
    match model.and_then(|model| model.card.thresholds) {
        Some(t) => format!(
            "Score: {score:.2} of 1 (traces found from {:.2} on, no trace found below {:.2})",
            t.traces_found, t.no_trace_found
        ),
        None => format!("Score: {score:.2} of 1"),
    }
}

fn face(face_idx: usize, face: &FaceItem) -> Vec<String> {
    let finding = &face.finding;
    let (name, at) = (labels::face_name(face_idx, face), &face.upright_box);
    let region = finding.region.as_ref().map(|r| format!(", mostly {r}")).unwrap_or_default();
    let mut lines = vec![format!(
        "{name}: {}, {}{region}; at {:.0}, {:.0}, {:.0} × {:.0} px",
        finding.verdict.label(),
        labels::score(finding.score),
        at.x,
        at.y,
        at.w,
        at.h
    )];
    lines.extend(
        finding.reason.iter().chain(&finding.caveats).map(|why| format!("  {}", sentence(why))),
    );
    lines
}

fn tracks(video: &OpenVideo) -> impl Iterator<Item = String> + '_ {
    video.tracks.iter().map(|track| {
        let time = |frame| crate::base::text::time_code(video.seconds_of(frame));
        let (first, last) = track.span().unwrap_or_default();
        let worst = track
            .worst
            .first()
            .map(|worst| format!(", highest at {} (frame {})", time(worst.frame), worst.frame + 1));
        format!(
            "Face {}: {}, {}; {} to {}{}",
            track.id,
            track.verdict.label(),
            labels::score(track.score),
            time(first),
            time(last),
            worst.unwrap_or_default()
        )
    })
}

fn model_line(model: &ModelFacts) -> String {
    let (card, engine) = (&model.card, &model.engine);
    format!(
        "Model: {} (SHA-256 {}), run by {} on {}",
        card.name, card.file.sha256, engine.engine, engine.provider
    )
}
