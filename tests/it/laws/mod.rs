//! Laws that hold for every input: proptest makes the inputs and shrinks those that break a law.

mod cards;
mod json;
mod masks;
pub(crate) mod tools;
mod transforms;

use pentimento::annotate::{Mask, Patch};
use pentimento::base::Point;
use proptest::collection::vec;
use proptest::prelude::*;

/// Sizes of masks; many widths lie around the edge of a 32-bit word.
fn size() -> impl Strategy<Value = (u32, u32)> {
    (prop_oneof![1..75u32, 30..35u32, 62..67u32], 1..22u32)
}

/// A mask of this size, from empty to full: parts, holes, islands.
fn mask_sized((w, h): (u32, u32)) -> impl Strategy<Value = Mask> {
    (0..=100u8, vec(0..100u8, (w * h) as usize)).prop_map(move |(percent, dice)| {
        let values: Vec<u8> = dice.iter().map(|d| if *d < percent { 255 } else { 0 }).collect();
        Mask::from_bytes(w, h, &values).expect("the size fits")
    })
}

/// A point in a picture of this size or up to half its size outside.
fn point_near((w, h): (u32, u32)) -> impl Strategy<Value = Point> {
    let (w, h) = (w as f32, h as f32);
    (-w / 2.0..w * 1.5, -h / 2.0..h * 1.5).prop_map(|(x, y)| Point { x, y })
}

/// The mask of all pixels for which `is_set` holds.
pub(crate) fn filled(w: u32, h: u32, is_set: impl Fn(u32, u32) -> bool) -> Mask {
    let values: Vec<u8> = (0..h)
        .flat_map(|y| (0..w).map(move |x| (x, y)))
        .map(|(x, y)| if is_set(x, y) { 255 } else { 0 })
        .collect();
    Mask::from_bytes(w, h, &values).expect("the size fits")
}

/// A copy of the mask with the patch applied.
pub(crate) fn patched(mask: &Mask, patch: &Patch) -> Mask {
    let mut out = mask.clone();
    patch.apply(&mut out);
    out
}
