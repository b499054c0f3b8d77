//! The tool bar above the picture while masks are edited.

use egui::{Button, DragValue, Ui};

use crate::gpu::MaskMode;
use crate::gui::canvas::CanvasState;
use crate::gui::mask_tools::{Pressure, Tool};
use crate::gui::widgets::group::start_group;
use crate::session::{Command, Document, MaskCommand, View};

pub(in crate::gui) fn mask_tools_ui(
    ui: &mut Ui,
    view: &View<'_>,
    document: &Document,
    canvas: &mut CanvasState,
    out: &mut Vec<Command>,
) {
    let tools = &mut canvas.mask;
    let mask = document.mask();
    ui.horizontal_wrapped(|ui| {
        for tool in Tool::ALL {
            let button = Button::selectable(tools.tool == tool, tool.label());
            if ui.add(button).on_hover_text(tool.help()).clicked() {
                tools.choose(tool);
            }
        }
        ui.separator();
        match tools.tool {
            Tool::Brush | Tool::Eraser => {
                let drag = DragValue::new(&mut tools.brush.diameter_px)
                    .range(1.0..=2000.0)
                    .speed(0.5)
                    .fixed_decimals(0)
                    .suffix(" px");
                named(ui, "Size", "Diameter in pixels of the picture (Q, W)", drag);
                let mut percent = tools.brush.hardness * 100.0;
                let drag =
                    DragValue::new(&mut percent).range(0.0..=100.0).fixed_decimals(0).suffix(" %");
                let help = "Below 100 % the edge is dithered, since a mask has no half-set pixels \
                            (Shift+Q, Shift+W)";
                if named(ui, "Hardness", help, drag) {
                    tools.brush.hardness = percent / 100.0;
                }
                let help = "Light pen pressure makes the brush smaller, where the system reports \
                            pressure";
                let counts = tools.pressure == Pressure::Counts;
                let button = Button::selectable(counts, "Pressure");
                if ui.add(button).on_hover_text(help).clicked() {
                    tools.pressure = tools.pressure.other();
                }
            }
            tool => {
                for (takes_away, words) in [(false, "Add"), (true, "Subtract")] {
                    let button = Button::selectable(tools.takes_away == takes_away, words);
                    let help = "Add the area or subtract it (/). Hold Shift for the opposite.";
                    if ui.add(button).on_hover_text(help).clicked() {
                        tools.takes_away = takes_away;
                    }
                }
                if tool == Tool::Wand {
                    let drag = DragValue::new(&mut tools.tolerance).range(0..=255);
                    let help = "Largest difference per color channel, of 255 (V, Shift+V, \
                                Ctrl+wheel). The last click is updated.";
                    if named(ui, "Tolerance", help, drag) {
                        out.push(Command::Mask(tools.again()));
                    }
                }
                if tool == Tool::MapWand {
                    let mut threshold = view.style.threshold;
                    let drag = DragValue::new(&mut threshold);
                    let drag = drag.range(0.0..=1.0).speed(0.005).fixed_decimals(2);
                    let help = "Map values from here on count as marked (T, Shift+T, Ctrl+wheel). \
                                The last click is updated.";
                    if named(ui, "From", help, drag) {
                        out.push(Command::SetThreshold(Some(threshold)));
                    }
                }
                if tool == Tool::Superpixel {
                    let drag =
                        DragValue::new(&mut tools.superpixel_px).range(4..=256).suffix(" px");
                    named(ui, "Side", "Approximate side length of superpixels", drag);
                }
            }
        }
        ui.separator();
        for (words, help, can, command) in [
            ("Undo", "Ctrl+Z", mask.is_some_and(|m| m.n_undo > 0), MaskCommand::Undo),
            (
                "Redo",
                "Ctrl+Shift+Z or Ctrl+Y",
                mask.is_some_and(|m| m.n_redo > 0),
                MaskCommand::Redo,
            ),
        ] {
            if ui.add_enabled(can, Button::new(words)).on_hover_text(help).clicked() {
                out.push(Command::Mask(command));
            }
        }
        start_group(ui, 400.0);
        // Of the height of a button: a row that begins with a mere label is not aligned.
        let height = ui.spacing().interact_size.y;
        ui.add_sized([38.0, height], egui::Label::new("Show"));
        for (layer, words, help) in [
            (MaskMode::ByHand, "Mask", "The mask drawn by hand (Y)"),
            (MaskMode::ByModel, "Model's marks", "The model's map above the threshold (Y)"),
            (MaskMode::Difference, "Difference", "Where mask and model agree and differ (Y)"),
        ] {
            let button = Button::selectable(tools.layer == layer, words);
            if ui.add(button).on_hover_text(help).clicked() {
                tools.layer = layer;
            }
        }
        let mut percent = tools.tint * 100.0;
        let drag = DragValue::new(&mut percent).range(0.0..=100.0).fixed_decimals(0).suffix(" %");
        let help = "Opacity of the mask's color; its outline stays (Ctrl+T, Ctrl+Shift+T)";
        if named(ui, "Tint", help, drag) {
            tools.tint = percent / 100.0;
        }
    });
}

/// A number field after its name; true when changed.
fn named(ui: &mut Ui, name: &str, help: &str, drag: DragValue<'_>) -> bool {
    let label = ui.label(name);
    ui.add(drag).labelled_by(label.id).on_hover_text(help).changed()
}
