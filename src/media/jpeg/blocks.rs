//! Reads the codes of one block after the other.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::bits::BitReader;
use super::huffman::HuffmanTable;
use super::picture::Component;

/// Values beyond these times their step are not written by encoders: the largest coefficient of 8-bit
/// samples is 1024.
const LARGEST_DC: u32 = 2048;
const LARGEST_AC: u32 = 4096;
const NO_CODE: &str = "a code is there that does not exist";
const TOO_LONG: &str = "a block has more values than it has room for";

/// The coefficients of a scan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Band {
    /// In zigzag order.
    pub(super) first: usize,
    /// In zigzag order, included.
    pub(super) last: usize,
    /// The coefficients have been scanned before, and get one more bit.
    pub(super) is_refining: bool,
    /// Bits of each coefficient that are still to come.
    pub(super) bits_to_come: u8,
}

/// Tables for the blocks of one component.
pub(super) struct Codes<'a> {
    pub(super) dc: Option<&'a HuffmanTable>,
    pub(super) ac: Option<&'a HuffmanTable>,
    pub(super) steps: Option<&'a [u16; 64]>,
}

/// The bit of a coefficient, 0 to 63.
fn bit(k: usize) -> u64 {
    1u64.checked_shl(k as u32).unwrap_or(0)
}

/// State between the blocks of one stretch of data.
pub(super) struct BlockReader<'a> {
    pub(super) bits: BitReader<'a>,
    /// By component: the last DC value.
    last_dc: [i64; 4],
    /// Blocks to come in which the band is empty.
    empty_blocks: u32,
}

impl<'a> BlockReader<'a> {
    pub(super) const fn new(data: &'a [u8]) -> Self {
        Self { bits: BitReader::new(data), last_dc: [0; 4], empty_blocks: 0 }
    }

    /// Reads one block; `false` when its values are none that an encoder writes.
    pub(super) fn read(
        &mut self,
        band: &Band,
        component: &mut Component,
        number: usize,
        block: usize,
        codes: &Codes<'_>,
    ) -> Result<bool, &'static str> {
        let Band { first: from, last: to, .. } = *band;
        let mut is_usual = true;
        let mut first = from;
        if from == 0 {
            first = 1;
            if band.is_refining {
                self.bits.skip(1);
            } else {
                is_usual = self.dc(number, codes, band.bits_to_come)?;
            }
        }
        if first > to {
            return Ok(is_usual);
        }
        let table = codes.ac.ok_or(NO_CODE)?;
        if component.known.is_empty() {
            return Ok(self.ac_whole(table, codes.steps)? && is_usual);
        }
        let known = component.known.get_mut(block).ok_or(TOO_LONG)?;
        if band.is_refining {
            self.ac_refined(table, (first, to), known)?;
        } else {
            self.ac_first(table, (first, to), known)?;
        }
        Ok(is_usual)
    }

    fn dc(&mut self, number: usize, codes: &Codes<'_>, shift: u8) -> Result<bool, &'static str> {
        let n_bits = codes.dc.ok_or(NO_CODE)?.symbol(&mut self.bits).ok_or(NO_CODE)?;
        if n_bits > 15 {
            return Err(NO_CODE);
        }
        let raw = i64::from(self.bits.take(u32::from(n_bits)));
        let half = 1i64.checked_shl(u32::from(n_bits).saturating_sub(1)).unwrap_or(0);
        let is_negative = n_bits > 0 && raw < half;
        let lowest = half.saturating_mul(2).saturating_sub(1);
        let change = if is_negative { raw.saturating_sub(lowest) } else { raw };
        let Some(last) = self.last_dc.get_mut(number) else { return Ok(true) };
        *last = last.saturating_add(change);
        let value = last.unsigned_abs().checked_shl(u32::from(shift)).unwrap_or(u64::MAX);
        let step = codes.steps.map_or(1, |steps| u64::from(steps[0]));
        Ok(value.saturating_mul(step) <= u64::from(LARGEST_DC).saturating_add(step))
    }

    /// The other 63 values of a block that is sent as a whole.
    fn ac_whole(
        &mut self,
        table: &HuffmanTable,
        steps: Option<&[u16; 64]>,
    ) -> Result<bool, &'static str> {
        let (mut k, mut is_usual) = (1usize, true);
        while k < 64 {
            let symbol = table.symbol(&mut self.bits).ok_or(NO_CODE)?;
            let (run, n_bits) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            match (run, n_bits) {
                (0, 0) => break,
                (15, 0) => k = k.saturating_add(16),
                (_, 0) => return Err(NO_CODE),
                _ => {
                    k = k.saturating_add(run);
                    let step = match steps {
                        Some(steps) => *steps.get(k).ok_or(TOO_LONG)?,
                        None if k > 63 => return Err(TOO_LONG),
                        None => 1,
                    };
                    self.bits.skip(n_bits);
                    // The smallest value of so many bits.
                    let least = 1u32.checked_shl(n_bits.saturating_sub(1)).unwrap_or(0);
                    is_usual &= least.saturating_mul(u32::from(step))
                        <= LARGEST_AC.saturating_add(u32::from(step));
                    k = k.saturating_add(1);
                }
            }
        }
        Ok(is_usual)
    }

    /// The first scan of a band.
    fn ac_first(
        &mut self,
        table: &HuffmanTable,
        (first, to): (usize, usize),
        known: &mut u64,
    ) -> Result<(), &'static str> {
        if self.empty_blocks > 0 {
            self.empty_blocks = self.empty_blocks.saturating_sub(1);
            return Ok(());
        }
        let mut k = first;
        while k <= to {
            let symbol = table.symbol(&mut self.bits).ok_or(NO_CODE)?;
            let (run, n_bits) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            if n_bits == 0 && run < 15 {
                self.empty_blocks = self.run_of_blocks(run).saturating_sub(1);
                break;
            }
            k = k.saturating_add(run as usize);
            if n_bits > 0 {
                if k > to {
                    return Err(TOO_LONG);
                }
                self.bits.skip(n_bits);
                *known |= bit(k);
            }
            k = k.saturating_add(1);
        }
        Ok(())
    }

    /// A later scan of a band: one more bit of the values known, and new values.
    fn ac_refined(
        &mut self,
        table: &HuffmanTable,
        (first, to): (usize, usize),
        known: &mut u64,
    ) -> Result<(), &'static str> {
        let mut k = first;
        if self.empty_blocks == 0 {
            while k <= to {
                let symbol = table.symbol(&mut self.bits).ok_or(NO_CODE)?;
                let (mut run, n_bits) = (u32::from(symbol >> 4), u32::from(symbol & 15));
                match n_bits {
                    0 if run < 15 => {
                        self.empty_blocks = self.run_of_blocks(run);
                        break;
                    }
                    0 => {}
                    1 => self.bits.skip(1),
                    _ => return Err(NO_CODE),
                }
                while k <= to {
                    if *known & bit(k) != 0 {
                        self.bits.skip(1);
                    } else if run == 0 {
                        break;
                    } else {
                        run = run.saturating_sub(1);
                    }
                    k = k.saturating_add(1);
                }
                if n_bits > 0 {
                    if k > to {
                        return Err(TOO_LONG);
                    }
                    *known |= bit(k);
                }
                k = k.saturating_add(1);
            }
        }
        if self.empty_blocks > 0 {
            let band = *known & bit(k).wrapping_neg() & (u64::MAX >> 63usize.saturating_sub(to));
            for _ in 0..if k <= to { band.count_ones() } else { 0 } {
                self.bits.skip(1);
            }
            self.empty_blocks = self.empty_blocks.saturating_sub(1);
        }
        Ok(())
    }

    /// The number of blocks that a code for a run of empty ones stands for, this one included.
    fn run_of_blocks(&mut self, n_bits: u32) -> u32 {
        1u32.checked_shl(n_bits).unwrap_or(1).saturating_add(self.bits.take(n_bits))
    }
}
