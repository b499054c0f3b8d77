//! Sorts packets into classes of frames that are predicted alike.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

/// How a frame is predicted: how many frames lie between the two from which it is, and how many steps
/// it stands away from frames that are predicted from the past alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Class {
    depth: u8,
    gap: u8,
}

/// More steps are taken for so many.
const MAX: u8 = 15;

/// The classes of packets that are given in the order of decoding by the times at which they are
/// shown; and whether a packet is shown before one that is decoded earlier.
pub(super) fn classes(shown: &[i64]) -> Vec<(Class, bool)> {
    let mut latest = None::<i64>;
    // Of the frames between the last two that are predicted from the past: time and depth.
    let mut group: BTreeMap<i64, u8> = BTreeMap::new();
    let mut found: Vec<(Class, bool)> = Vec::with_capacity(shown.len());
    let mut n_between = 0u8;
    // Where the open group begins among the packets.
    let mut start = 0usize;
    for (i, time) in shown.iter().enumerate() {
        if latest.is_none_or(|latest| *time > latest) {
            close(&mut found, start, n_between);
            (start, n_between) = (i, 0);
            group.retain(|other, _| Some(*other) == latest);
            for depth in group.values_mut() {
                *depth = 0;
            }
            group.insert(*time, 0);
            latest = Some(*time);
            found.push((Class::default(), false));
            continue;
        }
        n_between = n_between.saturating_add(1).min(MAX);
        let before = group.range(..time).next_back().map(|(_, depth)| *depth);
        let behind = group.range(time..).next().map(|(_, depth)| *depth);
        let depth = before.max(behind).unwrap_or(0).saturating_add(1).min(MAX);
        // Hostile tables can have groups without end.
        if group.len() < 64 {
            group.insert(*time, depth);
        }
        found.push((Class { depth, gap: 0 }, true));
    }
    close(&mut found, start, n_between);
    found
}

fn close(found: &mut [(Class, bool)], start: usize, n_between: u8) {
    for (class, _) in found.iter_mut().skip(start) {
        class.gap = n_between;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_that_are_predicted_alike_are_in_one_class() {
        // I P(4) B(2) b(1) b(3), and the same again.
        let shown = [0, 4, 2, 1, 3, 8, 6, 5, 7, 9];
        let found = classes(&shown);
        let [_, p, b2, b1, b3, p8, b6, b5, b7, last] = found[..] else { panic!("{found:?}") };
        assert_eq!((p, b2, b1, b3), (p8, b6, b5, b7));
        assert_eq!(b1, b3);
        assert!(b2 != b1 && p != b2 && p != last, "{found:?}");
        assert!(!p.1 && b2.1 && b1.1, "{found:?}");
    }
}
