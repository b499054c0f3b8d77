//! Morphology of a whole mask: filling holes, removing islands, growing and shrinking.

use super::components::Components;
use super::mask::{Mask, PixelRect};

/// With every part of the background filled that does not reach the picture's border. Background
/// is joined by edges.
pub fn with_holes_filled(mask: &Mask) -> Mask {
    let background = mask.inverted();
    let mut out = Components::find(&background, false).where_part(|_, at_border| !at_border);
    out.words_mut().iter_mut().zip(mask.words()).for_each(|(out, old)| *out |= old);
    out
}

/// Without the parts of fewer than `min_px` pixels. Parts are joined by edges and corners.
pub fn without_islands(mask: &Mask, min_px: u64) -> Mask {
    Components::find(mask, true).where_part(|n_pixels, _| n_pixels >= min_px)
}

/// With every pixel whose center is no further than `by_px` from that of a set one.
pub fn grown(mask: &Mask, by_px: u32) -> Mask {
    let Some(bounds) = mask.bounds() else { return mask.clone() };
    let (w, h) = (mask.width_px(), mask.height_px());
    let area = PixelRect {
        x0: bounds.x0.saturating_sub(by_px),
        y0: bounds.y0.saturating_sub(by_px),
        x1: bounds.x1.saturating_add(by_px).min(w),
        y1: bounds.y1.saturating_add(by_px).min(h),
    };
    // How far a set pixel reaches to the sides, by how many rows it is away.
    let square = u64::from(by_px) * u64::from(by_px);
    let reach: Vec<u32> =
        (0..=by_px).map(|d| (square - u64::from(d) * u64::from(d)).isqrt() as u32).collect();
    let columns = (area.x0..area.x1).len();
    // Rows since the last set pixel above, and until the next one below; by_px + 1: too far.
    let far = by_px + 1;
    let rows = (area.y1 - area.y0) as usize;
    let mut near = vec![far; columns * rows];
    let mut since = vec![far; columns];
    let mut sweep = |row: usize, since: &mut Vec<u32>| {
        let y = area.y0 + row as u32;
        for rows in since.iter_mut() {
            *rows = (*rows + 1).min(far);
        }
        for run in mask.runs(y) {
            let at = |x: u32| (x - area.x0) as usize;
            since[at(run.start)..at(run.end)].fill(0);
        }
        let line = &mut near[row * columns..(row + 1) * columns];
        line.iter_mut().zip(since).for_each(|(best, d)| *best = (*best).min(*d));
    };
    (0..rows).for_each(|row| sweep(row, &mut since));
    since.fill(far);
    (0..rows).rev().for_each(|row| sweep(row, &mut since));
    let mut out = mask.clone();
    for (row, line) in near.chunks_exact(columns).enumerate() {
        // Most stretches go on from the one before: set together.
        let mut pending: Option<(u32, u32)> = None;
        let y = area.y0 + row as u32;
        for (i, d) in line.iter().enumerate().filter(|(_, d)| **d <= by_px) {
            let (x, side) = (area.x0 + i as u32, reach[*d as usize]);
            let (from, to) = (x.saturating_sub(side), (x + side + 1).min(w));
            pending = match pending {
                Some((a, b)) if from <= b && a <= to => Some((a.min(from), b.max(to))),
                Some((a, b)) => {
                    out.set_span(y, a..b);
                    Some((from, to))
                }
                None => Some((from, to)),
            };
        }
        if let Some((a, b)) = pending {
            out.set_span(y, a..b);
        }
    }
    out
}

/// Without every pixel whose center is no further than `by_px` from that of one that is not set.
/// Beyond the picture's border nothing counts as not set.
pub fn shrunk(mask: &Mask, by_px: u32) -> Mask {
    grown(&mask.inverted(), by_px).inverted()
}
