//! How many bytes the codes of GIF and TIFF files stand for, without unpacking them.
//!
//! Sources: the GIF89a specification, appendix F; TIFF 6.0, section 13.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

/// Longest code in bits.
const MAX_BITS: u32 = 12;
const MAX_CODES: usize = 1 << MAX_BITS;

/// How a format packs its codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// Low bits first.
    Gif,
    /// High bits first; codes grow one code early.
    Tiff,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted {
    /// Bytes that the codes stand for. Counting ends when they are more than wanted.
    pub(super) n_unpacked: u64,
    /// Bytes read until the end code or until counting ended.
    pub(super) n_read: usize,
}

/// Counts up to the first byte beyond `most`. Damaged codes end the count. `literal_bits`: bits of
/// the values, from 1 to 11.
pub(super) fn count(
    data: impl IntoIterator<Item = u8>,
    literal_bits: u32,
    packing: Packing,
    most: u64,
) -> Counted {
    let mut counted = Counted { n_unpacked: 0, n_read: 0 };
    if !(1..MAX_BITS).contains(&literal_bits) {
        return counted;
    }
    let clear = 1usize.wrapping_shl(literal_bits);
    let (end, first) = (clear.saturating_add(1), clear.saturating_add(2));
    let shortest = literal_bits.saturating_add(1);
    // Lengths of what the codes from `first` on stand for.
    let mut lengths = vec![0u32; MAX_CODES];
    let (mut held, mut n_held) = (0u32, 0u32);
    let (mut width, mut next, mut last) = (shortest, first, None::<u32>);
    for byte in data {
        counted.n_read = counted.n_read.saturating_add(1);
        held = match packing {
            Packing::Gif => held | u32::from(byte).wrapping_shl(n_held),
            Packing::Tiff => held.wrapping_shl(8) | u32::from(byte),
        };
        n_held = n_held.saturating_add(8);
        while n_held >= width {
            let mask = 1u32.wrapping_shl(width).wrapping_sub(1);
            n_held = n_held.saturating_sub(width);
            let code = match packing {
                Packing::Gif => {
                    let code = held & mask;
                    held = held.wrapping_shr(width);
                    code
                }
                Packing::Tiff => held.wrapping_shr(n_held) & mask,
            } as usize;
            if code == clear {
                (width, next, last) = (shortest, first, None);
                continue;
            }
            if code == end {
                return counted;
            }
            let length = match last {
                _ if code < clear => 1,
                _ if code < next => lengths.get(code).copied().unwrap_or(0),
                Some(last) if code == next && next < MAX_CODES => last.saturating_add(1),
                _ => return counted,
            };
            counted.n_unpacked = counted.n_unpacked.saturating_add(u64::from(length));
            if counted.n_unpacked > most {
                return counted;
            }
            if let (Some(last), Some(entry)) = (last, lengths.get_mut(next)) {
                *entry = last.saturating_add(1);
                next = next.saturating_add(1);
            }
            last = Some(length);
            let early = usize::from(packing == Packing::Tiff);
            if next.saturating_add(early) >= 1usize.wrapping_shl(width) && width < MAX_BITS {
                width = width.saturating_add(1);
            }
        }
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_repeat_what_is_being_written_are_counted() {
        // 2-bit values: clear, 1, 6 (1 1, the entry being made), 6, end: 1 + 2 + 2 bytes.
        let codes = [(4u32, 3u32), (1, 3), (6, 3), (6, 3), (5, 3)];
        let (mut held, mut n) = (0u32, 0);
        for (code, bits) in codes {
            held |= code << n;
            n += bits;
        }
        let bytes = held.to_le_bytes();
        let found = count(bytes, 2, Packing::Gif, 100);
        assert_eq!(found, Counted { n_unpacked: 5, n_read: 2 });
        assert_eq!(count(bytes, 2, Packing::Gif, 2).n_unpacked, 3, "it stops behind the limit");
        assert_eq!(count([0xFF; 9], 2, Packing::Gif, 100).n_unpacked, 0, "no such code");
        assert_eq!(count([0; 9], 12, Packing::Gif, 100).n_unpacked, 0);
    }
}
