//! A copy of a video with heat maps and face boxes drawn into it: `….annotated.mp4` or `.webm`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::overlay::draw_findings;
use crate::base::{FrameTime, Phase, RgbImage, TaskCtx, VideoReport};
use crate::cli::inspect::args::CopyFormat;
use crate::cli::inspect::heatmaps::{OutputFolder, file_stem};
use crate::media::video::{DecodeRequest, PixelKind, Tools, Video, VideoWriter};
use crate::pipeline::video::VideoPlan;

/// Longer side of annotated copies; larger videos are scaled down.
const MAX_ANNOTATED_PX: u32 = 1920;

/// Longest time for which a copy shows one frame.
const MAX_HOLD_S: f64 = 10.0;

/// Writes the copy and returns its path.
pub(super) fn write_copy(
    folder: &OutputFolder,
    video: &Video,
    (plan, report): (&VideoPlan, &VideoReport),
    map_threshold: f32,
    format: CopyFormat,
    ctx: &TaskCtx<'_>,
) -> anyhow::Result<PathBuf> {
    let extension = match format {
        CopyFormat::Mp4 => "mp4",
        CopyFormat::Webm => "webm",
    };
    let stem = file_stem(video.path(), &report.sha256);
    let target = folder.path_for(&format!("{stem}.annotated.{extension}"))?;
    let info = video.info();
    let frames = plan.frames(video.frames());
    let start_s = video.frames().get(frames.start).map_or(0.0, |f| f.t_s);
    let end_s = video.frames().get(frames.end).map_or(info.duration_s, |f| f.t_s);
    let total = frames.len() as u64;
    let request = DecodeRequest {
        frames: frames.clone(),
        every: 1,
        pixels: PixelKind::Rgb,
        max_side_px: Some(MAX_ANNOTATED_PX),
    };
    let fps = copy_rate(&video.frames()[frames.clone()], info.fps);
    let mut stream = video.decode(&request)?;
    let mut copy =
        CopyWriter { target: &target, fps, shown_s: 0.0, cut_s: 0.0, writer: None, n_written: 0 };
    // Findings stay visible until the next examined frame.
    let every = frames.len().div_ceil(report.frames_examined.max(1));
    let mut last: Option<RgbImage> = None;
    while let Some(frame) = stream.next(ctx)? {
        let done = frame.time.index.saturating_sub(frames.start) as u64;
        ctx.step(Phase::Writing, done, total)?;
        if let Some(picture) = &last {
            copy.hold(picture, frame.time.t_s - start_s)?;
        }
        let picture = frame.pixels.into_rgb();
        let scale = picture.width_px as f32 / info.width_px.max(1) as f32;
        let index = frame.time.index;
        last = Some(draw_findings(picture, report, index, every, map_threshold, scale));
    }
    let picture = last.context("no frame could be decoded")?;
    copy.hold(&picture, end_s - start_s)?;
    copy.writer.context("no frame lasts long enough to be written")?.finish()?;
    Ok(target)
}

/// Frames a second of a copy: the rate of the video if it is constant, else one that shows most
/// frames. `mean` is the mean rate of the video.
fn copy_rate(frames: &[FrameTime], mean: f64) -> f64 {
    let mut steps: Vec<f64> = frames.windows(2).map(|pair| pair[1].t_s - pair[0].t_s).collect();
    steps.sort_by(f64::total_cmp);
    let usual = steps.get(steps.len() / 2).filter(|step| **step > 0.0).map_or(mean, |s| 1.0 / s);
    // Time stamps in milliseconds make the median step of a constant rate slightly wrong.
    if (usual - mean).abs() < 0.03 * mean { mean } else { usual.clamp(mean.min(60.0), 60.0) }
}

/// Writes a copy of constant rate: each of its frames shows what the video shows at that time.
struct CopyWriter<'a> {
    target: &'a Path,
    fps: f64,
    /// Time up to which the video has been written.
    shown_s: f64,
    /// Time left out because frames lasted longer than [`MAX_HOLD_S`].
    cut_s: f64,
    writer: Option<VideoWriter>,
    n_written: usize,
}

impl CopyWriter<'_> {
    fn create(&self, size: (u32, u32)) -> anyhow::Result<VideoWriter> {
        // Only the copy of an earlier run has this name.
        if self.target.exists() {
            std::fs::remove_file(self.target)?;
        }
        Ok(VideoWriter::create(self.target, &Tools::find()?, size, self.fps)?)
    }

    /// Shows a picture until `until_s` of the video, for [`MAX_HOLD_S`] at most: a container may
    /// claim any time stamp.
    fn hold(&mut self, picture: &RgbImage, until_s: f64) -> anyhow::Result<()> {
        self.cut_s = self.cut_s.max(until_s - self.shown_s - MAX_HOLD_S);
        let until_s = until_s - self.cut_s;
        self.shown_s = self.shown_s.max(until_s);
        let until = (until_s * self.fps).round() as usize;
        while self.n_written < until {
            let writer = match self.writer.take() {
                Some(writer) => writer,
                None => self.create((picture.width_px, picture.height_px))?,
            };
            self.writer.insert(writer).push(picture)?;
            self.n_written += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(times: impl Iterator<Item = f64>) -> Vec<FrameTime> {
        let at = |(index, t_s)| FrameTime { index, packet: index, pts: 0, t_s, is_key: true };
        times.enumerate().map(at).collect()
    }

    #[test]
    fn a_copy_has_the_rate_of_the_video_or_one_that_shows_most_of_its_frames() {
        let constant = frames((0..50).map(|i| (f64::from(i) * 41.7).round() / 1000.0));
        assert_eq!(copy_rate(&constant, 23.976), 23.976);
        // A second of fifty frames, then a minute of nothing.
        let dense = frames((0..50).map(|i| f64::from(i) * 0.02).chain([61.0]));
        assert!((copy_rate(&dense, 0.84) - 50.0).abs() < 0.1, "{}", copy_rate(&dense, 0.84));
        assert_eq!(copy_rate(&frames((0..9).map(|i| f64::from(i) * 1e-6)), 30.0), 60.0);
        assert_eq!(copy_rate(&frames([0.0].into_iter()), 25.0), 25.0);
    }
}
