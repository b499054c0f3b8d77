//! The time stamps of a stream: clocks that start anew, and times that are given twice.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use super::probe::Source;
use crate::base::NotExamined;
use crate::base::text::{counted, time_code};

/// A packet, or a frame where packets have no times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "the place of the packet in its stream")]
pub(super) struct Packet {
    pub(super) pts: Option<i64>,
    /// Time of decoding, which never goes back in a file with one clock.
    pub(super) dts: Option<i64>,
    pub(super) packet: usize,
    pub(super) is_key: bool,
    /// In units of the time base, 0 when unknown.
    pub(super) duration: i64,
}

/// Whether the decoder can let the times run on where the clock starts anew.
pub(super) fn can_restamp(source: &Source) -> bool {
    source.demuxers.split(',').any(|name| matches!(name, "mpegts" | "mpeg"))
}

/// Whether the time of decoding goes back by more than a tenth of a second, as the decoder asks.
pub(super) fn goes_back(entries: &[Packet], time_base: (u32, u32)) -> bool {
    let (num, den) = time_base;
    let tenth = i64::from(den).checked_div(i64::from(num).saturating_mul(10)).unwrap_or(0);
    let mut last = None::<i64>;
    entries.iter().filter_map(|entry| entry.dts).any(|dts| {
        let is_back = last.is_some_and(|last| dts.saturating_add(tenth) < last);
        last = Some(dts);
        is_back
    })
}

/// How many entries have a time that an earlier one has.
pub(super) fn n_repeated(entries: &[Packet]) -> usize {
    let mut times: Vec<i64> = entries.iter().filter_map(|entry| entry.pts).collect();
    let n = times.len();
    times.sort_unstable();
    times.dedup();
    n.saturating_sub(times.len())
}

/// Frames that are left out because others have their time.
pub(super) fn repeated(
    entries: &[Packet],
    begin: i64,
    time_base: (u32, u32),
) -> Option<NotExamined> {
    let n = n_repeated(entries);
    let mut times: Vec<i64> = entries.iter().filter_map(|entry| entry.pts).collect();
    times.sort_unstable();
    let first = times.windows(2).find(|pair| pair.first() == pair.last())?.first().copied()?;
    let (num, den) = time_base;
    let t_s = first.saturating_sub(begin) as f64 * f64::from(num) / f64::from(den);
    Some(NotExamined::new(
        counted(n as u64, "frame"),
        format!("the first at {}", time_code(t_s)),
        "their time stamps are those of other frames, of which one each is examined",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(dts: &[i64]) -> Vec<Packet> {
        let entry = |(packet, dts): (usize, &i64)| Packet {
            pts: Some(*dts),
            dts: Some(*dts),
            packet,
            is_key: packet == 0,
            duration: 0,
        };
        dts.iter().enumerate().map(entry).collect()
    }

    #[test]
    fn a_clock_that_starts_anew_is_seen_and_a_small_step_back_is_not() {
        let base = (1, 1000);
        assert!(!goes_back(&entries(&[0, 40, 80, 5000]), base), "a gap");
        assert!(!goes_back(&entries(&[0, 40, 30, 80]), base), "a hundredth of a second");
        assert!(goes_back(&entries(&[0, 40, 80, 120, 160, 0, 40]), base));
    }

    #[test]
    fn times_given_twice_are_counted_and_placed() {
        let doubled = entries(&[1000, 1040, 1040, 1080, 1080, 1080]);
        let part = repeated(&doubled, 1000, (1, 1000)).unwrap();
        assert_eq!(
            (part.what.as_str(), part.place.as_str()),
            ("3 frames", "the first at 00:00.040")
        );
        assert_eq!(repeated(&entries(&[0, 40, 80]), 0, (1, 1000)), None);
    }
}
