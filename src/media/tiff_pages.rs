//! The pages of a TIFF file, raw files of cameras included.
//!
//! Sources: TIFF 6.0, sections 2 (directories) and 8 (`NewSubfileType`); TIFF technical note 1
//! (`SubIFDs`); the `BigTIFF` design of Aware Systems.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ops::Range;

/// More pages than this are not counted. A chain of directories may be a circle.
const MAX_PAGES: u64 = 1000;
/// More entries of one directory are not read.
const MAX_ENTRIES: u64 = 4096;
const NEW_SUBFILE_TYPE: u16 = 254;
const SUBFILE_TYPE: u16 = 255;
const SUB_DIRECTORIES: u16 = 330;
/// Directories of metadata: EXIF, places, notes on exchange.
const METADATA: [u16; 3] = [34665, 34853, 40965];
const COLORS: u16 = 262;
const PRINTING_COLORS: u64 = 5;
const STRIPS: u16 = 273;
const TILES: u16 = 324;
const BITS_PER_SAMPLE: u16 = 258;
const THUMBNAIL: u16 = 513;
/// Bits of the type: a smaller copy of another picture, a mask of transparency.
const REDUCED: u64 = 1;
const MASK: u64 = 4;
/// Set here, in none of the type's 32 bits: a directory of metadata.
const OF_METADATA: u64 = 1 << 32;
/// The longer side of thumbnails in pixels, at most.
const THUMBNAIL_PX: u64 = 320;

/// What the directories say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct TiffPages {
    /// The first picture is a smaller copy of another one in the file.
    pub(super) is_reduced_copy: bool,
    /// It is stored in printing colors.
    pub(super) is_printed: bool,
    /// Pages behind or within the first that are neither smaller copies nor masks, whatever they call
    /// themselves.
    pub(super) n_further: u64,
    /// Smaller copies that are larger than a thumbnail.
    pub(super) n_copies: u64,
}

/// Walks the directories, and those within them.
pub(super) fn tiff_pages(bytes: &[u8]) -> TiffPages {
    let mut found = TiffPages::default();
    let mut first = None;
    walk(bytes, |kind, directory| match &first {
        None => {
            found.is_reduced_copy = kind & REDUCED != 0;
            found.is_printed = directory.value(COLORS) == Some(PRINTING_COLORS);
            first = Some(directory.sides());
        }
        Some(first) => found.count(kind, &directory, *first),
    });
    found
}

/// The ranges of a file that its directories describe, themselves included, in order.
pub(super) fn described(bytes: &[u8]) -> Vec<Range<u64>> {
    let mut ranges = Vec::new();
    walk(bytes, |_, directory| ranges.extend(directory.ranges()));
    ranges.sort_unstable_by_key(|range| range.start);
    ranges
}

/// Visits the directories in their order, each with its type, and those within it.
fn walk<'a>(bytes: &'a [u8], mut visit: impl FnMut(u64, Directory<'a>)) {
    let Some(layout) = Layout::from_magic(bytes) else { return };
    let mut next = layout.first(bytes);
    let mut n = 0u64;
    let mut visit_at = |kind: u64, at: u64| {
        if let Ok(at) = usize::try_from(at) {
            visit(kind, Directory { bytes, layout, at });
        }
    };
    while let Some(at) = next.filter(|at| *at != 0 && n < MAX_PAGES) {
        let Some(page) = layout.directory(bytes, at) else { break };
        visit_at(page.kind, at);
        n = n.saturating_add(1);
        for (at, is_metadata) in page.within {
            let Some(inner) = layout.directory(bytes, at).filter(|_| n < MAX_PAGES) else { break };
            visit_at(inner.kind | if is_metadata { OF_METADATA } else { 0 }, at);
            n = n.saturating_add(1);
        }
        next = page.next;
    }
}

impl TiffPages {
    /// `first`: the sides of the first page.
    fn count(&mut self, kind: u64, directory: &Directory<'_>, first: Option<[u64; 2]>) {
        if kind & OF_METADATA != 0 && !directory.has_pixels() {
            return;
        }
        let sides = directory.sides();
        let pixels = |sides: Option<[u64; 2]>| sides.map(|[w, h]| w.saturating_mul(h));
        // A page that calls itself smaller and is not may be another picture.
        let is_smaller = pixels(sides).zip(pixels(first)).is_none_or(|(own, first)| own < first);
        // A mask has one bit a pixel.
        let is_mask =
            kind & MASK != 0 && directory.values(BITS_PER_SAMPLE).is_none_or(|bits| bits == [1]);
        if kind & REDUCED != 0 && is_smaller {
            let is_large = sides.is_some_and(|sides| sides.iter().any(|side| *side > THUMBNAIL_PX));
            self.n_copies = self.n_copies.saturating_add(u64::from(is_large));
        } else if !is_mask {
            self.n_further = self.n_further.saturating_add(1);
        }
    }
}

/// Where the pieces of pixels begin in the file, in order: of all pages but smaller copies, which nobody
/// examines, and up to [`MAX_VALUES`] pieces.
pub(super) fn pixel_pieces(bytes: &[u8]) -> Vec<usize> {
    let mut places = Vec::new();
    walk(bytes, |kind, directory| {
        if kind & REDUCED != 0 {
            return;
        }
        for offsets in [STRIPS, TILES] {
            let room = usize::try_from(MAX_VALUES).unwrap_or(0).saturating_sub(places.len());
            let offsets = directory.values(offsets).unwrap_or_default().into_iter().take(room);
            places.extend(offsets.filter_map(|offset| usize::try_from(offset).ok()));
        }
    });
    places.sort_unstable();
    places
}

/// Where the thumbnail of an EXIF block begins, which is a JPEG picture; counted from the block.
pub(super) fn exif_thumbnail(block: &[u8]) -> Option<usize> {
    let layout = Layout::from_magic(block)?;
    let second = layout.directory(block, layout.first(block)?)?.next.filter(|at| *at != 0)?;
    let directory = Directory { bytes: block, layout, at: usize::try_from(second).ok()? };
    usize::try_from(directory.value(THUMBNAIL)?).ok()
}

/// Bytes of a value of each type.
const VALUE_BYTES: [u64; 19] = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];
/// More values of one entry are not read: strips of one row each, many times over.
const MAX_VALUES: u64 = 1 << 20;

/// The first directory of a file, to be asked for single entries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Directory<'a> {
    bytes: &'a [u8],
    layout: Layout,
    at: usize,
}

impl<'a> Directory<'a> {
    pub(super) fn first(bytes: &'a [u8]) -> Option<Self> {
        let layout = Layout::from_magic(bytes)?;
        let at = usize::try_from(layout.first(bytes)?).ok()?;
        Some(Self { bytes, layout, at })
    }

    /// Width and height in pixels.
    fn sides(&self) -> Option<[u64; 2]> {
        Some([self.value(256)?, self.value(257)?])
    }

    /// The whole numbers of an entry, or its bytes; `None` when it is not there or holds something else.
    pub(super) fn values(&self, wanted: u16) -> Option<Vec<u64>> {
        let Self { bytes, layout, .. } = *self;
        let (begin, size, n) = self.place(wanted)?;
        // Values that are cut off are not there.
        let one = |i: usize| layout.number(bytes, begin.checked_add(i.checked_mul(size)?)?, size);
        Some((0..n).map_while(one).collect())
    }

    fn has_pixels(&self) -> bool {
        self.value(STRIPS).or_else(|| self.value(TILES)).is_some()
    }

    /// Itself, the values of its entries, and the pixels that they lead to.
    fn ranges(&self) -> Vec<Range<u64>> {
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
    pub(super) fn value(&self, wanted: u16) -> Option<u64> {
        let (begin, size, _) = self.place(wanted).filter(|(_, _, n)| *n > 0)?;
        self.layout.number(self.bytes, begin, size)
    }

    /// Writes the first number of an entry into a copy of the file; `None` when it does not fit.
    pub(super) fn set(&self, copy: &mut [u8], wanted: u16, value: u64) -> Option<()> {
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

/// One directory.
struct Page {
    kind: u64,
    /// Places of directories that belong to it, and whether they are metadata.
    within: Vec<(u64, bool)>,
    next: Option<u64>,
}

/// Order of bytes, and whether places have 64 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Layout {
    is_little: bool,
    is_big: bool,
}

impl Layout {
    fn from_magic(bytes: &[u8]) -> Option<Self> {
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
    fn first(self, bytes: &[u8]) -> Option<u64> {
        if self.is_big { self.number(bytes, 8, 8) } else { self.number(bytes, 4, 4) }
    }

    /// Bytes of the number of entries, of an entry, of a place.
    const fn sizes(self) -> (usize, usize, usize) {
        if self.is_big { (8, 20, 8) } else { (2, 12, 4) }
    }

    fn directory(self, bytes: &[u8], at: u64) -> Option<Page> {
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
    fn number(self, bytes: &[u8], at: usize, size: usize) -> Option<u64> {
        let word = bytes.get(at..at.checked_add(size)?)?;
        let add = |sum: u64, byte: &u8| sum.wrapping_shl(8) | u64::from(*byte);
        Some(if self.is_little { word.iter().rev().fold(0, add) } else { word.iter().fold(0, add) })
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

    /// The same with places of 64 bits, high byte first.
    fn big_file(kinds: &[u32]) -> Vec<u8> {
        let mut bytes = b"MM\0+\0\x08\0\0".to_vec();
        bytes.extend(16u64.to_be_bytes());
        for (i, kind) in kinds.iter().enumerate() {
            bytes.extend(1u64.to_be_bytes());
            bytes.extend([0, 254, 0, 4]);
            bytes.extend(1u64.to_be_bytes());
            bytes.extend(kind.to_be_bytes());
            bytes.extend([0; 4]);
            let next = if i + 1 < kinds.len() { bytes.len() as u64 + 8 } else { 0 };
            bytes.extend(next.to_be_bytes());
        }
        bytes
    }

    #[test]
    fn further_pages_are_counted_and_copies_are_not() {
        for write in [file, big_file] {
            let pages = |kinds: &[u32]| {
                let TiffPages { is_reduced_copy, n_further, .. } = tiff_pages(&write(kinds));
                (is_reduced_copy, n_further)
            };
            assert_eq!(pages(&[0]), (false, 0));
            assert_eq!(pages(&[0, 2, 1, 4, 0]), (false, 2), "two pages, a thumbnail and a mask");
            assert_eq!(pages(&[1, 0]), (true, 1), "as in a raw file");
        }
    }

    #[test]
    fn pictures_within_a_page_are_counted() {
        // A first page whose entry 330 leads to two directories behind it: a copy and a picture.
        let mut bytes = b"II*\0\x08\0\0\0\x01\0".to_vec();
        bytes.extend([74, 1, 4, 0, 2, 0, 0, 0, 26, 0, 0, 0, 0, 0, 0, 0]);
        let inner = bytes.len() as u32 + 8;
        bytes.extend(inner.to_le_bytes());
        bytes.extend((inner + 18).to_le_bytes());
        for kind in [1u8, 0] {
            bytes.extend([1, 0, 254, 0, 4, 0, 1, 0, 0, 0, kind, 0, 0, 0, 0, 0, 0, 0]);
        }
        let expected = TiffPages { n_further: 1, ..TiffPages::default() };
        assert_eq!(tiff_pages(&bytes), expected);
    }

    #[test]
    fn a_picture_in_the_place_of_metadata_is_a_further_page() {
        // A first page in printing colors whose EXIF lies behind it, with one entry.
        let with = |tag: u16| {
            let mut bytes = b"II*\0\x08\0\0\0\x02\0\x06\x01\x03\0\x01\0\0\0\x05\0\0\0".to_vec();
            bytes.extend(b"\x69\x87\x04\0\x01\0\0\0\x26\0\0\0\0\0\0\0\x01\0");
            bytes.extend(tag.to_le_bytes());
            bytes.extend(b"\x04\0\x01\0\0\0\x08\0\0\0\0\0\0\0");
            let TiffPages { n_further, is_printed, .. } = tiff_pages(&bytes);
            (n_further, is_printed)
        };
        assert_eq!(with(STRIPS), (1, true));
        assert_eq!(with(36864), (0, true), "EXIF without pixels");
    }

    /// A file of directories, each with a type, a width and a height.
    fn sized(pages: &[[u32; 3]]) -> Vec<u8> {
        let mut bytes = b"II*\0\x08\0\0\0".to_vec();
        for (i, values) in pages.iter().enumerate() {
            bytes.extend([3, 0]);
            for (tag, value) in [254u16, 256, 257].iter().zip(values) {
                bytes.extend(tag.to_le_bytes());
                bytes.extend([4, 0, 1, 0, 0, 0]);
                bytes.extend(value.to_le_bytes());
            }
            let next = if i + 1 < pages.len() { bytes.len() as u32 + 4 } else { 0 };
            bytes.extend(next.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn a_page_that_calls_itself_smaller_and_is_not_is_a_further_page() {
        let pages = |second: [u32; 3]| {
            let TiffPages { n_further, n_copies, .. } =
                tiff_pages(&sized(&[[0, 800, 600], second]));
            (n_further, n_copies)
        };
        assert_eq!(pages([1, 160, 120]), (0, 0), "a thumbnail");
        assert_eq!(pages([1, 400, 300]), (0, 1), "a smaller copy");
        assert_eq!(pages([1, 800, 600]), (1, 0), "as large as the first");
        assert_eq!(pages([4, 800, 600]), (0, 0), "a mask");
    }

    #[test]
    fn a_circle_of_directories_ends() {
        let mut bytes = file(&[0]);
        let end = bytes.len() - 4;
        bytes[end..].copy_from_slice(&8u32.to_le_bytes());
        assert_eq!(tiff_pages(&bytes).n_further, MAX_PAGES - 1);
    }
}
