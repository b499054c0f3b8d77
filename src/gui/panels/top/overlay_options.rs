//! The second row of the bar at the top: how what lies over the picture is drawn.

use egui::{Button, ComboBox, Slider, Ui};

use crate::gui::widgets::bar::bar_ui;
use crate::gui::widgets::gauge;
use crate::session::{Command, View, ViewMode};
use crate::signal::{Colormap, OverlayMode, RESIDUAL_GAIN};

/// Groups of the row for the heat map.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum OverlayGroup {
    Style,
    Opacity,
    Threshold,
    Colors,
}

/// One row for every view, so that the picture stays where it is when another view is chosen.
pub(super) fn overlay_options_ui(ui: &mut Ui, view: &View<'_>, out: &mut Vec<Command>) {
    match view.mode {
        ViewMode::HeatMap => {
            let groups = [
                OverlayGroup::Style,
                OverlayGroup::Opacity,
                OverlayGroup::Threshold,
                OverlayGroup::Colors,
            ];
            bar_ui(ui, "overlay", &groups, |ui, group| match group {
                OverlayGroup::Style => style_ui(ui, view, out),
                OverlayGroup::Opacity => opacity_ui(ui, view, out),
                OverlayGroup::Threshold => threshold_ui(ui, view, out),
                OverlayGroup::Colors => {
                    colormap_ui(ui, view, out);
                    gauge::color_bar(ui, &view.style);
                }
            });
        }
        ViewMode::Residual => {
            ui.horizontal(|ui| {
                colormap_ui(ui, view, out);
                gauge::residual_bar(ui, view.style.colormap);
                sentence_ui(
                    ui,
                    &format!(
                        "Difference between each face and its reconstruction, amplified \
                         {RESIDUAL_GAIN:.0} times."
                    ),
                );
            });
        }
        ViewMode::Reconstruction => {
            sentence_ui(ui, "The autoencoder's reconstruction of each face. Blur is normal.");
        }
        ViewMode::Picture => sentence_ui(ui, "The picture without overlay."),
    }
}

fn sentence_ui(ui: &mut Ui, text: &str) {
    let size = egui::vec2(ui.available_width(), ui.spacing().interact_size.y);
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(size, layout, |ui| {
        ui.set_min_size(size);
        ui.add(egui::Label::new(text).truncate());
    });
}

fn style_ui(ui: &mut Ui, view: &View<'_>, out: &mut Vec<Command>) {
    for mode in OverlayMode::ALL {
        let button = Button::selectable(view.style.mode == mode, mode.label());
        if ui.add(button).on_hover_text(overlay_help(mode)).clicked() {
            out.push(Command::SetOverlayMode(mode));
        }
    }
}

fn opacity_ui(ui: &mut Ui, view: &View<'_>, out: &mut Vec<Command>) {
    let mut opacity = view.style.opacity;
    let slider =
        Slider::new(&mut opacity, 0.0..=1.0).step_by(0.01).fixed_decimals(2).text("Opacity");
    if ui.add(slider).on_hover_text("Opacity of the heat map (O, Shift+O)").changed() {
        out.push(Command::SetOpacity(opacity));
    }
}

fn threshold_ui(ui: &mut Ui, view: &View<'_>, out: &mut Vec<Command>) {
    let mut threshold = view.style.threshold;
    let slider =
        Slider::new(&mut threshold, 0.0..=1.0).step_by(0.01).fixed_decimals(2).text("Threshold");
    let help = "Map values from here on count as marked (T, Shift+T)";
    if ui.add(slider).on_hover_text(help).changed() {
        out.push(Command::SetThreshold(Some(threshold)));
    }
    // Always there, so that nothing moves when the threshold is changed.
    let is_changed = view.settings.threshold.is_some();
    let help = "Back to the threshold of the model's test";
    if ui.add_enabled(is_changed, Button::new("Reset")).on_hover_text(help).clicked() {
        out.push(Command::SetThreshold(None));
    }
}

fn colormap_ui(ui: &mut Ui, view: &View<'_>, out: &mut Vec<Command>) {
    let style = view.style;
    let response = ComboBox::from_id_salt("colormap")
        .selected_text(style.colormap.label())
        .width(84.0)
        .show_ui(ui, |ui| {
            for choice in Colormap::ALL {
                let response = ui.selectable_label(style.colormap == choice, choice.label());
                let bar = response.rect.with_min_x(response.rect.left() + 66.0).shrink(3.0);
                ui.painter().add(gauge::gradient(bar, choice));
                if response.clicked() {
                    out.push(Command::SetColormap(choice));
                }
            }
            ui.set_min_width(170.0);
        });
    let spoken = format!("Colors: {}", style.colormap.label());
    response
        .response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &spoken));
}

const fn overlay_help(mode: OverlayMode) -> &'static str {
    match mode {
        OverlayMode::Heat => "Color by value; higher values cover more of the picture (M)",
        OverlayMode::Threshold => "Only cells at or above the threshold (M)",
        OverlayMode::Contour => "Lines of equal value, a bold one at the threshold (M)",
    }
}
