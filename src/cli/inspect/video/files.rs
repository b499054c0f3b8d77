//! The most suspicious frames of a video as PNG files.
//!
//! Names are `<stem>.<first 8 hex digits of the file's SHA-256>.face<id>.frame<n>.heat.png` and
//! `….overlay.png`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::overlay::draw_findings;
use crate::base::{Phase, TaskCtx, Track, VideoReport};
use crate::cli::inspect::heatmaps::{OutputFolder, file_stem};
use crate::media;
use crate::media::video::Video;

/// The files of one moment of a track.
#[derive(Debug)]
pub(in crate::cli::inspect) struct MomentFiles {
    pub(in crate::cli::inspect) heatmap: PathBuf,
    pub(in crate::cli::inspect) overlay: PathBuf,
}

/// Files written for a video.
#[derive(Debug, Default)]
pub(in crate::cli::inspect) struct VideoFiles {
    /// By track id and frame index.
    pub(in crate::cli::inspect) moments: BTreeMap<(u32, usize), MomentFiles>,
    pub(in crate::cli::inspect) annotated: Option<PathBuf>,
}

/// Writes heat map and overlay of the most suspicious moments of every track.
pub(super) fn write_moments(
    folder: &OutputFolder,
    video: &Video,
    report: &VideoReport,
    map_threshold: f32,
    written: &mut VideoFiles,
    ctx: &TaskCtx<'_>,
) -> anyhow::Result<()> {
    let stem = file_stem(video.path(), &report.sha256);
    let wanted = report.tracks.iter().flat_map(|t| t.worst.iter().map(move |m| (t, m.frame)));
    let wanted: Vec<(&Track, usize)> = wanted.collect();
    for (i, (track, frame)) in wanted.iter().enumerate() {
        ctx.step(Phase::Writing, i as u64, wanted.len() as u64)?;
        let Some(map) = track.at(*frame).and_then(|s| s.map.as_ref()) else { continue };
        let map = map.heatmap();
        let picture = video.frame_at(*frame, None, ctx)?;
        let (w, h) = (picture.width_px, picture.height_px);
        let name = |what: &str| format!("{stem}.face{}.frame{frame}.{what}.png", track.id);
        let heatmap = folder.path_for(&name("heat"))?;
        media::write_png_gray(&heatmap, w, h, &map.rasterize(w, h))?;
        let overlay = folder.path_for(&name("overlay"))?;
        media::write_png(&overlay, &draw_findings(picture, report, *frame, 1, map_threshold, 1.0))?;
        written.moments.insert((track.id, *frame), MomentFiles { heatmap, overlay });
    }
    Ok(())
}
