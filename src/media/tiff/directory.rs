//! A directory of a TIFF file, to be asked for single entries.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ops::Range;

use super::layout::{Layout, MAX_ENTRIES, STRIPS, THUMBNAIL, TILES};

/// Bytes of a value of each type.
const VALUE_BYTES: [u64; 19] = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];
/// More values of one entry are not read: strips of one row each, many times over.
pub(super) const MAX_VALUES: u64 = 1 << 20;

/// The first directory of a file, to be asked for single entries.
#[derive(Debug, Clone, Copy)]
pub(in crate::media) struct Directory<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) layout: Layout,
    pub(super) at: usize,
}

impl<'a> Directory<'a> {
    pub(in crate::media) fn first(bytes: &'a [u8]) -> Option<Self> {
        let layout = Layout::from_magic(bytes)?;
        let at = usize::try_from(layout.first(bytes)?).ok()?;
        Some(Self { bytes, layout, at })
    }

    /// Width and height in pixels.
    pub(super) fn sides(&self) -> Option<[u64; 2]> {
        Some([self.value(256)?, self.value(257)?])
    }

    /// The whole numbers of an entry, or its bytes; `None` when it is not there or holds something else.
    pub(in crate::media) fn values(&self, wanted: u16) -> Option<Vec<u64>> {
        let Self { bytes, layout, .. } = *self;
        let (begin, size, n) = self.place(wanted)?;
        // Values that are cut off are not there.
        let one = |i: usize| layout.number(bytes, begin.checked_add(i.checked_mul(size)?)?, size);
        Some((0..n).map_while(one).collect())
    }

    pub(super) fn has_pixels(&self) -> bool {
        self.value(STRIPS).or_else(|| self.value(TILES)).is_some()
    }

    /// Itself, the values of its entries, and the pixels that they lead to.
    pub(super) fn ranges(&self) -> Vec<Range<u64>> {
        let Self { bytes, layout, at } = *self;
        let (of_count, of_entry, of_place) = layout.sizes();
        let n = layout.number(bytes, at, of_count).unwrap_or(0).min(MAX_ENTRIES);
        let range = |begin: u64, length: u64| begin..begin.saturating_add(length);
        let around = of_count.saturating_add(of_place) as u64;
        let own = n.saturating_mul(of_entry as u64).saturating_add(around);
        let mut ranges = vec![range(at as u64, own)];
        let entries = at.saturating_add(of_count);
        ranges.extend((0..n).filter_map(|i| {
            let entry = usize::try_from(i).ok()?.checked_mul(of_entry)?.checked_add(entries)?;
            let kind = layout.number(bytes, entry.checked_add(2)?, 2)?;
            let size = *VALUE_BYTES.get(usize::try_from(kind).ok()?)?;
            let length =
                layout.number(bytes, entry.checked_add(4)?, of_place)?.checked_mul(size)?;
            let value = entry.checked_add(of_entry.checked_sub(of_place)?)?;
            let begin = layout.number(bytes, value, of_place)?;
            (length > of_place as u64).then(|| range(begin, length))
        }));
        for (offsets, lengths) in [(STRIPS, 279u16), (TILES, 325), (THUMBNAIL, 514)] {
            let Some(offsets) = self.values(offsets) else { continue };
            // Without lengths the pixels may go to the end of the file.
            let lengths =
                self.values(lengths).unwrap_or_else(|| vec![bytes.len() as u64; offsets.len()]);
            ranges.extend(offsets.into_iter().zip(lengths).map(|(at, n)| range(at, n)));
        }
        ranges
    }

    /// The first whole number of an entry.
    pub(in crate::media) fn value(&self, wanted: u16) -> Option<u64> {
        let (begin, size, _) = self.place(wanted).filter(|(_, _, n)| *n > 0)?;
        self.layout.number(self.bytes, begin, size)
    }

    /// Writes the first number of an entry into a copy of the file; `None` when it does not fit.
    pub(in crate::media) fn set(&self, copy: &mut [u8], wanted: u16, value: u64) -> Option<()> {
        let (begin, size, _) = self.place(wanted).filter(|(_, _, n)| *n > 0)?;
        let place = copy.get_mut(begin..begin.checked_add(size)?)?;
        let (little, big) = (value.to_le_bytes(), value.to_be_bytes());
        let (number, rest) = if self.layout.is_little {
            little.split_at_checked(size)?
        } else {
            let (rest, number) = big.split_at_checked(big.len().checked_sub(size)?)?;
            (number, rest)
        };
        place.copy_from_slice(number);
        rest.iter().all(|byte| *byte == 0).then_some(())
    }

    /// Where the bytes of an entry lie in the file.
    pub(in crate::media) fn range(&self, wanted: u16) -> Option<Range<usize>> {
        let (begin, size, n) = self.place(wanted)?;
        Some(begin..begin.checked_add(size.checked_mul(n)?)?)
    }

    /// Where the whole numbers of an entry begin, bytes of each, and how many there are.
    fn place(&self, wanted: u16) -> Option<(usize, usize, usize)> {
        let Self { bytes, layout, at } = *self;
        let (of_count, of_entry, of_place) = layout.sizes();
        let n = layout.number(bytes, at, of_count)?;
        let begin = at.checked_add(of_count)?;
        let entry = (0..n.min(MAX_ENTRIES)).find_map(|i| {
            let entry = begin.checked_add(usize::try_from(i).ok()?.checked_mul(of_entry)?)?;
            (layout.number(bytes, entry, 2)? == u64::from(wanted)).then_some(entry)
        })?;
        let size = match layout.number(bytes, entry.checked_add(2)?, 2)? {
            1 | 7 => 1,
            3 => 2,
            4 => 4,
            16 => 8,
            _ => return None,
        };
        let n = layout.number(bytes, entry.checked_add(4)?, of_place)?.min(MAX_VALUES);
        let n = usize::try_from(n).ok()?;
        let value = entry.checked_add(of_entry.checked_sub(of_place)?)?;
        let begin = if n.checked_mul(size)? <= of_place {
            value
        } else {
            usize::try_from(layout.number(bytes, value, of_place)?).ok()?
        };
        Some((begin, size, n))
    }
}
