//! Reads the tables of samples into a chart of packets.
//!
//! Source: ISO/IEC 14496-12, 8.6 and 8.7.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::metadata::packets::{CodedPacket, MAX_PACKETS, PacketChart, PacketTrack, collect};
use crate::metadata::source::input::Input;
use crate::metadata::source::span::Span;

/// Where the tables of a track lie: offset and bytes of their content.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::metadata) struct SampleTables {
    /// Offsets of the chunks, and whether they have eight bytes.
    pub(super) chunks: Option<(u64, u64, bool)>,
    /// Samples of each chunk.
    pub(super) stsc: Option<(u64, u64)>,
    /// Sizes.
    pub(super) stsz: Option<(u64, u64)>,
    /// Durations.
    pub(super) stts: Option<(u64, u64)>,
    /// From decoding to showing.
    pub(super) ctts: Option<(u64, u64)>,
    /// Key frames; without this table every frame is one.
    pub(super) stss: Option<(u64, u64)>,
}

/// The chart of a track; `None` without sizes or durations. `shift_s`: by its edit list.
pub(super) fn read(
    input: &mut Input<'_>,
    tables: &SampleTables,
    (track, scale): (u32, u32),
    shift_s: f64,
) -> Option<PacketChart> {
    let (at, length) = tables.stsz?;
    let head = input.read(at, 12);
    let head = Span::new(&head, at);
    let (fixed, n_declared) = (head.be32(4)?, u64::from(head.be32(8)?));
    let n_there = if fixed > 0 { n_declared } else { length.saturating_sub(12) / 4 };
    let n = usize::try_from(n_declared.min(n_there)).unwrap_or(usize::MAX).min(MAX_PACKETS);
    let durations = entries(input, tables.stts?, n);
    let shifts = tables.ctts.map(|place| entries(input, place, n)).unwrap_or_default();
    let shown = shown(&durations, &shifts, n);
    if shown.is_empty() {
        return None;
    }
    // A table of fixed sizes can declare any number: there are as many packets as have a time.
    let n = n.min(shown.len());
    let keys = tables.stss.map(|(at, length)| {
        let bytes = input.read(at, bytes_of(length, 8, n, 4));
        let (numbers, _) = bytes.get(8..).unwrap_or_default().as_chunks::<4>();
        numbers.iter().map(|number| u32::from_be_bytes(*number)).collect::<Vec<_>>()
    });
    let sizes: Vec<u32> = if fixed > 0 {
        vec![fixed; n]
    } else {
        let bytes = input.read(at.saturating_add(12), n.saturating_mul(4));
        let (sizes, _) = bytes.as_chunks::<4>();
        sizes.iter().map(|size| u32::from_be_bytes(*size)).collect()
    };
    let mut packets: Vec<CodedPacket> = Vec::with_capacity(n);
    for (time, bytes) in shown.iter().zip(sizes) {
        packets.push(CodedPacket { time: *time, bytes, is_key: keys.is_none() });
    }
    for number in keys.iter().flatten() {
        let index = usize::try_from(*number).unwrap_or(0).checked_sub(1);
        if let Some(packet) = index.and_then(|index| packets.get_mut(index)) {
            packet.is_key = true;
        }
    }
    let is_cut = n_declared > packets.len() as u64;
    let unit_s = f64::from(scale.max(1)).recip();
    collect(PacketTrack { number: track, unit_s, shift_s, n_declared, is_cut }, &packets)
}

/// Bytes to read of a table: no more than there are, and than `n` entries take.
fn bytes_of(length: u64, head: usize, n: usize, each: usize) -> usize {
    let most = n.saturating_mul(each).saturating_add(head);
    usize::try_from(length).map_or(most, |length| length.min(most))
}

/// The entries of a table of runs: how many samples, and their value.
fn entries(input: &mut Input<'_>, (at, length): (u64, u64), n: usize) -> Vec<(u32, u32)> {
    let bytes = input.read(at, bytes_of(length, 8, n, 8));
    let (pairs, _) = bytes.get(8..).unwrap_or_default().as_chunks::<8>();
    let pair = |pair: &[u8; 8]| {
        let [a, b, c, d, e, f, g, h] = *pair;
        (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))
    };
    pairs.iter().map(pair).collect()
}

/// When each of `n` packets is shown, in units of the track, in the order of decoding.
fn shown(durations: &[(u32, u32)], shifts: &[(u32, u32)], n: usize) -> Vec<i64> {
    let each = |runs: &[(u32, u32)]| -> Vec<u32> {
        let runs = runs.iter().flat_map(|(n, value)| std::iter::repeat_n(*value, *n as usize));
        runs.take(n).collect()
    };
    let shifts = each(shifts);
    let mut decoded = 0i64;
    let mut shown = Vec::with_capacity(n);
    for (i, duration) in each(durations).into_iter().enumerate() {
        // Newer files have negative shifts; in older ones none is as large as that.
        let shift = shifts.get(i).map_or(0, |shift| i64::from(shift.cast_signed()));
        shown.push(decoded.saturating_add(shift));
        decoded = decoded.saturating_add(i64::from(duration));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn times_sizes_and_key_frames_come_from_the_tables() {
        let stsz = table(&[0, 0, 4, 500, 90, 80, 70]);
        let stts = table(&[0, 1, 4, 10]);
        let ctts = table(&[0, 3, 1, 10, 1, 20, 2, 0]);
        let stss = table(&[0, 1, 1]);
        let bytes = [stsz.clone(), stts.clone(), ctts.clone(), stss.clone()].concat();
        let mut at = 0u64;
        let mut place = |table: &[u8]| {
            let found = (at, table.len() as u64);
            at += found.1;
            Some(found)
        };
        let tables = SampleTables {
            stsz: place(&stsz),
            stts: place(&stts),
            ctts: place(&ctts),
            stss: place(&stss),
            ..SampleTables::default()
        };
        let chart = read(&mut Input::Bytes(&bytes), &tables, (1, 10), -1.0).unwrap();
        let found: Vec<(f64, u32, bool, bool)> =
            chart.packets.iter().map(|p| (p.t_s, p.bytes, p.is_key, p.is_reordered)).collect();
        let expected = [
            (0.0, 500, true, false),
            (1.0, 80, false, true),
            (2.0, 90, false, false),
            (2.0, 70, false, true),
        ];
        assert_eq!(found, expected);
        assert_eq!((chart.n_declared, chart.key_frames().collect::<Vec<_>>()), (4, vec![0]));
    }

    #[test]
    fn tables_that_declare_too_much_take_no_memory() {
        let stsz = table(&[0, 7, u32::MAX]);
        let stts = table(&[0, 1, u32::MAX, 1]);
        let bytes = [stsz, stts].concat();
        let tables =
            SampleTables { stsz: Some((0, 12)), stts: Some((12, 16)), ..SampleTables::default() };
        let chart = read(&mut Input::Bytes(&bytes), &tables, (1, 1), 0.0).unwrap();
        assert_eq!((chart.packets.len(), chart.n_declared), (MAX_PACKETS, u64::from(u32::MAX)));
    }
}
