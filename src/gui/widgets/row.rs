//! A row of a list that is clicked as a whole, with one name for screen readers.

use egui::{Color32, Id, Sense, Ui, vec2};

#[derive(Debug, Clone, Copy)]
pub(in crate::gui) struct Row {
    pub(in crate::gui) height: f32,
    pub(in crate::gui) is_selected: bool,
    /// From the left edge of the list.
    pub(in crate::gui) indent: f32,
    /// A stripe of this color at its left edge.
    pub(in crate::gui) stripe: Option<Color32>,
    /// Its widget id; `None` derives one from its position.
    pub(in crate::gui) id: Option<Id>,
}

impl Row {
    pub(in crate::gui) const fn new(height: f32, is_selected: bool) -> Self {
        Self { height, is_selected, indent: 0.0, stripe: None, id: None }
    }
}

/// Draws a row and its content.
pub(in crate::gui) fn row_ui(
    ui: &mut Ui,
    row: Row,
    spoken: &str,
    content: impl FnOnce(&mut Ui),
) -> egui::Response {
    let size = vec2(ui.available_width(), row.height);
    let (rect, response) = match row.id {
        None => ui.allocate_exact_size(size, Sense::click()),
        Some(id) => {
            let (_, rect) = ui.allocate_space(size);
            (rect, ui.interact(rect, id, Sense::click()))
        }
    };
    let rect = rect.with_min_x(rect.min.x + row.indent);
    let visuals = ui.visuals();
    if row.is_selected {
        ui.painter().rect_filled(rect, 5.0, visuals.selection.bg_fill);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 5.0, visuals.widgets.hovered.weak_bg_fill);
    }
    if response.has_focus() {
        let stroke = visuals.selection.stroke;
        ui.painter().rect_stroke(rect, 5.0, stroke, egui::StrokeKind::Inside);
    }
    let mut inner = rect.shrink2(vec2(6.0, 5.0));
    if let Some(color) = row.stripe {
        let stripe = rect.with_max_x(rect.left() + 4.0).shrink2(vec2(0.0, 4.0));
        ui.painter().rect_filled(stripe, 2.0, color);
        inner.min.x += 4.0;
    }
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    let builder = egui::UiBuilder::new().max_rect(inner).layout(layout);
    match row.id {
        None => {
            ui.scope_builder(builder, content);
        }
        // In a virtual list every row must keep its height, whatever it contains.
        Some(_) => content(&mut ui.new_child(builder)),
    }
    response.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::Button, true, row.is_selected, spoken)
    });
    response
}
