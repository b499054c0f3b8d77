//! Connected components of a mask, from its runs of pixels.

use super::mask::Mask;

struct Run {
    y: u32,
    x0: u32,
    x1: u32,
    /// Index of another run of the same component, or its own.
    parent: u32,
}

/// The connected components of a mask.
pub(super) struct Components {
    runs: Vec<Run>,
    width_px: u32,
    height_px: u32,
}

impl Components {
    /// Finds components joined by edges, or by edges and corners.
    pub(super) fn find(mask: &Mask, joins_corners: bool) -> Self {
        let mut parts =
            Self { runs: Vec::new(), width_px: mask.width_px(), height_px: mask.height_px() };
        let reach = u32::from(joins_corners);
        let mut above = 0..0;
        for y in 0..mask.height_px() {
            let first = parts.runs.len();
            for run in mask.runs(y) {
                let parent = parts.runs.len() as u32;
                parts.runs.push(Run { y, x0: run.start, x1: run.end, parent });
            }
            let here = first..parts.runs.len();
            let (mut i, mut j) = (above.start, here.start);
            while i < above.end && j < here.end {
                let (a, b) = (&parts.runs[i], &parts.runs[j]);
                let (a_end, b_end) = (a.x1, b.x1);
                if a.x0 < b.x1 + reach && b.x0 < a.x1 + reach {
                    parts.join(i as u32, j as u32);
                }
                if a_end < b_end { i += 1 } else { j += 1 }
            }
            above = here;
        }
        parts
    }

    fn root(&self, mut i: u32) -> u32 {
        while self.runs[i as usize].parent != i {
            i = self.runs[i as usize].parent;
        }
        i
    }

    fn join(&mut self, a: u32, b: u32) {
        let (low, high) = (self.root(a).min(self.root(b)), self.root(a).max(self.root(b)));
        // Path compression.
        for mut i in [a, b, high] {
            while self.runs[i as usize].parent != low && i != low {
                i = std::mem::replace(&mut self.runs[i as usize].parent, low);
            }
        }
    }

    /// The part a pixel belongs to, as a mask; `None` when the pixel is not set.
    pub(super) fn at(&self, x: u32, y: u32) -> Option<Mask> {
        let first = self.runs.partition_point(|run| (run.y, run.x1) <= (y, x));
        let run = self.runs.get(first).filter(|run| run.y == y && run.x0 <= x)?;
        debug_assert!(x < run.x1, "the first run that ends further right");
        let root = self.root(first as u32);
        Some(self.mask_where(|_, part| part == root))
    }

    /// The parts for which `wanted` holds, given pixels and whether the border is touched.
    pub(super) fn where_part(&self, wanted: impl Fn(u64, bool) -> bool) -> Mask {
        let mut facts = vec![(0u64, false); self.runs.len()];
        for (i, run) in self.runs.iter().enumerate() {
            let fact = &mut facts[self.root(i as u32) as usize];
            fact.0 += u64::from(run.x1 - run.x0);
            let (is_top, is_bottom) = (run.y == 0, run.y + 1 == self.height_px);
            fact.1 |= is_top || is_bottom || run.x0 == 0 || run.x1 == self.width_px;
        }
        self.mask_where(|_, root| {
            let (n_pixels, touches_border) = facts[root as usize];
            wanted(n_pixels, touches_border)
        })
    }

    fn mask_where(&self, wanted: impl Fn(u32, u32) -> bool) -> Mask {
        let mut out = Mask::new(self.width_px, self.height_px);
        for (i, run) in self.runs.iter().enumerate() {
            if wanted(i as u32, self.root(i as u32)) {
                out.set_span(run.y, run.x0..run.x1);
            }
        }
        out
    }
}
