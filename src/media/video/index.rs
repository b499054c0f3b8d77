//! Every frame of a video with its time, from the packets of the container.
//!
//! A container stores the time of every packet, so that nothing is decoded. Packets that an edit
//! list hides are left out. A container without times (AVI) is decoded once; pixels are discarded.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;

use super::child::{ReadFrom, arguments, run, start};
use super::clock::{Packet, can_restamp, goes_back, n_repeated, repeated};
use super::confine::ResourceLimits;
use super::messages::{DecoderMessage, LineSplitter, first_fault, parse};
use super::probe::{Probe, Source};
use crate::base::text::time_code;
use crate::base::{FrameTime, NotExamined, Phase, TaskCtx, Warning};
use crate::media::Error;

/// A file is read at no less than this when its frames are listed.
const SLOWEST_BYTES_PER_S: u64 = 10 << 20;
/// A megapixel frame is decoded in no more than this.
const SLOWEST_FRAME_S: f64 = 0.5;

/// Longest plausible step between two frames, and longest plausible clip.
const LONGEST_STEP_S: f64 = 24.0 * 3600.0;
const LONGEST_S: f64 = 30.0 * 24.0 * 3600.0;
/// A smaller share of the declared number of frames or duration counts as incomplete.
const WHOLE_SHARE: f64 = 0.98;

/// All frames that a player shows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Index {
    pub(super) frames: Arc<[FrameTime]>,
    pub(super) duration_s: f64,
    pub(super) fps: f64,
    pub(super) is_variable: bool,
    /// Frames follow that are not listed.
    pub(super) is_cut: bool,
    /// The clock of the file starts anew on the way: times are those of a decoder that lets them run
    /// on, from the start of the file.
    pub(super) is_restamped: bool,
    pub(super) warnings: Vec<Warning>,
    pub(super) not_examined: Vec<NotExamined>,
    /// Frames that are left out because others have their time stamps.
    pub(super) n_repeated: usize,
}

/// Lists the frames.
///
/// # Errors
///
/// [`Error::Undecodable`] without any frame, [`Error::Stalled`], [`Error::Cancelled`].
pub(super) fn index(
    source: &Source,
    probe: &Probe,
    file_bytes: u64,
    ctx: &TaskCtx<'_>,
) -> Result<Index, Error> {
    let mut listed = packets(source, probe, file_bytes, ctx)?;
    let is_restamped = can_restamp(source) && goes_back(&listed.entries, probe.time_base);
    // Two packets may be one frame, or a time stamp be given twice.
    let is_doubtful =
        listed.entries.iter().any(|entry| entry.pts.is_none()) || n_repeated(&listed.entries) > 0;
    if is_restamped || is_doubtful {
        listed = decoded(source, probe, listed.entries.len(), is_restamped, ctx)?;
    }
    let mut index = in_order(&listed.entries, probe).ok_or_else(|| Error::Undecodable {
        what: first_fault(&listed.messages)
            .or_else(|| listed.incomplete.take().map(|warning| warning.0))
            .unwrap_or_else(|| "it has no frames".to_owned()),
    })?;
    index.is_cut = listed.is_cut;
    index.is_restamped = is_restamped;
    index.n_repeated = n_repeated(&listed.entries);
    let begin = index.frames.first().map_or(0, |frame| frame.pts);
    index.not_examined.extend(repeated(&listed.entries, begin, probe.time_base));
    index.warnings.extend(if listed.is_cut {
        None
    } else {
        // A list that broke off is short whatever the file holds.
        listed.incomplete.take().or_else(|| shortage(&index, &listed, probe))
    });
    if listed.is_cut {
        let n = source.limits.max_frames;
        index
            .warnings
            .push(Warning(format!("the video has more than {n} frames: the rest is left out")));
    }
    if is_restamped {
        let what = "the clock of the video starts anew on the way, as where recordings are joined: \
                    times run on here";
        index.warnings.push(Warning(what.to_owned()));
    }
    if let Some(short) = index.warnings.iter().find(|_| listed.is_cut || is_short(&index)) {
        let end_s = index.frames.last().map_or(0.0, |frame| frame.t_s);
        let place = format!("behind {}", time_code(end_s));
        index.not_examined.push(NotExamined::new("the rest of the video", place, &short.0));
    }
    Ok(index)
}

/// Whether the index has a warning that frames are missing.
fn is_short(index: &Index) -> bool {
    index.warnings.iter().any(|warning| warning.0.ends_with(CUT_OFF))
}

/// How a warning ends about a file that was cut off.
const CUT_OFF: &str = "the file is cut off";

struct FrameList {
    entries: Vec<Packet>,
    messages: String,
    is_cut: bool,
    /// Packets, hidden ones included.
    n_packets: usize,
    /// First and last time of a packet, hidden ones included.
    span: Option<(i64, i64)>,
    /// Why frames may be missing.
    incomplete: Option<Warning>,
}

impl Index {
    /// Times that no clip has: they are shown as they are, but a person should know.
    pub(super) fn absurd_times(&self) -> Option<Warning> {
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

/// A warning when the file has clearly fewer frames than declared: it was cut off.
fn shortage(index: &Index, listed: &FrameList, probe: &Probe) -> Option<Warning> {
    let declared = &probe.declared;
    let (num, den) = probe.time_base;
    let seconds = |units: i64| units as f64 * f64::from(num) / f64::from(den);
    let span_s = listed.span.map_or(0.0, |(first, last)| seconds(last.saturating_sub(first)));
    let there_s = index.duration_s.max(span_s);
    let is_short = |there: f64, declared: f64, least: f64| {
        there < declared * WHOLE_SHARE && declared - there >= least
    };
    // Sound may last longer than the picture, unless the file is known to end early.
    let whole_s =
        declared.whole_s.filter(|_| declared.is_alone || first_fault(&listed.messages).is_some());
    let told_s = declared.stream_s.or(whole_s).filter(|s| s.is_finite());
    let few_frames = declared.n_frames.map(|n| is_short(listed.n_packets as f64, n as f64, 2.0));
    let frame_s = if index.fps > 0.0 { index.fps.recip() } else { 0.5 };
    let few_seconds = told_s.map(|s| is_short(there_s, s, 2.0 * frame_s));
    // Some containers count frames that were never there, and edit lists shorten the time.
    if few_frames == Some(false) || few_seconds == Some(false) {
        return None;
    }
    let tells = match (declared.n_frames, told_s) {
        (Some(n), Some(s)) => format!("{n} frames or {s:.1} s"),
        (Some(n), None) => format!("{n} frames"),
        (None, Some(s)) => format!("{s:.1} s"),
        (None, None) => return None,
    };
    let (n, is_s) = (index.frames.len(), index.duration_s);
    Some(Warning(format!(
        "the container tells of {tells}, but only {n} frames or {is_s:.1} s are there: {CUT_OFF}"
    )))
}

/// The warning for a `ffprobe` that ended early; `None` for a normal end.
fn incomplete(status: Option<ExitStatus>, is_bad: impl Fn(ExitStatus) -> bool) -> Option<Warning> {
    let how = match status {
        Some(status) if !is_bad(status) => return None,
        Some(status) => status.to_string(),
        None => "it did not end".to_owned(),
    };
    let what = "the list of frames may be incomplete: the program that makes it broke off";
    Some(Warning(format!("{what} ({how})")))
}

fn packets(
    source: &Source,
    probe: &Probe,
    file_bytes: u64,
    ctx: &TaskCtx<'_>,
) -> Result<FrameList, Error> {
    let mut args = source.guards();
    args.extend(arguments(["-loglevel", "repeat+level+error"]));
    args.extend(arguments(["-select_streams", &probe.stream.to_string()]));
    args.extend(arguments(["-show_entries", "packet=pts,dts,duration,flags"]));
    args.extend(arguments(["-of", "compact=print_section=0:nokey=0"]));
    args.extend(source.input()?);
    let limit = source
        .limits
        .probe_time
        .saturating_add(Duration::from_secs(file_bytes / SLOWEST_BYTES_PER_S));
    let limits =
        ResourceLimits { memory_bytes: source.limits.memory_bytes, cpu_s: limit.as_secs().max(1) };
    let child = start(&source.tools.ffprobe, &args, limits, source.reach())?;
    let most = source.limits.max_frames;
    let (mut entries, mut n_packets, mut lines) = (Vec::new(), 0usize, LineSplitter::default());
    let (mut span, mut is_cut) = (None::<(i64, i64)>, false);
    let end = run(child, ReadFrom::Output, limit, ctx, |piece| {
        lines.push(piece, |line| {
            if let Some((entry, is_hidden)) = packet(line, n_packets) {
                n_packets = n_packets.saturating_add(1);
                if let Some(pts) = entry.pts {
                    let (first, last) = span.unwrap_or((pts, pts));
                    span = Some((first.min(pts), last.max(pts)));
                }
                if !is_hidden {
                    entries.push(entry);
                }
            }
        });
        (ctx.on_progress)(progress(entries.len()));
        // Hidden packets count: a file may be made of them.
        is_cut = n_packets > most.saturating_mul(2) || entries.len() > most;
        !is_cut
    })?;
    entries.truncate(most);
    let incomplete = incomplete(end.status, |status| !status.success()).filter(|_| !is_cut);
    Ok(FrameList { entries, messages: end.messages, is_cut, n_packets, span, incomplete })
}

const fn progress(done: usize) -> crate::base::Progress {
    crate::base::Progress { phase: Phase::Reading, done: done as u64, total: 0 }
}

/// Parses `pts=512|duration=512|flags=K_`; the second value is true for a hidden packet.
fn packet(line: &str, packet: usize) -> Option<(Packet, bool)> {
    let value = |name: &str| line.split('|').find_map(|part| part.strip_prefix(name));
    let flags = value("flags=")?;
    let entry = Packet {
        pts: value("pts=").and_then(|v| v.parse().ok()),
        dts: value("dts=").and_then(|v| v.parse().ok()),
        packet,
        is_key: flags.contains('K'),
        duration: value("duration=").and_then(|v| v.parse().ok()).unwrap_or(0),
    };
    Some((entry, flags.contains('D')))
}

/// Decodes the stream and keeps only the times.
fn decoded(
    source: &Source,
    probe: &Probe,
    n_packets: usize,
    is_restamped: bool,
    ctx: &TaskCtx<'_>,
) -> Result<FrameList, Error> {
    let mut args = source.guards();
    args.extend(arguments(["-loglevel", "repeat+level+info", "-nostdin", "-nostats"]));
    if !is_restamped {
        args.push("-copyts".into());
    }
    args.extend(source.input()?);
    args.extend(arguments(["-map", &format!("0:{}", probe.stream), "-an", "-sn", "-dn"]));
    args.extend(arguments(["-vf", "showinfo=checksum=0", "-fps_mode", "passthrough"]));
    args.extend(arguments(["-f", "null", "-"]));
    let (w, h) = probe.size;
    let megapixels = f64::from(w) * f64::from(h) / 1e6;
    let work = Duration::from_secs_f64(n_packets as f64 * (megapixels + 0.1) * SLOWEST_FRAME_S);
    let limit = source.limits.stall_time.saturating_add(work);
    let limits = ResourceLimits {
        memory_bytes: source.limits.memory_bytes,
        cpu_s: limit.as_secs().saturating_mul(4),
    };
    let child = start(&source.tools.ffmpeg, &args, limits, source.reach())?;
    let most = source.limits.max_frames;
    let (mut entries, mut lines) = (Vec::new(), LineSplitter::default());
    let (mut base, mut fault, mut is_cut) = (probe.time_base, None, false);
    let end = run(child, ReadFrom::Messages, limit, ctx, |piece| {
        lines.push(piece, |line| match parse(line) {
            DecoderMessage::TimeBase(num, den) => base = (num, den),
            DecoderMessage::Frame { pts: Some(pts), is_key } => entries.push(Packet {
                pts: rescale(pts, base, probe.time_base),
                dts: None,
                packet: entries.len(),
                is_key,
                duration: 0,
            }),
            DecoderMessage::Fault(text) => fault = fault.take().or(Some(text)),
            DecoderMessage::Frame { pts: None, .. } | DecoderMessage::Other => {}
        });
        (ctx.on_progress)(progress(entries.len()));
        is_cut = entries.len() > most;
        !is_cut
    })?;
    entries.truncate(most);
    let messages = fault.map(|text| format!("[error] {text}")).unwrap_or_default();
    // Damaged frames alone make the decoder end with an error.
    let incomplete = incomplete(end.status, |status| status.code().is_none()).filter(|_| !is_cut);
    let times = || entries.iter().filter_map(|entry| entry.pts);
    let span = times().min().zip(times().max());
    Ok(FrameList { entries, messages, is_cut, n_packets, span, incomplete })
}

/// From one unit to another, to the nearest; `None` when it does not fit.
pub(super) fn rescale(pts: i64, from: (u32, u32), to: (u32, u32)) -> Option<i64> {
    if from == to {
        return Some(pts);
    }
    let num = i128::from(pts).checked_mul(i128::from(from.0))?.checked_mul(i128::from(to.1))?;
    let den = i128::from(from.1).checked_mul(i128::from(to.0))?;
    let half = den.checked_div(2)?;
    i64::try_from(num.checked_add(half)?.checked_div_euclid(den)?).ok()
}

/// By time, each time once; `None` without any frame.
fn in_order(entries: &[Packet], probe: &Probe) -> Option<Index> {
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

    use super::super::probe::DeclaredLength;
    use super::*;

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
            stamps in vec(prop::option::of(-1000..1_000_000i64), 1..60), base in time_base()
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
    fn absurd_times_are_told_of() {
        assert_eq!(index(&[0.0, 3600.0, 7200.0]).absurd_times(), None);
        assert!(index(&[0.0, 0.04, 90_000.0]).absurd_times().is_some(), "a day between two");
        let slow: Vec<f64> = (0..1000).map(|i| f64::from(i) * 3600.0).collect();
        let said = index(&slow).absurd_times().unwrap().0;
        assert!(said.contains("they span 41.6 days"), "{said}");
    }

    #[cfg(unix)]
    #[test]
    fn a_list_that_broke_off_is_told_of() {
        use std::os::unix::process::ExitStatusExt as _;
        let failed = |status: ExitStatus| !status.success();
        let killed = |status: ExitStatus| status.code().is_none();
        let [whole, error, signal] = [0, 1 << 8, 9].map(ExitStatus::from_raw);
        assert_eq!(incomplete(Some(whole), failed), None);
        assert_eq!(incomplete(Some(error), killed), None);
        let said = [(Some(error), "exit status: 1"), (Some(signal), "signal: 9")];
        for (status, how) in said.into_iter().chain([(None, "it did not end")]) {
            let said = incomplete(status, failed).unwrap().0;
            assert!(said.contains("may be incomplete") && said.contains(how), "{said}");
        }
        assert!(incomplete(Some(signal), killed).is_some(), "killed");
    }
}
