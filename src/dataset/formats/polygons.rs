//! Outlines of masks as polygons, and back.
//!
//! Each part is one closed line along pixel edges. A hole is connected by a cut there and back, as
//! formats without holes need it. Filling the pixels whose centers lie inside restores the mask. Many
//! tools also fill pixels that a line touches, so formats with polygons count as lossy.

// What is traced is a mask that was read: its sides are at most 30,000 pixels, and every index is below
// the length of the line that it is taken from.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "corners and indices follow from the size of a mask, not from a file"
)]

use std::collections::HashMap;

use crate::annotate::{Change, Mask, Patch, polygon};
use crate::base::Point;

/// A corner of pixels: column and row of the pixel to its lower right.
pub(super) type Corner = [u32; 2];

/// The closed lines around all parts, the last corner joined to the first. Parts touch by edges;
/// those that touch by corners only are apart.
pub(super) fn outlines(mask: &Mask) -> Vec<Vec<Corner>> {
    let mut loops = loops(mask);
    // Which line runs along the left or right edge at a corner, down one pixel.
    let mut upright: HashMap<Corner, usize> = HashMap::new();
    for (i, line) in loops.iter().enumerate() {
        for (a, b) in edges(line) {
            if a[0] == b[0] {
                upright.insert([a[0], a[1].min(b[1])], i);
            }
        }
    }
    // Holes are merged from left to right, into what bounds the part to the left of them.
    let mut holes: Vec<(Corner, usize)> = loops
        .iter()
        .enumerate()
        .filter(|(_, line)| area2(line) < 0)
        .filter_map(|(i, line)| Some((line.iter().copied().min()?, i)))
        .collect();
    holes.sort_unstable();
    let mut homes: Vec<usize> = (0..loops.len()).collect();
    for (at, hole) in holes {
        let [x, y] = at;
        let mut left = x;
        while left > 0 && mask.get(left - 1, y) {
            left -= 1;
        }
        let Some(mut home) = upright.get(&[left, y]).copied() else { continue };
        while homes[home] != home {
            home = homes[home];
        }
        let line = std::mem::take(&mut loops[hole]);
        if !join(&mut loops[home], [left, y], &line, at) {
            loops[hole] = line;
            continue;
        }
        homes[hole] = home;
    }
    loops.retain(|line| !line.is_empty());
    loops.iter().map(|line| simplified(line)).collect()
}

/// Takes a hole's line into another one: a cut from `at` to the hole's corner `from`, once round,
/// and back.
fn join(line: &mut Vec<Corner>, at: Corner, hole: &[Corner], from: Corner) -> bool {
    let below = [at[0], at[1] + 1];
    let n = line.len();
    let found = (0..n)
        .find(|i| line[*i] == at && (line[(i + 1) % n] == below || line[(i + n - 1) % n] == below));
    let Some(i) = found else { return false };
    let Some(start) = hole.iter().position(|corner| *corner == from) else { return false };
    let round = (0..=hole.len()).map(|k| hole[(start + k) % hole.len()]);
    let cut: Vec<Corner> = round.chain([at]).collect();
    line.splice(i + 1..=i, cut);
    true
}

fn edges(line: &[Corner]) -> impl Iterator<Item = (Corner, Corner)> + '_ {
    (0..line.len()).map(|i| (line[i], line[(i + 1) % line.len()]))
}

/// Twice the area; negative around a hole.
fn area2(line: &[Corner]) -> i64 {
    edges(line)
        .map(|(a, b)| i64::from(a[0]) * i64::from(b[1]) - i64::from(b[0]) * i64::from(a[1]))
        .sum()
}

/// All boundaries between set and clear pixels, edge by edge, with set pixels on the right.
fn loops(mask: &Mask) -> Vec<Vec<Corner>> {
    // Bits of the directions in which edges leave a corner: right, down, left, up.
    let (w, h) = (mask.width_px(), mask.height_px());
    let mut leaving: HashMap<Corner, u8> = HashMap::new();
    let mut starts = Vec::new();
    let mut add = |from: Corner, direction: usize| {
        *leaving.entry(from).or_insert(0) |= 1 << direction;
    };
    for y in 0..h {
        for run in mask.runs(y) {
            for x in run.clone() {
                if y == 0 || !mask.get(x, y - 1) {
                    add([x, y], 0);
                    starts.push([x, y]);
                }
                if !mask.get(x, y + 1) {
                    add([x + 1, y + 1], 2);
                    starts.push([x + 1, y + 1]);
                }
            }
            add([run.end.min(w), y], 1);
            add([run.start, y + 1], 3);
        }
    }
    let mut lines = Vec::new();
    // Every boundary has an edge to the right or to the left.
    for start in starts {
        for first in [0usize, 2] {
            let has_edge = leaving.get(&start).is_some_and(|out| out & 1 << first != 0);
            if !has_edge {
                continue;
            }
            let (mut line, mut at, mut direction) = (Vec::new(), start, first);
            while let Some(out) = leaving.get_mut(&at) {
                // Where four edges meet, the sharpest right turn keeps parts apart.
                let turn = [1usize, 0, 3].into_iter().map(|t| (direction + t) % 4);
                let next = if line.is_empty() {
                    Some(first)
                } else {
                    turn.into_iter().find(|d| *out & 1 << d != 0)
                };
                let Some(next) = next.filter(|d| *out & 1 << d != 0) else { break };
                *out &= !(1 << next);
                line.push(at);
                direction = next;
                at = match direction {
                    0 => [at[0] + 1, at[1]],
                    1 => [at[0], at[1] + 1],
                    2 => [at[0] - 1, at[1]],
                    _ => [at[0], at[1] - 1],
                };
                if at == start && !returns_later(&leaving, start, direction, first) {
                    break;
                }
            }
            lines.push(line);
        }
    }
    lines
}

/// Whether the boundary passes through its start once more before it closes.
fn returns_later(
    leaving: &HashMap<Corner, u8>,
    start: Corner,
    direction: usize,
    first: usize,
) -> bool {
    let right = (direction + 1) % 4;
    right != first && leaving.get(&start).is_some_and(|out| out & 1 << right != 0)
}

/// The line without corners on straight stretches.
fn simplified(line: &[Corner]) -> Vec<Corner> {
    let n = line.len();
    let step = |a: Corner, b: Corner| {
        [(i64::from(b[0]) - i64::from(a[0])).signum(), (i64::from(b[1]) - i64::from(a[1])).signum()]
    };
    (0..n)
        .filter(|i| {
            let (a, b, c) = (line[(i + n - 1) % n], line[*i], line[(i + 1) % n]);
            step(a, b) != step(b, c)
        })
        .map(|i| line[i])
        .collect()
}

/// Sets the pixels whose centers lie inside a polygon of x, y, x, y, … in pixels, by the even-odd
/// rule. `None` for fewer than three corners or an odd number of values.
pub(super) fn add_polygon(mask: &mut Mask, values: &[f64]) -> Option<()> {
    if values.len() < 6 || !values.len().is_multiple_of(2) || values.iter().any(|v| !v.is_finite())
    {
        return None;
    }
    let corners: Vec<Point> = values
        .as_chunks::<2>()
        .0
        .iter()
        .map(|[x, y]| Point { x: *x as f32, y: *y as f32 })
        .collect();
    if let Some(region) = polygon(mask.width_px(), mask.height_px(), &corners) {
        Patch::new(mask, &region, Change::Add).apply(mask);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn mask(rows: &[&str]) -> Mask {
        let mut mask = Mask::new(rows[0].len() as u32, rows.len() as u32);
        for (y, row) in rows.iter().enumerate() {
            for (x, _) in row.chars().enumerate().filter(|(_, c)| *c == '#') {
                mask.set_span(y as u32, x as u32..x as u32 + 1);
            }
        }
        mask
    }

    fn back(mask: &Mask) -> Mask {
        let mut out = Mask::new(mask.width_px(), mask.height_px());
        for line in outlines(mask) {
            let values: Vec<f64> = line.iter().flatten().map(|v| f64::from(*v)).collect();
            add_polygon(&mut out, &values).unwrap();
        }
        out
    }

    #[test]
    fn a_square_has_four_corners() {
        let lines = outlines(&mask(&["....", ".##.", ".##.", "...."]));
        assert_eq!(lines, [[[1, 1], [3, 1], [3, 3], [1, 3]]]);
    }

    #[test]
    fn holes_parts_and_corners_come_back() {
        let pictures: [&[&str]; 8] = [
            &["#"],
            &["#####", "#.#.#", "#####"],
            &["#.#.", ".#.#", "#.#."],
            &[".##.", "#..#", "#..#", ".##."],
            &["#######", "#.....#", "#.###.#", "#.#.#.#", "#.###.#", "#.....#", "#######"],
            &["##.##", "##.##", ".....", "##.##"],
            &["######", "#.##.#", "##..##", "#.##.#", "######"],
            &["####", "#..#", "##.#", "####"],
        ];
        for rows in pictures {
            let mask = mask(rows);
            assert_eq!(back(&mask).to_bytes(), mask.to_bytes(), "{rows:?} {:?}", outlines(&mask));
        }
    }

    proptest! {
        #[test]
        fn every_mask_comes_back_from_its_outlines(
            (w, h, values) in (1..66u32, 1..34u32)
                .prop_flat_map(|(w, h)| (Just(w), Just(h), vec(0..100u8, (w * h) as usize))),
            percent in 0..=100u8,
        ) {
            let values: Vec<u8> =
                values.iter().map(|v| if *v < percent { 255 } else { 0 }).collect();
            let mask = Mask::from_bytes(w, h, &values).unwrap();
            prop_assert_eq!(back(&mask), mask);
        }

        /// Corners as a foreign file may have them.
        #[test]
        fn any_corners_are_a_polygon_or_refused(
            values in vec(prop_oneof![4 => -9.0..40.0f64, 1 => any::<f64>()], 0..12)
        ) {
            let mut mask = Mask::new(33, 9);
            let is_polygon = values.len() >= 6
                && values.len() % 2 == 0
                && values.iter().all(|v| v.is_finite());
            prop_assert_eq!(add_polygon(&mut mask, &values).is_some(), is_polygon);
        }
    }

    #[test]
    fn nonsense_is_refused() {
        let mut mask = Mask::new(4, 4);
        assert_eq!(add_polygon(&mut mask, &[0.0, 0.0, 3.0, 3.0]), None);
        assert_eq!(add_polygon(&mut mask, &[0.0; 7]), None);
        assert_eq!(add_polygon(&mut mask, &[f64::NAN; 8]), None);
        let far = [-1e9, -1e9, 1e9, -1e9, 1e9, 1e9, -1e9, 1e9];
        assert_eq!(add_polygon(&mut mask, &far), Some(()));
        assert_eq!(mask.count(), 16, "what lies outside is left out");
    }
}
