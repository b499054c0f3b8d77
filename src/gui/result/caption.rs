//! The caption below a saved picture: verdict and limits, so that the picture never stands alone.

use super::text::sha256;
use crate::base::Verdict;
use crate::base::text::{counted, visible};
use crate::gui::labels;
use crate::session::View;

/// The lines of the caption; `None` while there is nothing shown.
pub(in crate::gui) fn caption(view: &View<'_>) -> Option<String> {
    let document = view.document()?;
    let left_out = labels::left_out(document);
    let verdict = labels::verdict(document).map_or_else(
        || "Not examined yet".to_owned(),
        |verdict| verdict.label_of_file(!left_out.is_empty()).to_owned(),
    );
    let score = document.score.map(|s| format!(", score {s:.2} of 1")).unwrap_or_default();
    let mut lines = vec![format!("{verdict}{score}. {}", visible(&document.name()))];
    if let Some(video) = &document.video {
        let at = video.shown.unwrap_or(video.position.index);
        let time = crate::base::text::time_code(video.seconds_of(at));
        lines.push(format!("Frame {} at {time}. {}.", at + 1, labels::pass(video)));
    }
    if let Some(verdict) = document.verdict {
        let thresholds = labels::thresholds(document, view.model);
        lines.push(labels::meaning(verdict, document.score, thresholds.as_ref()));
        lines.push(Verdict::BLIND_SPOTS.to_owned());
    }
    if !left_out.is_empty() {
        lines.push(format!("Not examined: {}.", counted(left_out.len() as u64, "part")));
    }
    let model = view.model.map(|model| format!(", model {}", model.card.name)).unwrap_or_default();
    let hash = sha256(document).map(|hash| format!(", SHA-256 {hash}")).unwrap_or_default();
    let version = env!("CARGO_PKG_VERSION");
    let threshold = view.style.threshold;
    lines.push(format!("Pentimento {version}{model}, map threshold {threshold:.2}{hash}"));
    Some(lines.join("\n"))
}
