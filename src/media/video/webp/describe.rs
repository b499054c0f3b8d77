//! What the headers of an animated WebP file say.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::sync::Arc;

use crate::base::text::time_code;
use crate::base::{FrameTime, NotExamined, Warning};
use crate::media::Error;
use crate::media::container::{webp_canvas, webp_delays};
use crate::media::decode::check_size;
use crate::media::video::VideoLimits;
use crate::media::video::index::Index;
use crate::media::video::probe::{DeclaredLength, Probe, transparency};

/// The whole file is held in memory.
pub(in crate::media::video) const MAX_BYTES: u64 = 512 << 20;

/// Reads the headers.
pub(in crate::media::video) fn describe(
    bytes: &[u8],
    limits: &VideoLimits,
) -> Result<(Probe, Index), Error> {
    let malformed = || Error::Malformed { format: "WebP", what: "it ends early".to_owned() };
    let mut delays = webp_delays(bytes).filter(|d| !d.is_empty()).ok_or_else(malformed)?;
    let size = webp_canvas(bytes).ok_or_else(malformed)?;
    check_size(size, &limits.of_frame())?;
    let is_cut = delays.len() > limits.max_frames;
    delays.truncate(limits.max_frames);
    // As browsers do it.
    let shown = delays.iter().map(|ms| if *ms <= 10 { 100i64 } else { i64::from(*ms) });
    let mut at_ms = 0i64;
    let frames: Arc<[FrameTime]> = shown
        .clone()
        .enumerate()
        .map(|(index, ms)| {
            let pts = at_ms;
            at_ms = at_ms.saturating_add(ms);
            FrameTime { index, packet: index, pts, t_s: pts as f64 / 1000.0, is_key: index == 0 }
        })
        .collect();
    let duration_s = at_ms as f64 / 1000.0;
    let fps = if duration_s > 0.0 { frames.len() as f64 / duration_s } else { 0.0 };
    let is_variable = shown.clone().min() != shown.max();
    let (mut warnings, mut left_out) = (Vec::new(), Vec::new());
    if is_cut {
        let n = limits.max_frames;
        let what = format!("the video has more than {n} frames: the rest is left out");
        let place = format!("behind {}", time_code(frames.last().map_or(0.0, |frame| frame.t_s)));
        left_out.push(NotExamined::new("the rest of the video", place, &what));
        warnings.push(Warning(what));
    }
    // A flag of the header says whether frames may be transparent.
    let is_open = bytes.get(20).is_some_and(|flags| flags & 0x10 != 0);
    let hidden = is_open.then(|| transparency("webp", "rgba", "")).flatten();
    let probe = Probe {
        stream: 0,
        container: "webp".to_owned(),
        codec: "webp".to_owned(),
        pixel_format: "rgba".to_owned(),
        size,
        rotation_deg: 0,
        time_base: (1, 1000),
        rate: None,
        start_s: 0.0,
        color_space: String::new(),
        is_full_range: true,
        has_audio: false,
        declared: DeclaredLength::default(),
        warnings: Vec::new(),
        not_examined: hidden.into_iter().collect(),
        n_covers: 0,
        data_tracks: Vec::new(),
        is_restamped: false,
    };
    Ok((
        probe,
        Index {
            frames,
            duration_s,
            fps,
            is_variable,
            is_cut,
            is_restamped: false,
            warnings,
            not_examined: left_out,
            n_repeated: 0,
        },
    ))
}
