//! The head of an element, and numbers of variable length.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::metadata::source::span::Span;

/// Bytes that hold every head.
pub(super) const HEAD_BYTES: usize = 12;

/// Identifier, offset and end of the content. An open size has no end.
#[derive(Debug, Clone, Copy)]
pub(super) struct ElementHeader {
    pub(super) id: u32,
    pub(super) body: u64,
    pub(super) end: Option<u64>,
}

/// Reads the head at the start of these bytes.
pub(super) fn parse_head(bytes: Span<'_>) -> Option<ElementHeader> {
    let first = bytes.u8(0)?;
    let id_bytes = (first.leading_zeros() as usize).checked_add(1).filter(|n| *n <= 4)?;
    let id = u32::try_from(bytes.be(0, id_bytes)?).ok()?;
    let (size, size_bytes) = number(bytes.rest(id_bytes))?;
    let body = bytes.at.checked_add(id_bytes as u64)?.checked_add(size_bytes as u64)?;
    Some(ElementHeader { id, body, end: size.map(|size| body.saturating_add(size)) })
}

/// A number of variable length, `None` where all of its bits are set; and its bytes.
pub(super) fn number(bytes: Span<'_>) -> Option<(Option<u64>, usize)> {
    let n_bytes = (bytes.u8(0)?.leading_zeros() as usize).checked_add(1).filter(|n| *n <= 8)?;
    let stored = bytes.be(0, n_bytes)?;
    let bits = (n_bytes as u32).checked_mul(7)?;
    let mask = u64::MAX.checked_shr(64u32.checked_sub(bits)?)?;
    let value = stored & mask;
    Some(((value != mask).then_some(value), n_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_and_numbers_have_their_length() {
        let head = parse_head(Span::new(&[0x1A, 0x45, 0xDF, 0xA3, 0x84, 1], 100)).unwrap();
        assert_eq!((head.id, head.body, head.end), (0x1A45_DFA3, 105, Some(109)));
        let open = parse_head(Span::new(&[0xA3, 0x01, 255, 255, 255, 255, 255, 255, 255], 0));
        assert_eq!(open.unwrap().end, None);
        assert!(parse_head(Span::new(&[0x00, 1, 2, 3], 0)).is_none());
        assert_eq!(number(Span::new(&[0x40, 0x02], 0)), Some((Some(2), 2)));
        assert_eq!(number(Span::new(&[0x40], 0)), None, "cut off");
    }
}
