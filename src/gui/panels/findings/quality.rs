//! How good the picture of a face is, and where its heat map is not to be trusted.

use egui::{RichText, Ui};

use crate::base::{FaceFinding, Quality, Verdict};
use crate::gui::{labels, theme};

pub(super) fn quality_ui(ui: &mut Ui, finding: &FaceFinding) {
    for caveat in &finding.caveats {
        let color = theme::verdict_color(Verdict::Inconclusive, ui.visuals());
        ui.label(RichText::new(labels::sentence(caveat)).color(color))
            .on_hover_text("Outside of what the model was seen to do well in its test.");
    }
    if let Some(quality) = &finding.quality {
        ui.weak(picture_words(quality)).on_hover_text(
            "Measured on the stored pixels of the face. Blur: 0 sharp, 1 blurred (Crete 2007). Block \
             marks: how much the 8 × 8 grid of JPEG stands out, seen by eye from about 0.5 on. \
             Noise: in gray levels of 255; texture counts in part. JPEG quality: that of the file's \
             last saving.",
        );
    }
    let Some(reliability) = &finding.reliability else { return };
    let marked = reliability.in_marked.map(|r| {
        format!(
            " Where it marks, the model expects to be right in {} of cells.",
            labels::percent(r)
        )
    });
    ui.label(format!(
        "Heat map not to be trusted in {} of its cells (hatched).{}",
        labels::percent(reliability.untrusted_share),
        marked.unwrap_or_default()
    ))
    .on_hover_text(
        "The model estimates for each cell whether its own map is right. Hatched cells lie below the \
         value from which on it was right often enough on forgeries held out for testing.",
    );
}

fn picture_words(q: &Quality) -> String {
    let jpeg = q.jpeg.map(|quality| format!(" · JPEG {quality}")).unwrap_or_default();
    format!("Blur {:.2} · block marks {:.2} · noise {:.1}{jpeg}", q.blur, q.blockiness, q.noise)
}
