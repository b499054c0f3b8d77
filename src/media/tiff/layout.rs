//! How a TIFF file stores numbers and directories.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

/// More pages than this are not counted. A chain of directories may be a circle.
pub(super) const MAX_PAGES: u64 = 1000;
/// More entries of one directory are not read.
pub(super) const MAX_ENTRIES: u64 = 4096;
const NEW_SUBFILE_TYPE: u16 = 254;
const SUBFILE_TYPE: u16 = 255;
const SUB_DIRECTORIES: u16 = 330;
/// Directories of metadata: EXIF, places, notes on exchange.
const METADATA: [u16; 3] = [34665, 34853, 40965];
pub(super) const STRIPS: u16 = 273;
pub(super) const TILES: u16 = 324;
pub(super) const THUMBNAIL: u16 = 513;
/// Bits of the type: a smaller copy of another picture, a mask of transparency.
pub(super) const REDUCED: u64 = 1;
pub(super) const MASK: u64 = 4;
/// Set here, in none of the type's 32 bits: a directory of metadata.
pub(super) const OF_METADATA: u64 = 1 << 32;
/// One directory.
pub(super) struct Page {
    pub(super) kind: u64,
    /// Places of directories that belong to it, and whether they are metadata.
    pub(super) within: Vec<(u64, bool)>,
    pub(super) next: Option<u64>,
}

/// Order of bytes, and whether places have 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) is_little: bool,
    is_big: bool,
}

impl Layout {
    pub(super) fn from_magic(bytes: &[u8]) -> Option<Self> {
        let (is_little, is_big) = match bytes.get(..4)? {
            b"II*\0" => (true, false),
            b"MM\0*" => (false, false),
            b"II+\0" => (true, true),
            b"MM\0+" => (false, true),
            _ => return None,
        };
        Some(Self { is_little, is_big })
    }

    /// The place of the first directory.
    pub(super) fn first(self, bytes: &[u8]) -> Option<u64> {
        if self.is_big { self.number(bytes, 8, 8) } else { self.number(bytes, 4, 4) }
    }

    /// Bytes of the number of entries, of an entry, of a place.
    pub(super) const fn sizes(self) -> (usize, usize, usize) {
        if self.is_big { (8, 20, 8) } else { (2, 12, 4) }
    }

    pub(super) fn directory(self, bytes: &[u8], at: u64) -> Option<Page> {
        let (of_count, of_entry, of_place) = self.sizes();
        let at = usize::try_from(at).ok()?;
        let n = self.number(bytes, at, of_count)?;
        let begin = at.checked_add(of_count)?;
        let (mut kind, mut within) = (0, Vec::new());
        for i in 0..n.min(MAX_ENTRIES) {
            let entry = begin.checked_add(usize::try_from(i).ok()?.checked_mul(of_entry)?)?;
            let tag = self.number(bytes, entry, 2)? as u16;
            let value = entry.checked_add(of_entry.checked_sub(of_place)?)?;
            match tag {
                NEW_SUBFILE_TYPE => kind = self.number(bytes, value, 4)?,
                // The older tag: 2 is a smaller copy.
                SUBFILE_TYPE if self.number(bytes, value, 2)? == 2 => kind |= REDUCED,
                SUB_DIRECTORIES => {
                    let places = self.places(bytes, entry, value).unwrap_or_default();
                    within.extend(places.into_iter().map(|at| (at, false)));
                }
                tag if METADATA.contains(&tag) => {
                    within.extend(self.number(bytes, value, of_place).map(|at| (at, true)));
                }
                _ => {}
            }
        }
        let end = begin.checked_add(usize::try_from(n).ok()?.checked_mul(of_entry)?)?;
        // A directory that is cut off has no next one.
        Some(Page { kind, within, next: self.number(bytes, end, of_place) })
    }

    /// The places that an entry lists; its value lies at `value`.
    fn places(self, bytes: &[u8], entry: usize, value: usize) -> Option<Vec<u64>> {
        let of_count = if self.is_big { 8 } else { 4 };
        let size = match self.number(bytes, entry.checked_add(2)?, 2)? {
            4 | 13 => 4,
            16 | 18 => 8,
            _ => return None,
        };
        let n = self.number(bytes, entry.checked_add(4)?, of_count)?.min(MAX_PAGES);
        let n = usize::try_from(n).ok()?;
        let fits = n.checked_mul(size)? <= of_count;
        let begin = if fits {
            value
        } else {
            usize::try_from(self.number(bytes, value, of_count)?).ok()?
        };
        let place = |i: usize| self.number(bytes, begin.checked_add(i.checked_mul(size)?)?, size);
        (0..n).map(place).collect()
    }

    /// A number of so many bytes, 8 at most.
    pub(super) fn number(self, bytes: &[u8], at: usize, size: usize) -> Option<u64> {
        let word = bytes.get(at..at.checked_add(size)?)?;
        let add = |sum: u64, byte: &u8| sum.wrapping_shl(8) | u64::from(*byte);
        Some(if self.is_little { word.iter().rev().fold(0, add) } else { word.iter().fold(0, add) })
    }
}
