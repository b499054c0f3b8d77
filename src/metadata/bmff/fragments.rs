//! Packets of files in fragments: each fragment has its own table of samples.
//!
//! Source: ISO/IEC 14496-12, 8.8.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::{BTreeMap, BTreeSet};

use crate::metadata::packets::{CodedPacket, MAX_PACKETS, PacketChart, PacketTrack, collect};
use crate::metadata::source::span::Span;

/// Bits of a sample's flags: no key frame; it depends on others.
const IS_NO_KEY: u32 = 0x0001_0000;
const DEPENDS: u32 = 0x0100_0000;
/// Bit of the header of a track in a fragment.
const COUNTS_FROM_FRAGMENT: u32 = 0x0002_0000;

/// What holds for the samples of a fragment that say nothing else.
#[derive(Debug, Clone, Copy, Default)]
struct Defaults {
    duration: u32,
    bytes: u32,
    flags: u32,
}

/// The track whose packets are kept.
#[derive(Debug, Clone, Copy)]
struct VideoTrack {
    /// Its identifier in the file.
    id: u32,
    /// Its number, from 1.
    number: u32,
    /// Units of time a second.
    scale: u32,
    /// Seconds by which its edit list moves it.
    shift_s: f64,
}

/// A track in the fragment that is open.
#[derive(Debug, Clone, Copy)]
struct OpenTrack {
    id: u32,
    defaults: Defaults,
    /// Where offsets of its samples are counted from.
    base: u64,
    /// Where the samples of the next run lie if it does not say so.
    next: u64,
}

/// What the fragments of a file say so far.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    video: Option<VideoTrack>,
    /// By identifiers of tracks.
    defaults: BTreeMap<u32, Defaults>,
    open: Option<OpenTrack>,
    /// Where the fragment that is open begins.
    start: u64,
    /// Where the samples of the track before end, in the fragment that is open.
    end_before: Option<u64>,
    /// Place and bytes of the first sample of the video.
    pub(super) first: Option<(u64, u64)>,
    /// Start and end of the runs of samples, by identifiers of tracks.
    pub(super) extents: BTreeMap<u32, Vec<(u64, u64)>>,
    /// When the next sample of the video is decoded.
    next: i64,
    packets: Vec<CodedPacket>,
    n_declared: u64,
    /// Identifiers of tracks that have samples.
    filled: BTreeSet<u32>,
}

impl Fragments {
    /// A track of the movie ended; the first one with video counts.
    pub(super) fn note_video(&mut self, id: u32, number: u32, scale: u32, shift_s: f64) {
        self.video.get_or_insert(VideoTrack { id, number, scale, shift_s });
    }

    /// A fragment begins.
    pub(super) const fn enter(&mut self, at: u64) {
        self.start = at;
        self.open = None;
        self.end_before = None;
    }

    /// Reads a box about fragments.
    pub(super) fn read(&mut self, kind: [u8; 4], body: Span<'_>) {
        match &kind {
            b"trex" => {
                let number = |at| body.be32(at).unwrap_or_default();
                let defaults =
                    Defaults { duration: number(12), bytes: number(16), flags: number(20) };
                self.defaults.insert(number(4), defaults);
            }
            b"tfhd" => self.open = self.header(body),
            b"tfdt" if self.is_video() => {
                let is_wide = body.u8(0) == Some(1);
                let time = if is_wide { body.be64(4) } else { body.be32(4).map(u64::from) };
                let time = time.and_then(|time| i64::try_from(time).ok());
                self.next = time.unwrap_or(self.next);
            }
            b"trun" => self.samples(body),
            _ => {}
        }
    }

    /// Whether the fragment that is open belongs to the video.
    fn is_video(&self) -> bool {
        let wanted = self.video.map(|video| video.id);
        self.open.is_some_and(|open| Some(open.id) == wanted)
    }

    fn header(&self, body: Span<'_>) -> Option<OpenTrack> {
        let (flags, id) = (body.be32(0)?, body.be32(4)?);
        let mut defaults = self.defaults.get(&id).copied().unwrap_or_default();
        // Without an offset of its own a track begins where the one before it ends, unless a bit says
        // that it counts from the fragment.
        let base = match (flags & 1, flags & COUNTS_FROM_FRAGMENT) {
            (0, 0) => self.end_before.unwrap_or(self.start),
            (0, _) => self.start,
            _ => body.be64(8)?,
        };
        let mut at = 8usize;
        for (bit, n_bytes) in [(1, 8), (2, 4), (8, 4), (0x10, 4), (0x20, 4)] {
            if flags & bit == 0 {
                continue;
            }
            let value = body.be32(at);
            match bit {
                8 => defaults.duration = value?,
                0x10 => defaults.bytes = value?,
                0x20 => defaults.flags = value?,
                _ => {}
            }
            at = at.saturating_add(n_bytes);
        }
        Some(OpenTrack { id, defaults, base, next: base })
    }

    fn samples(&mut self, body: Span<'_>) {
        let Some(OpenTrack { id, defaults, base, next }) = self.open else { return };
        let (Some(flags), Some(n)) = (body.be32(0), body.be32(4)) else { return };
        if n > 0 {
            self.filled.insert(id);
        }
        let mut at = if flags & 1 == 0 { 8usize } else { 12 };
        let data_shift = if flags & 1 == 0 { None } else { body.be32(8) };
        let from = match data_shift {
            Some(by) => base.saturating_add_signed(by.cast_signed().into()),
            None => next,
        };
        let end = from.saturating_add(bytes_of_run(body, flags, n, defaults.bytes));
        if end > from {
            self.extents.entry(id).or_default().push((from, end));
        }
        self.end_before = Some(end);
        self.open = Some(OpenTrack { id, defaults, base, next: end });
        if !self.is_video() {
            return;
        }
        self.n_declared = self.n_declared.saturating_add(u64::from(n));
        let first_flags = if flags & 4 == 0 { None } else { body.be32(at) };
        at = at.saturating_add(if flags & 4 == 0 { 0 } else { 4 });
        for i in 0..n {
            if self.packets.len() >= MAX_PACKETS {
                return;
            }
            // A number of the sample's own, or what holds for all.
            let mut own = |bit: u32, other: u32| -> Option<u32> {
                if flags & bit == 0 {
                    return Some(other);
                }
                let value = body.be32(at);
                at = at.saturating_add(4);
                value
            };
            let usual = first_flags.filter(|_| i == 0).unwrap_or(defaults.flags);
            let (duration, bytes) = (own(0x100, defaults.duration), own(0x200, defaults.bytes));
            let (sample_flags, shift) = (own(0x400, usual), own(0x800, 0));
            let (Some(duration), Some(bytes), Some(sample_flags), Some(shift)) =
                (duration, bytes, sample_flags, shift)
            else {
                return;
            };
            if self.packets.is_empty() {
                self.first = Some((from, bytes.into()));
            }
            let time = self.next.saturating_add(i64::from(shift.cast_signed()));
            let is_key = sample_flags & (IS_NO_KEY | DEPENDS) == 0;
            self.packets.push(CodedPacket { time, bytes, is_key });
            self.next = self.next.saturating_add(i64::from(duration));
        }
    }

    /// Whether the movie says that this track has fragments.
    pub(super) fn is_declared(&self, id: u32) -> bool {
        self.defaults.contains_key(&id)
    }

    /// Whether a fragment has samples of this track.
    pub(super) fn has_samples(&self, id: u32) -> bool {
        self.filled.contains(&id)
    }

    /// The packets of the video. `is_cut`: not all boxes were read.
    pub(super) fn chart(&self, is_cut: bool) -> Option<PacketChart> {
        let VideoTrack { number, scale, shift_s, .. } = self.video?;
        let n_declared = self.n_declared;
        let is_cut = is_cut || n_declared > self.packets.len() as u64;
        let unit_s = f64::from(scale.max(1)).recip();
        collect(PacketTrack { number, unit_s, shift_s, n_declared, is_cut }, &self.packets)
    }
}

/// Bytes of all samples of a run: of each its own number, or the one that holds for all.
fn bytes_of_run(body: Span<'_>, flags: u32, n: u32, usual: u32) -> u64 {
    if flags & 0x200 == 0 {
        return u64::from(n).saturating_mul(u64::from(usual));
    }
    let head = [1, 4].iter().filter(|bit| flags & **bit != 0).count();
    let width = (flags & 0xF00).count_ones() as usize;
    let before = usize::from(flags & 0x100 != 0);
    let first = head.saturating_add(2).saturating_add(before);
    let size = |i: usize| {
        let word = i.saturating_mul(width).saturating_add(first);
        body.be32(word.saturating_mul(4)).map(u64::from)
    };
    (0..n as usize).map_while(size).fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    fn read(boxes: &[(&[u8; 4], Vec<u8>)]) -> Fragments {
        let mut fragments = Fragments::default();
        fragments.note_video(7, 1, 10, 0.0);
        for (kind, body) in boxes {
            fragments.read(**kind, Span::new(body, 0));
        }
        fragments
    }

    #[test]
    fn samples_have_their_own_numbers_or_those_of_all() {
        let fragments = read(&[
            (b"trex", words(&[0, 7, 1, 10, 500, IS_NO_KEY])),
            (b"tfhd", words(&[0x10, 7, 90])),
            (b"tfdt", words(&[0, 40])),
            // The first one is a key frame; sizes of their own, the second is shown later.
            (b"trun", words(&[0xA04, 3, 0x0200_0000, 900, 0, 80, 20, 70, 0])),
            // Of another track.
            (b"tfhd", words(&[0, 8])),
            (b"trun", words(&[0, 9])),
            (b"tfhd", words(&[0x10, 7, 60])),
            (b"trun", words(&[0, 1])),
        ]);
        let found: Vec<(i64, u32, bool)> =
            fragments.packets.iter().map(|p| (p.time, p.bytes, p.is_key)).collect();
        assert_eq!(found, [(40, 900, true), (70, 80, false), (60, 70, false), (70, 60, false)]);
        let chart = fragments.chart(false).unwrap();
        let first = chart.packets.first().map(|p| p.t_s);
        assert_eq!((chart.n_declared, chart.is_cut, first), (4, false, Some(4.0)));
        assert_eq!(fragments.first, Some((0, 900)), "from the beginning of the fragment");
        // Of the other track no size is known.
        assert_eq!(fragments.extents, [(7, vec![(0, 1050), (1050, 1110)])].into());
        assert!(fragments.has_samples(7) && fragments.has_samples(8) && !fragments.has_samples(9));
    }

    #[test]
    fn the_first_sample_is_counted_from_its_fragment_or_from_the_file() {
        let trun = words(&[1, 1, 20]);
        let mut fragments = read(&[]);
        fragments.enter(100);
        fragments.read(*b"tfhd", Span::new(&words(&[0x10, 7, 90]), 0));
        fragments.read(*b"trun", Span::new(&trun, 0));
        assert_eq!(fragments.first, Some((120, 90)));
        let fragments = read(&[(b"tfhd", words(&[0x11, 7, 0, 500, 90])), (b"trun", trun)]);
        assert_eq!(fragments.first, Some((520, 90)));
    }

    /// The runs of every track count, not those of the video alone: a credential has to cover sound as well.
    #[test]
    fn runs_of_samples_lie_where_their_track_says() {
        let mut fragments = read(&[]);
        fragments.enter(100);
        for (kind, body) in [
            (*b"tfhd", words(&[0x10, 7, 9])),
            // 30 bytes behind the fragment, then at once behind them: durations and sizes.
            (*b"trun", words(&[1, 2, 30])),
            (*b"trun", words(&[0x300, 2, 1, 5, 1, 6])),
            // Where the track before ends; then from the fragment again; then from the file.
            (*b"tfhd", words(&[0x10, 8, 4])),
            (*b"trun", words(&[0, 3])),
            (*b"tfhd", words(&[COUNTS_FROM_FRAGMENT | 0x10, 8, 4])),
            (*b"trun", words(&[1, 1, (-50i32).cast_unsigned()])),
            (*b"tfhd", words(&[0x11, 8, 0, 700, 4])),
            (*b"trun", words(&[0, 1])),
        ] {
            fragments.read(kind, Span::new(&body, 0));
        }
        let video = (7, vec![(130, 148), (148, 159)]);
        let sound = (8, vec![(159, 171), (50, 54), (700, 704)]);
        assert_eq!(fragments.extents, [video, sound].into());
    }

    #[test]
    fn fragments_that_declare_too_much_end() {
        let many = words(&[0, u32::MAX]);
        let fragments = read(&[
            (b"tfhd", words(&[0, 7])),
            (b"trun", many.clone()),
            (b"trun", many),
            (b"trun", words(&[0x200, u32::MAX, 5])),
        ]);
        let chart = fragments.chart(false).unwrap();
        assert_eq!((chart.packets.len(), chart.is_cut), (MAX_PACKETS, true));
        let cut = read(&[(b"tfhd", words(&[0, 7])), (b"trun", words(&[0x200, u32::MAX, 5]))]);
        assert_eq!(cut.packets.len(), 1, "one size is there");
    }
}
