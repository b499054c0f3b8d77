//! The stroke being drawn: the brush is down.

use crate::annotate::{Brush, Change, Mask, Patch, pressure_stroke};
use crate::base::Point;

/// A stroke from where the brush was put down to where it is now. Positions are in image space.
#[derive(Debug, Clone)]
pub(super) struct Stroke {
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
    pub(super) const fn new(brush: Brush, change: Change, at: Point, pressure: f32) -> Self {
        Self { brush, change, last: at, last_pressure: pressure, pressure, patches: Vec::new() }
    }

    pub(super) const fn press(&mut self, pressure: f32) {
        self.pressure = pressure;
    }

    /// Moves the brush through these points. Returns what is to be painted, if anything.
    pub(super) fn extend(&mut self, mask: &Mask, points: &[Point]) -> Option<&Patch> {
        let path: Vec<Point> = std::iter::once(self.last).chain(points.iter().copied()).collect();
        self.last = *path.last().unwrap_or(&self.last);
        let pressures = [self.last_pressure, self.pressure];
        self.last_pressure = self.pressure;
        let (w, h) = (mask.width_px(), mask.height_px());
        let region = pressure_stroke(w, h, self.brush, &path, pressures)?;
        let patch = Patch::new(mask, &region, self.change);
        if patch.n_pixels() == 0 {
            return None;
        }
        self.patches.push(patch);
        self.patches.last()
    }

    /// All that was painted as one step, and the tool; `None` when nothing was.
    pub(super) fn into_step(self, [w, h]: [u32; 2]) -> Option<(Patch, &'static str)> {
        let tool = match self.change {
            Change::Add => "brush",
            Change::TakeAway => "eraser",
        };
        (!self.patches.is_empty()).then(|| (Patch::merged(&self.patches, w, h), tool))
    }
}
