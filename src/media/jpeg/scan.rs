//! Reads the codes of one scan, block by block, without making pixels of them.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::blocks::{Band, BlockReader, Codes};
use super::picture::{Component, Picture};

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
    band: Band,
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
        let (first, last) = band;
        fits.then_some(Self { parts, band: Band { first, last, is_refining, bits_to_come } })
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
    blocks: BlockReader<'a>,
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
    let single = if let [(number, _, _)] = head.parts.as_slice() {
        picture.components.get(*number).map(|c| (c.blocks, c.sampling))
    } else {
        None
    };
    let unit_height = picture.unit_height();
    let (across, down, height) = if let Some(((across, down), (_, v))) = single {
        (across, down, unit_height.checked_div(v).unwrap_or(unit_height))
    } else {
        let along = |pixels: u32, most: u32| pixels.div_ceil(most.saturating_mul(8).max(1));
        let (size, most) = (picture.size, picture.sampling);
        (along(size.0, most.0), along(size.1, most.1), unit_height)
    };
    let total = across.saturating_mul(down);
    // Two rows of units earlier: garbage shows a little after the place where it begins.
    let row_of =
        |unit: u32| unit.checked_div(across).unwrap_or(0).saturating_sub(2).saturating_mul(height);
    let every = picture.restart_every;
    let (mut at, mut done, mut next_restart) = (at, 0u32, 0u8);
    loop {
        let end = data_end(bytes, at);
        let data = bytes.get(at..end).unwrap_or_default();
        let rest = total.saturating_sub(done);
        let n_units = if every == 0 { rest } else { rest.min(every) };
        let mut stretch = Stretch {
            blocks: BlockReader::new(data),
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
        let fault = fault.or_else(|| {
            // Whoever lowers the height of a picture with restart markers leaves whole stretches.
            let (code, after) = next.filter(|_| done >= total)?;
            let is_more = matches!(code, 0xD0..=0xD7)
                && data_end(bytes, after).saturating_sub(after) > MAX_LEFT_OVER;
            is_more.then(|| ScanFault { first_row: row_of(suspect), what: LEFT_OVER })
        });
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
const LOST: &str = "a stretch of the data is overwritten";

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
        let ScanHead { band, .. } = head;
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
                    match self.blocks.read(band, component, *number, block as usize, &codes) {
                        Ok(is_usual) => {
                            if !is_usual && !self.blocks.bits.is_at_end() && self.suspect.is_none()
                            {
                                self.suspect = Some(unit);
                            }
                        }
                        // The bits that fill the last byte may look like anything.
                        Err(_) if self.blocks.bits.is_at_end() => return Some((unit, ENDS)),
                        Err(what) => return Some((unit, what)),
                    }
                }
            }
            if self.is_lost(unit, &head.parts, components) {
                return Some((unit, LOST));
            }
            if self.blocks.bits.is_beyond_end() {
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
        let Some(run) = self.lost.clone().filter(|run| self.blocks.bits.n_read() > run.start)
        else {
            return false;
        };
        let from = *self.lost_from.get_or_insert(unit);
        self.suspect = self.suspect.or(Some(unit));
        if self.blocks.bits.n_read() < run.end {
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
        let rest = data.get(self.blocks.bits.n_read()..).unwrap_or_default();
        rest.len() > MAX_LEFT_OVER && rest.iter().any(|b| *b != 0)
    }
}

impl ScanHead {
    /// Whether the scan brings what is still to come: no value for the first time twice, no bit out of
    /// its turn.
    pub(super) fn follows_on(&self, picture: &Picture) -> bool {
        let Band { first, last, is_refining, bits_to_come } = self.band;
        let wanted = if is_refining { bits_to_come.saturating_add(1) } else { u8::MAX };
        let components = self.parts.iter().map(|(number, ..)| picture.components.get(*number));
        components.flatten().all(|component| {
            let band = component.bits_to_come.get(first..=last).unwrap_or_default();
            band.iter().all(|bits| *bits == wanted)
        })
    }

    /// Notes in the picture which bits this scan has brought.
    pub(super) fn note(&self, picture: &mut Picture) {
        for (number, _, _) in &self.parts {
            let Some(component) = picture.components.get_mut(*number) else { continue };
            for k in self.band.first..=self.band.last {
                if let Some(bits) = component.bits_to_come.get_mut(k) {
                    *bits = self.band.bits_to_come;
                }
            }
        }
    }
}
