//! The blocks in the clusters of a file: one packet each.
//!
//! Of a block only its head is read. Blocks with several frames count as one packet.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::head::{ElementHeader, number, parse_head};
use crate::metadata::packets::{CodedPacket, PacketChart, PacketTrack, collect};
use crate::metadata::source::input::Input;
use crate::metadata::source::span::Span;

/// Elements of clusters that are read: some four minutes of picture and sound. Each costs a read of its
/// own, and a disk that reads ahead brings in nearly everything between two of them.
const MAX_ELEMENTS: usize = 1 << 14;
/// Elements of a group that are read.
const MAX_IN_GROUP: usize = 32;
/// Bytes that hold the head of an element and that of the block in it.
const BLOCK_HEAD_BYTES: usize = 24;

const TIMESTAMP: u32 = 0xE7;
const SIMPLE_BLOCK: u32 = 0xA3;
const BLOCK_GROUP: u32 = 0xA0;
const BLOCK: u32 = 0xA1;
const REFERENCE: u32 = 0xFB;
/// What can stand in a cluster: another element ends one of open size.
const IN_CLUSTER: [u32; 9] =
    [TIMESTAMP, SIMPLE_BLOCK, BLOCK_GROUP, 0x5854, 0xA7, 0xAB, 0xAF, 0xEC, 0xBF];

/// The packets of the first video track.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// Number of the track in the file, and among all tracks from 1.
    video: Option<(u64, u32)>,
    packets: Vec<CodedPacket>,
    n_elements: usize,
    is_cut: bool,
}

impl Blocks {
    /// A video track; the first one counts.
    pub(super) fn note_video(&mut self, number: u64, order: u32) {
        self.video.get_or_insert((number, order));
    }

    /// Reads the blocks of a cluster; returns where it ends. `end`: of the cluster, or where it is open
    /// of what encloses it.
    pub(super) fn cluster(
        &mut self,
        input: &mut Input<'_>,
        (from, end): (u64, u64),
        is_open: bool,
    ) -> u64 {
        if self.video.is_none() && !is_open {
            return end;
        }
        let (mut at, mut time) = (from, 0i64);
        while at < end {
            if self.n_elements >= MAX_ELEMENTS {
                self.is_cut = true;
                return end;
            }
            self.n_elements = self.n_elements.saturating_add(1);
            let bytes = input.read(at, BLOCK_HEAD_BYTES);
            let bytes = Span::new(&bytes, at);
            let Some(head) = parse_head(bytes) else { return end };
            if is_open && !IN_CLUSTER.contains(&head.id) {
                return at;
            }
            let stop = head.end.unwrap_or(end).min(end);
            match head.id {
                TIMESTAMP => {
                    let body = content(bytes, &head, stop);
                    let stored = body.be(0, body.len()).unwrap_or_default();
                    time = i64::try_from(stored).unwrap_or(i64::MAX);
                }
                SIMPLE_BLOCK => self.block(content(bytes, &head, stop), stop, time, None),
                BLOCK_GROUP => self.group(input, head.body, stop, time),
                _ => {}
            }
            at = stop.max(at.saturating_add(2));
        }
        end
    }

    /// A block with what belongs to it. Decoding can begin at one that refers to no other.
    fn group(&mut self, input: &mut Input<'_>, from: u64, end: u64, time: i64) {
        let (mut at, mut place, mut is_key) = (from, None, true);
        for _ in 0..MAX_IN_GROUP {
            if at >= end {
                break;
            }
            let bytes = input.read(at, BLOCK_HEAD_BYTES);
            let Some(head) = parse_head(Span::new(&bytes, at)) else { break };
            let stop = head.end.unwrap_or(end).min(end);
            match head.id {
                BLOCK => place = Some((bytes, at, head, stop)),
                REFERENCE => is_key = false,
                _ => {}
            }
            at = stop.max(at.saturating_add(2));
        }
        if let Some((bytes, at, head, stop)) = place {
            self.block(content(Span::new(&bytes, at), &head, stop), stop, time, Some(is_key));
        }
    }

    /// `body`: the first bytes of a block that ends at `end`; `time`: of its cluster; `is_key`: `None`
    /// where the block says it.
    fn block(&mut self, body: Span<'_>, end: u64, time: i64, is_key: Option<bool>) {
        let Some((Some(track), n_bytes)) = number(body) else { return };
        if self.video.is_none_or(|(video, _)| video != track) {
            return;
        }
        let (Some(shift), Some(flags)) = (body.be16(n_bytes), body.u8(n_bytes.saturating_add(2)))
        else {
            return;
        };
        let time = time.saturating_add(i64::from(shift.cast_signed()));
        let from = body.place(n_bytes.saturating_add(3));
        let bytes = u32::try_from(end.saturating_sub(from)).unwrap_or(u32::MAX);
        let is_key = is_key.unwrap_or(flags & 0x80 != 0);
        self.packets.push(CodedPacket { time, bytes, is_key });
    }

    /// The packets. `unit_s`: seconds of a unit of time.
    pub(super) fn chart(&self, unit_s: f64) -> Option<PacketChart> {
        let (_, number) = self.video?;
        let n_declared = self.packets.len() as u64;
        let track = PacketTrack { number, unit_s, shift_s: 0.0, n_declared, is_cut: self.is_cut };
        collect(track, &self.packets)
    }
}

/// The content of an element as far as it was read.
fn content<'a>(bytes: Span<'a>, head: &ElementHeader, stop: u64) -> Span<'a> {
    let from = usize::try_from(head.body.saturating_sub(bytes.at)).unwrap_or(usize::MAX);
    let n = usize::try_from(stop.saturating_sub(head.body)).unwrap_or(usize::MAX);
    bytes.part_there(from, n)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An element with a size of one byte.
    fn element(id: &[u8], body: &[u8]) -> Vec<u8> {
        [id, &[0x80 | body.len() as u8], body].concat()
    }

    /// A block of the track 1 with so many bytes, at a time from that of its cluster.
    fn block(id: u8, track: u8, shift: i16, flags: u8, n: usize) -> Vec<u8> {
        let shift = shift.to_be_bytes();
        element(&[id], &[&[0x80 | track][..], &shift, &[flags], &vec![7; n]].concat())
    }

    fn found(blocks: &Blocks) -> Vec<(i64, u32, bool)> {
        blocks.packets.iter().map(|p| (p.time, p.bytes, p.is_key)).collect()
    }

    #[test]
    fn blocks_and_groups_are_packets_of_their_track() {
        let plain = element(&[0xA0], &block(0xA1, 1, 9, 0, 30));
        let group = [block(0xA1, 1, -3, 0, 20), element(&[0xFB], &[0xFF])].concat();
        let bytes = [
            element(&[0xE7], &[1, 0]),
            block(0xA3, 1, 0, 0x80, 50),
            block(0xA3, 2, 0, 0x80, 99),
            element(&[0xA0], &group),
            plain,
        ]
        .concat();
        let mut blocks = Blocks::default();
        blocks.note_video(1, 1);
        blocks.note_video(2, 2);
        let end = bytes.len() as u64;
        assert_eq!(blocks.cluster(&mut Input::Bytes(&bytes), (0, end), false), end);
        assert_eq!(found(&blocks), [(256, 50, true), (253, 20, false), (265, 30, true)]);
    }

    #[test]
    fn a_cluster_of_open_size_ends_where_another_element_begins() {
        let inside = [element(&[0xE7], &[5]), block(0xA3, 1, 0, 0x80, 10)].concat();
        let bytes = [inside.clone(), element(&[0x1C, 0x53, 0xBB, 0x6B], &[1, 2, 3])].concat();
        let mut blocks = Blocks::default();
        blocks.note_video(1, 1);
        let end = blocks.cluster(&mut Input::Bytes(&bytes), (0, bytes.len() as u64), true);
        assert_eq!((end, found(&blocks)), (inside.len() as u64, vec![(5, 10, true)]));
    }

    #[test]
    fn many_blocks_are_cut() {
        let bytes = block(0xA3, 1, 0, 0, 0).repeat(MAX_ELEMENTS + 9);
        let mut blocks = Blocks::default();
        blocks.note_video(1, 1);
        blocks.cluster(&mut Input::Bytes(&bytes), (0, bytes.len() as u64), false);
        let chart = blocks.chart(0.001).unwrap();
        assert_eq!((chart.packets.len(), chart.is_cut), (MAX_ELEMENTS, true));
    }
}
