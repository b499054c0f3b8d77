//! The quality of the picture of a face, and where its heat map is unreliable.

use egui::{RichText, Ui};

use crate::base::{FaceFinding, Quality, Verdict, text};
use crate::gui::theme;

pub(super) fn quality_ui(ui: &mut Ui, finding: &FaceFinding) {
    for caveat in &finding.caveats {
        let color = theme::verdict_color(Verdict::Inconclusive, ui.visuals());
        ui.label(RichText::new(text::sentence(caveat)).color(color))
            .on_hover_text("Outside the conditions in which the model did well in its test.");
    }
    if let Some(quality) = &finding.quality {
        ui.weak(picture_text(quality)).on_hover_text(
            "Measured on the stored pixels of the face. Blur: 0 sharp, 1 blurred (Crete 2007). JPEG \
             blocking: how much the 8 × 8 grid stands out, visible from about 0.5 on. Noise: in gray \
             levels of 255; texture counts in part. JPEG quality: that of the last compression.",
        );
    }
    let Some(reliability) = &finding.reliability else { return };
    let marked = reliability.in_marked.map(|r| {
        format!(" In the marked cells, the model expects to be right in {}.", text::percent(r))
    });
    ui.label(format!(
        "The heat map is unreliable in {} of its cells (hatched).{}",
        text::percent(reliability.untrusted_share),
        marked.unwrap_or_default()
    ))
    .on_hover_text(
        "The model estimates for each cell whether its own map is right. Hatched cells lie below the \
         value at which it was right often enough on forgeries held out for testing.",
    );
}

fn picture_text(q: &Quality) -> String {
    let jpeg = q.jpeg.map(|quality| format!(" · JPEG {quality}")).unwrap_or_default();
    format!("Blur {:.2} · JPEG blocking {:.2} · noise {:.1}{jpeg}", q.blur, q.blockiness, q.noise)
}
