//! Undo and redo.

use std::collections::VecDeque;

use super::mask::{Mask, PixelRect};
use super::patch::Patch;

/// Undo and redo steps, bounded by bytes: the oldest are dropped first.
#[derive(Debug, Clone)]
pub struct History {
    done: VecDeque<Patch>,
    undone: Vec<Patch>,
    bytes: usize,
    max_bytes: usize,
}

impl History {
    /// The newest step is kept even if it is larger than `max_bytes`.
    pub const fn new(max_bytes: usize) -> Self {
        Self { done: VecDeque::new(), undone: Vec::new(), bytes: 0, max_bytes }
    }

    /// Records a patch that was applied; clears the redo steps.
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

    /// Replaces the newest step, on the mask too. Returns where the mask changed. The new step may
    /// change nothing.
    pub fn replace_newest(&mut self, mask: &mut Mask, patch: Patch) -> Option<PixelRect> {
        let old = self.done.pop_back()?;
        self.bytes -= old.bytes();
        old.apply(mask);
        patch.apply(mask);
        let bounds = [old.bounds(), patch.bounds()].into_iter().flatten().reduce(PixelRect::union);
        self.push(patch);
        bounds
    }

    /// Undoes the newest step. Returns where the mask changed.
    pub fn undo(&mut self, mask: &mut Mask) -> Option<PixelRect> {
        let patch = self.done.pop_back()?;
        patch.apply(mask);
        let bounds = patch.bounds();
        self.undone.push(patch);
        bounds
    }

    /// Redoes the step undone last. Returns where the mask changed.
    pub fn redo(&mut self, mask: &mut Mask) -> Option<PixelRect> {
        let patch = self.undone.pop()?;
        patch.apply(mask);
        let bounds = patch.bounds();
        self.done.push_back(patch);
        bounds
    }

    /// Steps that can be undone.
    pub fn n_done(&self) -> usize {
        self.done.len()
    }

    /// Steps that can be redone.
    pub const fn n_undone(&self) -> usize {
        self.undone.len()
    }

    /// Bytes of all steps.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }
}
