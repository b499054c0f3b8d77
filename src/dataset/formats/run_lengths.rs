//! Run lengths: alternating lengths of clear and set pixels, clear first.
//!
//! Three encodings: down the columns (COCO, also compressed to text), along the rows of a box (CVAT),
//! and bits of a picture with four channels (Label Studio).

use crate::annotate::{Mask, PixelRect};

/// Run lengths of a sequence of booleans, `false` first.
fn run_lengths(values: impl Iterator<Item = bool>) -> Vec<u32> {
    let mut counts = vec![0u32];
    let mut is_set = false;
    for value in values {
        if value != is_set {
            counts.push(0);
            is_set = value;
        }
        if let Some(last) = counts.last_mut() {
            *last = last.saturating_add(1);
        }
    }
    counts
}

/// Run lengths down the columns, from left to right.
#[expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "indices follow from the size of the mask"
)]
pub(super) fn columns(mask: &Mask) -> Vec<u32> {
    let bytes = mask.to_bytes();
    let (w, h) = (mask.width_px() as usize, mask.height_px() as usize);
    run_lengths((0..w).flat_map(|x| {
        let bytes = &bytes;
        (0..h).map(move |y| bytes[y * w + x] != 0)
    }))
}

/// Sets the pixels of run lengths down the columns; `None` when they do not fill the mask exactly.
#[deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
pub(super) fn add_columns(mask: &mut Mask, counts: &[u32]) -> Option<()> {
    let (w, h) = (mask.width_px(), mask.height_px());
    let total: u64 = counts.iter().map(|n| u64::from(*n)).sum();
    if total != u64::from(w).checked_mul(u64::from(h))? {
        return None;
    }
    let (mut at, mut is_set) = (0u64, false);
    for n in counts {
        let end = at.checked_add(u64::from(*n))?;
        if is_set {
            for i in at..end {
                let x = i.checked_div(u64::from(h))? as u32;
                let y = i.checked_rem(u64::from(h))? as u32;
                mask.set_span(y, x..x.checked_add(1)?);
            }
        }
        at = end;
        is_set = !is_set;
    }
    Some(())
}

/// The bounding box of the set pixels and the run lengths along its rows; `None` for an empty mask.
pub(super) fn boxed_rows(mask: &Mask) -> Option<(PixelRect, Vec<u32>)> {
    let area = mask.bounds()?;
    let rows = (area.y0..area.y1).flat_map(|y| (area.x0..area.x1).map(move |x| mask.get(x, y)));
    Some((area, run_lengths(rows)))
}

/// Sets the pixels of run lengths along the rows of a box; `None` when the box is not inside the
/// mask or the lengths exceed it.
#[deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
pub(super) fn add_boxed_rows(mask: &mut Mask, area: PixelRect, counts: &[u32]) -> Option<()> {
    let w = u64::from(area.x1.checked_sub(area.x0)?);
    let h = u64::from(area.y1.checked_sub(area.y0)?);
    let total: u64 = counts.iter().map(|n| u64::from(*n)).sum();
    // A last clear run may be missing.
    let is_inside = area.x1 <= mask.width_px() && area.y1 <= mask.height_px();
    if total > w.checked_mul(h)? || w == 0 || !is_inside {
        return None;
    }
    let (mut at, mut is_set) = (0u64, false);
    for n in counts {
        let end = at.checked_add(u64::from(*n))?;
        while is_set && at < end {
            let (y, x) = (at.checked_div(w)?, at.checked_rem(w)?);
            let n = end.checked_sub(at)?.min(w.checked_sub(x)?);
            let from = area.x0.checked_add(x as u32)?;
            mask.set_span(area.y0.checked_add(y as u32)?, from..from.checked_add(n as u32)?);
            at = at.checked_add(n)?;
        }
        at = end;
        is_set = !is_set;
    }
    Some(())
}

/// COCO's compression: from the fourth length on the difference to the one two before, in groups of
/// five bits, lowest first, with a sixth bit for "more follows", and 48 added to be printable.
#[expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "i - 2 is an earlier length; lengths have 32 bits"
)]
pub(super) fn compress(counts: &[u32]) -> String {
    let mut text = String::new();
    for (i, n) in counts.iter().enumerate() {
        let before = if i > 2 { i64::from(counts[i - 2]) } else { 0 };
        let mut rest = i64::from(*n) - before;
        loop {
            let group = (rest & 31) as u8;
            rest >>= 5;
            // Done when all bits left are copies of the sign.
            let is_last = rest == if group & 16 == 0 { 0 } else { -1 };
            text.push(char::from(48 + (group | if is_last { 0 } else { 32 })));
            if is_last {
                break;
            }
        }
    }
    text
}

/// Reverses [`compress`]; `None` for invalid text.
#[deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
pub(super) fn decompress(text: &str) -> Option<Vec<u32>> {
    let mut counts: Vec<u32> = Vec::new();
    let mut bytes = text.bytes().peekable();
    while bytes.peek().is_some() {
        let (mut value, mut shift) = (0i64, 0u32);
        loop {
            let group = bytes.next()?.checked_sub(48).filter(|group| *group < 64)?;
            if shift > 40 {
                return None;
            }
            value |= i64::from(group & 31).checked_shl(shift)?;
            shift = shift.checked_add(5)?;
            if group & 32 == 0 {
                if group & 16 != 0 {
                    value = value.checked_sub(1i64.checked_shl(shift)?)?;
                }
                break;
            }
        }
        if let [_, .., before, _] = counts.as_slice() {
            value = value.checked_add(i64::from(*before))?;
        }
        counts.push(u32::try_from(value).ok()?);
    }
    Some(counts)
}

/// Bit widths of the lengths that Label Studio writes: runs up to 8, 16, 256 and 65536.
const SIZES: [u32; 4] = [3, 4, 8, 16];

/// Label Studio's encoding of a picture with four equal channels, 255 where set.
///
/// Header: 32 bits number of values; 5 bits width of a value minus one; four times 4 bits width of a
/// length minus one. Then for each run: one bit for "all values equal", two bits that select the
/// width of the length, the length minus one, and the value, once or per value.
#[expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a mask has at most 2^31 pixels"
)]
pub(super) fn encode_brush(mask: &Mask) -> Vec<u8> {
    let mut out = BitWriter::default();
    let n = u64::from(mask.width_px()) * u64::from(mask.height_px()) * 4;
    out.push(n as u32, 32);
    out.push(7, 5);
    for size in SIZES {
        out.push(size - 1, 4);
    }
    let rows = (0..mask.height_px())
        .flat_map(|y| (0..mask.width_px()).map(move |x| (x, y)))
        .map(|(x, y)| mask.get(x, y));
    for (i, n) in run_lengths(rows).into_iter().enumerate() {
        let mut rest = u64::from(n) * 4;
        while rest > 0 {
            let now = rest.min(1 << 16);
            let choice = SIZES.iter().position(|size| now <= 1 << size).unwrap_or(3);
            out.push(1, 1);
            out.push(choice as u32, 2);
            out.push(now as u32 - 1, SIZES[choice]);
            out.push(if i % 2 == 1 { 255 } else { 0 }, 8);
            rest -= now;
        }
    }
    out.bytes
}

/// Whether a picture has more values than the header can express.
pub(super) fn is_too_large_for_brush(width_px: u32, height_px: u32) -> bool {
    u64::from(width_px).saturating_mul(u64::from(height_px)) > u64::from(u32::MAX / 4)
}

/// Sets the pixels whose fourth channel is at least one half; `None` when the bits do not encode a
/// picture of this size.
#[deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
pub(super) fn add_brush(mask: &mut Mask, bytes: &[u8]) -> Option<()> {
    let (w, h) = (u64::from(mask.width_px()), u64::from(mask.height_px()));
    let mut bits = BitReader { bytes, at: 0 };
    let n = u64::from(bits.take(32)?);
    if n != w.checked_mul(h)?.checked_mul(4)? {
        return None;
    }
    let word = bits.take(5)?.checked_add(1)?;
    let mut sizes = [0; 4];
    for size in &mut sizes {
        *size = bits.take(4)?.checked_add(1)?;
    }
    let half = 1u64.checked_shl(word.checked_sub(1)?)?;
    let set = |mask: &mut Mask, from: u64, to: u64| {
        // Pixels whose fourth channel lies in the run.
        let (mut pixel, end) = (from / 4, to / 4);
        while pixel < end {
            let (y, x) = (pixel.checked_div(w)?, pixel.checked_rem(w)?);
            let n = end.checked_sub(pixel)?.min(w.checked_sub(x)?);
            mask.set_span(y as u32, x as u32..x.checked_add(n)? as u32);
            pixel = pixel.checked_add(n)?;
        }
        Some(())
    };
    let mut at = 0u64;
    while at < n {
        let is_equal = bits.take(1)? == 1;
        let size = *sizes.get(bits.take(2)? as usize)?;
        let end = at.checked_add(u64::from(bits.take(size)?))?.checked_add(1)?;
        if end > n {
            return None;
        }
        if is_equal {
            if u64::from(bits.take(word)?) >= half {
                set(mask, at, end)?;
            }
            at = end;
        }
        while at < end {
            if u64::from(bits.take(word)?) >= half {
                set(mask, at, at.checked_add(1)?)?;
            }
            at = at.checked_add(1)?;
        }
    }
    Some(())
}

/// Writes bits, the highest of a byte first.
#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    /// Bits free in the last byte.
    free: u32,
}

impl BitWriter {
    fn push(&mut self, value: u32, n: u32) {
        for k in (0..n).rev() {
            if self.free == 0 {
                self.bytes.push(0);
                self.free = 8;
            }
            self.free = self.free.saturating_sub(1);
            if let Some(last) = self.bytes.last_mut() {
                *last |= ((value >> k & 1) as u8) << self.free;
            }
        }
    }
}

struct BitReader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl BitReader<'_> {
    #[deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
    fn take(&mut self, n: u32) -> Option<u32> {
        let mut value = 0u32;
        for _ in 0..n {
            let byte = self.bytes.get(self.at / 8)?;
            let bit = byte.rotate_left(1).rotate_left((self.at % 8) as u32) & 1;
            value = value << 1 | u32::from(bit);
            self.at = self.at.checked_add(1)?;
        }
        Some(value)
    }
}

/// Entry for `tests/fuzz`.
#[cfg(fuzzing)]
pub fn fuzz(bytes: &[u8]) {
    let Some((size, rest)) = bytes.split_first_chunk::<6>() else { return };
    let [width, height, x0, y0, x1, y1] = size.map(u32::from);
    let mut mask = Mask::new(width + 1, height + 1);
    let _brush = add_brush(&mut mask, rest);
    let words = rest.chunks_exact(4).map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]]));
    let counts: Vec<u32> = words.collect();
    let _columns = add_columns(&mut mask, &counts);
    let _rows = add_boxed_rows(&mut mask, PixelRect { x0, y0, x1, y1 }, &counts);
    if let Some(counts) = std::str::from_utf8(rest).ok().and_then(decompress) {
        let _columns = add_columns(&mut mask, &counts);
        assert_eq!(decompress(&compress(&counts)), Some(counts), "it comes back");
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Masks of all densities; some are one column or row.
    fn masks() -> impl Strategy<Value = Mask> {
        let size = prop_oneof![(1..70u32, 1..40u32), (Just(1), 1..300u32), (1..300u32, Just(1))];
        (size, 0..=255u8).prop_flat_map(|((w, h), threshold)| {
            vec(any::<u8>(), (w * h) as usize).prop_map(move |values| {
                let values: Vec<u8> =
                    values.iter().map(|v| if *v < threshold { 255 } else { 0 }).collect();
                Mask::from_bytes(w, h, &values).unwrap()
            })
        })
    }

    proptest! {
        #[test]
        fn every_kind_gives_every_pixel_back(mask in masks()) {
            let fresh = Mask::new(mask.width_px(), mask.height_px());
            let counts = columns(&mask);
            prop_assert_eq!(decompress(&compress(&counts)), Some(counts.clone()));
            let mut back = fresh.clone();
            prop_assert_eq!(add_columns(&mut back, &counts), Some(()));
            prop_assert_eq!(&back, &mask, "columns");
            let mut back = fresh.clone();
            if let Some((area, counts)) = boxed_rows(&mask) {
                prop_assert_eq!(add_boxed_rows(&mut back, area, &counts), Some(()));
            }
            prop_assert_eq!(&back, &mask, "rows of a box");
            let mut back = fresh;
            prop_assert_eq!(add_brush(&mut back, &encode_brush(&mask)), Some(()));
            prop_assert_eq!(&back, &mask, "brush");
        }

        /// Lengths of any size, also such as no mask has.
        #[test]
        fn compressed_text_holds_any_lengths(counts in vec(prop_oneof![0..64u32, any::<u32>()], 0..40)) {
            prop_assert_eq!(decompress(&compress(&counts)), Some(counts));
        }

        /// The other way round: what can be read is written with the same meaning.
        #[test]
        fn any_text_is_lengths_or_refused(
            text in prop_oneof![any::<String>(), "[0-o]{0,30}", "[0-O]{0,30}"]
        ) {
            if let Some(counts) = decompress(&text) {
                prop_assert_eq!(decompress(&compress(&counts)), Some(counts));
            }
        }

        #[test]
        fn any_lengths_are_a_mask_or_refused(
            (w, h) in (0..40u32, 0..40u32),
            [x0, y0, x1, y1] in prop::array::uniform4(0..45u32),
            counts in vec(prop_oneof![4 => 0..99u32, 1 => any::<u32>()], 0..20),
        ) {
            let mut mask = Mask::new(w, h);
            if add_columns(&mut mask, &counts).is_some() {
                let set: u32 = counts.iter().skip(1).step_by(2).sum();
                prop_assert_eq!(mask.count(), u64::from(set));
            }
            let mut mask = Mask::new(w, h);
            if add_boxed_rows(&mut mask, PixelRect { x0, y0, x1, y1 }, &counts).is_some() {
                let set: u32 = counts.iter().skip(1).step_by(2).sum();
                prop_assert_eq!(mask.count(), u64::from(set));
            }
        }

        #[test]
        fn brush_bits_with_one_byte_changed_are_a_mask_or_refused(
            mask in masks(), at in any::<prop::sample::Index>(), byte in any::<u8>()
        ) {
            let mut bytes = encode_brush(&mask);
            *at.get_mut(&mut bytes) = byte;
            let mut back = Mask::new(mask.width_px(), mask.height_px());
            if add_brush(&mut back, &bytes).is_some() {
                let mut again = Mask::new(mask.width_px(), mask.height_px());
                prop_assert_eq!(add_brush(&mut again, &encode_brush(&back)), Some(()));
                prop_assert_eq!(again, back);
            }
        }
    }

    #[test]
    fn known_letters_of_the_format() {
        // As pycocotools 2.0.11 writes 2 x 2 pixels with the first set: lengths 0, 1, 3.
        assert_eq!(compress(&[0, 1, 3]), "013");
        assert_eq!(decompress("013"), Some(vec![0, 1, 3]));
    }

    #[test]
    fn nonsense_is_refused() {
        let mut mask = Mask::new(4, 4);
        assert_eq!(add_columns(&mut mask, &[3, 4]), None, "too few");
        assert_eq!(add_columns(&mut mask, &[u32::MAX, u32::MAX]), None, "too many");
        let area = PixelRect { x0: 0, y0: 0, x1: 2, y1: 2 };
        assert_eq!(add_boxed_rows(&mut mask, area, &[2, 3]), None, "more than the box");
        let far = PixelRect { x0: 0, y0: 0, x1: 1, y1: u32::MAX };
        assert_eq!(add_boxed_rows(&mut mask, far, &[0, u32::MAX]), None, "beyond the picture");
        for text in ["o", "0\u{7f}", "é", "oooooooooooooo0"] {
            assert_eq!(decompress(text), None, "{text}");
        }
        assert_eq!(add_brush(&mut mask, &[]), None, "nothing");
        let whole = encode_brush(&mask.inverted());
        for n in 0..whole.len() {
            assert_eq!(add_brush(&mut mask, &whole[..n]), None, "cut off at {n}");
        }
        assert_eq!(add_brush(&mut Mask::new(5, 4), &whole), None, "another size");
    }
}
