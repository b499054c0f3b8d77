//! The list of a video's frames, from the packets of the container or from a decoder.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;
use std::process::ExitStatus;
use std::time::Duration;

use super::order::rescale;
use crate::base::{Phase, Progress, TaskCtx, Warning};
use crate::confine::ResourceLimits;
use crate::media::Error;
use crate::media::video::child::{ReadFrom, arguments, run, start};
use crate::media::video::clock::Packet;
use crate::media::video::messages::{DecoderMessage, LineSplitter, parse};
use crate::media::video::probe::{Probe, Source};

/// A megapixel frame is decoded in no more than this.
const SLOWEST_FRAME_S: f64 = 0.5;

/// Frames as they are listed.
pub(super) struct FrameList {
    pub(super) entries: Vec<Packet>,
    pub(super) messages: String,
    pub(super) is_cut: bool,
    /// Packets, hidden ones included.
    pub(super) n_packets: usize,
    /// First and last time of a packet, hidden ones included.
    pub(super) span: Option<(i64, i64)>,
    /// Packets that an edit list hides.
    pub(super) n_hidden: usize,
    /// Bytes of the packets of each stream, by its index, where they were asked for.
    pub(super) bytes: Option<BTreeMap<usize, u64>>,
    /// Why frames may be missing.
    pub(super) incomplete: Option<Warning>,
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

/// Lists the packets of the container. Those that an edit list hides are left out. `is_weighed`: the
/// bytes of all streams are counted.
pub(super) fn packets(
    source: &Source,
    probe: &Probe,
    (file_bytes, is_weighed): (u64, bool),
    ctx: &TaskCtx<'_>,
) -> Result<FrameList, Error> {
    let mut args = source.guards();
    args.extend(arguments(["-loglevel", "repeat+level+error"]));
    if !is_weighed {
        args.extend(arguments(["-select_streams", &probe.stream.to_string()]));
    }
    args.extend(arguments(["-show_entries", "packet=stream_index,pts,dts,duration,flags,size"]));
    args.extend(arguments(["-of", "compact=print_section=0:nokey=0"]));
    args.extend(source.input()?);
    let (limit, limits) = source.limits.of_reading(file_bytes);
    let child = start(&source.tools.ffprobe, &args, limits, source.reach())?;
    let most = source.limits.max_frames;
    let (mut entries, mut n_packets, mut lines) = (Vec::new(), 0usize, LineSplitter::default());
    let (mut span, mut is_cut, mut n_hidden) = (None::<(i64, i64)>, false, 0usize);
    let mut bytes = BTreeMap::<usize, u64>::new();
    let end = run(child, ReadFrom::Output, limit, ctx, |piece| {
        lines.push(piece, |line| {
            let Some(stream) = number(line, "stream_index=") else { return };
            let of_stream = bytes.entry(stream as usize).or_default();
            *of_stream = of_stream.saturating_add(number(line, "size=").unwrap_or(0));
            if stream == probe.stream as u64
                && let Some((entry, is_hidden)) = packet(line, n_packets)
            {
                n_packets = n_packets.saturating_add(1);
                if let Some(pts) = entry.pts {
                    let (first, last) = span.unwrap_or((pts, pts));
                    span = Some((first.min(pts), last.max(pts)));
                }
                if is_hidden {
                    n_hidden = n_hidden.saturating_add(1);
                } else {
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
    let messages = end.messages;
    let is_whole = is_weighed && !is_cut && incomplete.is_none();
    let bytes = is_whole.then_some(bytes);
    Ok(FrameList { entries, messages, is_cut, n_packets, span, n_hidden, bytes, incomplete })
}

const fn progress(done: usize) -> Progress {
    Progress { phase: Phase::Reading, done: done as u64, total: 0 }
}

fn number(line: &str, name: &str) -> Option<u64> {
    line.split('|').find_map(|part| part.strip_prefix(name))?.parse().ok()
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
pub(super) fn decoded(
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
    Ok(FrameList {
        entries,
        messages,
        is_cut,
        n_packets,
        span,
        n_hidden: 0,
        bytes: None,
        incomplete,
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_broke_off_is_reported() {
        use std::os::unix::process::ExitStatusExt as _;
        let failed = |status: ExitStatus| !status.success();
        let killed = |status: ExitStatus| status.code().is_none();
        let [whole, error, signal] = [0, 1 << 8, 9].map(ExitStatus::from_raw);
        assert_eq!(incomplete(Some(whole), failed), None);
        assert_eq!(incomplete(Some(error), killed), None);
        let endings = [(Some(error), "exit status: 1"), (Some(signal), "signal: 9")];
        for (status, how) in endings.into_iter().chain([(None, "it did not end")]) {
            let warning = incomplete(status, failed).unwrap().0;
            assert!(warning.contains("may be incomplete") && warning.contains(how), "{warning}");
        }
        assert!(incomplete(Some(signal), killed).is_some(), "killed");
    }
}
