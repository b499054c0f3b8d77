//! Detects cuts between shots.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// Columns and rows of the gray thumbnails that are compared.
pub(super) const THUMBNAIL: [usize; 2] = [32, 18];
/// Smallest mean change of a cut, in gray levels.
const MIN_CHANGE: f32 = 18.0;
/// Smallest change of a cut relative to the median change before it: a shaken camera changes all
/// frames.
const MIN_RATIO: f32 = 3.0;
/// Frames whose changes are remembered.
const REMEMBERED: usize = 12;

/// Finds cuts frame by frame.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct CutFinder {
    last: Option<Vec<u8>>,
    changes: VecDeque<f32>,
}

impl CutFinder {
    /// The frame before.
    pub(super) fn last_thumbnail(&self) -> Option<&Vec<u8>> {
        self.last.as_ref()
    }

    /// Whether this frame begins a new shot. The first frame does not.
    pub(super) fn is_cut(&mut self, thumbnail: Vec<u8>) -> bool {
        let change = self.last.as_ref().map(|last| mean_change(last, &thumbnail));
        self.last = Some(thumbnail);
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

/// Smallest change of a cell in gray levels that shows that something is there.
const MIN_CELL_CHANGE: u8 = 10;

/// Which of the thumbnails between two others shows most of what neither of these shows, be it by its
/// brightness, its deviation or its colors; `None` when all of them lie between the two.
pub(super) fn transient(
    before: &[u8],
    between: &[impl AsRef<[u8]>],
    after: &[u8],
) -> Option<usize> {
    let beyond = |cells: &[u8]| -> u32 {
        let ends = before.iter().zip(after);
        cells
            .iter()
            .zip(ends)
            .map(|(cell, (a, b))| cell.abs_diff(*(cell.clamp(a.min(b), a.max(b)))))
            .filter(|by| *by >= MIN_CELL_CHANGE)
            .map(u32::from)
            .sum()
    };
    let sums = between.iter().map(|cells| beyond(cells.as_ref())).enumerate();
    sums.filter(|(_, sum)| *sum > 0).max_by_key(|(_, sum)| *sum).map(|(i, _)| i)
}

fn mean_change(a: &[u8], b: &[u8]) -> f32 {
    let sum: u32 = a.iter().zip(b).map(|(x, y)| u32::from(x.abs_diff(*y))).sum();
    sum as f32 / a.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(level: u8, shift: usize) -> Vec<u8> {
        (0..THUMBNAIL[0] * THUMBNAIL[1]).map(|i| level + ((i + shift) * 7 % 60) as u8).collect()
    }

    #[test]
    fn a_cut_is_seen_and_a_moving_camera_is_none() {
        let mut cuts = CutFinder::default();
        assert!(!cuts.is_cut(frame(20, 0)), "the first frame");
        for i in 1..20 {
            assert!(!cuts.is_cut(frame(20, i)), "pan {i}");
        }
        assert!(cuts.is_cut(frame(120, 0)), "another scene");
        assert!(!cuts.is_cut(frame(122, 0)), "and no cut right after it");
        assert!(cuts.is_cut(frame(20, 3)), "but another one soon after is seen");
    }

    #[test]
    fn what_is_there_only_between_two_frames_is_seen() {
        let (before, after) = (vec![100; 9], vec![120; 9]);
        let with = |cell: u8| {
            let mut cells = vec![110; 9];
            cells[4] = cell;
            cells
        };
        assert_eq!(transient(&before, &[with(110), with(100), with(120)], &after), None);
        assert_eq!(transient(&before, &[with(128)], &after), None, "noise");
        assert_eq!(transient(&before, &[with(110), with(140), with(60)], &after), Some(2));
        assert_eq!(transient(&before, &[] as &[Vec<u8>], &after), None);
    }

    #[test]
    fn in_a_clip_that_flickers_all_the_time_nothing_is_a_cut() {
        let mut cuts = CutFinder::default();
        let found = (0..30).filter(|i| cuts.is_cut(frame(if i % 2 == 0 { 20 } else { 70 }, 0)));
        assert!(found.count() <= 1, "the first flash may pass for one");
    }
}
