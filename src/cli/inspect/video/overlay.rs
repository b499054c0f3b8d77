//! Draws the findings of a frame into its picture.

use crate::base::{Affine, Heatmap, Rect, RgbImage, Sample, Track, VideoReport};
use crate::signal::{OverlayStyle, compose, draw_box, fill_rect, verdict_color};

/// Draws heat maps, face boxes in the color of their verdict, and along the lower edge a bar as
/// long as the highest score.
///
/// `picture` is `scale` times the size of the frame; one frame in `every` was examined.
pub(super) fn draw_findings(
    picture: RgbImage,
    report: &VideoReport,
    frame: usize,
    every: usize,
    map_threshold: f32,
    scale: f32,
) -> RgbImage {
    let samples = || report.tracks.iter().filter_map(|t| sample_at(t, frame, every));
    let maps: Vec<(Heatmap, Affine)> = samples()
        .filter_map(|sample| {
            let map = sample.map.as_ref()?.heatmap();
            let scaled = Affine { m: [scale, 0.0, 0.0, 0.0, scale, 0.0] };
            let map_from_picture = scaled.after(&map.image_from_map).inverse()?;
            Some((map, map_from_picture))
        })
        .collect();
    let maps: Vec<(&Heatmap, Affine)> =
        maps.iter().map(|(map, map_from_picture)| (map, *map_from_picture)).collect();
    let style = OverlayStyle { threshold: map_threshold, ..OverlayStyle::default() };
    let mut drawn = if maps.is_empty() { picture } else { compose(&picture, &maps, &style) };
    let line = (drawn.width_px.max(drawn.height_px) as f32 / 400.0).max(2.0);
    for sample in samples() {
        let b = sample.face.box_px;
        let area = Rect::new(b.x * scale, b.y * scale, b.w * scale, b.h * scale);
        draw_box(&mut drawn, &area, line, verdict_color(sample.verdict));
    }
    let highest =
        samples().filter_map(|s| Some((s.score?, s.verdict))).max_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((score, verdict)) = highest {
        let (w, h) = (drawn.width_px as f32, drawn.height_px as f32);
        let bar = Rect::new(0.0, h - 2.0 * line, w, 2.0 * line);
        fill_rect(&mut drawn, &bar, [20; 3]);
        fill_rect(&mut drawn, &Rect { w: w * score, ..bar }, verdict_color(verdict));
    }
    drawn
}

/// The sample of a frame, or of the last examined frame before it, fewer than `every` frames back.
fn sample_at(track: &Track, frame: usize, every: usize) -> Option<&Sample> {
    let before = track.samples.partition_point(|s| s.frame <= frame);
    let sample = track.samples.get(before.checked_sub(1)?)?;
    (frame - sample.frame < every.max(1)).then_some(sample)
}
