//! The drawing of the timeline.

use egui::{Align2, Color32, FontId, Painter, Rect, Shape, Stroke, Ui, pos2, vec2};

use super::lines;
use super::plot::Plot;
use crate::base::Verdict;
use crate::bundle::Thresholds;
use crate::gui::theme;
use crate::gui::widgets::icons;
use crate::session::OpenVideo;

/// Steps of the time axis, in seconds.
const STEPS: [f64; 16] =
    [0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0];
/// Most times on the axis.
const MAX_TICKS: usize = 200;
/// Least room for a time.
const MIN_LABEL: f32 = 64.0;
/// Spans from this width on are labeled.
const MIN_SPAN_LABEL: f32 = 84.0;
/// Spans closer together than this share one label.
const SLIVER: f32 = 8.0;

pub(super) fn paint(
    ui: &Ui,
    rect: Rect,
    plot: &Plot,
    video: &OpenVideo,
    thresholds: Option<&Thresholds>,
    looped: Option<(usize, usize)>,
) {
    let painter = ui.painter_at(rect);
    painter.rect_filled(plot.rect, 2.0, ui.visuals().extreme_bg_color);
    let inside = painter.with_clip_rect(plot.rect.intersect(rect));
    paint_unexamined(ui, &inside, plot, video);
    paint_loop(ui, &painter, plot, video, looped);
    paint_cuts(ui, &painter, plot, video);
    paint_axis(ui, &painter, plot);
    lines::paint_tracks(ui, &inside, plot, video);
    if let Some(t) = thresholds {
        paint_threshold(ui, &inside, plot, t.traces_found, Verdict::TracesFound);
        paint_threshold(ui, &inside, plot, t.no_trace_found, Verdict::NoTraceFound);
    }
    paint_damage(ui, &painter, plot, video);
    let frame = Stroke::new(1.0, ui.visuals().widgets.inactive.bg_fill);
    painter.rect_stroke(plot.rect, 2.0, frame, egui::StrokeKind::Outside);
    paint_playhead(ui, &painter, plot, video);
}

/// Runs of columns without an examined frame, in points.
fn unexamined(plot: &Plot, video: &OpenVideo) -> Vec<(f32, f32)> {
    let mut runs: Vec<(f32, f32)> = Vec::new();
    let first = video.frame_at(plot.from_s.max(0.0));
    let last = video.frame_at(plot.to_s.max(0.0));
    let mut column = (f32::NEG_INFINITY, true);
    for frame in first..=last {
        let (left, right) = plot.span_of(video, frame);
        // A column of many frames counts as examined when one of them is.
        let is_same = left.floor() == column.0;
        let done = video.examined.get(frame).copied().unwrap_or(false);
        let column_done = if is_same { column.1 || done } else { done };
        column = (left.floor(), column_done);
        if column_done {
            if is_same && let Some(run) = runs.last_mut().filter(|run| run.1 >= left) {
                run.1 = left.floor();
            }
            continue;
        }
        match runs.last_mut() {
            Some(run) if left - run.1 < 0.75 => run.1 = right,
            _ => runs.push((left, right)),
        }
    }
    runs
}

fn paint_unexamined(ui: &Ui, painter: &Painter, plot: &Plot, video: &OpenVideo) {
    let fill = theme::unexamined_fill(ui.visuals());
    let mut wide: Vec<Rect> = Vec::new();
    for (left, right) in unexamined(plot, video) {
        let rect = Rect::from_x_y_ranges(left..=right, plot.rect.y_range());
        painter.rect_filled(rect, 0.0, fill);
        match wide.last_mut() {
            Some(last) if left - last.right() < SLIVER => last.max.x = right,
            _ => wide.push(rect),
        }
    }
    for rect in wide {
        let seen = rect.intersect(plot.rect);
        if seen.width() >= MIN_SPAN_LABEL {
            let at = seen.center_bottom() - vec2(0.0, 3.0);
            let color = ui.visuals().weak_text_color();
            let font = FontId::proportional(11.0);
            painter.text(at, Align2::CENTER_BOTTOM, "not examined", font, color);
        }
    }
}

fn paint_loop(
    ui: &Ui,
    painter: &Painter,
    plot: &Plot,
    video: &OpenVideo,
    looped: Option<(usize, usize)>,
) {
    let Some((a, b)) = looped else { return };
    let (left, _) = plot.span_of(video, a.min(b));
    let (_, right) = plot.span_of(video, a.max(b));
    let color = ui.visuals().selection.stroke.color;
    let y = plot.rect.bottom() + 2.0;
    let bar = Rect::from_x_y_ranges(left..=right.max(left + 2.0), y..=y + 3.0);
    painter.rect_filled(bar, 1.0, color);
    for x in [left, right] {
        painter.vline(x, plot.rect.y_range(), Stroke::new(1.0, color.gamma_multiply(0.6)));
    }
}

/// A notch above and a thin line where a shot begins.
fn paint_cuts(ui: &Ui, painter: &Painter, plot: &Plot, video: &OpenVideo) {
    let color = ui.visuals().weak_text_color();
    let mut last = f32::NEG_INFINITY;
    for cut in &video.cuts {
        let (x, _) = plot.span_of(video, *cut);
        if x - last < 3.0 || !plot.rect.x_range().contains(x) {
            continue;
        }
        last = x;
        painter.vline(x, plot.rect.y_range(), Stroke::new(1.0, color.gamma_multiply(0.45)));
        let top = plot.rect.top();
        let corners = vec![pos2(x - 4.0, top - 7.0), pos2(x + 4.0, top - 7.0), pos2(x, top - 1.0)];
        painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
    }
}

/// The step of the axis, at least `least` seconds.
fn step(least: f64) -> f64 {
    let usual = STEPS.into_iter().find(|step| *step >= least);
    usual.unwrap_or_else(|| 3600.0 * (least / 3600.0).ceil())
}

/// The times on the axis; at most [`MAX_TICKS`], however absurd the times of the frames are.
fn ticks(from_s: f64, to_s: f64, step: f64) -> impl Iterator<Item = f64> {
    let first = (from_s / step).ceil();
    let all = (0..MAX_TICKS).map(move |i| (first + i as f64) * step);
    all.take_while(move |t_s| *t_s <= to_s + 1e-9)
}

fn paint_axis(ui: &Ui, painter: &Painter, plot: &Plot) {
    let (weak, font) = (ui.visuals().weak_text_color(), FontId::proportional(10.5));
    for score in [0.0f32, 0.5, 1.0] {
        let at = pos2(plot.rect.left() - 5.0, plot.y_of(score));
        let text = if score == 0.5 { "0.5".to_owned() } else { format!("{score:.0}") };
        painter.text(at, Align2::RIGHT_CENTER, text, font.clone(), weak);
    }
    let per_point = (plot.to_s - plot.from_s) / f64::from(plot.rect.width().max(1.0));
    let least = per_point * f64::from(MIN_LABEL);
    let step = step(least);
    for t_s in ticks(plot.from_s, plot.to_s, step) {
        let x = plot.x_of(t_s);
        let y = plot.rect.bottom();
        painter.vline(x, y..=y + 4.0, Stroke::new(1.0, weak));
        let (minutes, seconds) = ((t_s / 60.0).floor(), t_s % 60.0);
        let text = match step {
            s if s < 0.1 => format!("{minutes:.0}:{seconds:05.2}"),
            s if s < 1.0 => format!("{minutes:.0}:{seconds:04.1}"),
            _ => format!("{minutes:.0}:{seconds:02.0}"),
        };
        let galley = painter.layout_no_wrap(text, font.clone(), weak);
        let half = galley.size().x / 2.0;
        let room = painter.clip_rect();
        let left = (x - half).clamp(room.left(), (room.right() - 2.0 * half).max(room.left()));
        painter.galley(pos2(left, y + 4.0), galley, weak);
    }
}

fn paint_threshold(ui: &Ui, painter: &Painter, plot: &Plot, at: f32, verdict: Verdict) {
    let color = theme::verdict_color(verdict, ui.visuals());
    let y = plot.y_of(at);
    let ends = [pos2(plot.rect.left(), y), pos2(plot.rect.right(), y)];
    let stroke = Stroke::new(1.0, color.gamma_multiply(0.8));
    painter.extend(Shape::dashed_line(&ends, stroke, 5.0, 4.0));
    let is_upper = verdict == Verdict::TracesFound;
    let (text, anchor) = if is_upper {
        ("traces found above", Align2::LEFT_BOTTOM)
    } else {
        ("no trace found below", Align2::LEFT_TOP)
    };
    let font = FontId::proportional(10.5);
    let galley = painter.layout_no_wrap(text.to_owned(), font, color);
    // Right of the play head at the begin.
    let place = anchor.anchor_size(pos2(plot.rect.left() + 10.0, y), galley.size());
    // Lines of scores may lie behind the words.
    let plate = ui.visuals().extreme_bg_color.gamma_multiply(0.8);
    painter.rect_filled(place.expand2(vec2(2.0, 0.0)), 2.0, plate);
    painter.galley(place.min, galley, color);
}

/// Hatched from where the damage was met to the next frame that could be examined, with a sign.
fn paint_damage(ui: &Ui, painter: &Painter, plot: &Plot, video: &OpenVideo) {
    let color = theme::verdict_color(Verdict::Inconclusive, ui.visuals());
    for damage in &video.damage {
        let is_done = |frame: &usize| video.examined.get(*frame).copied().unwrap_or(true);
        let end = (damage.frame..video.frames.len()).find(is_done);
        let (left, _) = plot.span_of(video, damage.frame);
        let right = end.map_or_else(|| plot.rect.right(), |frame| plot.span_of(video, frame).0);
        let span = Rect::from_x_y_ranges(left..=right.max(left + 5.0), plot.rect.y_range());
        let seen = span.intersect(plot.rect);
        if !seen.is_positive() {
            continue;
        }
        hatch(&painter.with_clip_rect(seen), seen, color);
        let at = pos2(left.max(plot.rect.left()), plot.rect.top() - 6.0);
        let corners = vec![at + vec2(0.0, -5.0), at + vec2(5.5, 4.5), at + vec2(-5.5, 4.5)];
        painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
        let ink = icons::contrast(color);
        painter.vline(at.x, at.y - 1.5..=at.y + 1.5, Stroke::new(1.2, ink));
        painter.circle_filled(at + vec2(0.0, 3.2), 0.7, ink);
    }
}

fn hatch(painter: &Painter, rect: Rect, color: Color32) {
    let stroke = Stroke::new(1.0, color.gamma_multiply(0.8));
    let mut x = rect.left() - rect.height();
    while x < rect.right() {
        let ends = [pos2(x, rect.bottom()), pos2(x + rect.height(), rect.top())];
        painter.line_segment(ends, stroke);
        x += 7.0;
    }
}

fn paint_playhead(ui: &Ui, painter: &Painter, plot: &Plot, video: &OpenVideo) {
    let x = plot.middle_of(video, video.position.index);
    if !plot.rect.expand(2.0).x_range().contains(x) {
        return;
    }
    let color = ui.visuals().text_color();
    let around = Stroke::new(4.0, ui.visuals().extreme_bg_color.gamma_multiply(0.7));
    painter.vline(x, plot.rect.y_range(), around);
    painter.vline(x, plot.rect.y_range(), Stroke::new(2.0, color));
    let bottom = plot.rect.bottom();
    let corners =
        vec![pos2(x, bottom - 2.0), pos2(x + 6.0, bottom + 6.0), pos2(x - 6.0, bottom + 6.0)];
    painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_holds_few_times_whatever_the_duration() {
        let axis = |from: f64, to: f64| {
            let step = step((to - from) / 1000.0 * f64::from(MIN_LABEL));
            (step, ticks(from, to, step).collect::<Vec<_>>())
        };
        assert_eq!(axis(0.0, 40.0), (5.0, (0..=8).map(|i| f64::from(i) * 5.0).collect()));
        let (step, times) = axis(7.0 * 3600.0, 27.0 * 3600.0);
        assert_eq!((step, times.len()), (7200.0, 10), "even hours");
        for (from, to) in [(0.0, 2e8), (0.0, 4e28), (1e17, 1e17 + 64.0), (0.0, f64::INFINITY)] {
            let (step, times) = axis(from, to);
            assert!(times.len() <= MAX_TICKS, "{} times from {from} to {to}", times.len());
            assert!(step > 0.0, "{step}");
        }
        assert_eq!(axis(0.0, 2e8).1.len(), 16);
    }
}
