//! The packets of an AVI video, from its indexes.
//!
//! Short files have one index behind the frames. Files above 1 GiB have an index of indexes in the header
//! of each stream (`OpenDML`). Neither has times: frames come at an even pace. An entry without bytes is a
//! frame that stays as the one before: it takes its time and is no packet.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use crate::metadata::packets::{CodedPacket, MAX_PACKETS, PacketChart, PacketTrack, collect};
use crate::metadata::source::input::Input;
use crate::metadata::source::span::Span;

/// Bytes of an index that are read: entries of half a million packets.
const MAX_INDEX_BYTES: usize = 8 << 20;
/// Indexes that an index of indexes may name.
const MAX_INDEXES: usize = 256;
/// The bit of an entry that begins a decodable part.
const IS_KEY: u32 = 0x10;
/// The bit of an entry of a later index that does not.
const IS_NO_KEY: u32 = 0x8000_0000;

/// The first video stream, and where its packets are listed.
#[derive(Debug, Default)]
pub(super) struct PacketIndex {
    /// Number of streams whose headers were read.
    n_streams: u32,
    /// Number of the video stream, from 0; seconds of a frame; frames that the header declares.
    video: Option<(u32, f64, u64)>,
    /// Place of the index behind the frames.
    short: Option<(u64, u64)>,
    /// Places and bytes of the indexes that the header of the video stream names.
    long: Vec<(u64, u64)>,
}

impl PacketIndex {
    /// The header of a stream was read.
    pub(super) fn stream(&mut self, is_video: bool, body: Span<'_>) {
        let number = self.n_streams;
        self.n_streams = self.n_streams.saturating_add(1);
        if is_video && self.video.is_none() {
            let value = |at| body.le32(at).unwrap_or_default();
            let unit_s = f64::from(value(20)) / f64::from(value(24).max(1));
            self.video = Some((number, unit_s, value(32).into()));
        }
    }

    /// The index of indexes of the stream whose header was read last.
    pub(super) fn indexes(&mut self, body: Span<'_>) {
        let of_stream = self.n_streams.checked_sub(1);
        let is_video = self.video.is_some_and(|(number, ..)| Some(number) == of_stream);
        // Kind 0: it names indexes; kind 1: it is one itself.
        if !is_video || body.u8(3) != Some(0) {
            return;
        }
        let n = usize::try_from(body.le32(4).unwrap_or_default()).unwrap_or(0).min(MAX_INDEXES);
        let (entries, _) = body.rest(24).bytes.as_chunks::<16>();
        for entry in entries.iter().take(n) {
            let entry = Span::new(entry, 0);
            let [low, high, bytes] = [0, 4, 8].map(|at| u64::from(entry.le32(at).unwrap_or(0)));
            self.long.push((low | high.wrapping_shl(32), bytes));
        }
    }

    /// The index behind the frames.
    pub(super) const fn short(&mut self, at: u64, end: u64) {
        self.short = Some((at, end));
    }

    /// The packets of the video stream.
    pub(super) fn chart(&self, input: &mut Input<'_>) -> Option<PacketChart> {
        let (stream, unit_s, n_declared) = self.video?;
        let Found { packets, n_entries, is_cut } = match self.long.as_slice() {
            [] => short_index(input, self.short?, stream),
            long => long_indexes(input, long),
        };
        let number = stream.saturating_add(1);
        let n_empty = n_entries.saturating_sub(packets.len()) as u64;
        let n_declared = n_declared.saturating_sub(n_empty);
        collect(PacketTrack { number, unit_s, shift_s: 0.0, n_declared, is_cut }, &packets)
    }
}

/// What indexes list.
#[derive(Debug, Default)]
struct Found {
    packets: Vec<CodedPacket>,
    /// Entries of the stream, those without bytes included.
    n_entries: usize,
    /// There are more.
    is_cut: bool,
}

impl Found {
    /// Takes in an entry; false when there is no room.
    fn take(&mut self, bytes: u32, is_key: bool) -> bool {
        if self.n_entries >= MAX_PACKETS {
            self.is_cut = true;
            return false;
        }
        let time = self.n_entries as i64;
        self.n_entries = self.n_entries.saturating_add(1);
        if bytes > 0 {
            self.packets.push(CodedPacket { time, bytes, is_key });
        }
        true
    }
}

/// Packets from the index behind the frames.
fn short_index(input: &mut Input<'_>, (at, end): (u64, u64), stream: u32) -> Found {
    let length = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX);
    let bytes = input.read(at, length.min(MAX_INDEX_BYTES));
    let mut found = Found { is_cut: length > MAX_INDEX_BYTES, ..Found::default() };
    let (entries, _) = bytes.as_chunks::<16>();
    for entry in entries {
        let [a, b, c, d, ..] = *entry;
        let entry = Span::new(entry, 0);
        let digit = |byte: u8| char::from(byte).to_digit(10);
        let of = digit(a).zip(digit(b)).map(|(a, b)| a.saturating_mul(10).saturating_add(b));
        // Frames, compressed or not; others are sound, palettes and texts.
        if of != Some(stream) || !matches!([c, d], [b'd', b'c' | b'b']) {
            continue;
        }
        let is_key = entry.le32(4).unwrap_or_default() & IS_KEY != 0;
        if !found.take(entry.le32(12).unwrap_or_default(), is_key) {
            break;
        }
    }
    found
}

/// Packets from the indexes that a header names.
fn long_indexes(input: &mut Input<'_>, long: &[(u64, u64)]) -> Found {
    let (mut found, mut left) = (Found::default(), MAX_INDEX_BYTES);
    for (at, length) in long {
        let length = usize::try_from(*length).unwrap_or(usize::MAX);
        let bytes = input.read(*at, length.min(left));
        left = left.saturating_sub(length);
        // The head of the chunk, then that of the index.
        let body = Span::new(&bytes, *at).rest(8);
        let n = usize::try_from(body.le32(4).unwrap_or_default()).unwrap_or(0);
        let (entries, _) = body.rest(24).bytes.as_chunks::<8>();
        for entry in entries.iter().take(n) {
            let size = Span::new(entry, 0).le32(4).unwrap_or_default();
            if !found.take(size & !IS_NO_KEY, size & IS_NO_KEY == 0) {
                return found;
            }
        }
        if left == 0 {
            found.is_cut = true;
            return found;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    /// The header of a stream: 25 frames a second, so many frames.
    fn header(n: u32) -> Vec<u8> {
        numbers(&[0, 0, 0, 0, 0, 1, 25, 0, n])
    }

    fn found(chart: &PacketChart) -> Vec<(u32, bool)> {
        chart.packets.iter().map(|packet| (packet.bytes, packet.is_key)).collect()
    }

    #[test]
    fn the_short_index_lists_frames_of_its_stream_only() {
        let entry = |name: &[u8; 4], flags: u32, bytes: u32| {
            [name.as_slice(), &numbers(&[flags, 0, bytes])].concat()
        };
        let index = [
            entry(b"01dc", 0x10, 900),
            entry(b"00wb", 0x10, 5),
            entry(b"01pc", 0, 6),
            entry(b"02dc", 0x10, 333),
            entry(b"01dc", 0, 0),
            entry(b"01dc", 0, 80),
            entry(b"01db", 0x10, 700),
        ]
        .concat();
        let mut packets = PacketIndex::default();
        packets.stream(false, Span::new(&header(9), 0));
        packets.stream(true, Span::new(&header(4), 0));
        packets.stream(true, Span::new(&header(9), 0));
        packets.short(0, index.len() as u64);
        let chart = packets.chart(&mut Input::Bytes(&index)).unwrap();
        assert_eq!(found(&chart), [(900, true), (80, false), (700, true)]);
        assert_eq!((chart.track, chart.n_declared), (2, 3), "one entry has no bytes");
        assert_eq!(chart.packets.get(1).map(|p| p.t_s), Some(0.08), "and takes its time");
    }

    #[test]
    fn indexes_that_a_header_names_are_read_one_after_the_other() {
        let index = |sizes: &[u32]| {
            let head = numbers(&[0, 0, 2, sizes.len() as u32, 0, 0, 0, 0]);
            let entries: Vec<u32> = sizes.iter().flat_map(|size| [0, *size]).collect();
            [head, numbers(&entries)].concat()
        };
        let (first, second) = (index(&[900, IS_NO_KEY + 80]), index(&[700]));
        let file = [first.clone(), second.clone()].concat();
        let super_index = numbers(&[
            4,
            2,
            0,
            0,
            0,
            0,
            0,
            0,
            first.len() as u32,
            2,
            first.len() as u32,
            0,
            second.len() as u32,
            1,
        ]);
        let mut packets = PacketIndex::default();
        packets.stream(true, Span::new(&header(3), 0));
        packets.indexes(Span::new(&super_index, 0));
        // It covers only the first part of such a file.
        packets.short(0, 16);
        let chart = packets.chart(&mut Input::Bytes(&file)).unwrap();
        assert_eq!(found(&chart), [(900, true), (80, false), (700, true)]);
        assert!(!chart.is_cut);
    }

    #[test]
    fn indexes_that_name_each_other_or_the_same_place_end() {
        let mut file = numbers(&[0, 0, 2, u32::MAX, 0, 0, 0, 0]);
        file.extend(numbers(&[0, 7]).repeat(100_000));
        let n = file.len() as u32;
        let entries: Vec<u32> = [0, 0, n, 1].repeat(MAX_INDEXES);
        let super_index = numbers(&[&[4, u32::MAX, 0, 0, 0, 0][..], &entries].concat());
        let mut packets = PacketIndex::default();
        packets.stream(true, Span::new(&header(3), 0));
        packets.indexes(Span::new(&super_index, 0));
        let chart = packets.chart(&mut Input::Bytes(&file)).unwrap();
        assert_eq!((chart.packets.len(), chart.is_cut), (MAX_PACKETS, true));
    }
}
