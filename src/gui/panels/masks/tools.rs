//! The tool bar above the picture while masks are edited.

use egui::{Button, DragValue, Ui};

use crate::gpu::MaskMode;
use crate::gui::canvas::CanvasState;
use crate::gui::mask_tools::{MaskTools, Pressure, Tool};
use crate::gui::widgets::bar::bar_ui;
use crate::session::{Command, Document, MaskCommand, View};

/// Groups of the bar. The settings have another width for every tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum MaskToolGroup {
    Tools,
    Settings(usize),
    Undo,
    Layer,
    Tint,
}

pub(in crate::gui) fn mask_tools_ui(
    ui: &mut Ui,
    view: &View<'_>,
    document: &Document,
    canvas: &mut CanvasState,
    out: &mut Vec<Command>,
) {
    // So that all of it fits into a window of 1280 points.
    ui.spacing_mut().item_spacing.x = 4.0;
    ui.spacing_mut().button_padding.x = 6.0;
    let tools = &mut canvas.mask;
    let at = Tool::ALL.iter().position(|tool| *tool == tools.tool).unwrap_or(0);
    let groups = [
        MaskToolGroup::Tools,
        MaskToolGroup::Settings(at),
        MaskToolGroup::Undo,
        MaskToolGroup::Layer,
        MaskToolGroup::Tint,
    ];
    bar_ui(ui, "mask tools", &groups, |ui, group| match group {
        MaskToolGroup::Tools => {
            for tool in Tool::ALL {
                let button = Button::selectable(tools.tool == tool, tool.label());
                if ui.add(button).on_hover_text(tool.help()).clicked() {
                    tools.choose(tool);
                }
            }
        }
        MaskToolGroup::Settings(_) => settings_ui(ui, view, tools, out),
        MaskToolGroup::Undo => undo_ui(ui, document, out),
        MaskToolGroup::Layer => layer_ui(ui, tools),
        MaskToolGroup::Tint => {
            let mut percent = tools.tint * 100.0;
            let drag =
                DragValue::new(&mut percent).range(0.0..=100.0).fixed_decimals(0).suffix(" %");
            let help = "Opacity of the mask's color; its outline stays (Ctrl+T, Ctrl+Shift+T)";
            if named(ui, "Tint", help, drag) {
                tools.tint = percent / 100.0;
            }
        }
    });
}

fn settings_ui(ui: &mut Ui, view: &View<'_>, tools: &mut MaskTools, out: &mut Vec<Command>) {
    match tools.tool {
        Tool::Brush | Tool::Eraser => brush_ui(ui, tools),
        tool => {
            for (takes_away, label) in [(false, "Add"), (true, "Subtract")] {
                let button = Button::selectable(tools.takes_away == takes_away, label);
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
                let drag = DragValue::new(&mut tools.superpixel_px).range(4..=256).suffix(" px");
                named(ui, "Side", "Approximate side length of superpixels", drag);
            }
        }
    }
}

fn brush_ui(ui: &mut Ui, tools: &mut MaskTools) {
    let drag = DragValue::new(&mut tools.brush.diameter_px)
        .range(1.0..=2000.0)
        .speed(0.5)
        .fixed_decimals(0)
        .suffix(" px");
    named(ui, "Size", "Diameter in pixels of the picture ([ and ], also Q and W)", drag);
    let mut percent = tools.brush.hardness * 100.0;
    let drag = DragValue::new(&mut percent).range(0.0..=100.0).fixed_decimals(0).suffix(" %");
    let help = "Below 100 % the edge is dithered, since a mask has no half-set pixels \
                (Shift+Q, Shift+W)";
    if named(ui, "Hardness", help, drag) {
        tools.brush.hardness = percent / 100.0;
    }
    let help = "Light pen pressure makes the brush smaller, where the system reports pressure";
    let counts = tools.pressure == Pressure::Counts;
    let button = Button::selectable(counts, "Pressure");
    if ui.add(button).on_hover_text(help).clicked() {
        tools.pressure = tools.pressure.other();
    }
}

fn undo_ui(ui: &mut Ui, document: &Document, out: &mut Vec<Command>) {
    let mask = document.mask();
    for (label, help, can, command) in [
        ("Undo", "Ctrl+Z", mask.is_some_and(|m| m.n_undo > 0), MaskCommand::Undo),
        ("Redo", "Ctrl+Shift+Z or Ctrl+Y", mask.is_some_and(|m| m.n_redo > 0), MaskCommand::Redo),
    ] {
        if ui.add_enabled(can, Button::new(label)).on_hover_text(help).clicked() {
            out.push(Command::Mask(command));
        }
    }
}

fn layer_ui(ui: &mut Ui, tools: &mut MaskTools) {
    for (layer, label, help) in [
        (MaskMode::ByHand, "Mask", "Show the mask drawn by hand (Y)"),
        (MaskMode::ByModel, "Model's marks", "Show the model's map above the threshold (Y)"),
        (MaskMode::Difference, "Difference", "Show where mask and model agree and differ (Y)"),
    ] {
        let button = Button::selectable(tools.layer == layer, label);
        if ui.add(button).on_hover_text(help).clicked() {
            tools.layer = layer;
        }
    }
}

/// A number field after its name; true when changed.
fn named(ui: &mut Ui, name: &str, help: &str, drag: DragValue<'_>) -> bool {
    let label = ui.label(name);
    ui.add(drag).labelled_by(label.id).on_hover_text(help).changed()
}
