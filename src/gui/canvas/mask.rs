//! Drawing masks on the canvas, with the pointer or with the keys.

use egui::{Color32, Key, Modifiers, Painter, Pos2, Response, Shape, Stroke, Ui, pos2, vec2};

use super::input::{arrow_steps, arrows_are_ours};
use super::state::{CanvasState, Frame};
use crate::annotate::Change;
use crate::base::{Point, Rect};
use crate::gui::mask_tools::{MaskTools, Pressure, Tool};
use crate::session::{Command, Document, MaskCommand, View};

/// Distance from the first corner at which a click closes the polygon; in points.
const CLOSING_POINTS: f32 = 9.0;
/// Movement of a smooth wheel that counts as one notch, in points.
const POINTS_PER_NOTCH: f32 = 25.0;
/// Smallest distance of two points of a lasso; in points.
const ROPE_POINTS: f32 = 1.5;

pub(super) fn mask_ui(
    ui: &Ui,
    response: &Response,
    frame: &mut Frame,
    state: &mut CanvasState,
    view: &View<'_>,
    out: &mut Vec<Command>,
) {
    let Some(document) = view.document() else { return };
    let Some([width_px, height_px]) = document.picture.as_ref().map(|p| p.full_px) else { return };
    let bounds = Rect::new(0.0, 0.0, width_px as f32, height_px as f32);
    let mut commands = Vec::new();
    wheel(ui, response, &mut state.mask, view, out);
    let space = ui.input(|i| i.key_down(Key::Space));
    pointer(ui, response, frame, &mut state.mask, space, &mut commands);
    // A question above the canvas has the keys to itself.
    let is_free = ui.memory(|m| m.top_modal_layer().is_none());
    if is_free && arrows_are_ours(ui) {
        keys(ui, frame, &mut state.mask, &bounds, &mut commands);
        follow(ui, frame, state, document);
    }
    let pointer_at = ui.input(|i| i.pointer.hover_pos()).filter(|_| response.contains_pointer());
    let painter = ui.painter_at(frame.rect);
    let tools = &state.mask;
    let by_key = tools.cursor.map(|p| frame.points_from_upright(p));
    paint_line(&painter, frame, tools, by_key.or(pointer_at));
    match by_key {
        Some(at) => paint_tool(&painter, frame, tools, at, true),
        None => {
            if let Some(at) = pointer_at.filter(|_| !space) {
                paint_tool(&painter, frame, tools, at, false);
                let is_brush = matches!(tools.tool, Tool::Brush | Tool::Eraser);
                let icon = if is_brush && radius(frame, tools) > 4.0 {
                    egui::CursorIcon::None
                } else {
                    egui::CursorIcon::Crosshair
                };
                ui.ctx().set_cursor_icon(icon);
            }
        }
    }
    out.extend(commands.into_iter().map(Command::Mask));
}

/// Ctrl+wheel changes the tolerance of the wand or the threshold of the map, and updates the last
/// selection.
fn wheel(
    ui: &Ui,
    response: &Response,
    tools: &mut MaskTools,
    view: &View<'_>,
    out: &mut Vec<Command>,
) {
    if !response.contains_pointer() {
        return;
    }
    let notches = ui.input(|i| {
        let turned = i.events.iter().filter_map(|event| match event {
            egui::Event::MouseWheel { unit, delta, modifiers, .. } if modifiers.command => {
                Some(match unit {
                    egui::MouseWheelUnit::Point => delta.y / POINTS_PER_NOTCH,
                    egui::MouseWheelUnit::Line | egui::MouseWheelUnit::Page => delta.y,
                })
            }
            _ => None,
        });
        turned.sum::<f32>()
    });
    if notches == 0.0 {
        return;
    }
    tools.turned = (tools.turned + notches).clamp(-20.0, 20.0);
    let whole = tools.turned.trunc();
    tools.turned -= whole;
    if whole == 0.0 {
        return;
    }
    if tools.tool == Tool::Wand {
        tools.tolerate(2 * whole as i32);
        out.push(Command::Mask(tools.again()));
    } else {
        let threshold = view.style.threshold + 0.01 * whole;
        out.push(Command::SetThreshold(Some(threshold)));
    }
}

/// Handles pointer events one by one: on a slow machine, press, moves and release arrive in one
/// frame.
fn pointer(
    ui: &Ui,
    response: &Response,
    frame: &Frame,
    tools: &mut MaskTools,
    space: bool,
    commands: &mut Vec<MaskCommand>,
) {
    let is_ours = response.contains_pointer() && !space;
    let events = ui.input(|i| i.events.clone());
    let is_other = ui.input(|i| i.modifiers.shift);
    let mut points = Vec::new();
    for event in events {
        match event {
            // A pen reports its pressure before its position.
            egui::Event::Touch { force, phase, .. } => {
                let is_down = matches!(phase, egui::TouchPhase::Start | egui::TouchPhase::Move);
                tools.force = force.filter(|_| is_down && tools.pressure == Pressure::Counts);
                if let Some(force) = tools.force.filter(|_| tools.is_painting) {
                    commands.push(MaskCommand::ExtendStroke(std::mem::take(&mut points)));
                    commands.push(MaskCommand::Press(force));
                }
            }
            egui::Event::PointerMoved(pos) => {
                if tools.is_painting {
                    points.push(frame.upright_from_points(pos));
                } else if response.contains_pointer() {
                    tools.cursor = None;
                }
                rope(frame, tools, pos);
            }
            egui::Event::PointerButton {
                pos,
                button: egui::PointerButton::Primary,
                pressed,
                ..
            } => {
                if pressed && is_ours && frame.rect.contains(pos) {
                    response.request_focus();
                    press(frame, tools, pos, is_other, commands);
                } else if !pressed {
                    if std::mem::take(&mut tools.is_painting) {
                        points.push(frame.upright_from_points(pos));
                        commands.push(MaskCommand::ExtendStroke(std::mem::take(&mut points)));
                        commands.push(MaskCommand::EndStroke);
                    }
                    if tools.is_roping {
                        commands.extend(tools.close_line(is_other));
                    }
                }
            }
            _ => {}
        }
    }
    if !points.is_empty() {
        commands.push(MaskCommand::ExtendStroke(points));
    }
    if tools.tool == Tool::Polygon && response.double_clicked() {
        commands.extend(tools.close_line(is_other));
    }
}

fn press(
    frame: &Frame,
    tools: &mut MaskTools,
    pos: Pos2,
    is_other: bool,
    commands: &mut Vec<MaskCommand>,
) {
    let at = frame.upright_from_points(pos);
    let change = tools.change(is_other);
    match tools.tool {
        Tool::Brush | Tool::Eraser => {
            tools.is_painting = true;
            commands.extend(tools.force.map(MaskCommand::Press));
            commands.push(MaskCommand::BeginStroke { brush: tools.brush, change, at });
        }
        Tool::Lasso => {
            tools.is_roping = true;
            tools.corners = vec![at];
        }
        Tool::Polygon => corner(frame, tools, at, is_other, commands),
        _ => commands.extend(tools.click(at, change)),
    }
}

/// Adds a point to the lasso when the pointer has moved far enough.
fn rope(frame: &Frame, tools: &mut MaskTools, pos: Pos2) {
    let last = tools.corners.last().map(|p| frame.points_from_upright(*p));
    if tools.is_roping && last.is_none_or(|last| last.distance(pos) >= ROPE_POINTS) {
        tools.corners.push(frame.upright_from_points(pos));
    }
}

/// A new corner; on the first one, or twice on one place, the line is closed.
fn corner(
    frame: &Frame,
    tools: &mut MaskTools,
    at: Point,
    is_other: bool,
    commands: &mut Vec<MaskCommand>,
) {
    let here = frame.points_from_upright(at);
    let is_near = |p: Option<&Point>| {
        p.is_some_and(|p| frame.points_from_upright(*p).distance(here) < CLOSING_POINTS)
    };
    if tools.corners.len() >= 3 && is_near(tools.corners.first()) {
        commands.extend(tools.close_line(is_other));
    } else if !is_near(tools.corners.last()) {
        tools.corners.push(at);
    }
}

/// Arrows move the tool, with Shift by single pixels; Enter uses it, Shift+Enter draws a line or
/// closes the polygon.
fn keys(
    ui: &Ui,
    frame: &Frame,
    tools: &mut MaskTools,
    bounds: &Rect,
    commands: &mut Vec<MaskCommand>,
) {
    let fine = arrow_steps(ui, Modifiers::SHIFT);
    let coarse = arrow_steps(ui, Modifiers::NONE);
    let (finish, enter, back, escape) = ui.input_mut(|i| {
        let mut key = |modifiers, key| i.consume_key(modifiers, key);
        (
            key(Modifiers::SHIFT, Key::Enter),
            key(Modifiers::NONE, Key::Enter),
            key(Modifiers::NONE, Key::Backspace),
            key(Modifiers::NONE, Key::Escape),
        )
    });
    let stride = (16.0 / frame.placement.zoom as f32).max(1.0).round();
    let step = coarse * stride + fine;
    if step != egui::Vec2::ZERO || enter && tools.cursor.is_none() {
        let middle = frame.placement.shown(frame.size_px).intersect(bounds).unwrap_or(*bounds);
        let from = tools.cursor.unwrap_or_else(|| middle.center());
        tools.cursor = Some(Point {
            x: (from.x.floor() + 0.5 + step.x).clamp(0.5, (bounds.w - 0.5).max(0.5)),
            y: (from.y.floor() + 0.5 + step.y).clamp(0.5, (bounds.h - 0.5).max(0.5)),
        });
    }
    if escape {
        tools.corners.clear();
        tools.is_roping = false;
    }
    if back {
        tools.corners.pop();
    }
    let Some(at) = tools.cursor.filter(|_| enter || finish) else { return };
    let change = tools.change(false);
    match tools.tool {
        Tool::Brush | Tool::Eraser => {
            let from = tools.last_dab.filter(|_| finish).unwrap_or(at);
            let brush = tools.brush;
            commands.push(MaskCommand::BeginStroke { brush, change, at: from });
            commands.push(MaskCommand::ExtendStroke(vec![at]));
            commands.push(MaskCommand::EndStroke);
            tools.last_dab = Some(at);
        }
        Tool::Polygon | Tool::Lasso if finish => commands.extend(tools.close_line(false)),
        Tool::Polygon | Tool::Lasso => tools.corners.push(at),
        _ => commands.extend(tools.click(at, change)),
    }
}

/// Scrolls to keep a tool moved by keys visible.
fn follow(ui: &Ui, frame: &mut Frame, state: &mut CanvasState, document: &Document) {
    let Some(at) = state.mask.cursor else { return };
    let pos = frame.points_from_upright(at);
    let room = frame.rect.shrink(24.0);
    if room.is_positive() && !room.contains(pos) {
        let by = (pos.clamp(room.min, room.max) - pos) * frame.pixels_per_point;
        frame.placement.x_px += f64::from(by.x);
        frame.placement.y_px += f64::from(by.y);
        state.cameras.place(document.id, frame.placement);
        ui.ctx().request_repaint();
    }
}

/// Radius of the brush on the screen, in points.
fn radius(frame: &Frame, tools: &MaskTools) -> f32 {
    tools.brush.diameter_px / 2.0 * frame.placement.zoom as f32 / frame.pixels_per_point
}

fn paint_tool(painter: &Painter, frame: &Frame, tools: &MaskTools, at: Pos2, by_key: bool) {
    let dark = Stroke::new(3.0, Color32::from_black_alpha(170));
    let light = Stroke::new(1.3, Color32::WHITE);
    if matches!(tools.tool, Tool::Brush | Tool::Eraser) {
        for stroke in [dark, light] {
            painter.circle_stroke(at, radius(frame, tools).max(1.0), stroke);
        }
        if tools.brush.hardness < 1.0 {
            let inner = radius(frame, tools) * tools.brush.hardness;
            painter.circle_stroke(at, inner, Stroke::new(1.0, Color32::from_white_alpha(150)));
        }
    }
    if by_key || tools.change(false) == Change::TakeAway {
        for stroke in [dark, light] {
            painter.line_segment([at - vec2(6.0, 0.0), at + vec2(6.0, 0.0)], stroke);
            if tools.change(false) == Change::Add {
                painter.line_segment([at - vec2(0.0, 6.0), at + vec2(0.0, 6.0)], stroke);
            }
        }
    }
}

/// The polygon or lasso being drawn, with a line to the tool.
fn paint_line(painter: &Painter, frame: &Frame, tools: &MaskTools, at: Option<Pos2>) {
    let mut points: Vec<Pos2> =
        tools.corners.iter().map(|p| frame.points_from_upright(*p)).collect();
    let Some(first) = points.first().copied() else { return };
    let n_corners = points.len();
    points.extend(at);
    for stroke in
        [Stroke::new(3.5, Color32::from_black_alpha(170)), Stroke::new(1.5, Color32::WHITE)]
    {
        painter.add(Shape::line(points.clone(), stroke));
    }
    if tools.tool == Tool::Polygon {
        for corner in &points[..n_corners] {
            painter.circle(*corner, 3.5, Color32::WHITE, Stroke::new(1.0, Color32::BLACK));
        }
        if n_corners >= 3 {
            let ring = Stroke::new(1.5, Color32::WHITE);
            painter.circle_stroke(pos2(first.x, first.y), CLOSING_POINTS, ring);
        }
    }
}
