//! The bar at the top: menus, view mode, tools, zoom, theme.

use egui::{Button, ComboBox, Ui};

use super::file_menu::file_menu_ui;
use super::help_menu::help_menu_ui;
use super::overlay_options::overlay_options_ui;
use super::view_menu::view_menu_ui;
use crate::gui::canvas::{CanvasState, Drawing, Request};
use crate::gui::panels::case::case_menu_ui;
use crate::gui::requests::WindowRequest;
use crate::gui::widgets::bar::bar_ui;
use crate::session::{Command, MaskCommand, Theme, View, ViewMode};

/// Groups of the bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum ToolbarGroup {
    Menus,
    Mode,
    Tools,
    Zoom,
    Theme,
}

pub(in crate::gui) fn toolbar_ui(
    ui: &mut Ui,
    view: &View<'_>,
    canvas: &mut CanvasState,
    retrain_refusal: Option<&str>,
    requests: &mut Vec<WindowRequest>,
    out: &mut Vec<Command>,
) {
    let has_picture = view.document().is_some_and(|d| d.picture.is_some());
    // Pressed again below, if it is.
    canvas.is_hiding = false;
    let groups = [
        ToolbarGroup::Menus,
        ToolbarGroup::Mode,
        ToolbarGroup::Tools,
        ToolbarGroup::Zoom,
        ToolbarGroup::Theme,
    ];
    bar_ui(ui, "toolbar", &groups, |ui, group| match group {
        ToolbarGroup::Menus => {
            file_menu_ui(ui, view, requests, out);
            view_menu_ui(ui, has_picture, canvas, requests);
            case_menu_ui(ui, view, retrain_refusal, requests, out);
            help_menu_ui(ui, requests);
        }
        ToolbarGroup::Mode => mode_ui(ui, view, has_picture, out),
        ToolbarGroup::Tools => tools_ui(ui, view, canvas, has_picture, out),
        ToolbarGroup::Zoom => {
            for (label, hover, request) in [
                ("Fit", "The whole picture, as large as it fits (F)", Request::Fit),
                ("1:1", "Actual size (A)", Request::ActualSize),
            ] {
                if ui.add_enabled(has_picture, Button::new(label)).on_hover_text(hover).clicked() {
                    canvas.cameras.request(request);
                }
            }
        }
        ToolbarGroup::Theme => theme_ui(ui, view, out),
    });
    if has_picture {
        overlay_options_ui(ui, view, out);
    }
}

fn mode_ui(ui: &mut Ui, view: &View<'_>, has_picture: bool, out: &mut Vec<Command>) {
    for (i, mode) in ViewMode::ALL.into_iter().enumerate() {
        let button = Button::selectable(view.mode == mode, mode.label());
        let hover = format!("{} (key {})", mode_help(mode), i + 1);
        if ui.add_enabled(has_picture, button).on_hover_text(hover).clicked() {
            out.push(Command::SetMode(mode));
        }
    }
}

fn tools_ui(
    ui: &mut Ui,
    view: &View<'_>,
    canvas: &mut CanvasState,
    has_picture: bool,
    out: &mut Vec<Command>,
) {
    let hide = ui
        .add_enabled(has_picture, Button::new("Hide overlay"))
        .on_hover_text("Hold to see the picture without the overlay (hold H)");
    canvas.is_hiding = hide.is_pointer_button_down_on();
    let split = Button::selectable(canvas.split.is_some(), "Picture / overlay");
    let hover =
        "Compare with a divider: the picture on its left, the overlay on its right (B, [ and ])";
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
    let spoken = format!("Theme: {}", theme.label());
    response
        .response
        .widget_info(|| egui::WidgetInfo::labeled(egui::Role::ComboBox, true, &spoken));
}
