//! Bytes of a file with the offset at which they stand in it.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

/// Part of a file. Every access is checked; what is not there is `None`.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::metadata) struct Span<'a> {
    pub(in crate::metadata) bytes: &'a [u8],
    /// Offset of the first byte in the file.
    pub(in crate::metadata) at: u64,
}

impl<'a> Span<'a> {
    pub(in crate::metadata) const fn new(bytes: &'a [u8], at: u64) -> Self {
        Self { bytes, at }
    }

    pub(in crate::metadata) const fn len(self) -> usize {
        self.bytes.len()
    }

    pub(in crate::metadata) const fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// The offset in the file of a byte of this part.
    pub(in crate::metadata) fn place(self, index: usize) -> u64 {
        self.at.saturating_add(index as u64)
    }

    /// `length` bytes from `from` on, if all of them are there.
    pub(in crate::metadata) fn part(self, from: usize, length: usize) -> Option<Self> {
        let bytes = self.bytes.get(from..from.checked_add(length)?)?;
        Some(Self { bytes, at: self.place(from) })
    }

    /// As many of `length` bytes from `from` on as are there.
    pub(in crate::metadata) fn part_there(self, from: usize, length: usize) -> Self {
        let rest = self.rest(from);
        Self { bytes: rest.bytes.get(..length).unwrap_or(rest.bytes), at: rest.at }
    }

    /// Everything from `from` on; empty behind the end.
    pub(in crate::metadata) fn rest(self, from: usize) -> Self {
        let from = from.min(self.bytes.len());
        Self { bytes: self.bytes.get(from..).unwrap_or_default(), at: self.place(from) }
    }

    /// The same part up to its first zero byte, and the part behind that byte.
    pub(in crate::metadata) fn split_at_zero(self) -> (Self, Self) {
        let end = self.bytes.iter().position(|b| *b == 0).unwrap_or(self.bytes.len());
        (self.part_there(0, end), self.rest(end.saturating_add(1)))
    }

    pub(in crate::metadata) fn starts_with(self, head: &[u8]) -> bool {
        self.bytes.starts_with(head)
    }

    /// Whether these bytes stand at `from`.
    pub(in crate::metadata) fn has(self, from: usize, word: &[u8]) -> bool {
        self.bytes.get(from..).is_some_and(|rest| rest.starts_with(word))
    }

    pub(in crate::metadata) fn array<const N: usize>(self, from: usize) -> Option<[u8; N]> {
        self.bytes.get(from..from.checked_add(N)?)?.try_into().ok()
    }

    pub(in crate::metadata) fn u8(self, from: usize) -> Option<u8> {
        self.bytes.get(from).copied()
    }

    pub(in crate::metadata) fn be16(self, from: usize) -> Option<u16> {
        self.array(from).map(u16::from_be_bytes)
    }

    pub(in crate::metadata) fn be32(self, from: usize) -> Option<u32> {
        self.array(from).map(u32::from_be_bytes)
    }

    pub(in crate::metadata) fn be64(self, from: usize) -> Option<u64> {
        self.array(from).map(u64::from_be_bytes)
    }

    pub(in crate::metadata) fn le16(self, from: usize) -> Option<u16> {
        self.array(from).map(u16::from_le_bytes)
    }

    pub(in crate::metadata) fn le32(self, from: usize) -> Option<u32> {
        self.array(from).map(u32::from_le_bytes)
    }

    /// A number of 1 to 8 bytes, most significant first.
    pub(in crate::metadata) fn be(self, from: usize, n_bytes: usize) -> Option<u64> {
        let bytes = self.part(from, n_bytes).filter(|_| (1..=8).contains(&n_bytes))?.bytes;
        Some(bytes.iter().fold(0u64, |value, b| value.wrapping_shl(8) | u64::from(*b)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_keep_their_place_and_never_reach_beyond_the_end() {
        let span = Span::new(b"abc\0de", 100);
        let part = span.part(4, 2).unwrap();
        assert_eq!((part.bytes, part.at), (b"de".as_slice(), 104));
        assert!(span.part(5, 2).is_none() && span.part(usize::MAX, 2).is_none(), "beyond");
        assert_eq!(span.part_there(5, 9).bytes, b"e");
        assert_eq!((span.rest(99).len(), span.rest(99).at), (0, 106));
        let (head, tail) = span.split_at_zero();
        assert_eq!((head.bytes, tail.bytes, tail.at), (b"abc".as_slice(), b"de".as_slice(), 104));
        assert_eq!(span.be(0, 3), Some(0x61_6263));
        assert_eq!((span.be(0, 0), span.be(0, 9), span.be16(5)), (None, None, None));
    }
}
