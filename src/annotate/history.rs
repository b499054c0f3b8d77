//! Undo and redo.

use std::collections::VecDeque;

use super::mask::{Mask, PixelRect};
use super::patch::Patch;

/// What was done, and what was undone. Bounded by bytes, not by steps: the oldest go first.
#[derive(Debug, Clone)]
pub struct History {
    done: VecDeque<Patch>,
    undone: Vec<Patch>,
    bytes: usize,
    max_bytes: usize,
}

impl History {
    /// The newest step is kept however large it is.
    pub const fn new(max_bytes: usize) -> Self {
        Self { done: VecDeque::new(), undone: Vec::new(), bytes: 0, max_bytes }
    }

    /// Remembers a patch that was applied; what was undone before is gone.
    pub fn push(&mut self, patch: Patch) {
        self.bytes -= self.undone.drain(..).map(|old| old.bytes()).sum::<usize>();
        self.bytes += patch.bytes();
        self.done.push_back(patch);
        while self.bytes > self.max_bytes && self.done.len() > 1 {
            self.bytes -= self.done.pop_front().map_or(0, |old| old.bytes());
        }
    }

    /// The mask as it was before the newest step; `None` when there is no step.
    pub fn before_newest(&self, mask: &Mask) -> Option<Mask> {
        let mut before = mask.clone();
        self.done.back()?.apply(&mut before);
        Some(before)
    }

    /// Puts another step in the place of the newest one, which is applied; where the mask changed.
    /// The step may change nothing.
    pub fn replace_newest(&mut self, mask: &mut Mask, patch: Patch) -> Option<PixelRect> {
        let old = self.done.pop_back()?;
        self.bytes -= old.bytes();
        old.apply(mask);
        patch.apply(mask);
        let bounds = [old.bounds(), patch.bounds()].into_iter().flatten().reduce(PixelRect::union);
        self.push(patch);
        bounds
    }

    /// Takes the newest step back; where the mask changed.
    pub fn undo(&mut self, mask: &mut Mask) -> Option<PixelRect> {
        let patch = self.done.pop_back()?;
        patch.apply(mask);
        let bounds = patch.bounds();
        self.undone.push(patch);
        bounds
    }

    /// Does the step undone last again; where the mask changed.
    pub fn redo(&mut self, mask: &mut Mask) -> Option<PixelRect> {
        let patch = self.undone.pop()?;
        patch.apply(mask);
        let bounds = patch.bounds();
        self.done.push_back(patch);
        bounds
    }

    /// Steps that can be taken back.
    pub fn n_done(&self) -> usize {
        self.done.len()
    }

    /// Steps that can be done again.
    pub const fn n_undone(&self) -> usize {
        self.undone.len()
    }

    /// Bytes of all steps.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }
}
