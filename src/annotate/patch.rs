//! A change of a mask: the set of pixels that flip, packed.

use super::mask::{Mask, PixelRect, Region, WORD};

/// Operation that combines a region with a mask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Change {
    /// Its pixels are set.
    #[default]
    Add,
    /// Its pixels are cleared.
    TakeAway,
}

impl Change {
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Add => Self::TakeAway,
            Self::TakeAway => Self::Add,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Packed {
    /// Lengths of runs that stay and that flip, alternating, row after row through the covered
    /// words; seven bits per byte, lowest first.
    Runs(Box<[u8]>),
    /// Plain bits, where runs would take more memory.
    Bits(Box<[u32]>),
}

/// The pixels that flip. Applying a patch twice leaves a mask as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// Tight bounds of the pixels that flip.
    bounds: Option<PixelRect>,
    n_pixels: u64,
    packed: Packed,
}

impl Patch {
    /// The patch that applies a region to a mask.
    pub fn new(mask: &Mask, region: &Region, change: Change) -> Self {
        let (first_word, top, pixels) = region.parts();
        let mut turned = Mask::new(pixels.width_px(), pixels.height_px());
        for y in 0..pixels.height_px().min(mask.height_px().saturating_sub(top)) {
            let old = mask.row(top + y).get(first_word..).unwrap_or_default();
            let new = turned.row_mut(y).iter_mut().zip(pixels.row(y)).zip(old);
            for ((out, wanted), old) in new {
                *out = match change {
                    Change::Add => wanted & !old,
                    Change::TakeAway => wanted & old,
                };
            }
        }
        Self::pack(&turned, first_word as u32 * WORD, top)
    }

    /// The patch from one mask to another of the same size; empty when the sizes differ.
    pub fn between(from: &Mask, to: &Mask) -> Self {
        let mut turned = Mask::new(from.width_px(), from.height_px());
        if (from.width_px(), from.height_px()) == (to.width_px(), to.height_px()) {
            let pairs = from.words().iter().zip(to.words());
            let words = turned.words_mut().iter_mut().zip(pairs);
            words.for_each(|(out, (a, b))| *out = a ^ b);
        }
        Self::pack(&turned, 0, 0)
    }

    /// One patch equal to these patches in sequence.
    pub fn merged(patches: &[Self], width_px: u32, height_px: u32) -> Self {
        let bounds = patches.iter().filter_map(|patch| patch.bounds);
        let Some(bounds) = bounds.reduce(PixelRect::union) else {
            return Self::pack(&Mask::new(0, 0), 0, 0);
        };
        let left = bounds.x0 / WORD * WORD;
        let right = bounds.x1.min(width_px);
        let (w, h) = (right - left, bounds.y1.min(height_px) - bounds.y0);
        let mut turned = Mask::new(w, h);
        for patch in patches {
            patch.each_run(|y, x0, x1| turned.flip_span(y - bounds.y0, x0 - left..x1 - left));
        }
        Self::pack(&turned, left, bounds.y0)
    }

    /// Packs the pixels of `turned`, which lies at `left` (a multiple of 32) and `top` of a mask.
    fn pack(turned: &Mask, left: u32, top: u32) -> Self {
        let Some(tight) = turned.bounds() else {
            return Self { bounds: None, n_pixels: 0, packed: Packed::Bits(Box::default()) };
        };
        let words = (tight.x0 / WORD) as usize..tight.x1.div_ceil(WORD) as usize;
        let rows = || (tight.y0..tight.y1).flat_map(|y| &turned.row(y)[words.clone()]);
        let room = words.len() * (tight.y1 - tight.y0) as usize * size_of::<u32>();
        let packed = match pack_runs(rows().copied(), room) {
            Some(runs) => Packed::Runs(runs),
            None => Packed::Bits(rows().copied().collect()),
        };
        let bounds = PixelRect {
            x0: left + tight.x0,
            y0: top + tight.y0,
            x1: left + tight.x1,
            y1: top + tight.y1,
        };
        Self { bounds: Some(bounds), n_pixels: turned.count(), packed }
    }

    /// Flips the pixels.
    pub fn apply(&self, mask: &mut Mask) {
        self.each_run(|y, x0, x1| mask.flip_span(y, x0..x1));
    }

    /// Calls with row, first column and end column of every run that flips.
    fn each_run(&self, mut call: impl FnMut(u32, u32, u32)) {
        let Some(bounds) = self.bounds else { return };
        let first_word = bounds.x0 / WORD;
        let (left, n_words) = (first_word * WORD, bounds.x1.div_ceil(WORD) - first_word);
        match &self.packed {
            Packed::Runs(bytes) => {
                let width = u64::from(n_words * WORD);
                let (mut at, mut turns) = (0u64, false);
                for length in lengths(bytes) {
                    let end = at + length;
                    while turns && at < end {
                        let (row, x) = (at / width, at % width);
                        let stop = (x + end - at).min(width);
                        call(bounds.y0 + row as u32, left + x as u32, left + stop as u32);
                        at += stop - x;
                    }
                    at = end;
                    turns = !turns;
                }
            }
            Packed::Bits(words) => {
                for (y, row) in words.chunks_exact(n_words as usize).enumerate() {
                    for (i, word) in row.iter().enumerate() {
                        let mut rest = *word;
                        while rest != 0 {
                            let x = rest.trailing_zeros();
                            let n = (rest >> x).trailing_ones();
                            let from = left + i as u32 * WORD + x;
                            call(bounds.y0 + y as u32, from, from + n);
                            rest &= !(u32::MAX >> (WORD - n) << x);
                        }
                    }
                }
            }
        }
    }

    /// Bounds of the pixels that change; `None` when none does.
    pub const fn bounds(&self) -> Option<PixelRect> {
        self.bounds
    }

    /// Pixels that change.
    pub const fn n_pixels(&self) -> u64 {
        self.n_pixels
    }

    /// Bytes it takes in memory.
    pub fn bytes(&self) -> usize {
        let packed = match &self.packed {
            Packed::Runs(bytes) => bytes.len(),
            Packed::Bits(words) => size_of_val::<[u32]>(words),
        };
        size_of::<Self>() + packed
    }
}

/// Run lengths of 0 and 1, alternating; `None` when they take more than `room` bytes.
fn pack_runs(words: impl Iterator<Item = u32>, room: usize) -> Option<Box<[u8]>> {
    let mut out = Vec::new();
    let (mut bit, mut length) = (0u32, 0u64);
    for word in words {
        let mut rest = WORD;
        while rest > 0 {
            let ahead = if bit == 1 { !word } else { word };
            let ahead = ahead >> (WORD - rest);
            let n = ahead.trailing_zeros().min(rest);
            length += u64::from(n);
            rest -= n;
            if rest > 0 {
                push_length(&mut out, length);
                (bit, length) = (1 - bit, 0);
            }
        }
        if out.len() > room {
            return None;
        }
    }
    if bit == 1 {
        push_length(&mut out, length);
    }
    (out.len() <= room).then(|| out.into_boxed_slice())
}

fn push_length(out: &mut Vec<u8>, mut length: u64) {
    while length >= 0x80 {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
}

fn lengths(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    let mut bytes = bytes.iter();
    std::iter::from_fn(move || {
        let (mut length, mut shift) = (0u64, 0);
        loop {
            let byte = *bytes.next()?;
            length |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(length);
            }
            shift += 7;
        }
    })
}
