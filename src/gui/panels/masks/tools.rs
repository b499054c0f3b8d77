//! The strip of tools above the picture while masks are worked on.

use egui::{Button, DragValue, Ui};

use crate::gpu::MaskMode;
use crate::gui::canvas::CanvasState;
use crate::gui::mask_tools::{Pressure, Tool};
use crate::session::{Command, Document, MaskCommand, View};

pub(in crate::gui) fn mask_tools_ui(
    ui: &mut Ui,
    view: &View,
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
                named(ui, "Size", "Across, in pixels of the picture (Q, W)", drag);
                let mut percent = tools.brush.hardness * 100.0;
                let drag =
                    DragValue::new(&mut percent).range(0.0..=100.0).fixed_decimals(0).suffix(" %");
                let help = "Below 100 % the rim is sprinkled, fewer pixels outwards: a mask knows \
                            no half pixels (Shift+Q, Shift+W)";
                if named(ui, "Hardness", help, drag) {
                    tools.brush.hardness = percent / 100.0;
                }
                let help = "A pen pressed lightly draws a smaller tip, where the system tells how \
                            hard it is pressed";
                let counts = tools.pressure == Pressure::Counts;
                let button = Button::selectable(counts, "Pressure");
                if ui.add(button).on_hover_text(help).clicked() {
                    tools.pressure = tools.pressure.other();
                }
            }
            tool => {
                for (takes_away, words) in [(false, "Add"), (true, "Take away")] {
                    let button = Button::selectable(tools.takes_away == takes_away, words);
                    let help = "What the tool does with its area (/). Shift held does the other";
                    if ui.add(button).on_hover_text(help).clicked() {
                        tools.takes_away = takes_away;
                    }
                }
                if tool == Tool::Wand {
                    let drag = DragValue::new(&mut tools.tolerance).range(0..=255);
                    let help = "Largest difference of a color channel, of 255 (V, Shift+V, \
                                Ctrl+wheel). The click made last follows.";
                    if named(ui, "Tolerance", help, drag) {
                        out.push(Command::Mask(tools.again()));
                    }
                }
                if tool == Tool::MapWand {
                    let mut threshold = view.style().threshold;
                    let drag = DragValue::new(&mut threshold);
                    let drag = drag.range(0.0..=1.0).speed(0.005).fixed_decimals(2);
                    let help = "From which value on the model's map counts as marked (T, Shift+T, \
                                Ctrl+wheel). The click made last follows.";
                    if named(ui, "From", help, drag) {
                        out.push(Command::SetThreshold(Some(threshold)));
                    }
                }
                if tool == Tool::Superpixel {
                    let drag =
                        DragValue::new(&mut tools.superpixel_px).range(4..=256).suffix(" px");
                    named(ui, "Side", "About how large superpixels are", drag);
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
        ui.separator();
        ui.label("Show");
        for (layer, words, help) in [
            (MaskMode::ByHand, "Mask", "What was drawn by hand (Y)"),
            (MaskMode::ByModel, "Model's marks", "The model's map from the threshold on (Y)"),
            (MaskMode::Difference, "Difference", "Where the two agree and where not (Y)"),
        ] {
            let button = Button::selectable(tools.layer == layer, words);
            if ui.add(button).on_hover_text(help).clicked() {
                tools.layer = layer;
            }
        }
        let mut percent = tools.tint * 100.0;
        let drag = DragValue::new(&mut percent).range(0.0..=100.0).fixed_decimals(0).suffix(" %");
        let help = "How much of the color covers the picture; the line round the mask stays \
                    (Ctrl+T, Ctrl+Shift+T)";
        if named(ui, "Tint", help, drag) {
            tools.tint = percent / 100.0;
        }
    });
}

/// A number with its name before it; true when it was changed.
fn named(ui: &mut Ui, name: &str, help: &str, drag: DragValue<'_>) -> bool {
    let label = ui.label(name);
    ui.add(drag).labelled_by(label.id).on_hover_text(help).changed()
}
