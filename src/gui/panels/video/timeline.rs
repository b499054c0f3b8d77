//! The timeline under a video: scores over time, and seeking.

use egui::{EventFilter, Key, Modifiers, Rect, Response, Sense, Ui, pos2, vec2};

use super::plot::{Plot, TimelineState, timeline_id};
use super::{hover, masks, paint, transport};
use crate::base::text;
use crate::bundle::Thresholds;
use crate::gui::labels;
use crate::gui::widgets::textures::Textures;
use crate::session::{Command, Document, OpenVideo, View};

/// Room for the numbers of the score axis.
const LEFT: f32 = 30.0;
/// Room at the right end.
const RIGHT: f32 = 10.0;
/// Room for shot marks and signs of damage.
const TOP: f32 = 12.0;
/// Room for the times.
const BOTTOM: f32 = 17.0;
/// Closest: this many seconds fill the timeline.
const MIN_SHOWN_S: f64 = 0.2;
/// Zoom per point of wheel movement.
const ZOOM_PER_POINT: f32 = 1.0 / 180.0;

pub(in crate::gui) fn video_ui(
    ui: &mut Ui,
    view: &View<'_>,
    state: &mut TimelineState,
    textures: &mut Textures,
    out: &mut Vec<Command>,
) {
    let Some((document, video)) = view.document().and_then(|d| Some((d, d.video.as_ref()?))) else {
        return;
    };
    transport::transport_ui(ui, video, out);
    if state.document != Some(document.id) {
        *state = TimelineState { document: Some(document.id), ..TimelineState::default() };
    }
    let thresholds = view.model.and_then(|model| model.card.thresholds);
    let rect = ui.available_rect_before_wrap();
    let response = ui.interact(rect, timeline_id(), Sense::click_and_drag());
    ui.advance_cursor_after_rect(rect);
    let duration = video.info.duration_s.max(video.seconds_of(video.last_frame())).max(1e-3);
    let inner = Rect::from_min_max(
        rect.min + vec2(LEFT, TOP),
        pos2((rect.max.x - RIGHT).max(rect.min.x + LEFT + 1.0), rect.max.y - BOTTOM),
    );
    let (from_s, to_s) = state.seen.unwrap_or((0.0, duration));
    let mut plot = Plot { rect: inner, from_s, to_s };
    zoom(ui, &response, &mut plot, duration);
    follow(video, &mut plot, duration);
    let is_all = plot.from_s <= 1e-6 && plot.to_s >= duration - 1e-6;
    state.seen = (!is_all && !response.double_clicked()).then_some((plot.from_s, plot.to_s));
    drag(ui, &response, video, &plot, state, out);
    keys(ui, &response, out);
    let mark = state.mark.zip(response.interact_pointer_pos());
    let mark = mark.map(|(from, pos)| (from, plot.frame_at(video, pos.x)));
    paint::paint(ui, rect, &plot, video, thresholds.as_ref(), mark.or(video.loop_range));
    masks::paint_masks(ui, &plot, document, video);
    if response.has_focus() {
        let stroke = ui.visuals().selection.stroke;
        ui.painter().rect_stroke(rect.shrink(1.0), 0.0, stroke, egui::StrokeKind::Inside);
    }
    describe(ui, &response, document, video, thresholds.as_ref());
    hover::hover_ui(response, video, &plot, state, textures, out);
}

/// The wheel zooms about the pointer and, sideways, moves.
fn zoom(ui: &Ui, response: &Response, plot: &mut Plot, duration: f64) {
    let Some(pos) = response.hover_pos() else { return };
    let (scroll, pinch) = ui.input(|i| (i.smooth_scroll_delta(), i.zoom_delta()));
    let factor = f64::from((-scroll.y * ZOOM_PER_POINT).exp() / pinch);
    let at = plot.seconds_at(pos.x);
    let length = (plot.to_s - plot.from_s) * factor;
    let length = length.clamp(MIN_SHOWN_S.min(duration), duration);
    let share = (at - plot.from_s) / (plot.to_s - plot.from_s).max(1e-9);
    let moved = f64::from(scroll.x / plot.rect.width().max(1.0)) * length;
    let from = (at - share * length - moved).clamp(0.0, (duration - length).max(0.0));
    (plot.from_s, plot.to_s) = (from, from + length);
}

/// Keeps the playhead visible during playback.
fn follow(video: &OpenVideo, plot: &mut Plot, duration: f64) {
    let at = video.position.t_s;
    if video.is_playing && !(plot.from_s..=plot.to_s).contains(&at) {
        let length = plot.to_s - plot.from_s;
        plot.from_s = (at - 0.1 * length).clamp(0.0, (duration - length).max(0.0));
        plot.to_s = plot.from_s + length;
    }
}

fn drag(
    ui: &Ui,
    response: &Response,
    video: &OpenVideo,
    plot: &Plot,
    state: &mut TimelineState,
    out: &mut Vec<Command>,
) {
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    let Some(pos) = response.interact_pointer_pos() else { return };
    let frame = plot.frame_at(video, pos.x);
    if response.drag_started() && ui.input(|i| i.modifiers.shift) {
        let origin = ui.input(|i| i.pointer.press_origin()).unwrap_or(pos);
        state.mark = Some(plot.frame_at(video, origin.x));
    }
    if let Some(mark) = state.mark {
        if response.drag_stopped() {
            state.mark = None;
            out.push(Command::SetLoopRange(Some((mark, frame))));
        }
        return;
    }
    if response.dragged() && (frame != video.position.index || video.is_playing) {
        out.extend([Command::Pause, Command::Seek(frame)]);
    } else if response.clicked() {
        out.push(Command::Seek(frame));
    }
}

/// Arrow keys step while the timeline has the focus.
fn keys(ui: &Ui, response: &Response, out: &mut Vec<Command>) {
    if !response.has_focus() {
        return;
    }
    let arrows = EventFilter { horizontal_arrows: true, ..Default::default() };
    ui.memory_mut(|m| m.set_focus_lock_filter(timeline_id(), arrows));
    let steps = ui.input_mut(|i| {
        let mut count = |key| i.count_and_consume_key(Modifiers::NONE, key) as i32;
        count(Key::ArrowRight) - count(Key::ArrowLeft)
    });
    if steps != 0 {
        out.push(Command::Step(steps));
    }
}

fn describe(
    ui: &Ui,
    response: &Response,
    document: &Document,
    video: &OpenVideo,
    thresholds: Option<&Thresholds>,
) {
    let value = (video.position.index + 1) as f64;
    response.widget_info(|| egui::WidgetInfo::slider(ui.is_enabled(), value, "Timeline"));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        let n_masks = document.masks.values().filter(|mask| mask.n_set > 0).count();
        let mut text = in_words(video, thresholds);
        if n_masks > 0 {
            let n_open = document.unreviewed_masks().count();
            text = format!("{text} Frames with masks: {n_masks}, of them not reviewed: {n_open}.");
        }
        node.set_description(text);
    });
}

/// Describes the timeline for screen readers.
fn in_words(video: &OpenVideo, thresholds: Option<&Thresholds>) -> String {
    let time = |frame| text::time_code(video.seconds_of(frame));
    let mut parts = vec![format!("{}.", labels::pass(video))];
    for track in &video.tracks {
        let Some((first, last)) = track.span() else { continue };
        let (id, verdict) = (track.id, track.verdict.label());
        let score = labels::score(track.score);
        let worst = match track.worst.first() {
            Some(worst) => format!("; most suspicious at {}", time(worst.frame)),
            None => String::new(),
        };
        let seen = format!("{} to {}", time(first), time(last));
        parts.push(format!("Face {id}, {seen}: {verdict}, {score}{worst}."));
    }
    if !video.cuts.is_empty() {
        let cuts: Vec<String> = video.cuts.iter().take(20).map(|cut| time(*cut)).collect();
        parts.push(format!("Shots begin at {}.", cuts.join(", ")));
    }
    for damage in &video.damage {
        let at = text::time_code(damage.t_s);
        parts.push(format!("Stream damaged at {at}: {}.", damage.what));
    }
    if let Some(t) = thresholds {
        let (lower, upper) = (t.no_trace_found, t.traces_found);
        parts.push(format!("Thresholds at {lower:.2} and {upper:.2}."));
    }
    parts.join(" ")
}
