//! Colors, spacing and light or dark.
//!
//! Verdict colors follow Okabe and Ito's palette, which stays apart without color vision; every
//! use of them is beside an icon and a label.

use egui::{Color32, CornerRadius, Stroke, Visuals};

use crate::base::Verdict;
use crate::session::Theme;

pub(super) fn apply(ctx: &egui::Context, theme: Theme) {
    ctx.set_theme(match theme {
        Theme::System => egui::ThemePreference::System,
        Theme::Light => egui::ThemePreference::Light,
        Theme::Dark => egui::ThemePreference::Dark,
    });
}

/// Sets both styles up, once.
pub(super) fn install(ctx: &egui::Context, is_software: bool) {
    ctx.style_mut_of(egui::Theme::Dark, |style| style.visuals = dark());
    ctx.style_mut_of(egui::Theme::Light, |style| style.visuals = light());
    ctx.all_styles_mut(|style| {
        style.spacing.item_spacing = egui::vec2(8.0, 6.0);
        style.spacing.button_padding = egui::vec2(8.0, 4.0);
        style.spacing.interact_size.y = 24.0;
        style.spacing.slider_width = 120.0;
        style.spacing.tooltip_width = 420.0;
        style.interaction.selectable_labels = true;
        for (text_style, font) in &mut style.text_styles {
            font.size = match text_style {
                egui::TextStyle::Small => 11.5,
                egui::TextStyle::Heading => 20.0,
                egui::TextStyle::Monospace => 13.0,
                _ => 14.0,
            };
        }
        // A software adapter draws few frames: no time for fading.
        if is_software {
            style.animation_time = 0.0;
        }
    });
}

fn dark() -> Visuals {
    let mut visuals = Visuals::dark();
    visuals.panel_fill = Color32::from_rgb(32, 34, 38);
    visuals.window_fill = Color32::from_rgb(40, 42, 47);
    visuals.extreme_bg_color = Color32::from_rgb(20, 21, 24);
    // Seen on panels and on the lighter windows.
    visuals.faint_bg_color = Color32::from_rgb(50, 53, 60);
    visuals.text_edit_bg_color = Some(Color32::from_rgb(22, 23, 27));
    visuals.override_text_color = Some(Color32::from_rgb(226, 228, 232));
    visuals.weak_text_color = Some(Color32::from_rgb(165, 170, 178));
    visuals.selection.bg_fill = Color32::from_rgb(38, 84, 128);
    visuals.selection.stroke = Stroke::new(1.0, Color32::from_rgb(214, 232, 250));
    round(visuals)
}

fn light() -> Visuals {
    let mut visuals = Visuals::light();
    visuals.panel_fill = Color32::from_rgb(244, 245, 247);
    visuals.window_fill = Color32::from_rgb(252, 252, 253);
    visuals.extreme_bg_color = Color32::from_rgb(255, 255, 255);
    visuals.faint_bg_color = Color32::from_rgb(232, 234, 238);
    visuals.text_edit_bg_color = Some(Color32::from_rgb(233, 235, 239));
    visuals.override_text_color = Some(Color32::from_rgb(28, 30, 34));
    visuals.weak_text_color = Some(Color32::from_rgb(88, 92, 100));
    visuals.hyperlink_color = Color32::from_rgb(0, 92, 170);
    visuals.selection.bg_fill = Color32::from_rgb(188, 217, 245);
    visuals.selection.stroke = Stroke::new(1.0, Color32::from_rgb(10, 50, 90));
    round(visuals)
}

fn round(mut visuals: Visuals) -> Visuals {
    let radius = CornerRadius::same(5);
    let widgets = &mut visuals.widgets;
    for widget in [
        &mut widgets.noninteractive,
        &mut widgets.inactive,
        &mut widgets.hovered,
        &mut widgets.active,
        &mut widgets.open,
    ] {
        widget.corner_radius = radius;
    }
    visuals.slider_trailing_fill = true;
    visuals
}

/// The background around the picture.
pub(super) fn canvas_fill(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode { Color32::from_rgb(18, 19, 21) } else { Color32::from_rgb(206, 209, 214) }
}

/// The color that goes with a verdict, readable on panels.
pub(super) fn verdict_color(verdict: Verdict, visuals: &Visuals) -> Color32 {
    let (on_dark, on_light) = match verdict {
        Verdict::TracesFound => ([255, 138, 76], [168, 58, 0]),
        Verdict::Inconclusive => ([240, 196, 84], [116, 84, 0]),
        Verdict::NoTraceFound => ([125, 184, 240], [24, 90, 148]),
        Verdict::NotExamined => ([170, 174, 182], [84, 88, 96]),
    };
    let [r, g, b] = if visuals.dark_mode { on_dark } else { on_light };
    Color32::from_rgb(r, g, b)
}

/// The same, readable on any picture with a dark outline.
pub(super) fn verdict_color_on_picture(verdict: Verdict) -> Color32 {
    let [r, g, b] = match verdict {
        Verdict::TracesFound => [255, 138, 76],
        Verdict::Inconclusive => [250, 212, 96],
        Verdict::NoTraceFound => [140, 200, 255],
        Verdict::NotExamined => [225, 227, 230],
    };
    Color32::from_rgb(r, g, b)
}

/// The color of a face in the timeline; its number is always beside it.
pub(super) fn track_color(track: u32, visuals: &Visuals) -> Color32 {
    const ON_DARK: [[u8; 3]; 6] = [
        [86, 180, 233],
        [240, 228, 66],
        [60, 200, 150],
        [226, 140, 200],
        [240, 160, 50],
        [205, 208, 214],
    ];
    const ON_LIGHT: [[u8; 3]; 6] =
        [[0, 94, 160], [122, 96, 0], [0, 110, 78], [152, 46, 118], [176, 76, 0], [70, 74, 82]];
    let colors = if visuals.dark_mode { ON_DARK } else { ON_LIGHT };
    let [r, g, b] = colors[(track as usize).wrapping_sub(1) % colors.len()];
    Color32::from_rgb(r, g, b)
}

/// The background of unexamined spans.
pub(super) fn unexamined_fill(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode { Color32::from_rgb(58, 61, 68) } else { Color32::from_rgb(208, 211, 217) }
}
