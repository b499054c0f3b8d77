//! A note in the corner of the canvas about the frame shown.

use egui::{Align, Color32, Label, Layout, Rect, RichText, Ui, UiBuilder, vec2};

use crate::session::{Document, DocumentState, DrawnMask, OpenVideo, Pass};

/// Says if the frame shown is damaged, not examined, or has an unreviewed mask.
pub(super) fn note_ui(ui: &mut Ui, rect: Rect, document: &Document, is_masking: bool) {
    let of_copy = document.mask().filter(|_| is_masking).and_then(copy_note);
    let of_frame = || document.video.as_ref().and_then(|video| note(document, video));
    let Some(text) = of_copy.or_else(of_frame) else {
        return;
    };
    let place = Rect::from_min_size(rect.min + vec2(10.0, 10.0), rect.size() - vec2(20.0, 20.0));
    let builder = UiBuilder::new().max_rect(place).layout(Layout::top_down(Align::Min));
    let mut child = ui.new_child(builder);
    let frame = egui::Frame::new().fill(Color32::from_black_alpha(205)).corner_radius(4);
    frame.inner_margin(egui::Margin::symmetric(8, 4)).show(&mut child, |ui| {
        let text = RichText::new(text).color(Color32::WHITE);
        ui.add(Label::new(text).selectable(false));
    });
}

/// The note about an unreviewed copy of a mask.
fn copy_note(mask: &DrawnMask) -> Option<String> {
    let copy = mask.copy.filter(|_| mask.is_unreviewed())?;
    let from = copy.from_frame + 1;
    Some(format!(
        "This mask was propagated from frame {from} and is not reviewed: Ctrl+Enter accepts it, \
         Ctrl+Backspace rejects it."
    ))
}

fn note(document: &Document, video: &OpenVideo) -> Option<String> {
    let at = video.position.index;
    if let Some(problem) = &video.problem {
        let shown = video.shown.filter(|shown| *shown != at);
        let still =
            shown.map_or_else(String::new, |shown| format!(" Frame {} is shown.", shown + 1));
        return Some(format!("Frame {} cannot be shown: {problem}.{still}", at + 1));
    }
    let shown = video.shown?;
    if video.examined.get(shown).is_some_and(|done| *done) {
        return None;
    }
    if video.damage.iter().any(|damage| damage.frame == shown) {
        return Some("This frame is damaged and was not examined.".to_owned());
    }
    let is_under_way = matches!(document.state, DocumentState::Waiting | DocumentState::Working);
    Some(match (is_under_way, video.pass) {
        (true, _) => "This frame is not examined yet.".to_owned(),
        (false, Pass::Stopped) => {
            "This frame was not examined: the examination was stopped.".to_owned()
        }
        _ => "This frame was not examined.".to_owned(),
    })
}
