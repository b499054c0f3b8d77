//! The pages of a TIFF file, raw files of cameras included.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ops::Range;

use super::directory::{Directory, MAX_VALUES};
use super::layout::{Layout, MASK, MAX_PAGES, OF_METADATA, REDUCED, STRIPS, THUMBNAIL, TILES};

const COLORS: u16 = 262;
const PRINTING_COLORS: u64 = 5;
const BITS_PER_SAMPLE: u16 = 258;
/// The longer side of thumbnails in pixels, at most.
const THUMBNAIL_PX: u64 = 320;

/// What the directories say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::media) struct TiffPages {
    /// The first picture is a smaller copy of another one in the file.
    pub(in crate::media) is_reduced_copy: bool,
    /// It is stored in printing colors.
    pub(in crate::media) is_printed: bool,
    /// Pages behind or within the first that are neither smaller copies nor masks, whatever they call
    /// themselves.
    pub(in crate::media) n_further: u64,
    /// Smaller copies that are larger than a thumbnail.
    pub(in crate::media) n_copies: u64,
}

/// Walks the directories, and those within them.
pub(in crate::media) fn tiff_pages(bytes: &[u8]) -> TiffPages {
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
pub(in crate::media) fn described(bytes: &[u8]) -> Vec<Range<u64>> {
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
pub(in crate::media) fn pixel_pieces(bytes: &[u8]) -> Vec<usize> {
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
pub(in crate::media) fn exif_thumbnail(block: &[u8]) -> Option<usize> {
    let layout = Layout::from_magic(block)?;
    let second = layout.directory(block, layout.first(block)?)?.next.filter(|at| *at != 0)?;
    let directory = Directory { bytes: block, layout, at: usize::try_from(second).ok()? };
    usize::try_from(directory.value(THUMBNAIL)?).ok()
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
