//! A Huffman table of a JPEG picture.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::bits::BitReader;

/// Codes up to this length are looked up at once.
const FAST_BITS: u32 = 9;

/// Codes and the symbols they stand for.
#[derive(Debug, Clone)]
pub(super) struct HuffmanTable {
    /// By the next [`FAST_BITS`] bits: length and symbol; length 0 for longer codes.
    fast: Vec<(u8, u8)>,
    /// By length: the first code, the number of codes, the place of the first symbol.
    lengths: [(u32, u32, u32); 17],
    symbols: Vec<u8>,
}

impl HuffmanTable {
    /// From the 16 counts and the symbols of a DHT segment; `None` when they make no code.
    pub(super) fn new(counts: &[u8], symbols: &[u8]) -> Option<Self> {
        let mut lengths = [(0u32, 0u32, 0u32); 17];
        let (mut code, mut first) = (0u32, 0u32);
        let mut fast = vec![(0u8, 0u8); 1usize << FAST_BITS];
        for (length, count) in (1u32..).zip(counts) {
            let count = u32::from(*count);
            *lengths.get_mut(length as usize)? = (code, count, first);
            if code.checked_add(count)? > 1u32.checked_shl(length)? {
                return None;
            }
            if length <= FAST_BITS {
                let spread = 1u32.checked_shl(FAST_BITS.checked_sub(length)?)?;
                for i in 0..count {
                    let symbol = *symbols.get(first.checked_add(i)? as usize)?;
                    let from = code.checked_add(i)?.checked_mul(spread)? as usize;
                    let places = fast.get_mut(from..from.checked_add(spread as usize)?)?;
                    places.fill((length as u8, symbol));
                }
            }
            first = first.checked_add(count)?;
            code = code.checked_add(count)?.checked_mul(2)?;
        }
        (symbols.len() == first as usize).then(|| Self { fast, lengths, symbols: symbols.to_vec() })
    }

    /// The next symbol; `None` when no code begins so.
    pub(super) fn symbol(&self, bits: &mut BitReader<'_>) -> Option<u8> {
        let next = u32::from(bits.peek());
        let (length, symbol) = *self.fast.get((next >> (16 - FAST_BITS)) as usize)?;
        if length > 0 {
            bits.skip(u32::from(length));
            return Some(symbol);
        }
        for (length, (code, count, first)) in self.lengths.iter().enumerate().skip(1) {
            let length = length as u32;
            let head = next.checked_shr(16u32.saturating_sub(length))?;
            let place = head.wrapping_sub(*code);
            if place < *count {
                bits.skip(length);
                return self.symbols.get(first.checked_add(place)? as usize).copied();
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_all_lengths_are_read() {
        // 0 | 10 | 110 | 1110 | … | fifteen ones and a zero; sixteen ones are no code.
        let symbols: Vec<u8> = (1..=16).collect();
        let table = HuffmanTable::new(&[1; 16], &symbols).unwrap();
        for length in 1..=16u32 {
            let code = (0xFFFFu32 << (17 - length)) as u16;
            let bytes = code.to_be_bytes();
            // A byte 0xFF is stuffed.
            let stuffed: Vec<u8> = bytes
                .iter()
                .flat_map(|b| if *b == 0xFF { vec![0xFF, 0] } else { vec![*b] })
                .collect();
            let read = table.symbol(&mut BitReader::new(&stuffed));
            assert_eq!(read, Some(length as u8), "length {length}");
        }
        let ones = [0xFF, 0, 0xFF, 0];
        assert_eq!(table.symbol(&mut BitReader::new(&ones)), None, "no code");
    }

    #[test]
    fn counts_that_make_no_code_are_refused() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(HuffmanTable::new(&counts, &[1, 2, 3]).is_none(), "three codes of one bit");
        assert!(HuffmanTable::new(&[1; 16], &[1, 2]).is_none(), "symbols are missing");
    }
}
