//! Pixels of GIF frames that are not shown.
//!
//! Source: the GIF89a specification, sections 18 (screen), 20 (image descriptor) and 22 (data).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::lzw::{Packing, count};
use crate::media::container::{after_color_table, after_sub_blocks, is_filling};

/// More frames than this are not looked at.
const MAX_FRAMES: u64 = 100_000;

/// Frames with pixels that are not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct GifSurplus {
    /// They reach beyond the screen.
    pub(super) n_outside: u64,
    /// Their data go on behind their last row.
    pub(super) n_longer: u64,
}

/// Walks all frames.
pub(super) fn gif_surplus(bytes: &[u8]) -> GifSurplus {
    let mut found = GifSurplus::default();
    // Whatever cannot be read ends the walk.
    let _end = walk(bytes, &mut found);
    found
}

fn walk(bytes: &[u8], found: &mut GifSurplus) -> Option<()> {
    let side = |at: usize| {
        let word = bytes.get(at..at.checked_add(2)?)?;
        Some(u32::from(u16::from_le_bytes(word.try_into().ok()?)))
    };
    let screen = (side(6)?, side(8)?);
    let mut at = after_color_table(*bytes.get(10)?, 13)?;
    for _ in 0..MAX_FRAMES {
        while bytes.get(at) == Some(&0x21) {
            at = after_sub_blocks(bytes, at.checked_add(2)?)?;
        }
        if bytes.get(at) != Some(&0x2C) {
            return None;
        }
        let sides: Vec<u32> =
            [1, 3, 5, 7].iter().map_while(|n| side(at.checked_add(*n)?)).collect();
        let [left, top, width, height] = sides[..] else { return None };
        let is_outside =
            left.saturating_add(width) > screen.0 || top.saturating_add(height) > screen.1;
        found.n_outside = found.n_outside.saturating_add(u64::from(is_outside));
        let data = after_color_table(*bytes.get(at.checked_add(9)?)?, at.checked_add(10)?)?;
        let bits = u32::from(*bytes.get(data)?);
        at = after_sub_blocks(bytes, data.checked_add(1)?).unwrap_or(bytes.len());
        let packed = sub_blocks(bytes.get(data.checked_add(1)?..at)?);
        let most = u64::from(width).saturating_mul(u64::from(height));
        let counted = count(packed.iter().copied(), bits, Packing::Gif, most);
        let behind = packed.get(counted.n_read..).unwrap_or_default();
        let is_longer = counted.n_unpacked > most
            || (counted.n_unpacked == most && behind.len() > 1 && !is_filling(behind));
        found.n_longer = found.n_longer.saturating_add(u64::from(is_longer));
    }
    None
}

/// The data without the lengths of their blocks.
fn sub_blocks(bytes: &[u8]) -> Vec<u8> {
    let (mut rest, mut data) = (bytes, Vec::with_capacity(bytes.len()));
    while let Some((length, after)) = rest.split_first() {
        let (block, next) = after.split_at(usize::from(*length).min(after.len()));
        data.extend_from_slice(block);
        rest = next;
    }
    data
}
