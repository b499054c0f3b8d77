//! The reading stage: selects and decodes frames.

use std::sync::mpsc::SyncSender;

use super::plan::{QUICK_FRAMES, VideoPlan};
use crate::base::{Damage, TaskCtx};
use crate::media;
use crate::media::video::{DecodeRequest, Decoded, PixelKind, Pixels, Video};

/// A quick look reads clips of up to this many frames from end to end; longer ones at key frames.
const SHORT_CLIP: usize = 1_500;

/// Sent by the reader; the channel closes at the end.
pub(super) enum ReaderMessage {
    Frame(Decoded),
    Damage(Damage),
    /// The decoder broke off; a sentence.
    EndedEarly(String),
    Failed(media::Error),
}

/// Which frames to examine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FrameSelection {
    /// Indices, in order.
    pub(super) frames: Vec<usize>,
    /// Each is decoded for itself, not the clip from end to end.
    pub(super) is_single: bool,
}

/// Selects the frames of a clip by a plan.
pub(super) fn select_frames(video: &Video, plan: &VideoPlan) -> FrameSelection {
    let frames = video.frames();
    let range = plan.frames(frames);
    let mut every = plan.every.max(1);
    let most = if plan.is_quick { Some(QUICK_FRAMES) } else { plan.max_frames };
    if let Some(most) = most {
        every = every.max(range.len().div_ceil(most.max(1)));
    }
    if plan.is_quick && range.len() > SHORT_CLIP {
        // The key frame at or before each: decoded alone, in no time.
        let key = |i: usize| frames.get(..=i)?.iter().rposition(|f| f.is_key);
        let mut keys: Vec<usize> = range.clone().step_by(every).filter_map(key).collect();
        keys.retain(|i| range.contains(i));
        keys.dedup();
        // A clip with few key frames has to be read from end to end.
        if 2 * keys.len() >= range.len() / every {
            return FrameSelection { frames: keys, is_single: true };
        }
    }
    FrameSelection { frames: range.step_by(every).collect(), is_single: false }
}

/// Reads frames until the end or until the receiver is gone.
pub(super) fn read(
    video: &Video,
    (picks, is_single): (&[usize], bool),
    to: &SyncSender<ReaderMessage>,
    ctx: &TaskCtx<'_>,
) {
    let result = match as_stream_request(picks).filter(|_| !is_single) {
        Some(request) => read_stream(video, &request, to, ctx),
        None => read_single(video, picks, to, ctx),
    };
    if let Err(error) = result {
        // The receiver may be gone.
        let _gone = to.send(ReaderMessage::Failed(error));
    }
}

/// A request for frames that lie evenly apart; `None` when they do not.
fn as_stream_request(picks: &[usize]) -> Option<DecodeRequest> {
    let (first, last) = (*picks.first()?, *picks.last()?);
    let every = picks.get(1).map_or(1, |second| second - first);
    let is_even = picks.windows(2).all(|pair| pair[1] - pair[0] == every);
    is_even.then(|| DecodeRequest {
        frames: first..last + 1,
        every,
        pixels: PixelKind::Native,
        max_side_px: None,
    })
}

fn read_stream(
    video: &Video,
    request: &DecodeRequest,
    to: &SyncSender<ReaderMessage>,
    ctx: &TaskCtx<'_>,
) -> Result<(), media::Error> {
    let mut stream = video.decode(request)?;
    let mut n_told = 0;
    loop {
        let frame = stream.next(ctx)?;
        for damage in stream.damage().get(n_told..).unwrap_or_default() {
            n_told += 1;
            if to.send(ReaderMessage::Damage(damage.clone())).is_err() {
                return Ok(());
            }
        }
        let Some(frame) = frame else {
            if let Some(why) = stream.ended_early() {
                // The receiver may be gone.
                let _gone = to.send(ReaderMessage::EndedEarly(why.to_owned()));
            }
            return Ok(());
        };
        if to.send(ReaderMessage::Frame(frame)).is_err() {
            return Ok(());
        }
    }
}

fn read_single(
    video: &Video,
    picks: &[usize],
    to: &SyncSender<ReaderMessage>,
    ctx: &TaskCtx<'_>,
) -> Result<(), media::Error> {
    for index in picks {
        let Some(time) = video.frames().get(*index).copied() else { continue };
        match video.frame_at(*index, None, ctx) {
            Ok(picture) => {
                let frame = Decoded { time, pixels: Pixels::Rgb(picture) };
                if to.send(ReaderMessage::Frame(frame)).is_err() {
                    return Ok(());
                }
            }
            Err(error @ (media::Error::Cancelled(_) | media::Error::Changed)) => return Err(error),
            // A frame that cannot be decoded does not stop the others.
            Err(error) => {
                let what = error.to_string();
                let damage = Damage { frame: *index, t_s: time.t_s, what };
                if to.send(ReaderMessage::Damage(damage)).is_err() {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_evenly_apart_are_read_in_one_go() {
        let request = as_stream_request(&[3, 6, 9]).unwrap();
        assert_eq!((request.frames, request.every), (3..10, 3));
        assert_eq!(as_stream_request(&[7]).map(|r| (r.frames, r.every)), Some((7..8, 1)));
        assert!(as_stream_request(&[0, 250, 480]).is_none(), "key frames lie anyhow");
        assert!(as_stream_request(&[]).is_none(), "nothing to read");
    }
}
