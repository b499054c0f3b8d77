//! Masks: one bit per pixel.

use std::ops::Range;

use crate::base::RgbImage;

/// Pixels in a word.
pub(super) const WORD: u32 = 32;

/// A rectangle of whole pixels; right and lower edge are exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PixelRect {
    /// First column.
    pub x0: u32,
    /// First row.
    pub y0: u32,
    /// One past the last column.
    pub x1: u32,
    /// One past the last row.
    pub y1: u32,
}

impl PixelRect {
    /// Number of columns.
    pub const fn width(self) -> u32 {
        self.x1.saturating_sub(self.x0)
    }

    /// Number of rows.
    pub const fn height(self) -> u32 {
        self.y1.saturating_sub(self.y0)
    }

    /// The smallest rectangle that holds both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            x0: self.x0.min(other.x0),
            y0: self.y0.min(other.y0),
            x1: self.x1.max(other.x1),
            y1: self.y1.max(other.y1),
        }
    }
}

/// A raster of bits.
#[derive(Clone, PartialEq, Eq)]
pub struct Mask {
    width_px: u32,
    height_px: u32,
    /// Pixel `x` of a row is bit `x % 32` of word `x / 32`. Bits beyond the width are 0.
    words: Vec<u32>,
}

impl std::fmt::Debug for Mask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mask({} x {}, {} set)", self.width_px, self.height_px, self.count())
    }
}

impl Mask {
    /// No pixel set.
    pub fn new(width_px: u32, height_px: u32) -> Self {
        let n = width_px.div_ceil(WORD) as usize * height_px as usize;
        Self { width_px, height_px, words: vec![0; n] }
    }

    /// Sets pixels whose green is at least 128. `None` when the picture's sizes do not fit.
    pub fn from_green(picture: &RgbImage) -> Option<Self> {
        let values: Vec<u8> = picture.pixels.chunks_exact(3).map(|rgb| rgb[1]).collect();
        Self::from_bytes(picture.width_px, picture.height_px, &values)
    }

    /// Sets pixels whose value is at least 128; `[height_px, width_px]` bytes. `None` when their
    /// number does not fit.
    pub fn from_bytes(width_px: u32, height_px: u32, values: &[u8]) -> Option<Self> {
        if values.len() as u64 != u64::from(width_px) * u64::from(height_px) {
            return None;
        }
        let mut mask = Self::new(width_px, height_px);
        for (y, row) in values.chunks_exact((width_px as usize).max(1)).enumerate() {
            mask.set_row_where(y as u32, |x| row[x as usize] >= 128);
        }
        Some(mask)
    }

    /// 255 where set, 0 elsewhere: `[height_px, width_px]`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![0; self.width_px as usize * self.height_px as usize];
        for y in 0..self.height_px {
            let start = y as usize * self.width_px as usize;
            for run in self.runs(y) {
                out[start + run.start as usize..start + run.end as usize].fill(255);
            }
        }
        out
    }

    /// Columns.
    pub const fn width_px(&self) -> u32 {
        self.width_px
    }

    /// Rows.
    pub const fn height_px(&self) -> u32 {
        self.height_px
    }

    pub const fn row_words(&self) -> usize {
        self.width_px.div_ceil(WORD) as usize
    }

    /// All words, row by row.
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    /// The words of a row.
    pub fn row(&self, y: u32) -> &[u32] {
        let n = self.row_words();
        &self.words[y as usize * n..(y as usize + 1) * n]
    }

    pub(super) fn row_mut(&mut self, y: u32) -> &mut [u32] {
        let n = self.row_words();
        &mut self.words[y as usize * n..(y as usize + 1) * n]
    }

    pub(super) fn words_mut(&mut self) -> &mut [u32] {
        &mut self.words
    }

    /// Whether a pixel is set; false outside the mask.
    pub fn get(&self, x: u32, y: u32) -> bool {
        x < self.width_px
            && y < self.height_px
            && self.row(y)[(x / WORD) as usize] >> (x % WORD) & 1 == 1
    }

    /// Sets the pixels of a row; columns outside are ignored.
    pub fn set_span(&mut self, y: u32, columns: Range<u32>) {
        self.change_span(y, columns, |word, bits| word | bits);
    }

    /// Flips the pixels of a row; columns outside are ignored.
    pub fn flip_span(&mut self, y: u32, columns: Range<u32>) {
        self.change_span(y, columns, |word, bits| word ^ bits);
    }

    fn change_span(&mut self, y: u32, columns: Range<u32>, change: impl Fn(u32, u32) -> u32) {
        let (from, to) = (columns.start, columns.end.min(self.width_px));
        if y >= self.height_px || from >= to {
            return;
        }
        let (first, last) = ((from / WORD) as usize, ((to - 1) / WORD) as usize);
        for (i, word) in self.row_mut(y)[first..=last].iter_mut().enumerate() {
            let mut bits = u32::MAX;
            if i == 0 {
                bits &= u32::MAX << (from % WORD);
            }
            if first + i == last {
                bits &= u32::MAX >> (WORD - 1 - (to - 1) % WORD);
            }
            *word = change(*word, bits);
        }
    }

    /// Sets the pixels of a row for which `is_set` holds; the others are cleared.
    pub(super) fn set_row_where(&mut self, y: u32, is_set: impl Fn(u32) -> bool) {
        let width_px = self.width_px;
        for (i, word) in self.row_mut(y).iter_mut().enumerate() {
            let from = i as u32 * WORD;
            let n = WORD.min(width_px - from);
            *word = (0..n).fold(0, |bits, k| bits | u32::from(is_set(from + k)) << k);
        }
    }

    /// The runs of set pixels of a row, from left to right.
    pub fn runs(&self, y: u32) -> impl Iterator<Item = Range<u32>> + '_ {
        Runs { row: self.row(y), at: 0 }
    }

    /// Pixels set.
    pub fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Whether no pixel is set.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The complement.
    #[must_use]
    pub fn inverted(&self) -> Self {
        let mut out = self.clone();
        for y in 0..self.height_px {
            out.flip_span(y, 0..self.width_px);
        }
        out
    }

    /// The smallest rectangle with all pixels that are set; `None` when none is.
    pub fn bounds(&self) -> Option<PixelRect> {
        let rows = (0..self.height_px).filter(|y| self.row(*y).iter().any(|word| *word != 0));
        let (y0, y1) = rows.fold(None, |found, y| {
            let (first, _) = found.unwrap_or((y, y));
            Some((first, y))
        })?;
        let mut columns = vec![0u32; self.row_words()];
        for y in y0..=y1 {
            columns.iter_mut().zip(self.row(y)).for_each(|(all, word)| *all |= word);
        }
        let first = columns.iter().position(|word| *word != 0)?;
        let last = columns.iter().rposition(|word| *word != 0)?;
        let x0 = first as u32 * WORD + columns[first].trailing_zeros();
        let x1 = (last as u32 + 1) * WORD - columns[last].leading_zeros();
        Some(PixelRect { x0, y0, x1, y1: y1 + 1 })
    }
}

struct Runs<'a> {
    row: &'a [u32],
    /// The next column to look at.
    at: u32,
}

impl Runs<'_> {
    /// The first column from here on whose bit is as wanted.
    fn next_from(&self, from: u32, is_set: bool) -> Option<u32> {
        let flip = if is_set { 0 } else { u32::MAX };
        let first = (from / WORD) as usize;
        self.row.iter().enumerate().skip(first).find_map(|(i, word)| {
            let wanted = word ^ flip;
            let wanted = if i == first { wanted & (u32::MAX << (from % WORD)) } else { wanted };
            (wanted != 0).then(|| i as u32 * WORD + wanted.trailing_zeros())
        })
    }
}

impl Iterator for Runs<'_> {
    type Item = Range<u32>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.next_from(self.at, true)?;
        let end = self.next_from(start, false).unwrap_or(self.row.len() as u32 * WORD);
        self.at = end;
        Some(start..end)
    }
}

/// A set of pixels in a part of a larger mask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Column of the larger mask at which `pixels` begins; a multiple of 32.
    left: u32,
    /// Row of the larger mask at which `pixels` begins.
    top: u32,
    pixels: Mask,
}

impl Region {
    /// An empty region that covers this part of a mask.
    pub(super) fn covering(rect: PixelRect) -> Self {
        let left = rect.x0 / WORD * WORD;
        Self { left, top: rect.y0, pixels: Mask::new(rect.x1 - left, rect.y1 - rect.y0) }
    }

    /// A region as large as the mask it is for.
    pub const fn whole(pixels: Mask) -> Self {
        Self { left: 0, top: 0, pixels }
    }

    /// Sets pixels of a row by their place in the larger mask.
    pub(super) fn set_span(&mut self, y: u32, columns: Range<u32>) {
        let (from, to) = (columns.start.max(self.left), columns.end.max(self.left));
        if y >= self.top {
            self.pixels.set_span(y - self.top, from - self.left..to - self.left);
        }
    }

    /// Everything in either of two regions of one mask.
    #[must_use]
    pub fn union(self, other: &Self) -> Self {
        let covered = |region: &Self| PixelRect {
            x0: region.left,
            y0: region.top,
            x1: region.left + region.pixels.width_px,
            y1: region.top + region.pixels.height_px,
        };
        let mut out = Self::covering(covered(&self).union(covered(other)));
        for part in [&self, other] {
            for y in 0..part.pixels.height_px {
                for run in part.pixels.runs(y) {
                    out.set_span(part.top + y, part.left + run.start..part.left + run.end);
                }
            }
        }
        out
    }

    /// The first word of a row, the first row, and the words there.
    pub(super) const fn parts(&self) -> (usize, u32, &Mask) {
        ((self.left / WORD) as usize, self.top, &self.pixels)
    }

    /// Whether a pixel of the larger mask is in it.
    pub fn contains(&self, x: u32, y: u32) -> bool {
        x >= self.left && y >= self.top && self.pixels.get(x - self.left, y - self.top)
    }

    /// Pixels in it.
    pub fn count(&self) -> u64 {
        self.pixels.count()
    }
}
