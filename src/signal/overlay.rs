//! A heat map laid over an upright picture.
//!
//! GPU twin: `shaders/canvas/overlay.wgsl`, held equal by `tests/it/gui/gpu_twins.rs`; keep every
//! constant and formula in sync.

use std::ops::Range;

use super::{Colormap, Lut};
use crate::base::{Affine, Heatmap, Point, Rect, RgbImage};

/// Smaller slopes of the value per pixel count as flat.
const MIN_SLOPE: f32 = 1e-5;
const HALF_LINE_PX: f32 = 0.75;
const HALF_THRESHOLD_LINE_PX: f32 = 1.5;
const HALO_PX: f32 = 1.0;
const HALO_ALPHA: f32 = 0.6;
/// Number of thin contour lines.
const N_LEVELS: u8 = 4;

/// Style of an overlay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum OverlayMode {
    /// Color by value on a scale whose middle is the threshold; the higher, the less of the picture
    /// shines through.
    #[default]
    Heat,
    /// Only what is at or above the threshold, filled evenly.
    Threshold,
    /// A bold line at the threshold, thin ones at half of it and at a quarter, a half and three
    /// quarters of the way from it to 1; the rest stays bare.
    Contour,
}

impl OverlayMode {
    /// All of them, in the order of menus.
    pub const ALL: [Self; 3] = [Self::Heat, Self::Threshold, Self::Contour];

    /// The stable name in settings.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Heat => "Heat",
            Self::Threshold => "Threshold",
            Self::Contour => "Contour",
        }
    }
}

/// Everything about the drawing but the values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OverlayStyle {
    /// Color by value.
    pub colormap: Colormap,
    /// `0.0..=1.0`; 1 hides the picture where the value is 1.
    pub opacity: f32,
    /// Value at which a cell counts as marked, `0.0..=1.0`.
    pub threshold: f32,
    /// Filled, thresholded or lines.
    pub mode: OverlayMode,
}

impl Default for OverlayStyle {
    fn default() -> Self {
        Self {
            colormap: Colormap::default(),
            opacity: 0.7,
            threshold: 0.5,
            mode: OverlayMode::default(),
        }
    }
}

/// Draws maps over an upright picture, one after the other.
///
/// * `maps`: each with the map that takes upright positions to its cells. Outside its grid a map
///   leaves the picture as it is; a map that flattens the plane is not drawn.
///
/// Deterministic; touches only the pixels under the maps.
#[must_use]
pub fn compose(upright: &RgbImage, maps: &[(&Heatmap, Affine)], style: &OverlayStyle) -> RgbImage {
    let mut out = upright.clone();
    let lut = style.colormap.lut();
    for (map, map_from_upright) in maps {
        let Some((rows, columns)) = covered(map, map_from_upright, upright) else { continue };
        for y in rows {
            for x in columns.clone() {
                let p = Point { x: x as f32 + 0.5, y: y as f32 + 0.5 };
                let [r, g, b, alpha] = shade(map, map_from_upright, p, style, &lut);
                let at = (y as usize * out.width_px as usize + x as usize) * 3;
                for (channel, source) in out.pixels[at..at + 3].iter_mut().zip([r, g, b]) {
                    let sum = source * 255.0 + f32::from(*channel) * (1.0 - alpha);
                    *channel = sum.round().clamp(0.0, 255.0) as u8;
                }
            }
        }
    }
    out
}

/// Rows and columns of an upright picture that a map may cover; `None` where it lies outside.
pub(super) fn covered(
    map: &Heatmap,
    map_from_upright: &Affine,
    picture: &RgbImage,
) -> Option<(Range<u32>, Range<u32>)> {
    let grid = Rect::new(0.0, 0.0, map.width as f32, map.height as f32);
    let area = map_from_upright.inverse()?.apply_rect(&grid).intersect(&picture.bounds())?;
    let end = |start: f32, extent: f32, limit: u32| ((start + extent).ceil() as u32).min(limit);
    let rows = area.y as u32..end(area.y, area.h, picture.height_px);
    Some((rows, area.x as u32..end(area.x, area.w, picture.width_px)))
}

/// Premultiplied color to lay over the pixel whose center is `p`, channels in `0.0..=1.0`.
fn shade(
    map: &Heatmap,
    map_from_upright: &Affine,
    p: Point,
    style: &OverlayStyle,
    lut: &Lut,
) -> [f32; 4] {
    let q = map_from_upright.apply(p);
    let Some(v) = map.sample(q) else { return [0.0; 4] };
    if style.mode == OverlayMode::Heat {
        let t = scaled(v, style.threshold);
        return over([0.0; 4], lut.color(t), style.opacity * t);
    }
    let slope = slope(map, map_from_upright, q);
    if style.mode == OverlayMode::Threshold {
        let inside = ((v - style.threshold) / slope + 1.0).clamp(0.0, 1.0);
        let color = lut.color(scaled(v, style.threshold));
        return over([0.0; 4], color, style.opacity * inside);
    }
    let mut halo = line(v, style.threshold, slope, HALF_THRESHOLD_LINE_PX + HALO_PX);
    for i in 1..=N_LEVELS {
        halo = halo.max(line(v, level(i, style.threshold), slope, HALF_LINE_PX + HALO_PX));
    }
    let mut sum = over([0.0; 4], [0.0; 3], HALO_ALPHA * halo);
    for i in 1..=N_LEVELS {
        let at = level(i, style.threshold);
        let color = lut.color(scaled(at, style.threshold));
        sum = over(sum, color, line(v, at, slope, HALF_LINE_PX));
    }
    let bold = line(v, style.threshold, slope, HALF_THRESHOLD_LINE_PX);
    over(sum, lut.color(0.5), bold).map(|channel| channel * style.opacity)
}

/// A value on the color scale: 0 stays 0, the threshold becomes a half, 1 stays 1. Models differ in
/// how high their maps reach; what counts is on which side of the threshold a value lies.
pub fn scaled(v: f32, threshold: f32) -> f32 {
    let v = v.clamp(0.0, 1.0);
    if v < threshold {
        0.5 * v / threshold
    } else {
        0.5 + 0.5 * (v - threshold) / (1.0 - threshold).max(MIN_SLOPE)
    }
}

/// Level of thin contour line `i`, from 1 to 4.
fn level(i: u8, threshold: f32) -> f32 {
    if i == 1 { 0.5 * threshold } else { threshold + (1.0 - threshold) * 0.25 * f32::from(i - 1) }
}

/// How much the value changes over a pixel of the picture at the map position `q`.
pub(super) fn slope(map: &Heatmap, map_from_upright: &Affine, q: Point) -> f32 {
    let [a, b, _, d, e, _] = map_from_upright.m;
    let across =
        extended(map, q.x + 0.5 * a, q.y + 0.5 * d) - extended(map, q.x - 0.5 * a, q.y - 0.5 * d);
    let down =
        extended(map, q.x + 0.5 * b, q.y + 0.5 * e) - extended(map, q.x - 0.5 * b, q.y - 0.5 * e);
    across.hypot(down).max(MIN_SLOPE)
}

/// The value at a map position; positions outside are moved to the edge.
fn extended(map: &Heatmap, x: f32, y: f32) -> f32 {
    let x = x.clamp(0.0, map.width as f32 - 0.5);
    let y = y.clamp(0.0, map.height as f32 - 0.5);
    map.sample(Point { x, y }).unwrap_or(0.0)
}

/// Coverage of the pixel by a line of this half width, 0 to 1.
pub(super) fn line(v: f32, level: f32, slope: f32, half_px: f32) -> f32 {
    (half_px + 0.5 - (v - level).abs() / slope).clamp(0.0, 1.0)
}

fn over(below: [f32; 4], color: [f32; 3], alpha: f32) -> [f32; 4] {
    let [r, g, b] = color;
    let source = [r * alpha, g * alpha, b * alpha, alpha];
    std::array::from_fn(|i| source[i] + below[i] * (1.0 - alpha))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ramp from 0 (left) to 1 (right) over the middle 40 columns of a grey picture.
    fn ramp() -> (RgbImage, Heatmap, Affine) {
        let values = (0..8).flat_map(|_| (0..8).map(|x| x as f32 / 7.0)).collect();
        let place = Rect::new(20.0, 20.0, 40.0, 40.0);
        let grid = Rect::new(0.0, 0.0, 8.0, 8.0);
        let image_from_map = Affine::rect_to_rect(&grid, &place);
        let map = Heatmap { width: 8, height: 8, values, image_from_map };
        (RgbImage::filled(80, 80, [90; 3]), map, Affine::rect_to_rect(&place, &grid))
    }

    fn drawn(mode: OverlayMode, opacity: f32) -> RgbImage {
        let (picture, map, place) = ramp();
        let style = OverlayStyle { opacity, mode, ..OverlayStyle::default() };
        compose(&picture, &[(&map, place)], &style)
    }

    #[test]
    fn heat_grows_with_the_value_and_stays_in_its_square() {
        let out = drawn(OverlayMode::Heat, 1.0);
        assert_eq!(out.get(21, 40), [90; 3], "value 0 leaves the picture");
        assert_eq!(out.get(59, 40), Colormap::Viridis.lookup(1.0), "value 1 hides it");
        assert_eq!(out.get(61, 40), [90; 3], "outside the square");
        let half = drawn(OverlayMode::Heat, 0.5).get(59, 40);
        let want = Colormap::Viridis.lookup(1.0).map(|c| f32::midpoint(f32::from(c), 90.0));
        for c in 0..3 {
            assert!((f32::from(half[c]) - want[c]).abs() <= 1.0, "half opacity: {half:?} {want:?}");
        }
    }

    #[test]
    fn threshold_fills_what_is_at_or_above_it_only() {
        let out = drawn(OverlayMode::Threshold, 1.0);
        assert_eq!(out.get(36, 40), [90; 3], "below");
        assert_ne!(out.get(43, 40), [90; 3], "above");
    }

    #[test]
    fn a_flat_map_at_the_threshold_is_marked() {
        let (picture, mut map, place) = ramp();
        map.values.fill(0.5);
        let style =
            OverlayStyle { mode: OverlayMode::Threshold, opacity: 1.0, ..OverlayStyle::default() };
        let out = compose(&picture, &[(&map, place)], &style);
        assert_eq!(out.get(40, 40), Colormap::Viridis.lookup(0.5));
    }

    #[test]
    fn contour_draws_a_bold_line_at_the_threshold_and_leaves_the_rest() {
        let out = drawn(OverlayMode::Contour, 1.0);
        let bold = Colormap::Viridis.lookup(0.5);
        let row: Vec<[u8; 3]> = (20..60).map(|x| out.get(x, 40)).collect();
        assert!(row.iter().filter(|p| **p == bold).count() >= 2, "the bold line: {row:?}");
        assert!(row.iter().filter(|p| **p == [90; 3]).count() >= 10, "bare pixels: {row:?}");
    }

    #[test]
    fn the_threshold_is_the_middle_of_the_scale() {
        for threshold in [0.0, 0.2, 0.5, 1.0] {
            assert_eq!(scaled(1.0, threshold), if threshold < 1.0 { 1.0 } else { 0.5 });
            assert_eq!(scaled(threshold, threshold), 0.5);
            let steps: Vec<f32> = (0..=50).map(|i| scaled(i as f32 / 50.0, threshold)).collect();
            assert!(steps.is_sorted(), "threshold {threshold}: {steps:?}");
        }
        assert_eq!(scaled(0.1, 0.2), 0.25);
    }

    #[test]
    fn a_map_that_flattens_the_plane_is_not_drawn() {
        let (picture, map, _) = ramp();
        let out = compose(&picture, &[(&map, Affine { m: [0.0; 6] })], &OverlayStyle::default());
        assert_eq!(out, picture);
    }
}
