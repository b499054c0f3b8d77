//! An opened video file: its index and what earlier decoders learned about it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use super::index::Index;
use super::probe::{Probe, Source};
use crate::base::{FrameTime, NotExamined, VideoInfo, Warning};

/// An opened video file: its properties and frame times.
#[derive(Debug)]
pub(super) struct VideoFile {
    pub(super) source: Source,
    pub(super) probe: Probe,
    pub(super) is_seekable: bool,
    /// Frames follow that are not listed.
    pub(super) is_cut: bool,
    /// Number of failed starts before the last successful seek.
    pub(super) late_tries: AtomicUsize,
    /// The decoder complained even when it began at the start of the file.
    pub(super) complains_always: AtomicBool,
    /// The bytes of an animated WebP file.
    pub(super) webp: Option<Arc<[u8]>>,
    pub(super) info: VideoInfo,
    pub(super) frames: Arc<[FrameTime]>,
    pub(super) sha256: String,
    pub(super) warnings: Vec<Warning>,
    pub(super) not_examined: Vec<NotExamined>,
    /// Frames with the time stamps of others.
    pub(super) n_unlisted: usize,
}

impl VideoFile {
    pub(super) fn new(
        source: Source,
        probe: Probe,
        index: Index,
        sha256: String,
        bytes: Vec<u8>,
    ) -> Self {
        let (width_px, height_px) = probe.size;
        let info = VideoInfo {
            container: probe.container.clone(),
            codec: probe.codec.clone(),
            pixel_format: probe.pixel_format.clone(),
            width_px,
            height_px,
            rotation_deg: probe.rotation_deg,
            duration_s: index.duration_s,
            n_frames: index.frames.len(),
            fps: index.fps,
            is_variable: index.is_variable,
            time_base: probe.time_base,
            has_audio: probe.has_audio,
        };
        let absurd = index.absurd_times();
        let warnings =
            probe.warnings.iter().chain(&index.warnings).chain(&absurd).cloned().collect();
        let not_examined = probe.not_examined.iter().chain(&index.not_examined).cloned().collect();
        let probe = Probe { is_restamped: index.is_restamped, ..probe };
        // Frames of animations build upon all before them, whatever the demuxer calls a key.
        // Times run on from the start of the file only.
        let is_seekable = !index.is_restamped && !matches!(source.demuxers, "gif" | "apng" | "");
        Self {
            webp: source.demuxers.is_empty().then(|| bytes.into()),
            source,
            probe,
            is_seekable,
            is_cut: index.is_cut,
            late_tries: AtomicUsize::new(0),
            complains_always: AtomicBool::new(false),
            info,
            frames: index.frames,
            sha256,
            warnings,
            not_examined,
            n_unlisted: index.n_repeated,
        }
    }
}
