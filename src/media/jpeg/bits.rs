//! Bits of a stretch of entropy-coded data.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

/// Reads bits between two markers; stuffed zeros are left out. Behind the end it gives zeros.
#[derive(Debug)]
pub(super) struct BitReader<'a> {
    data: &'a [u8],
    at: usize,
    /// The next bits, from the top.
    window: u64,
    n_bits: u32,
    /// Bits of the window that lie behind the end of the data.
    n_invented: u32,
}

impl<'a> BitReader<'a> {
    pub(super) const fn new(data: &'a [u8]) -> Self {
        Self { data, at: 0, window: 0, n_bits: 0, n_invented: 0 }
    }

    /// Fills the window to more than 32 bits.
    fn fill(&mut self) {
        while self.n_bits <= 56 {
            let byte = if let Some(byte) = self.data.get(self.at) {
                self.at = self.at.saturating_add(1);
                if *byte == 0xFF && self.data.get(self.at) == Some(&0) {
                    self.at = self.at.saturating_add(1);
                }
                *byte
            } else {
                self.n_invented = self.n_invented.saturating_add(8);
                0
            };
            let place = 56u32.saturating_sub(self.n_bits);
            self.window |= u64::from(byte) << place;
            self.n_bits = self.n_bits.saturating_add(8);
        }
    }

    /// The next 16 bits, which stay.
    pub(super) fn peek(&mut self) -> u16 {
        if self.n_bits < 16 {
            self.fill();
        }
        (self.window >> 48) as u16
    }

    /// Takes up to 16 bits away.
    pub(super) fn skip(&mut self, n: u32) {
        if self.n_bits < n {
            self.fill();
        }
        self.window = self.window.checked_shl(n).unwrap_or(0);
        self.n_bits = self.n_bits.saturating_sub(n);
    }

    /// The next bits as a number, 16 at most.
    pub(super) fn take(&mut self, n: u32) -> u32 {
        if n == 0 {
            return 0;
        }
        let value = u32::from(self.peek()).checked_shr(16u32.saturating_sub(n)).unwrap_or(0);
        self.skip(n);
        value
    }

    /// Whether bits were taken that are not there.
    pub(super) const fn is_beyond_end(&self) -> bool {
        self.n_invented > self.n_bits
    }

    /// Whether at most two bytes are left.
    pub(super) const fn is_at_end(&self) -> bool {
        self.n_read().saturating_add(2) >= self.data.len()
    }

    /// Bytes whose bits were taken, at least in part.
    pub(super) const fn n_read(&self) -> usize {
        let real = self.n_bits.saturating_sub(self.n_invented);
        self.at.saturating_sub((real >> 3) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffed_zeros_are_left_out_and_the_end_is_seen() {
        let mut bits = BitReader::new(&[0xFF, 0x00, 0xA5]);
        assert_eq!((bits.take(8), bits.take(4)), (0xFF, 0xA));
        assert!(!bits.is_beyond_end(), "four bits are left");
        assert_eq!((bits.take(4), bits.is_beyond_end()), (5, false));
        assert_eq!((bits.take(1), bits.is_beyond_end()), (0, true));
    }

    #[test]
    fn long_data_are_read_to_the_last_bit() {
        let data: Vec<u8> = (0..200).collect();
        let mut bits = BitReader::new(&data);
        for byte in &data {
            assert_eq!(bits.take(3) << 5 | bits.take(5), u32::from(*byte));
        }
        assert!(!bits.is_beyond_end(), "all of it was there");
        assert_eq!(bits.n_read(), 200);
    }
}
