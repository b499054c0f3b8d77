//! The head of a JPEG picture: size, components, tables.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::huffman::HuffmanTable;

/// One color component.
#[derive(Debug, Clone)]
pub(super) struct Component {
    pub(super) id: u8,
    /// Horizontal and vertical sampling factor, 1 to 4.
    pub(super) sampling: (u32, u32),
    /// Number of its quantization table.
    pub(super) table: u8,
    /// Blocks across and down that hold pixels.
    pub(super) blocks: (u32, u32),
    /// Blocks across and down, filled up to whole units of the picture.
    pub(super) padded: (u32, u32),
    /// Which coefficients of each block are known not to be zero; of progressive pictures only.
    pub(super) known: Vec<u64>,
    /// Bits of each coefficient that are still to come; 255 before its first scan.
    pub(super) bits_to_come: [u8; 64],
}

/// What the segments before a scan say.
#[derive(Debug, Clone, Default)]
pub(super) struct Picture {
    pub(super) size: (u32, u32),
    pub(super) is_progressive: bool,
    pub(super) components: Vec<Component>,
    /// Largest sampling factors.
    pub(super) sampling: (u32, u32),
    /// By number: the steps, in zigzag order.
    pub(super) steps: [Option<[u16; 64]>; 4],
    pub(super) dc: [Option<HuffmanTable>; 4],
    pub(super) ac: [Option<HuffmanTable>; 4],
    /// Units between two restart markers, 0 for none.
    pub(super) restart_every: u32,
}

impl Picture {
    /// Pixels of one unit of an interleaved scan, down.
    pub(super) const fn unit_height(&self) -> u32 {
        self.sampling.1.saturating_mul(8)
    }

    /// Takes in a start-of-frame segment; `None` when it cannot be checked here.
    pub(super) fn take_frame(&mut self, code: u8, segment: &[u8]) -> Option<()> {
        let [8, h1, h0, w1, w0, n, rest @ ..] = segment else { return None };
        let (width, height) = (u16::from_be_bytes([*w1, *w0]), u16::from_be_bytes([*h1, *h0]));
        let parts: Vec<&[u8]> = rest.chunks_exact(3).take(usize::from(*n)).collect();
        let is_whole = (1..=4).contains(n) && parts.len() == usize::from(*n);
        if width == 0 || height == 0 || !is_whole || !self.components.is_empty() {
            return None;
        }
        self.size = (u32::from(width), u32::from(height));
        self.is_progressive = code == 0xC2;
        for part in parts {
            let [id, factors, table] = part else { return None };
            let sampling = (u32::from(factors >> 4), u32::from(factors & 15));
            if !(1..=4).contains(&sampling.0) || !(1..=4).contains(&sampling.1) || *table > 3 {
                return None;
            }
            self.sampling = (self.sampling.0.max(sampling.0), self.sampling.1.max(sampling.1));
            self.components.push(Component {
                id: *id,
                sampling,
                table: *table,
                blocks: (0, 0),
                padded: (0, 0),
                known: Vec::new(),
                bits_to_come: [u8::MAX; 64],
            });
        }
        let (size, most, is_progressive) = (self.size, self.sampling, self.is_progressive);
        for component in &mut self.components {
            let along = |pixels: u32, of: u32, most: u32| {
                let unit = most.saturating_mul(8).max(1);
                let samples = pixels.saturating_mul(of).div_ceil(most.max(1));
                (samples.div_ceil(8), pixels.div_ceil(unit).saturating_mul(of))
            };
            let (across, padded_across) = along(size.0, component.sampling.0, most.0);
            let (down, padded_down) = along(size.1, component.sampling.1, most.1);
            component.blocks = (across, down);
            component.padded = (padded_across, padded_down);
            if is_progressive {
                let n = (padded_across as usize).checked_mul(padded_down as usize)?;
                component.known = vec![0; n];
            }
        }
        Some(())
    }

    /// Takes in a segment of quantization tables.
    pub(super) fn take_steps(&mut self, segment: &[u8]) -> Option<()> {
        let mut rest = segment;
        while let Some((head, tables)) = rest.split_first() {
            let is_wide = head >> 4 != 0;
            let (table, after) = tables.split_at_checked(if is_wide { 128 } else { 64 })?;
            let mut steps = [0u16; 64];
            if is_wide {
                let (pairs, _) = table.as_chunks::<2>();
                steps.iter_mut().zip(pairs).for_each(|(s, pair)| *s = u16::from_be_bytes(*pair));
            } else {
                steps.iter_mut().zip(table).for_each(|(s, v)| *s = u16::from(*v));
            }
            *self.steps.get_mut(usize::from(head & 15))? = Some(steps);
            rest = after;
        }
        Some(())
    }

    /// Takes in a segment of Huffman tables.
    pub(super) fn take_codes(&mut self, segment: &[u8]) -> Option<()> {
        let mut rest = segment;
        while let Some((head, tables)) = rest.split_first() {
            let (counts, after) = tables.split_at_checked(16)?;
            let n: usize = counts.iter().map(|n| usize::from(*n)).sum();
            let (symbols, after) = after.split_at_checked(n)?;
            let kind = if head >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            *kind.get_mut(usize::from(head & 15))? = Some(HuffmanTable::new(counts, symbols)?);
            rest = after;
        }
        Some(())
    }
}
