//! The worst moments as pictures, and a copy of the clip with what was found drawn into it.
//!
//! * **In**: a report whose samples have maps. **Out**: PNG files, a video file.
//! * **Not here**: drawing maps (`signal`), coding (`media`).
//!
//! Names are `<stem>.<first 8 hex digits of the file's SHA-256>.face<id>.frame<n>.heat.png`,
//! `….overlay.png` and `….annotated.mp4`; never the name of an original.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::base::{
    Affine, FrameTime, Heatmap, Phase, Rect, RgbImage, Sample, TaskCtx, Track, Verdict, VideoReport,
};
use crate::cli::pictures::{Folder, stem};
use crate::cli::request::ClipFormat;
use crate::media;
use crate::media::video::{DecodeRequest, PixelKind, Tools, Video, VideoWriter};
use crate::pipeline::video::VideoPlan;
use crate::signal::{OverlayStyle, compose};

/// Longer side of annotated copies; larger clips are made smaller.
const MAX_ANNOTATED_PX: u32 = 1920;

/// Longest time for which a picture of a copy stands.
const MAX_HOLD_S: f64 = 10.0;

/// The pictures of one moment.
#[derive(Debug)]
pub(in crate::cli) struct MomentFiles {
    pub(in crate::cli) heatmap: PathBuf,
    pub(in crate::cli) overlay: PathBuf,
}

/// What was written of a clip.
#[derive(Debug, Default)]
pub(in crate::cli) struct Written {
    /// By track and frame.
    pub(in crate::cli) moments: BTreeMap<(u32, usize), MomentFiles>,
    pub(in crate::cli) annotated: Option<PathBuf>,
}

/// Writes the worst moments of every track.
pub(super) fn moments(
    folder: &Folder,
    video: &Video,
    report: &VideoReport,
    map_threshold: f32,
    written: &mut Written,
    ctx: &TaskCtx<'_>,
) -> anyhow::Result<()> {
    let stem = stem(video.path(), &report.sha256);
    let wanted = report.tracks.iter().flat_map(|t| t.worst.iter().map(move |m| (t, m.frame)));
    let wanted: Vec<(&Track, usize)> = wanted.collect();
    for (i, (track, frame)) in wanted.iter().enumerate() {
        ctx.step(Phase::Writing, i as u64, wanted.len() as u64)?;
        let Some(map) = track.at(*frame).and_then(|s| s.map.as_ref()) else { continue };
        let map = map.heatmap();
        let picture = video.frame_at(*frame, None, ctx)?;
        let (w, h) = (picture.width_px, picture.height_px);
        let name = |what: &str| format!("{stem}.face{}.frame{frame}.{what}.png", track.id);
        let heatmap = folder.target(&name("heat"))?;
        media::write_png_gray(&heatmap, w, h, &map.rasterize(w, h))?;
        let overlay = folder.target(&name("overlay"))?;
        media::write_png(&overlay, &drawn(picture, report, *frame, 1, map_threshold, 1.0))?;
        written.moments.insert((track.id, *frame), MomentFiles { heatmap, overlay });
    }
    Ok(())
}

/// Writes a copy of the clip with maps and boxes drawn into it, and gives its path.
pub(super) fn annotated(
    folder: &Folder,
    video: &Video,
    (plan, report): (&VideoPlan, &VideoReport),
    map_threshold: f32,
    format: ClipFormat,
    ctx: &TaskCtx<'_>,
) -> anyhow::Result<PathBuf> {
    let ending = match format {
        ClipFormat::Mp4 => "mp4",
        ClipFormat::Webm => "webm",
    };
    let stem = stem(video.path(), &report.sha256);
    let target = folder.target(&format!("{stem}.annotated.{ending}"))?;
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
        Copy { target: &target, fps, shown_s: 0.0, cut_s: 0.0, writer: None, n_written: 0 };
    // What was found stays in sight until the next frame that was examined.
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
        let drawn = drawn(picture, report, index, every, map_threshold, scale);
        last = Some(drawn);
    }
    let picture = last.context("no frame could be decoded")?;
    copy.hold(&picture, end_s - start_s)?;
    copy.writer.context("no frame lasts long enough to be written")?.finish()?;
    Ok(target)
}

/// The rate of a copy: that of the clip where it is constant, else one that shows most frames.
fn copy_rate(frames: &[FrameTime], mean: f64) -> f64 {
    let mut steps: Vec<f64> = frames.windows(2).map(|pair| pair[1].t_s - pair[0].t_s).collect();
    steps.sort_by(f64::total_cmp);
    let usual = steps.get(steps.len() / 2).filter(|step| **step > 0.0).map_or(mean, |s| 1.0 / s);
    // Millisecond time stamps make the usual step of a constant clip a little wrong.
    if (usual - mean).abs() < 0.03 * mean { mean } else { usual.clamp(mean.min(60.0), 60.0) }
}

/// A copy in the making. It has a constant rate: each of its frames shows what the clip shows at
/// that time.
struct Copy<'a> {
    target: &'a Path,
    fps: f64,
    /// Until when pictures were held.
    shown_s: f64,
    /// Time left out because a picture stood too long.
    cut_s: f64,
    writer: Option<VideoWriter>,
    n_written: usize,
}

impl Copy<'_> {
    fn begin(&self, size: (u32, u32)) -> anyhow::Result<VideoWriter> {
        // Only a copy of an earlier run has this name.
        if self.target.exists() {
            std::fs::remove_file(self.target)?;
        }
        Ok(VideoWriter::create(self.target, &Tools::find()?, size, self.fps)?)
    }

    /// Shows a picture until a second of the clip, for [`MAX_HOLD_S`] at most: a container may name
    /// any time, and the rest of a longer one is left out.
    fn hold(&mut self, picture: &RgbImage, until_s: f64) -> anyhow::Result<()> {
        self.cut_s = self.cut_s.max(until_s - self.shown_s - MAX_HOLD_S);
        let until_s = until_s - self.cut_s;
        self.shown_s = self.shown_s.max(until_s);
        let until = (until_s * self.fps).round() as usize;
        while self.n_written < until {
            let writer = match self.writer.take() {
                Some(writer) => writer,
                None => self.begin((picture.width_px, picture.height_px))?,
            };
            self.writer.insert(writer).push(picture)?;
            self.n_written += 1;
        }
        Ok(())
    }
}

/// A frame, `scale` times its size in the clip, with the maps of that frame, the faces framed in the
/// color of their verdict, and at the lower edge a bar as long as the highest score.
fn drawn(
    picture: RgbImage,
    report: &VideoReport,
    frame: usize,
    every: usize,
    map_threshold: f32,
    scale: f32,
) -> RgbImage {
    let here = || report.tracks.iter().filter_map(|t| near(t, frame, every));
    let maps: Vec<(Heatmap, Affine)> = here()
        .filter_map(|sample| {
            let map = sample.map.as_ref()?.heatmap();
            let scaled = Affine { m: [scale, 0.0, 0.0, 0.0, scale, 0.0] };
            let map_from_picture = scaled.after(&map.image_from_map).inverse()?;
            Some((map, map_from_picture))
        })
        .collect();
    let maps: Vec<(&Heatmap, Affine)> = maps.iter().map(|(map, to)| (map, *to)).collect();
    let style = OverlayStyle { threshold: map_threshold, ..OverlayStyle::default() };
    let mut drawn = if maps.is_empty() { picture } else { compose(&picture, &maps, &style) };
    let line = (drawn.width_px.max(drawn.height_px) as f32 / 400.0).max(2.0);
    for sample in here() {
        let b = sample.face.box_px;
        let area = Rect::new(b.x * scale, b.y * scale, b.w * scale, b.h * scale);
        frame_box(&mut drawn, &area, line, color(sample.verdict));
    }
    let highest =
        here().filter_map(|s| Some((s.score?, s.verdict))).max_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((score, verdict)) = highest {
        let (w, h) = (drawn.width_px as f32, drawn.height_px as f32);
        let bar = Rect::new(0.0, h - 2.0 * line, w, 2.0 * line);
        fill(&mut drawn, &bar, [20; 3]);
        fill(&mut drawn, &Rect { w: w * score, ..bar }, color(verdict));
    }
    drawn
}

/// The sample of a frame, or of the last one examined before it, one in `every` being examined.
fn near(track: &Track, frame: usize, every: usize) -> Option<&Sample> {
    let before = track.samples.partition_point(|s| s.frame <= frame);
    let sample = track.samples.get(before.checked_sub(1)?)?;
    (frame - sample.frame < every.max(1)).then_some(sample)
}

const fn color(verdict: Verdict) -> [u8; 3] {
    match verdict {
        Verdict::TracesFound => [230, 70, 60],
        Verdict::Inconclusive => [240, 190, 60],
        Verdict::NoTraceFound => [120, 170, 220],
        Verdict::NotExamined => [150; 3],
    }
}

fn frame_box(picture: &mut RgbImage, r: &Rect, line: f32, color: [u8; 3]) {
    let (right, bottom) = (r.x + r.w - line, r.y + r.h - line);
    for side in [
        Rect::new(r.x, r.y, r.w, line),
        Rect::new(r.x, bottom, r.w, line),
        Rect::new(r.x, r.y, line, r.h),
        Rect::new(right, r.y, line, r.h),
    ] {
        fill(picture, &side, color);
    }
}

fn fill(picture: &mut RgbImage, r: &Rect, color: [u8; 3]) {
    let Some(r) = r.intersect(&picture.bounds()) else { return };
    let (x0, x1) = (r.x as usize, ((r.x + r.w).round() as usize).min(picture.width_px as usize));
    let (y0, y1) = (r.y as usize, ((r.y + r.h).round() as usize).min(picture.height_px as usize));
    let stride = picture.width_px as usize * 3;
    for row in picture.pixels.chunks_exact_mut(stride).take(y1).skip(y0) {
        row[x0 * 3..x1.max(x0) * 3].as_chunks_mut::<3>().0.fill(color);
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
    fn a_copy_has_the_rate_of_the_clip_or_one_that_shows_most_of_its_frames() {
        let constant = frames((0..50).map(|i| (f64::from(i) * 41.7).round() / 1000.0));
        assert_eq!(copy_rate(&constant, 23.976), 23.976);
        // A second of fifty frames, then a minute of nothing.
        let dense = frames((0..50).map(|i| f64::from(i) * 0.02).chain([61.0]));
        assert!((copy_rate(&dense, 0.84) - 50.0).abs() < 0.1, "{}", copy_rate(&dense, 0.84));
        assert_eq!(copy_rate(&frames((0..9).map(|i| f64::from(i) * 1e-6)), 30.0), 60.0);
        assert_eq!(copy_rate(&frames([0.0].into_iter()), 25.0), 25.0);
    }
}
