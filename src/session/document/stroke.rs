//! The stroke being drawn: the brush is down.

use super::mask::DrawnMask;
use crate::annotate::{Brush, Change, Patch, pressure_stroke};
use crate::base::Point;

/// A stroke from where the brush was put down to where it is now. Positions are in image space.
#[derive(Debug, Clone)]
pub(in crate::session) struct Stroke {
    /// The frame whose mask is drawn on; of a still 0.
    frame: usize,
    brush: Brush,
    change: Change,
    last: Point,
    /// How hard the pen was pressed there, `0.0..=1.0`.
    last_pressure: f32,
    /// How hard it is pressed from the next point on.
    pressure: f32,
    /// What was painted so far, piece by piece.
    patches: Vec<Patch>,
}

impl Stroke {
    pub(super) fn new(
        frame: usize,
        brush: Brush,
        change: Change,
        at: Point,
        pressure: f32,
    ) -> Self {
        let (last, last_pressure, patches) = (at, pressure, Vec::new());
        Self { frame, brush, change, last, last_pressure, pressure, patches }
    }

    /// The frame whose mask is drawn on.
    pub(super) const fn frame(&self) -> usize {
        self.frame
    }

    pub(super) const fn press(&mut self, pressure: f32) {
        self.pressure = pressure;
    }

    /// Paints from the last point through these.
    pub(super) fn extend(&mut self, mask: &mut DrawnMask, points: &[Point]) {
        let [w, h] = mask.size();
        let path: Vec<Point> = std::iter::once(self.last).chain(points.iter().copied()).collect();
        self.last = *path.last().unwrap_or(&self.last);
        let pressures = [self.last_pressure, self.pressure];
        self.last_pressure = self.pressure;
        let Some(region) = pressure_stroke(w, h, self.brush, &path, pressures) else { return };
        let patch = Patch::new(&mask.mask, &region, self.change);
        if patch.n_pixels() > 0 {
            mask.paint(&patch);
            self.patches.push(patch);
        }
    }

    /// All that was painted becomes one step.
    pub(super) fn end(self, mask: &mut DrawnMask) {
        if self.patches.is_empty() {
            return;
        }
        let tool = match self.change {
            Change::Add => "brush",
            Change::TakeAway => "eraser",
        };
        let [w, h] = mask.size();
        mask.push_step(Patch::merged(&self.patches, w, h), tool);
    }
}
