//! Frames in the order in which a player shows them, with their times.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::sync::Arc;

use crate::base::{FrameTime, NotExamined, Warning};
use crate::media::video::clock::Packet;
use crate::media::video::probe::Probe;

/// Longest plausible step between two frames, and longest plausible clip.
const LONGEST_STEP_S: f64 = 24.0 * 3600.0;
const LONGEST_S: f64 = 30.0 * 24.0 * 3600.0;

/// All frames that a player shows.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::media::video) struct Index {
    pub(in crate::media::video) frames: Arc<[FrameTime]>,
    pub(in crate::media::video) duration_s: f64,
    pub(in crate::media::video) fps: f64,
    pub(in crate::media::video) is_variable: bool,
    /// Frames follow that are not listed.
    pub(in crate::media::video) is_cut: bool,
    /// The clock of the file starts anew on the way: times are those of a decoder that lets them
    /// run on, from the start of the file.
    pub(in crate::media::video) is_restamped: bool,
    pub(in crate::media::video) warnings: Vec<Warning>,
    pub(in crate::media::video) not_examined: Vec<NotExamined>,
    /// Frames that are left out because others have their time stamps.
    pub(in crate::media::video) n_repeated: usize,
}

impl Index {
    /// Times that no clip has: they are shown as they are, but a person should know.
    pub(in crate::media::video) fn absurd_times(&self) -> Option<Warning> {
        let steps = self.frames.windows(2).filter_map(|w| Some(w.last()?.t_s - w.first()?.t_s));
        let is_absurd = self.duration_s > LONGEST_S || steps.fold(0.0, f64::max) > LONGEST_STEP_S;
        let days = self.duration_s / 86_400.0;
        is_absurd.then(|| {
            Warning(format!(
                "the times of the frames are absurd: they span {days:.1} days; the file is damaged \
                 or was tampered with"
            ))
        })
    }
}

/// From one unit to another, to the nearest; `None` when it does not fit.
pub(in crate::media::video) fn rescale(pts: i64, from: (u32, u32), to: (u32, u32)) -> Option<i64> {
    if from == to {
        return Some(pts);
    }
    let num = i128::from(pts).checked_mul(i128::from(from.0))?.checked_mul(i128::from(to.1))?;
    let den = i128::from(from.1).checked_mul(i128::from(to.0))?;
    let half = den.checked_div(2)?;
    i64::try_from(num.checked_add(half)?.checked_div_euclid(den)?).ok()
}

/// By time, each time once; `None` without any frame.
pub(super) fn in_order(entries: &[Packet], probe: &Probe) -> Option<Index> {
    let mut shown: Vec<(i64, Packet)> =
        entries.iter().filter_map(|entry| Some((entry.pts?, *entry))).collect();
    shown.sort_by_key(|(pts, entry)| (*pts, entry.packet));
    shown.dedup_by_key(|(pts, _)| *pts);
    let (first, _) = *shown.first()?;
    let (last, last_entry) = *shown.last()?;
    let (num, den) = probe.time_base;
    let seconds = |units: i64| units as f64 * f64::from(num) / f64::from(den);
    let frames: Arc<[FrameTime]> = shown
        .iter()
        .enumerate()
        .map(|(index, (pts, entry))| FrameTime {
            index,
            packet: entry.packet,
            pts: *pts,
            t_s: seconds(pts.saturating_sub(first)),
            is_key: entry.is_key,
        })
        .collect();
    let mut steps: Vec<i64> = frames
        .windows(2)
        .filter_map(|w| Some(w.last()?.pts.saturating_sub(w.first()?.pts)))
        .collect();
    steps.sort_unstable();
    let usual = steps.get(steps.len() / 2).copied().unwrap_or(0);
    // A millisecond clock rounds 1/30 s to 33 and 34 units: two units apart is not yet variable.
    let least = steps.first().copied().unwrap_or(0);
    let most = steps.last().copied().unwrap_or(0);
    let spread = most.saturating_sub(least);
    let is_variable = spread > 2 && spread.saturating_mul(50) > usual;
    let by_rate = probe.rate.map_or(0.0, f64::recip);
    let last_s = match (last_entry.duration, usual) {
        (1.., _) => seconds(last_entry.duration),
        (_, 1..) => seconds(usual),
        _ => by_rate,
    };
    let span_s = seconds(last.saturating_sub(first));
    let n = frames.len();
    let fps = if n > 1 && span_s > 0.0 {
        n.saturating_sub(1) as f64 / span_s
    } else {
        probe.rate.unwrap_or(0.0)
    };
    Some(Index {
        frames,
        duration_s: span_s + last_s,
        fps,
        is_variable,
        is_cut: false,
        is_restamped: false,
        warnings: Vec::new(),
        not_examined: Vec::new(),
        n_repeated: 0,
    })
}

#[cfg(test)]
#[expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that panics has failed"
)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::media::video::probe::DeclaredLength;

    /// A probe with this time base and nothing else.
    fn probe(time_base: (u32, u32)) -> Probe {
        Probe {
            stream: 0,
            container: String::new(),
            codec: String::new(),
            pixel_format: String::new(),
            size: (2, 2),
            rotation_deg: 0,
            time_base,
            rate: None,
            start_s: 0.0,
            color_space: String::new(),
            is_full_range: false,
            has_audio: false,
            declared: DeclaredLength::default(),
            warnings: Vec::new(),
            not_examined: Vec::new(),
            n_covers: 0,
            data_tracks: Vec::new(),
            is_restamped: false,
        }
    }

    /// Units of time as containers have them: milliseconds, MPEG's 1/90000, frame rates.
    fn time_base() -> impl Strategy<Value = (u32, u32)> {
        let usual = [(1, 1000), (1, 90_000), (1, 12_800), (1001, 30_000), (1, 25), (1, 600)];
        prop_oneof![prop::sample::select(usual.to_vec()), (1..5000u32, 1..200_000u32)]
    }

    proptest! {
        #[test]
        fn a_time_stamp_in_other_units_is_the_nearest(
            pts in -(1i64 << 40)..1 << 40, from in time_base(), to in time_base()
        ) {
            let other = rescale(pts, from, to).unwrap();
            // Twice the error, in units of 1 / (from.1 * to.1).
            let exact = i128::from(pts) * i128::from(from.0) * i128::from(to.1);
            let found = i128::from(other) * i128::from(to.0) * i128::from(from.1);
            let unit = i128::from(to.0) * i128::from(from.1);
            prop_assert!(2 * (exact - found).abs() <= unit, "{} is {} away", other, exact - found);
            // To units n times as fine and back nothing is lost.
            let n = 7;
            let fine = (from.0, from.1 * n);
            prop_assert_eq!(rescale(pts, from, fine), Some(pts * i64::from(n)));
            prop_assert_eq!(rescale(pts * i64::from(n), fine, from), Some(pts));
        }

        #[test]
        fn absurd_time_stamps_and_units_are_refused_without_a_panic(
            pts in any::<i64>(), from in any::<(u32, u32)>(), to in any::<(u32, u32)>()
        ) {
            let can_be = from.1 != 0 && to.0 != 0 || from == to;
            let found = rescale(pts, from, to);
            prop_assert!(can_be || found.is_none(), "{:?}", found);
        }

        /// Seconds are counted from the first frame, ascend, and lead back to the time stamps.
        #[test]
        fn frames_are_in_order_and_their_seconds_lead_back(
            // Of few time stamps several frames have the same.
            stamps in prop_oneof![
                vec(prop::option::of(-1000..1_000_000i64), 1..60),
                vec(prop::option::of(0..30i64), 1..60),
            ],
            base in time_base()
        ) {
            let entries: Vec<Packet> = stamps
                .iter()
                .enumerate()
                .map(|(packet, pts)| Packet { pts: *pts, dts: None, packet, is_key: packet == 0, duration: 0 })
                .collect();
            let mut known: Vec<i64> = stamps.iter().copied().flatten().collect();
            known.sort_unstable();
            known.dedup();
            let Some(index) = in_order(&entries, &probe(base)) else {
                prop_assert!(known.is_empty(), "a frame with a time was lost");
                return Ok(());
            };
            let shown: Vec<i64> = index.frames.iter().map(|frame| frame.pts).collect();
            prop_assert_eq!(&shown, &known);
            prop_assert!(index.frames.is_sorted_by(|a, b| a.t_s < b.t_s), "ascending");
            prop_assert_eq!(index.frames[0].t_s, 0.0);
            for frame in index.frames.iter() {
                let units = frame.t_s * f64::from(base.1) / f64::from(base.0);
                prop_assert_eq!(units.round() as i64 + shown[0], frame.pts);
            }
            prop_assert!(index.duration_s >= index.frames[shown.len() - 1].t_s);
        }
    }

    fn index(times_s: &[f64]) -> Index {
        let frame = |(index, t_s): (usize, &f64)| FrameTime {
            index,
            packet: index,
            pts: index as i64,
            t_s: *t_s,
            is_key: true,
        };
        Index {
            frames: times_s.iter().enumerate().map(frame).collect(),
            duration_s: times_s.last().copied().unwrap_or(0.0),
            fps: 25.0,
            is_variable: false,
            is_cut: false,
            is_restamped: false,
            warnings: Vec::new(),
            not_examined: Vec::new(),
            n_repeated: 0,
        }
    }

    #[test]
    fn absurd_times_are_reported() {
        assert_eq!(index(&[0.0, 3600.0, 7200.0]).absurd_times(), None);
        assert!(index(&[0.0, 0.04, 90_000.0]).absurd_times().is_some(), "a day between two");
        let slow: Vec<f64> = (0..1000).map(|i| f64::from(i) * 3600.0).collect();
        let warning = index(&slow).absurd_times().unwrap().0;
        assert!(warning.contains("they span 41.6 days"), "{warning}");
    }
}
