//! Where in a long file others may begin.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::VecDeque;
use std::sync::LazyLock;

use super::embedded::{BEFORE_MARK, MARK_BYTES, begin_of_file};

/// Places that are kept, and of those behind them the last ones: in a clip of JPEG pictures each frame is
/// a place, and what was appended stands at the end.
const MAX_PLACES: usize = 4096;
const MAX_LAST: usize = 64;

/// Pairs of bytes to be looked for. A table answers for all at once, a gigabyte a second.
#[derive(Debug)]
pub(super) struct BytePairs(Vec<bool>);

impl BytePairs {
    pub(super) fn new(pairs: impl IntoIterator<Item = [u8; 2]>) -> Self {
        let mut table = vec![false; 1 << 16];
        for pair in pairs {
            if let Some(is_wanted) = table.get_mut(usize::from(u16::from_le_bytes(pair))) {
                *is_wanted = true;
            }
        }
        Self(table)
    }

    /// Where they stand, from a place on.
    pub(super) fn places<'a>(
        &'a self,
        bytes: &'a [u8],
        from: usize,
    ) -> impl Iterator<Item = usize> + 'a {
        let pairs = bytes.get(from..).unwrap_or_default().windows(2).enumerate();
        let found = pairs.filter(|(_, pair)| {
            let [first, second] = **pair else { return false };
            let index = usize::from(u16::from_le_bytes([first, second]));
            self.0.get(index).copied().unwrap_or(false)
        });
        found.map(move |(offset, _)| from.saturating_add(offset))
    }
}

/// The first two bytes of all marks.
static MARKS: LazyLock<BytePairs> = LazyLock::new(|| {
    let marks = *b"\xFF\xD8\x89P\x1A\x45\x30\x26GIRIBMIIMMFLOgftJXjPmo";
    BytePairs::new(marks.as_chunks::<2>().0.iter().copied())
});

/// The first mark at or behind `from`: where its file begins, and where the mark stands.
pub(super) fn next_place(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    MARKS.places(bytes, from).find_map(|at| begin_of_file(bytes, at).map(|begin| (begin, at)))
}

/// Places in a file at which others may begin.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::media) struct FoundPlaces {
    /// Bytes from the start of the file, in order.
    pub(in crate::media) places: Vec<u64>,
    /// There are more than are kept.
    pub(in crate::media) is_unfinished: bool,
}

/// Finds places in a file that comes piece by piece.
#[derive(Debug, Default)]
pub(in crate::media) struct PlaceFinder {
    /// The end of what came, and the piece behind it.
    held: Vec<u8>,
    /// The place of its first byte.
    begin: u64,
    /// Bytes of it that were looked at.
    n_done: usize,
    found: FoundPlaces,
    last: VecDeque<u64>,
}

impl PlaceFinder {
    pub(in crate::media) fn take(&mut self, piece: &[u8]) {
        self.held.extend_from_slice(piece);
        self.search(self.held.len().saturating_sub(MARK_BYTES));
        let n_old = self.n_done.saturating_sub(BEFORE_MARK);
        self.held.drain(..n_old);
        self.begin = self.begin.saturating_add(n_old as u64);
        self.n_done = self.n_done.saturating_sub(n_old);
    }

    /// What was found in the whole file.
    pub(in crate::media) fn finish(mut self) -> FoundPlaces {
        self.search(self.held.len());
        self.found.places.extend(self.last);
        self.found
    }

    /// Looks at the marks before `end`.
    fn search(&mut self, end: usize) {
        while let Some((place, mark)) = next_place(&self.held, self.n_done) {
            if mark >= end {
                break;
            }
            self.n_done = mark.saturating_add(1);
            let place = self.begin.saturating_add(place as u64);
            if self.found.places.len() < MAX_PLACES {
                self.found.places.push(place);
                continue;
            }
            self.last.push_back(place);
            if self.last.len() > MAX_LAST {
                self.last.pop_front();
                self.found.is_unfinished = true;
            }
        }
        self.n_done = self.n_done.max(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_whatever_the_pieces() {
        let mut file = vec![b'x'; 500];
        for (at, mark) in [(0, &b"\xFF\xD8\xFF"[..]), (61, b"....ftypisom"), (300, b"GIF89a")] {
            file.splice(at..at + mark.len(), mark.iter().copied());
        }
        file.extend(b"FLV\x01");
        for size in [1, 7, 32, 64, 1000] {
            let mut finder = PlaceFinder::default();
            file.chunks(size).for_each(|piece| finder.take(piece));
            assert_eq!(finder.finish().places, [0, 61, 300, 500], "pieces of {size}");
        }
    }

    #[test]
    fn too_many_places_are_reported() {
        let mut finder = PlaceFinder::default();
        finder.take(&b"FLV\x01".repeat(MAX_PLACES + MAX_LAST + 10));
        let found = finder.finish();
        assert!(found.is_unfinished && found.places.len() == MAX_PLACES + MAX_LAST);
        let last = (MAX_PLACES + MAX_LAST + 9) * 4;
        assert_eq!(found.places.last(), Some(&(last as u64)), "what stands at the end is kept");
    }
}
