//! The pages of a TIFF file, raw files of cameras included.
//!
//! Sources: TIFF 6.0, sections 2 (directories) and 8 (`NewSubfileType`).

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

/// More pages than this are not counted. A chain of directories may be a circle.
const MAX_PAGES: u64 = 1000;
const NEW_SUBFILE_TYPE: u16 = 254;
/// Bits of the type: a smaller copy of another picture, a mask of transparency.
const REDUCED: u32 = 1;
const MASK: u32 = 4;

/// What the directories say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct TiffPages {
    /// The first picture is a smaller copy of another one in the file.
    pub(super) is_reduced_copy: bool,
    /// Pages behind the first that are neither smaller copies nor masks.
    pub(super) n_further: u64,
}

/// Walks the directories.
pub(super) fn tiff_pages(bytes: &[u8]) -> TiffPages {
    let mut found = TiffPages::default();
    let Some(order) = Order::from_magic(bytes) else { return found };
    let mut next = order.u32(bytes, 4);
    let mut n = 0u64;
    while let Some(at) = next.filter(|at| *at != 0 && n < MAX_PAGES) {
        let Some((kind, after)) = directory(bytes, order, at as usize) else { break };
        if n == 0 {
            found.is_reduced_copy = kind & REDUCED != 0;
        } else if kind & (REDUCED | MASK) == 0 {
            found.n_further = found.n_further.saturating_add(1);
        }
        n = n.saturating_add(1);
        next = Some(after);
    }
    found
}

/// The type of a page and the offset of the next one.
fn directory(bytes: &[u8], order: Order, at: usize) -> Option<(u32, u32)> {
    let n = usize::from(order.u16(bytes, at)?);
    let entries = at.checked_add(2)?;
    let mut kind = 0;
    for i in 0..n {
        let entry = entries.checked_add(i.checked_mul(12)?)?;
        if order.u16(bytes, entry)? == NEW_SUBFILE_TYPE {
            kind = order.u32(bytes, entry.checked_add(8)?)?;
        }
    }
    Some((kind, order.u32(bytes, entries.checked_add(n.checked_mul(12)?)?)?))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn from_magic(bytes: &[u8]) -> Option<Self> {
        match bytes.get(..4)? {
            b"II*\0" => Some(Self::Little),
            b"MM\0*" => Some(Self::Big),
            _ => None,
        }
    }

    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let word = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self == Self::Little { u16::from_le_bytes(word) } else { u16::from_be_bytes(word) })
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let word = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self == Self::Little { u32::from_le_bytes(word) } else { u32::from_be_bytes(word) })
    }
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        reason = "a test that cannot go on has failed"
    )]

    use super::*;

    /// A file of directories with these types, each with the offset of the next.
    fn file(kinds: &[u32]) -> Vec<u8> {
        let mut bytes = b"II*\0\x08\0\0\0".to_vec();
        for (i, kind) in kinds.iter().enumerate() {
            bytes.extend([1, 0, 254, 0, 4, 0, 1, 0, 0, 0]);
            bytes.extend(kind.to_le_bytes());
            let next = if i + 1 < kinds.len() { bytes.len() as u32 + 4 } else { 0 };
            bytes.extend(next.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn further_pages_are_counted_and_copies_are_not() {
        let pages = |kinds: &[u32]| {
            let TiffPages { is_reduced_copy, n_further } = tiff_pages(&file(kinds));
            (is_reduced_copy, n_further)
        };
        assert_eq!(pages(&[0]), (false, 0));
        assert_eq!(pages(&[0, 2, 1, 4, 0]), (false, 2), "two pages, a thumbnail and a mask");
        assert_eq!(pages(&[1, 0]), (true, 1), "as in a raw file");
    }

    #[test]
    fn a_circle_of_directories_ends() {
        let mut bytes = file(&[0]);
        let end = bytes.len() - 4;
        bytes[end..].copy_from_slice(&8u32.to_le_bytes());
        assert_eq!(tiff_pages(&bytes).n_further, MAX_PAGES - 1);
    }
}
