//! Where one shot ends and the next begins.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Columns and rows of the copies.
pub(super) const TINY: [usize; 2] = [32, 18];
/// Gray levels by which a cut changes a frame, in the mean.
const MIN_CHANGE: f32 = 18.0;
/// A cut changes a frame so many times as much as the frames before it changed: a shaken camera
/// changes all of them.
const MIN_RATIO: f32 = 3.0;
/// Frames whose changes are remembered.
const REMEMBERED: usize = 12;

/// Looks for cuts, frame after frame.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Shots {
    last: Option<Vec<u8>>,
    changes: VecDeque<f32>,
}

impl Shots {
    /// Whether this frame begins a new shot. The first frame does not.
    pub(super) fn begins(&mut self, tiny: Vec<u8>) -> bool {
        let change = self.last.as_ref().map(|last| mean_change(last, &tiny));
        self.last = Some(tiny);
        let Some(change) = change else { return false };
        let mut known: Vec<f32> = self.changes.iter().copied().collect();
        known.sort_by(f32::total_cmp);
        let usual = known.get(known.len() / 2).copied().unwrap_or(0.0);
        let is_cut = change >= MIN_CHANGE && change >= MIN_RATIO * usual;
        self.changes.push_back(change);
        if self.changes.len() > REMEMBERED {
            self.changes.pop_front();
        }
        is_cut
    }
}

fn mean_change(a: &[u8], b: &[u8]) -> f32 {
    let sum: u32 = a.iter().zip(b).map(|(x, y)| u32::from(x.abs_diff(*y))).sum();
    sum as f32 / a.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(level: u8, shift: usize) -> Vec<u8> {
        (0..TINY[0] * TINY[1]).map(|i| level + ((i + shift) * 7 % 60) as u8).collect()
    }

    #[test]
    fn a_cut_is_seen_and_a_moving_camera_is_none() {
        let mut shots = Shots::default();
        assert!(!shots.begins(frame(20, 0)), "the first frame");
        for i in 1..20 {
            assert!(!shots.begins(frame(20, i)), "pan {i}");
        }
        assert!(shots.begins(frame(120, 0)), "another scene");
        assert!(!shots.begins(frame(122, 0)), "and no cut right after it");
        assert!(shots.begins(frame(20, 3)), "but another one soon after is seen");
    }

    #[test]
    fn in_a_clip_that_flickers_all_the_time_nothing_is_a_cut() {
        let mut shots = Shots::default();
        let cuts = (0..30).filter(|i| shots.begins(frame(if i % 2 == 0 { 20 } else { 70 }, 0)));
        assert!(cuts.count() <= 1, "the first flash may pass for one");
    }
}
