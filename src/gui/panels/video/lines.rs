//! The score of every face over time.

use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Shape, Stroke, Ui, pos2, vec2};

use super::plot::Plot;
use crate::base::Verdict;
use crate::gui::theme;
use crate::gui::widgets::icons;
use crate::session::{TrackView, VideoView};

/// Size of the tag with the number of a face.
const TAG: egui::Vec2 = vec2(15.0, 13.0);

pub(super) fn paint_tracks(ui: &Ui, painter: &Painter, plot: &Plot, video: &VideoView) {
    let selected = video.selected_track;
    // The selected one is drawn above the others.
    let mut tracks: Vec<&TrackView> = video.tracks.iter().collect();
    tracks.sort_by_key(|track| selected == Some(track.id));
    let mut tags: Vec<Rect> = Vec::new();
    for track in tracks {
        let is_selected = selected == Some(track.id);
        let is_weak = selected.is_some() && !is_selected;
        let color = theme::track_color(track.id, ui.visuals());
        let color = if is_weak { color.gamma_multiply(0.75) } else { color };
        let width = if is_selected { 2.5 } else { 1.25 };
        let mut end = None;
        for run in runs(plot, video, track) {
            end = run.last().copied();
            if run.len() > 1 {
                painter.add(Shape::line(run, Stroke::new(width, color)));
            } else if let Some(at) = end {
                painter.circle_filled(at, width + 0.75, color);
            }
        }
        if is_selected {
            paint_worst(ui, painter, plot, video, track);
        }
        if let Some(end) = end {
            let tag = Tag { number: track.id, end, color };
            paint_tag(ui, painter, plot, &tag, &mut tags);
        }
    }
}

/// Points of consecutive samples. Of several in one pixel column the highest is kept.
fn runs(plot: &Plot, video: &VideoView, track: &TrackView) -> Vec<Vec<Pos2>> {
    let mut runs: Vec<Vec<Pos2>> = Vec::new();
    let first = video.frame_at(plot.from_s.max(0.0)).saturating_sub(1);
    let last = video.frame_at(plot.to_s.max(0.0)) + 1;
    let begin = track.samples.partition_point(|s| s.frame < first);
    let mut before = None;
    for sample in track.samples[begin..].iter().take_while(|s| s.frame <= last) {
        let Some(score) = sample.score else { continue };
        let at = pos2(plot.middle_of(video, sample.frame), plot.y_of(score));
        let follows = before == sample.frame.checked_sub(1) && before.is_some();
        before = Some(sample.frame);
        match runs.last_mut() {
            Some(run) if follows => match run.last_mut() {
                Some(last) if last.x.floor() == at.x.floor() => last.y = last.y.min(at.y),
                _ => run.push(at),
            },
            _ => runs.push(vec![at]),
        }
    }
    runs
}

/// Rings around the most suspicious moments of the selected face.
fn paint_worst(ui: &Ui, painter: &Painter, plot: &Plot, video: &VideoView, track: &TrackView) {
    for moment in &track.worst {
        let sample = track.at(moment.frame);
        let Some(verdict) = sample.map(|s| s.verdict) else { continue };
        if verdict == Verdict::NoTraceFound || verdict == Verdict::NotExamined {
            continue;
        }
        let at = pos2(plot.middle_of(video, moment.frame), plot.y_of(moment.score));
        let color = theme::verdict_color(verdict, ui.visuals());
        painter.circle(at, 4.5, ui.visuals().extreme_bg_color, Stroke::new(2.0, color));
    }
}

/// The number of a face at the end of its line.
struct Tag {
    number: u32,
    end: Pos2,
    color: Color32,
}

fn paint_tag(ui: &Ui, painter: &Painter, plot: &Plot, wanted: &Tag, tags: &mut Vec<Rect>) {
    let Tag { number, end, color } = *wanted;
    let room = plot.rect.shrink2(TAG / 2.0 + vec2(1.0, 1.0));
    let mut center = (end + vec2(11.0, 0.0)).clamp(room.min, room.max);
    // Where tags would cover each other, the later one goes to the nearest free place.
    let is_free = |at: Pos2, tags: &[Rect]| {
        let tag = Rect::from_center_size(at, TAG);
        tags.iter().all(|other| !other.intersects(tag))
    };
    let places = (0..12).flat_map(|i| [i as f32 * 7.0, i as f32 * -7.0]);
    let free = places
        .map(|dy| center + vec2(0.0, dy))
        .find(|at| room.y_range().contains(at.y) && is_free(*at, tags));
    center = free.unwrap_or(center);
    let tag = Rect::from_center_size(center, TAG);
    tags.push(tag);
    let is_strong = color.a() == 255;
    painter.rect_filled(tag, 3.0, Color32::from_rgb(color.r(), color.g(), color.b()));
    if is_strong {
        let stroke = Stroke::new(1.0, ui.visuals().extreme_bg_color);
        painter.rect_stroke(tag, 3.0, stroke, egui::StrokeKind::Outside);
    }
    let font = FontId::proportional(10.5);
    let ink = icons::contrast(color);
    painter.text(tag.center(), Align2::CENTER_CENTER, number.to_string(), font, ink);
}
