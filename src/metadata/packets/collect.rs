//! Makes a chart of the packets that a container has.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::chart::{Packet, PacketChart};
use super::class::classes;
use super::period;

/// Packets that are kept: more than two hours at 30 frames a second, in 4 MiB.
pub(in crate::metadata) const MAX_PACKETS: usize = 1 << 18;

/// A packet as a container has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::metadata) struct CodedPacket {
    /// When it is shown, in units of the track.
    pub(in crate::metadata) time: i64,
    /// Its bytes in the file.
    pub(in crate::metadata) bytes: u32,
    /// Decoding can begin here.
    pub(in crate::metadata) is_key: bool,
}

/// The track that packets belong to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::metadata) struct PacketTrack {
    /// Its number, from 1.
    pub(in crate::metadata) number: u32,
    /// Seconds of a unit of time.
    pub(in crate::metadata) unit_s: f64,
    /// Seconds by which an edit list moves the packets.
    pub(in crate::metadata) shift_s: f64,
    /// Packets that the container declares.
    pub(in crate::metadata) n_declared: u64,
    /// It has more than are given.
    pub(in crate::metadata) is_cut: bool,
}

/// The chart of packets that are given in the order of decoding; `None` without any.
pub(in crate::metadata) fn collect(
    track: PacketTrack,
    coded: &[CodedPacket],
) -> Option<PacketChart> {
    if coded.is_empty() {
        return None;
    }
    let shown: Vec<i64> = coded.iter().map(|packet| packet.time).collect();
    let mut packets: Vec<(i64, Packet)> = Vec::with_capacity(coded.len());
    for (packet, (class, is_reordered)) in coded.iter().zip(classes(&shown)) {
        let t_s = packet.time as f64 * track.unit_s + track.shift_s;
        let CodedPacket { time, bytes, is_key } = *packet;
        packets.push((time, Packet { t_s, bytes, is_key, is_reordered, class }));
    }
    packets.sort_by_key(|(time, _)| *time);
    let packets: Vec<Packet> = packets.into_iter().map(|(_, packet)| packet).collect();
    let earlier = period::earlier_coding(&packets);
    let PacketTrack { number, n_declared, is_cut, .. } = track;
    Some(PacketChart { track: number, n_declared, is_cut, packets, earlier })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_come_in_the_order_of_showing() {
        let coded = [(0, 9, true), (3, 8, false), (1, 7, false), (2, 6, false)]
            .map(|(time, bytes, is_key)| CodedPacket { time, bytes, is_key });
        let shift_s = 0.0;
        let track = PacketTrack { number: 2, unit_s: 0.5, shift_s, n_declared: 4, is_cut: false };
        let chart = collect(track, &coded).unwrap();
        let found: Vec<(f64, u32, bool)> =
            chart.packets.iter().map(|p| (p.t_s, p.bytes, p.is_reordered)).collect();
        assert_eq!(found, [(0.0, 9, false), (0.5, 7, true), (1.0, 6, true), (1.5, 8, false)]);
        assert_eq!((chart.track, chart.key_frames().collect::<Vec<_>>()), (2, vec![0]));
        assert_eq!(collect(track, &[]), None);
    }
}
