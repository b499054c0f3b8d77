//! Closing holes smoothly: a membrane or a thin plate inside a hole, fastened at its rim.
//!
//! Coarse to fine: every level starts from the one above it, brought up bilinearly, and is relaxed
//! (successive over-relaxation). Edges of the picture are open: nothing flows through them.

use crate::train::forge::pixels::raster::Plane;

/// Rounds of relaxation a level.
const ROUNDS: usize = 8;
/// Rounds on the coarsest level.
const COARSEST_ROUNDS: usize = 40;
/// Over-relaxation.
const OMEGA: f32 = 1.4;
/// Values a value of the coarser level is made of at most: two a side.
const SPLIT: usize = 2;

/// What the hole is covered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::train::forge) enum Stiffness {
    /// Laplace's equation: meets the values of the rim.
    Membrane,
    /// The biharmonic equation: meets values and slopes of the rim.
    Plate,
}

/// A hole at every resolution, ready for any number of planes of its size.
#[derive(Debug)]
pub(in crate::train::forge) struct Membrane {
    levels: Vec<Level>,
}

#[derive(Debug)]
struct Level {
    width: usize,
    height: usize,
    is_hole: Vec<bool>,
    holes: Vec<usize>,
}

impl Level {
    fn new(width: usize, height: usize, is_hole: Vec<bool>) -> Self {
        let holes = is_hole.iter().enumerate().filter_map(|(i, hole)| hole.then_some(i)).collect();
        Self { width, height, is_hole, holes }
    }

    /// The pixels of the finer level a cell of the coarser one is made of.
    fn children(&self, x: usize, y: usize) -> impl Iterator<Item = usize> {
        let (w, h) = (self.width, self.height);
        let rows = (SPLIT * y)..(SPLIT * (y + 1)).min(h);
        rows.flat_map(move |y| ((SPLIT * x)..(SPLIT * (x + 1)).min(w)).map(move |x| y * w + x))
    }

    fn coarser(&self) -> Self {
        let (width, height) = (self.width.div_ceil(SPLIT), self.height.div_ceil(SPLIT));
        let cells = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let is_hole = cells.map(|(x, y)| self.children(x, y).all(|i| self.is_hole[i])).collect();
        Self::new(width, height, is_hole)
    }

    /// Means of the known values.
    fn shrunk(&self, values: &[f32], coarser: &Self) -> Vec<f32> {
        let mut out = Vec::with_capacity(coarser.is_hole.len());
        for y in 0..coarser.height {
            for x in 0..coarser.width {
                let known = self.children(x, y).filter(|i| !self.is_hole[*i]);
                let (sum, n) = known.fold((0.0, 0.0), |(s, n), i| (s + values[i], n + 1.0));
                out.push(if n > 0.0 { sum / n } else { 0.0 });
            }
        }
        out
    }

    /// Starts the holes from the coarser solution.
    fn lift(&self, values: &mut [f32], coarse: &[f32], coarser: &Self) {
        let last = (coarser.width - 1, coarser.height - 1);
        for &i in &self.holes {
            let at = |v: usize, last: usize| {
                let p = ((v as f32 + 0.5) / SPLIT as f32 - 0.5).clamp(0.0, last as f32);
                (p as usize, (p as usize + 1).min(last), p.fract())
            };
            let (x0, x1, tx) = at(i % self.width, last.0);
            let (y0, y1, ty) = at(i / self.width, last.1);
            let row = |y: usize| {
                let line = &coarse[y * coarser.width..(y + 1) * coarser.width];
                line[x0] + tx * (line[x1] - line[x0])
            };
            let (top, low) = (row(y0), row(y1));
            values[i] = top + ty * (low - top);
        }
    }

    fn relax(&self, values: &mut [f32], rounds: usize, stiffness: Stiffness) {
        let mut step = |i: usize| match stiffness {
            Stiffness::Membrane => self.relax_membrane(values, i),
            Stiffness::Plate => self.relax_plate(values, i),
        };
        for round in 0..rounds {
            if round % 2 == 0 {
                self.holes.iter().for_each(|i| step(*i));
            } else {
                self.holes.iter().rev().for_each(|i| step(*i));
            }
        }
    }

    fn relax_membrane(&self, values: &mut [f32], i: usize) {
        let (w, h) = (self.width, self.height);
        let (x, y) = (i % w, i / w);
        let left = values[if x > 0 { i - 1 } else { i }];
        let right = values[if x + 1 < w { i + 1 } else { i }];
        let up = values[if y > 0 { i - w } else { i }];
        let down = values[if y + 1 < h { i + w } else { i }];
        values[i] += OMEGA * ((left + right + up + down) / 4.0 - values[i]);
    }

    /// The 13-point stencil; a pixel whose neighbors two steps away lie outside the picture is
    /// treated as membrane.
    fn relax_plate(&self, values: &mut [f32], i: usize) {
        let (w, h) = (self.width, self.height);
        let (x, y) = (i % w, i / w);
        if x < 2 || y < 2 || x + 2 >= w || y + 2 >= h {
            self.relax_membrane(values, i);
            return;
        }
        let v = &values;
        let near = v[i - 1] + v[i + 1] + v[i - w] + v[i + w];
        let corners = v[i - w - 1] + v[i - w + 1] + v[i + w - 1] + v[i + w + 1];
        let far = v[i - 2] + v[i + 2] + v[i - 2 * w] + v[i + 2 * w];
        let wanted = (8.0 * near - 2.0 * corners - far) / 20.0;
        values[i] += OMEGA * (wanted - v[i]);
    }
}

impl Membrane {
    /// Prepares a hole: everything above one half.
    pub(in crate::train::forge) fn new(hole: &Plane) -> Self {
        let is_hole = hole.data.iter().map(|v| *v > 0.5).collect();
        let mut levels = vec![Level::new(hole.width, hole.height, is_hole)];
        while let Some(last) = levels.last() {
            if last.holes.is_empty() || last.width.min(last.height) <= SPLIT {
                break;
            }
            let coarser = last.coarser();
            levels.push(coarser);
        }
        Self { levels }
    }

    /// The plane with its hole closed.
    pub(in crate::train::forge) fn close(&self, plane: &Plane, stiffness: Stiffness) -> Plane {
        let mut out = plane.clone();
        self.close_level(0, &mut out.data, stiffness);
        out
    }

    fn close_level(&self, at: usize, values: &mut [f32], stiffness: Stiffness) {
        let level = &self.levels[at];
        if level.holes.is_empty() {
            return;
        }
        let Some(coarser) = self.levels.get(at + 1) else {
            let known = || values.iter().zip(&level.is_hole).filter_map(|(v, h)| (!h).then_some(v));
            let mean = known().sum::<f32>() / known().count().max(1) as f32;
            for &i in &level.holes {
                values[i] = mean;
            }
            level.relax(values, COARSEST_ROUNDS, stiffness);
            return;
        };
        let mut coarse = level.shrunk(values, coarser);
        self.close_level(at + 1, &mut coarse, stiffness);
        level.lift(values, &coarse, coarser);
        let rounds = if stiffness == Stiffness::Plate { 2 * ROUNDS } else { ROUNDS };
        level.relax(values, rounds, stiffness);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk(side: usize, radius: f32) -> Plane {
        let middle = side as f32 / 2.0;
        Plane::from_fn(side, side, |p| {
            f32::from(u8::from((p.x - middle).hypot(p.y - middle) < radius))
        })
    }

    #[test]
    fn a_harmonic_function_comes_back() {
        let hole = disk(97, 40.0);
        let truth = Plane::from_fn(97, 97, |p| {
            let (x, y) = (p.x - 40.0, p.y - 52.0);
            100.0 + x + (x * x - y * y) * 0.02
        });
        let mut broken = truth.clone();
        for (v, h) in broken.data.iter_mut().zip(&hole.data) {
            *v += h * 500.0;
        }
        let closed = Membrane::new(&hole).close(&broken, Stiffness::Membrane);
        for (i, (c, t)) in closed.data.iter().zip(&truth.data).enumerate() {
            assert!((c - t).abs() < 1.5, "pixel {i}: {c} should be {t}");
        }
    }

    #[test]
    fn a_hole_at_the_edge_of_the_picture_is_closed_too() {
        let hole = Plane::from_fn(40, 40, |p| f32::from(u8::from(p.x < 12.0)));
        let flat = Plane::from_fn(40, 40, |p| if p.x < 12.0 { 0.0 } else { 80.0 });
        let closed = Membrane::new(&hole).close(&flat, Stiffness::Membrane);
        assert!(closed.data.iter().all(|v| (v - 80.0).abs() < 0.5), "flat stays flat");
    }
}
