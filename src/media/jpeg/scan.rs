//! Reads the codes of one scan, block by block, without making pixels of them.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::bits::BitReader;
use super::huffman::HuffmanTable;
use super::picture::{Component, Picture};

/// Values beyond these times their step are not written by encoders: the largest coefficient of 8-bit
/// samples is 1024.
const LARGEST_DC: u32 = 2048;
const LARGEST_AC: u32 = 4096;
/// So many equal bytes in a row look like a lost sector.
const LOST_RUN: usize = 32;
/// Blocks of codes that are all the same, as of a plain wall, are shorter than so many bits.
const PLAIN_BLOCK_BITS: usize = 64;
/// So many bytes may be left over at the end of a scan.
const MAX_LEFT_OVER: usize = 2;

/// What a start-of-scan segment says.
#[derive(Debug)]
pub(super) struct ScanHead {
    /// Number of the component, of its DC table and of its AC table.
    parts: Vec<(usize, usize, usize)>,
    /// First and last coefficient, in zigzag order.
    band: (usize, usize),
    /// The coefficients have been scanned before, and get one more bit.
    is_refining: bool,
    /// Bits of each coefficient that are still to come.
    bits_to_come: u8,
}

impl ScanHead {
    /// `None` when it does not fit the picture.
    pub(super) fn new(segment: &[u8], picture: &Picture) -> Option<Self> {
        let (n, rest) = segment.split_first()?;
        let (parts, end) = rest.split_at_checked(usize::from(*n).checked_mul(2)?)?;
        let [from, to, bits, ..] = end else { return None };
        let (pairs, _) = parts.as_chunks::<2>();
        let part = |[id, tables]: &[u8; 2]| {
            let number = picture.components.iter().position(|c| c.id == *id)?;
            Some((number, usize::from(tables >> 4), usize::from(tables & 15)))
        };
        let parts: Vec<_> = pairs.iter().map(part).collect::<Option<_>>()?;
        let band = if picture.is_progressive { (*from, *to) } else { (0, 63) };
        let band = (usize::from(band.0), usize::from(band.1));
        let fits = (1..=4).contains(&parts.len())
            && band.0 <= band.1
            && band.1 < 64
            && (!picture.is_progressive || (band.0 == 0) == (band.1 == 0))
            && (band.0 == 0 || parts.len() == 1);
        let (is_refining, bits_to_come) =
            if picture.is_progressive { (bits >> 4 != 0, bits & 15) } else { (false, 0) };
        fits.then_some(Self { parts, band, is_refining, bits_to_come })
    }
}

/// How a scan came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScanFault {
    /// Row of pixels from which on the scan cannot be relied on.
    pub(super) first_row: u32,
    /// What is wrong, in words.
    pub(super) what: &'static str,
}

/// The end of a stretch of entropy-coded data: the place of the next marker, or the end of the data.
pub(super) fn data_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(rest) = bytes.get(at..) {
        let Some(offset) = rest.iter().position(|b| *b == 0xFF) else { break };
        let place = at.saturating_add(offset);
        if bytes.get(place.saturating_add(1)).is_none_or(|next| *next != 0) {
            return place;
        }
        at = place.saturating_add(2);
    }
    bytes.len()
}

/// The code of the marker at a place, and the place behind it. Fill bytes are passed over.
pub(super) fn marker(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    let rest = bytes.get(at..)?;
    let n_fill = rest.iter().position(|b| *b != 0xFF)?;
    let code = *rest.get(n_fill)?;
    (n_fill > 0).then(|| (code, at.saturating_add(n_fill).saturating_add(1)))
}

/// State between the blocks of one stretch.
struct Stretch<'a> {
    bits: BitReader<'a>,
    /// By component: the last DC value.
    last_dc: [i64; 4],
    /// Blocks to come in which the band is empty.
    empty_blocks: u32,
    /// Place in the data where a sector may have been lost.
    lost: Option<std::ops::Range<usize>>,
    /// The first unit in it.
    lost_from: Option<u32>,
    /// The first unit with something that no encoder writes.
    suspect: Option<u32>,
}

/// Reads a scan whose data begin at `at`; gives the place of the marker behind it.
pub(super) fn read_scan(
    picture: &mut Picture,
    head: &ScanHead,
    bytes: &[u8],
    at: usize,
) -> (usize, Option<ScanFault>) {
    let single = match head.parts.as_slice() {
        [(number, _, _)] => picture.components.get(*number).map(|c| (c.blocks, c.sampling)),
        _ => None,
    };
    let unit_height = picture.unit_height();
    let (across, down, height) = match single {
        Some(((across, down), (_, v))) => {
            (across, down, unit_height.checked_div(v).unwrap_or(unit_height))
        }
        None => {
            let along = |pixels: u32, most: u32| pixels.div_ceil(most.saturating_mul(8).max(1));
            let (size, most) = (picture.size, picture.sampling);
            (along(size.0, most.0), along(size.1, most.1), unit_height)
        }
    };
    let total = across.saturating_mul(down);
    // Two rows of units earlier: garbage shows a little after the place where it begins.
    let row_of = |unit: u32| {
        unit.checked_div(across).unwrap_or(0).saturating_sub(2).saturating_mul(height)
    };
    let every = picture.restart_every;
    let (mut at, mut done, mut next_restart) = (at, 0u32, 0u8);
    loop {
        let end = data_end(bytes, at);
        let data = bytes.get(at..end).unwrap_or_default();
        let rest = total.saturating_sub(done);
        let n_units = if every == 0 { rest } else { rest.min(every) };
        let mut stretch = Stretch {
            bits: BitReader::new(data),
            last_dc: [0; 4],
            empty_blocks: 0,
            lost: lost_run(data),
            lost_from: None,
            suspect: None,
        };
        let until = done.saturating_add(n_units);
        let fault = stretch.read(picture, head, done..until, across);
        let suspect = stretch.suspect.unwrap_or(done);
        let is_cut = end >= bytes.len();
        let next = marker(bytes, end);
        let fault = match fault {
            // A file that was cut off is whole up to there.
            Some((unit, ENDS)) if is_cut => Some((stretch.suspect.unwrap_or(unit), ENDS)),
            Some((_, ENDS)) => Some((suspect, ENDS)),
            Some((unit, what)) => Some((stretch.suspect.unwrap_or(unit), what)),
            None if stretch.has_left_over(data) => Some((suspect, LEFT_OVER)),
            None => None,
        };
        let fault = fault.map(|(unit, what)| ScanFault { first_row: row_of(unit), what });
        done = until;
        if fault.is_some() || done >= total {
            return (end, fault);
        }
        match next {
            Some((code, after)) if code == 0xD0 | next_restart => {
                next_restart = next_restart.wrapping_add(1) & 7;
                at = after;
            }
            _ => {
                let what = if is_cut { ENDS } else { "a restart marker is missing" };
                let first_row = row_of(until.saturating_sub(u32::from(!is_cut)));
                return (end, Some(ScanFault { first_row, what }));
            }
        }
    }
}

const ENDS: &str = "the data end before the picture does";
const LEFT_OVER: &str = "more data are there than the picture needs";
const NO_CODE: &str = "a code is there that does not exist";
const LOST: &str = "a stretch of the data is overwritten";
const TOO_LONG: &str = "a block has more values than it has room for";

/// The place of the first long run of one byte.
fn lost_run(data: &[u8]) -> Option<std::ops::Range<usize>> {
    // Every 16th byte first: a run covers two of them.
    let step = LOST_RUN / 2;
    let mut at = 0usize;
    while let (Some(a), Some(b)) = (data.get(at), data.get(at.saturating_add(step))) {
        if a == b {
            let begin = data.get(..at).unwrap_or_default();
            let before = begin.iter().rev().take_while(|v| *v == a).count();
            let after = data.get(at..).unwrap_or_default();
            let n = after.iter().take_while(|v| *v == a).count();
            if before.saturating_add(n) >= LOST_RUN {
                return Some(at.saturating_sub(before)..at.saturating_add(n));
            }
        }
        at = at.saturating_add(step);
    }
    None
}

impl Stretch<'_> {
    /// Reads units; gives the first faulty one and its fault.
    fn read(
        &mut self,
        picture: &mut Picture,
        head: &ScanHead,
        units: std::ops::Range<u32>,
        across: u32,
    ) -> Option<(u32, &'static str)> {
        let Picture { components, steps, dc, ac, .. } = picture;
        let is_single = head.parts.len() == 1;
        for unit in units {
            let (x, y) = (unit.checked_rem(across)?, unit.checked_div(across)?);
            for (number, dc_table, ac_table) in &head.parts {
                let component = components.get_mut(*number)?;
                let (h, v) = if is_single { (1, 1) } else { component.sampling };
                let codes = Codes {
                    dc: dc.get(*dc_table).and_then(Option::as_ref),
                    ac: ac.get(*ac_table).and_then(Option::as_ref),
                    steps: steps.get(usize::from(component.table)).and_then(Option::as_ref),
                };
                for i in 0..h.saturating_mul(v) {
                    let column = x.saturating_mul(h).saturating_add(i.checked_rem(h)?);
                    let row = y.saturating_mul(v).saturating_add(i.checked_div(h)?);
                    let block = row.saturating_mul(component.padded.0).saturating_add(column);
                    match self.block(head, component, *number, block as usize, &codes) {
                        Ok(is_usual) => {
                            if !is_usual && !self.bits.is_at_end() && self.suspect.is_none() {
                                self.suspect = Some(unit);
                            }
                        }
                        // The bits that fill the last byte may look like anything.
                        Err(_) if self.bits.is_at_end() => return Some((unit, ENDS)),
                        Err(what) => return Some((unit, what)),
                    }
                }
            }
            if self.is_lost(unit, &head.parts, components) {
                return Some((unit, LOST));
            }
            if self.bits.is_beyond_end() {
                return Some((unit, ENDS));
            }
        }
        None
    }

    /// Whether a long run of one byte has just been read as blocks that nobody writes.
    fn is_lost(
        &mut self,
        unit: u32,
        parts: &[(usize, usize, usize)],
        components: &[Component],
    ) -> bool {
        let Some(run) = self.lost.clone().filter(|run| self.bits.n_read() > run.start) else {
            return false;
        };
        let from = *self.lost_from.get_or_insert(unit);
        self.suspect = self.suspect.or(Some(unit));
        if self.bits.n_read() < run.end {
            return false;
        }
        self.lost = None;
        let factors = parts.iter().filter_map(|(number, _, _)| components.get(*number));
        let in_unit = match parts.len() {
            1 => 1,
            _ => factors.map(|c| c.sampling.0.saturating_mul(c.sampling.1)).sum::<u32>(),
        };
        let n_units = unit.saturating_sub(from).saturating_add(1);
        let n_blocks = n_units.saturating_mul(in_unit) as usize;
        // Every unit of a progressive picture may stand for thousands of empty blocks.
        let n_bits = run.len().saturating_mul(8);
        run.len() >= 4 * LOST_RUN && n_bits > n_blocks.saturating_mul(PLAIN_BLOCK_BITS)
    }

    /// Whether more is left than some writers leave. Zeros are filling.
    fn has_left_over(&self, data: &[u8]) -> bool {
        let rest = data.get(self.bits.n_read()..).unwrap_or_default();
        rest.len() > MAX_LEFT_OVER && rest.iter().any(|b| *b != 0)
    }

    /// Reads one block; `false` when its values are none that an encoder writes.
    fn block(
        &mut self,
        head: &ScanHead,
        component: &mut Component,
        number: usize,
        block: usize,
        codes: &Codes<'_>,
    ) -> Result<bool, &'static str> {
        let (from, to) = head.band;
        let mut is_usual = true;
        let mut first = from;
        if from == 0 {
            first = 1;
            if head.is_refining {
                self.bits.skip(1);
            } else {
                is_usual = self.dc(number, codes, head.bits_to_come)?;
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
        if head.is_refining {
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

/// Tables for the blocks of one component.
struct Codes<'a> {
    dc: Option<&'a HuffmanTable>,
    ac: Option<&'a HuffmanTable>,
    steps: Option<&'a [u16; 64]>,
}

/// The bit of a coefficient, 0 to 63.
fn bit(k: usize) -> u64 {
    1u64.checked_shl(k as u32).unwrap_or(0)
}

impl ScanHead {
    /// Notes in the picture which bits this scan has brought.
    pub(super) fn note(&self, picture: &mut Picture) {
        for (number, _, _) in &self.parts {
            let Some(component) = picture.components.get_mut(*number) else { continue };
            let (from, to) = self.band;
            for k in from..=to {
                if let Some(bits) = component.bits_to_come.get_mut(k) {
                    *bits = self.bits_to_come;
                }
            }
        }
    }
}
