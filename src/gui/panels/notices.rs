//! Messages over the canvas: notices, the state of the document, the hint while files are dragged.

use std::time::{Duration, Instant};

use egui::containers::menu::{MenuButton, MenuConfig};
use egui::{Align2, Color32, FontId, Frame, Id, LayerId, Order, Ui, vec2};

use crate::base::{Verdict, text};
use crate::gui::labels;
use crate::gui::widgets::icons;
use crate::session::{Command, Document, DocumentState, Notice, View};

/// A notice stands over the picture this long; then it is in the list only.
const FRESH: Duration = Duration::from_secs(12);
/// Notices over the picture at a time.
const MAX_TOASTS: usize = 3;
/// Width of a notice over the picture and of the list, points.
const WIDTH: f32 = 460.0;

/// The newest notices, for a while over the lower edge of `room`. They take no room of their own,
/// so the picture never moves.
pub(in crate::gui) fn fresh_notices_ui(
    ctx: &egui::Context,
    room: egui::Rect,
    view: &View<'_>,
    out: &mut Vec<Command>,
) {
    let now = Instant::now();
    let age = |notice: &Notice| now.saturating_duration_since(notice.at);
    let fresh = view.notices.iter().rev().take(MAX_TOASTS).filter(|n| age(n) < FRESH);
    let fresh: Vec<&Notice> = fresh.collect();
    let Some(youngest) = fresh.iter().map(|notice| age(notice)).min() else { return };
    ctx.request_repaint_after(FRESH.saturating_sub(youngest).min(Duration::from_secs(1)));
    let corner = room.left_bottom() + vec2(12.0, -12.0);
    let area = egui::Area::new(Id::unique("fresh notices"))
        .order(Order::Middle)
        .pivot(Align2::LEFT_BOTTOM)
        .fixed_pos(corner)
        .constrain_to(room);
    area.show(ctx, |ui| {
        ui.set_max_width((room.width() - 24.0).clamp(200.0, WIDTH));
        for notice in fresh.iter().rev() {
            Frame::popup(ui.style()).show(ui, |ui| notice_ui(ui, notice, out));
        }
    });
}

fn notice_ui(ui: &mut Ui, notice: &Notice, out: &mut Vec<Command>) {
    ui.horizontal_top(|ui| {
        let response = ui.small_button("Dismiss").on_hover_text("Dismiss this notice");
        response
            .widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Dismiss notice"));
        if response.clicked() {
            out.push(Command::Dismiss(notice.id));
        }
        ui.add(egui::Label::new(&notice.text).wrap());
    });
}

/// The menu of all notices, with their number; newest first.
pub(in crate::gui) fn notices_menu_ui(ui: &mut Ui, view: &View<'_>, out: &mut Vec<Command>) {
    if view.notices.is_empty() {
        return;
    }
    ui.separator();
    let config = MenuConfig::new().close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside);
    let button = MenuButton::new(format!("Notices ({})", view.notices.len())).config(config);
    let (response, _) = button.ui(ui, |ui| {
        ui.reset_style();
        ui.set_width(WIDTH);
        egui::ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
            for notice in view.notices.iter().rev() {
                notice_ui(ui, notice, out);
            }
        });
        ui.separator();
        if ui.button("Dismiss all").clicked() {
            out.push(Command::DismissAll);
            ui.close();
        }
    });
    response.on_hover_text("What the program has reported since it was started");
}

/// Why a picture is shown without findings.
pub(in crate::gui) fn banner_ui(ui: &mut Ui, document: &Document, out: &mut Vec<Command>) {
    let why_not = labels::why_not_examined(document);
    let text = match (&document.state, &why_not) {
        (_, Some(why)) => labels::not_examined(why),
        (DocumentState::Failed(reason), None) => {
            let reason = text::sentence(reason);
            match &document.video {
                Some(video) => {
                    format!("{}. The examination failed: {reason}", labels::pass(video))
                }
                None => format!("The examination failed: {reason}"),
            }
        }
        (DocumentState::Cancelled, None) => match &document.video {
            Some(video) => format!("{}.", labels::pass(video)),
            None => "The examination was stopped before its end.".to_owned(),
        },
        _ => return,
    };
    strip(ui, |ui| {
        if document.state != DocumentState::Done && ui.button("Re-examine").clicked() {
            out.push(Command::ExamineAgain(document.id));
        }
        if why_not.is_some() {
            icons::verdict_ui(ui, Verdict::NotExamined, 16.0);
        }
        ui.add(egui::Label::new(text).wrap());
    });
}

fn strip(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let fill = ui.visuals().faint_bg_color;
    Frame::new().fill(fill).inner_margin(6.0).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_wrapped(content);
    });
}

/// Covers the window while files are dragged over it.
pub(in crate::gui) fn drop_hint_ui(ctx: &egui::Context, is_case_open: bool) {
    let n = ctx.input(|i| i.raw.hovered_files.len());
    if n == 0 {
        return;
    }
    let painter = ctx.layer_painter(LayerId::new(Order::Foreground, Id::unique("drop hint")));
    let rect = ctx.content_rect();
    painter.rect_filled(rect, 0.0, Color32::from_black_alpha(190));
    let icon = egui::Rect::from_center_size(rect.center() - vec2(0.0, 40.0), vec2(64.0, 80.0));
    icons::paint_drop(&painter, icon, Color32::WHITE);
    let text = match (n, is_case_open) {
        (1, false) => "Drop to open this file".to_owned(),
        (n, false) => format!("Drop to examine {n} files"),
        (1, true) => "Drop to add this file to the case".to_owned(),
        (n, true) => format!("Drop to add {n} files to the case"),
    };
    let font = FontId::proportional(22.0);
    painter.text(rect.center() + vec2(0.0, 30.0), Align2::CENTER_TOP, text, font, Color32::WHITE);
}
