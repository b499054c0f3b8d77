//! Tiles that cover a picture too large for the network.
//!
//! Tiles overlap. Each owns the faces whose centers lie nearer to its middle than to a neighbor's, so
//! that a face is taken from a tile that shows it whole, and from one only.

use crate::base::{Point, Rect};

/// Longest side of a tile.
const TILE_PX: u32 = 1280;
/// Neighbors have at least this much in common.
const OVERLAP_PX: u32 = 160;
/// Longer side of the largest face that the tile which owns it shows whole.
pub(super) const MAX_FACE_PX: f32 = 120.0;

/// A tile of a scaled picture, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tile {
    /// Left, top, width and height.
    pub(super) place: [u32; 4],
    /// The part in which the centers of its faces lie.
    owned: [f32; 4],
}

impl Tile {
    pub(super) fn owns(&self, center: Point) -> bool {
        let [left, top, right, bottom] = self.owned;
        (left..right).contains(&center.x) && (top..bottom).contains(&center.y)
    }

    /// The tile as a rectangle of a picture that is 1 / `scale` as large.
    pub(super) fn in_picture(&self, scale: f32) -> Rect {
        let [x, y, w, h] = self.place.map(|v| v as f32 / scale);
        Rect::new(x, y, w, h)
    }
}

/// The tiles of a picture of this size, row by row.
pub(super) fn tiles(width: u32, height: u32) -> Vec<Tile> {
    let (columns, rows) = (along(width), along(height));
    let across = |row: &(u32, u32, f32, f32)| {
        let (y, h, top, bottom) = *row;
        columns
            .iter()
            .map(move |(x, w, left, right)| Tile {
                place: [*x, y, *w, h],
                owned: [*left, top, *right, bottom],
            })
            .collect::<Vec<_>>()
    };
    rows.iter().flat_map(across).collect()
}

/// Begin, length and owned range of each tile along one side.
fn along(length: u32) -> Vec<(u32, u32, f32, f32)> {
    let side = length.min(TILE_PX);
    let n =
        if length <= TILE_PX { 1 } else { (length - OVERLAP_PX).div_ceil(TILE_PX - OVERLAP_PX) };
    // Evenly spread, so that the last one is no sliver.
    let begin = |i: u32| {
        let room = u64::from(length - side) * u64::from(i);
        (room / u64::from(n.saturating_sub(1).max(1))) as u32
    };
    (0..n)
        .map(|i| {
            let between = |a: u32, b: u32| (begin(a) + side + begin(b)) as f32 / 2.0;
            let from = if i == 0 { f32::NEG_INFINITY } else { between(i - 1, i) };
            let to = if i + 1 == n { f32::INFINITY } else { between(i, i + 1) };
            (begin(i), side, from, to)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_face_lies_whole_in_the_one_tile_that_owns_it() {
        for (width, height) in
            [(1281, 40), (3000, 2000), (15_000, 900), (4_080, 3_072), (700, 9_000)]
        {
            let tiles = tiles(width, height);
            for i in 0..2000u32 {
                let center = Point {
                    x: (i * 7919 % width) as f32 + 0.5,
                    y: (i * 104_729 % height) as f32 + 0.5,
                };
                let owners: Vec<&Tile> = tiles.iter().filter(|t| t.owns(center)).collect();
                let [owner] = owners.as_slice() else { panic!("{} owners", owners.len()) };
                let half = MAX_FACE_PX / 2.0;
                let face = Rect::new(center.x - half, center.y - half, MAX_FACE_PX, MAX_FACE_PX);
                let picture = Rect::new(0.0, 0.0, width as f32, height as f32);
                let seen = face.intersect(&picture).unwrap();
                let tile = owner.in_picture(1.0);
                assert_eq!(seen.intersect(&tile), Some(seen), "{width} x {height} at {center:?}");
            }
        }
    }

    #[test]
    fn tiles_are_few_and_none_is_larger_than_allowed() {
        assert_eq!(tiles(1280, 1280).len(), 1);
        assert_eq!(tiles(15_000, 15_000).len(), 14 * 14);
        assert!(tiles(3000, 2000).iter().all(|t| t.place[2] == 1280 && t.place[3] == 1280));
    }
}
