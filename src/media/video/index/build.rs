//! From the list of frames to the index, with what is missing or doubtful.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::collections::BTreeMap;

use super::list::{FrameList, decoded, packets};
use super::order::{Index, in_order};
use crate::base::text::{counted, time_code};
use crate::base::{NotExamined, TaskCtx, Warning};
use crate::media::Error;
use crate::media::video::clock::{can_restamp, goes_back, n_repeated, repeated};
use crate::media::video::messages::first_fault;
use crate::media::video::probe::{Probe, Source};

/// A smaller share of the declared number of frames or duration counts as incomplete.
const WHOLE_SHARE: f64 = 0.98;
/// How a warning ends about a file that was cut off.
const CUT_OFF: &str = "the file is cut off";

/// Media data that belong to no packet, or to a track of no known kind, are reported from these on: as
/// many bytes, and as large a share of all of them. Writers leave gaps of some kilobytes, and cameras
/// keep measurements in tracks.
const LEAST_SPARE: (u64, f64) = (64 << 10, 0.01);

/// Lists the frames. `media_data`: bytes of an MP4 file that packets should account for.
///
/// # Errors
///
/// [`Error::Undecodable`] without any frame, [`Error::Stalled`], [`Error::Cancelled`].
pub(in crate::media::video) fn index(
    source: &Source,
    probe: &Probe,
    (file_bytes, media_data): (u64, Option<u64>),
    ctx: &TaskCtx<'_>,
) -> Result<Index, Error> {
    let is_weighed = media_data.is_some() || !probe.data_tracks.is_empty();
    let mut listed = packets(source, probe, (file_bytes, is_weighed), ctx)?;
    let n_hidden = listed.n_hidden as u64;
    let weights = listed.bytes.take().unwrap_or_default();
    let sum = weights.values().fold(0, |sum: u64, bytes| sum.saturating_add(*bytes));
    let unknown = data_tracks(&weights, &probe.data_tracks, sum);
    let spare = media_data.filter(|_| sum > 0).and_then(|there| spare(there, sum));
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
    index.not_examined.extend(spare.into_iter().chain(unknown));
    if n_hidden > 0 {
        index.not_examined.push(NotExamined::new(
            counted(n_hidden, "frame"),
            "left out by the edit list of the file",
            "players do not show them, as where a clip was cut; a program that copies the stream \
             without its edit list makes them visible",
        ));
    }
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

/// Whether so many bytes of all may hold frames.
fn is_much(bytes: u64, all: u64) -> bool {
    let (least, share) = LEAST_SPARE;
    bytes >= least && bytes as f64 >= share * all as f64
}

/// Tracks of no known kind that may hold frames. `weights`: bytes of each track; `sum`: of all.
fn data_tracks(weights: &BTreeMap<usize, u64>, tracks: &[usize], sum: u64) -> Vec<NotExamined> {
    let bytes = |track: &usize| weights.get(track).copied().filter(|bytes| is_much(*bytes, sum));
    let part = |track: &usize| {
        Some(NotExamined::new(
            "a track of data",
            format!("beside the video: {} bytes in track {track}", bytes(track)?),
            "its kind is not known, players pass over it, and frames may be in it",
        ))
    };
    tracks.iter().filter_map(part).collect()
}

/// Media data that no list of frames names: further frames may be among them.
fn spare(there: u64, listed: u64) -> Option<NotExamined> {
    let spare = there.saturating_sub(listed);
    is_much(spare, there).then(|| {
        NotExamined::new(
            format!("{spare} bytes of media data"),
            "in the box mdat",
            "no list of frames or samples names them: players pass them over, and frames may be among \
             them",
        )
    })
}

/// Whether the index has a warning that frames are missing.
fn is_short(index: &Index) -> bool {
    index.warnings.iter().any(|warning| warning.0.ends_with(CUT_OFF))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_data_that_nothing_names_are_reported_but_not_the_gaps_that_writers_leave() {
        let reported = |there: u64, listed: u64| spare(there, listed).map(|part| part.what);
        assert_eq!(reported(10_000_000, 10_000_000), None);
        assert_eq!(reported(1_000_000, 950_000), None, "less than 64 KiB");
        assert_eq!(reported(100_000_000, 99_500_000), None, "less than 1 %");
        assert_eq!(reported(10_000_000, 10_400_000), None, "samples may share bytes");
        let tracks = |bytes: u64| {
            data_tracks(&BTreeMap::from([(0, 5_000_000), (2, bytes)]), &[2], 5_000_000 + bytes)
        };
        assert_eq!(tracks(40_000), [], "measurements of a camera");
        assert_eq!(tracks(100_000).len(), 1);
        let found = reported(10_000_000, 9_700_000);
        assert_eq!(found.as_deref(), Some("300000 bytes of media data"));
    }
}
