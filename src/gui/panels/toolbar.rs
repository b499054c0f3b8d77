//! The bar at the top: open files, view mode, heat map options, theme.

use egui::{Align, Button, ComboBox, Layout, Slider, Ui};

use super::case::case_menu_ui;
use crate::gui::canvas::{CanvasState, Drawing, Request};
use crate::gui::requests::WindowRequest;
use crate::gui::widgets::gauge;
use crate::gui::widgets::group::start_group;
use crate::session::{Command, MaskCommand, Theme, View, ViewMode};
use crate::signal::{Colormap, OverlayMode, RESIDUAL_GAIN};

pub(in crate::gui) fn toolbar_ui(
    ui: &mut Ui,
    view: &View<'_>,
    canvas: &mut CanvasState,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    let has_picture = view.document().is_some_and(|d| d.picture.is_some());
    ui.horizontal_wrapped(|ui| {
        if ui.button("Open…").on_hover_text("Open pictures and videos (Ctrl+O)").clicked() {
            requests.push(WindowRequest::OpenFiles);
        }
        case_menu_ui(ui, view, requests, out);
        ui.separator();
        for (i, mode) in ViewMode::ALL.into_iter().enumerate() {
            let button = Button::selectable(view.mode == mode, mode.label());
            let hover = format!("{} (key {})", mode_help(mode), i + 1);
            if ui.add_enabled(has_picture, button).on_hover_text(hover).clicked() {
                out.push(Command::SetMode(mode));
            }
        }
        ui.separator();
        let hide = ui
            .add_enabled(has_picture, Button::new("Hide overlay"))
            .on_hover_text("Hold to see the picture without the overlay (hold H)");
        canvas.is_hiding = hide.is_pointer_button_down_on();
        let split = Button::selectable(canvas.split.is_some(), "Picture / overlay");
        let hover = "Compare with a divider: the picture on its left, the overlay on its right (B, [ and ])";
        if ui.add_enabled(has_picture, split).on_hover_text(hover).clicked() {
            canvas.split = if canvas.split.is_some() { None } else { Some(0.5) };
        }
        let draw = Button::selectable(canvas.drawing.is_some(), "Draw region");
        let hover = "Draw a region and examine it (R)";
        if ui.add_enabled(has_picture, draw).on_hover_text(hover).clicked() {
            canvas.drawing = if canvas.drawing.is_some() { None } else { Some(Drawing::default()) };
            // A region is drawn in a frame that stays.
            out.push(Command::Pause);
        }
        let edit = Button::selectable(view.masks.is_editing, "Edit mask");
        let hover = "Correct the model's map or draw your own mask (E)";
        if ui.add_enabled(has_picture, edit).on_hover_text(hover).clicked() {
            canvas.drawing = None;
            out.push(Command::Mask(MaskCommand::Edit(!view.masks.is_editing)));
        }
        start_group(ui, 90.0);
        for (words, hover, request) in [
            ("Fit", "The whole picture (F)", Request::Fit),
            ("1:1", "Actual size (A)", Request::ActualSize),
        ] {
            if ui.add_enabled(has_picture, Button::new(words)).on_hover_text(hover).clicked() {
                canvas.cameras.request(request);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.menu_button("Help", |ui| {
                for (words, keys, request) in [
                    ("Manual", "F1", WindowRequest::ToggleManual),
                    ("Shortcuts", "?", WindowRequest::ShowShortcuts),
                ] {
                    if ui.add(Button::new(words).shortcut_text(keys)).clicked() {
                        requests.push(request);
                    }
                }
            });
            theme_ui(ui, view, out);
        });
    });
    if !has_picture {
        return;
    }
    match view.mode {
        ViewMode::HeatMap => overlay_ui(ui, view, out),
        ViewMode::Residual => {
            ui.horizontal_wrapped(|ui| {
                colormap_ui(ui, view, out);
                gauge::residual_bar(ui, view.style.colormap);
                ui.label(format!(
                    "Difference between each face and its reconstruction, amplified {RESIDUAL_GAIN:.0} times."
                ));
            });
        }
        ViewMode::Reconstruction => {
            ui.label("The autoencoder's reconstruction of each face. Blur is normal.");
        }
        ViewMode::Picture => {}
    }
}

const fn mode_help(mode: ViewMode) -> &'static str {
    match mode {
        ViewMode::Picture => "The picture without overlay",
        ViewMode::HeatMap => "Where the model sees traces",
        ViewMode::Reconstruction => "The autoencoder's reconstruction of each face",
        ViewMode::Residual => "Difference from the reconstruction",
    }
}

fn theme_ui(ui: &mut Ui, view: &View<'_>, out: &mut Vec<Command>) {
    let theme = view.settings.theme;
    let response = ComboBox::from_id_salt("theme")
        .selected_text(theme.label())
        .width(104.0)
        .show_ui(ui, |ui| {
            for choice in Theme::ALL {
                if ui.selectable_label(theme == choice, choice.label()).clicked() {
                    out.push(Command::SetTheme(choice));
                }
            }
        });
    name_combo(&response.response, "Theme", theme.label());
}

fn overlay_ui(ui: &mut Ui, view: &View<'_>, out: &mut Vec<Command>) {
    let style = view.style;
    ui.horizontal_wrapped(|ui| {
        for mode in OverlayMode::ALL {
            let button = Button::selectable(style.mode == mode, mode.label());
            if ui.add(button).on_hover_text(overlay_help(mode)).clicked() {
                out.push(Command::SetOverlayMode(mode));
            }
        }
        ui.separator();
        let mut opacity = style.opacity;
        let slider =
            Slider::new(&mut opacity, 0.0..=1.0).step_by(0.01).fixed_decimals(2).text("Opacity");
        if ui.add(slider).on_hover_text("Opacity of the heat map (O, Shift+O)").changed() {
            out.push(Command::SetOpacity(opacity));
        }
        ui.separator();
        let mut threshold = style.threshold;
        let slider = Slider::new(&mut threshold, 0.0..=1.0)
            .step_by(0.01)
            .fixed_decimals(2)
            .text("Threshold");
        if ui
            .add(slider)
            .on_hover_text("Map values from here on count as marked (T, Shift+T)")
            .changed()
        {
            out.push(Command::SetThreshold(Some(threshold)));
        }
        if view.settings.threshold.is_some()
            && ui
                .button("Reset")
                .on_hover_text("Back to the threshold of the model's test")
                .clicked()
        {
            out.push(Command::SetThreshold(None));
        }
        start_group(ui, 280.0);
        colormap_ui(ui, view, out);
        gauge::color_bar(ui, &style);
    });
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
    name_combo(&response.response, "Colors", style.colormap.label());
}

const fn overlay_help(mode: OverlayMode) -> &'static str {
    match mode {
        OverlayMode::Heat => "Color by value; higher values cover more of the picture (M)",
        OverlayMode::Threshold => "Only cells at or above the threshold (M)",
        OverlayMode::Contour => "Lines of equal value, a bold one at the threshold (M)",
    }
}

fn name_combo(response: &egui::Response, name: &str, value: &str) {
    let spoken = format!("{name}: {value}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &spoken));
}
