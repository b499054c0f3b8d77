//! From a path to a [`Video`].

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use super::index::{Index, index};
use super::probe::{Probe, Source, probe};
use super::{DecodeRequest, FrameStream, PixelKind, Tools, VideoLimits, webp};
use crate::base::{FrameTime, Phase, RgbImage, TaskCtx, VideoInfo, Warning, text};
use crate::files::sha256_of_reader;
use crate::media::Error;
use crate::media::container::has_more_pictures;
use crate::media::open::{io, open_file};
use crate::media::sniff::{Content, StillFormat, VideoFormat, content};

/// What is looked at to tell a video by.
const HEAD_BYTES: u64 = 4096;
/// What is looked at to see whether a second picture follows the first.
const ANIMATION_BYTES: u64 = 32 << 20;

/// Whether a picture moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    /// For [`open_still`](crate::media::open_still).
    Still,
    /// For [`Video::open`]: also a GIF, PNG or WebP file with more than one frame.
    Video,
}

/// What a file is, by its content. Reads its head, and of a GIF, PNG or WebP file as much as leads to
/// the second frame.
///
/// # Errors
///
/// As [`open_still`](crate::media::open_still) for files that cannot be read or are of no known
/// format.
pub fn kind(path: &Path) -> Result<MediaKind, Error> {
    let (mut file, _) = open_file(path)?;
    Ok(match sort(&mut file)? {
        Sort::Still(_) => MediaKind::Still,
        Sort::Video(_) | Sort::Webp => MediaKind::Video,
    })
}

enum Sort {
    Still(StillFormat),
    Video(VideoFormat),
    Webp,
}

fn sort(file: &mut File) -> Result<Sort, Error> {
    let mut head = Vec::new();
    file.by_ref().take(HEAD_BYTES).read_to_end(&mut head).map_err(io)?;
    let format = match content(&head)? {
        Content::Video(format) => return Ok(Sort::Video(format)),
        Content::Still(format) => format,
    };
    let demuxers = match format {
        StillFormat::Gif => "gif",
        StillFormat::Png => "apng",
        StillFormat::WebP => "",
        StillFormat::Jpeg | StillFormat::Tiff | StillFormat::Bmp => return Ok(Sort::Still(format)),
    };
    file.by_ref().take(ANIMATION_BYTES).read_to_end(&mut head).map_err(io)?;
    Ok(match (has_more_pictures(format, &head), format) {
        (false, _) => Sort::Still(format),
        (true, StillFormat::WebP) => Sort::Webp,
        (true, StillFormat::Gif) => Sort::Video(VideoFormat { what: "a GIF animation", demuxers }),
        (true, _) => Sort::Video(VideoFormat { what: "a PNG animation", demuxers }),
    })
}

/// A video file that was opened, hashed and indexed. Cheap to clone; holds no file open.
#[derive(Debug, Clone)]
pub struct Video {
    pub(super) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) source: Source,
    pub(super) probe: Probe,
    pub(super) is_seekable: bool,
    /// Frames follow that are not listed.
    pub(super) is_cut: bool,
    /// How many starts failed before the right one the last time.
    pub(super) late_tries: AtomicUsize,
    /// The decoder complained even when it began at the start of the file.
    pub(super) complains_always: AtomicBool,
    /// The bytes of an animated WebP file.
    pub(super) webp: Option<Arc<[u8]>>,
    info: VideoInfo,
    frames: Arc<[FrameTime]>,
    sha256: String,
    warnings: Vec<Warning>,
}

impl Video {
    /// Hashes the file, asks what it is and lists its frames; decodes none (except in containers
    /// that tell no times, such as AVI). The file is only read.
    ///
    /// # Errors
    ///
    /// [`Error`] by cause; among them [`Error::NoFfmpeg`], [`Error::NotAVideo`] for stills,
    /// [`Error::Dimensions`] and [`Error::Undecodable`].
    pub fn open(path: &Path, limits: &VideoLimits, ctx: &TaskCtx<'_>) -> Result<Self, Error> {
        let (mut file, size) = open_file(path)?;
        let sort = sort(&mut file)?;
        let mut most = limits.file_bytes;
        let format = match &sort {
            Sort::Still(format) => return Err(Error::NotAVideo { format: format.name() }),
            Sort::Video(format) => Some(*format),
            Sort::Webp => {
                most = most.min(webp::MAX_BYTES);
                None
            }
        };
        if size > most {
            return Err(Error::FileSize { bytes: size, limit: most });
        }
        // Without the programs there is no need to read gigabytes.
        let tools = if format.is_some() { Some(Tools::find()?) } else { None };
        let (sha256, bytes) = hash(path, size, format.is_none(), ctx)?;
        let source = Source {
            tools: tools.unwrap_or_else(Tools::none),
            path: std::path::absolute(path).map_err(io)?,
            demuxers: format.map_or("", |f| f.demuxers),
            limits: *limits,
        };
        let (probed, indexed) = if format.is_some() {
            let probed = probe(&source, ctx)?;
            let indexed = index(&source, &probed, size, ctx)?;
            (probed, indexed)
        } else {
            webp::describe(&bytes, limits)?
        };
        Ok(Self { inner: Arc::new(Inner::new(source, probed, indexed, sha256, bytes)) })
    }

    /// What the container says of the picture.
    pub fn info(&self) -> &VideoInfo {
        &self.inner.info
    }

    /// All frames that a player shows, in that order.
    pub fn frames(&self) -> &Arc<[FrameTime]> {
        &self.inner.frames
    }

    /// Lower-case hex of the file's bytes.
    pub fn sha256(&self) -> &str {
        &self.inner.sha256
    }

    /// What is otherwise than it seems.
    pub fn warnings(&self) -> &[Warning] {
        &self.inner.warnings
    }

    /// Where the file lies, absolute.
    pub fn path(&self) -> &Path {
        &self.inner.source.path
    }

    /// The frame that is shown at this second after the first frame; the first one before it and
    /// for NaN, the last one behind the end.
    pub fn index_at(&self, t_s: f64) -> usize {
        // A time that was rounded to microseconds still means its frame.
        let shown = self.frames().partition_point(|frame| frame.t_s <= t_s + 1e-6);
        shown.saturating_sub(1)
    }

    /// Frames in the order of showing. Starts a decoder process, which dropping the stream ends.
    ///
    /// # Errors
    ///
    /// [`Error::NoStart`].
    pub fn decode(&self, request: &DecodeRequest) -> Result<FrameStream, Error> {
        FrameStream::new(self, request, false)
    }

    /// Exactly this frame: its time stamp is compared, and decoding begins farther back until it
    /// agrees. Takes as long as decoding from the key frame before it, about 0.1 s at least.
    ///
    /// * `max_side_px`: scaled down so that the longest side is at most this.
    ///
    /// # Errors
    ///
    /// [`Error::FrameMissing`] when it cannot be decoded or there is no such frame, and those of
    /// [`FrameStream::next`].
    pub fn frame_at(
        &self,
        index: usize,
        max_side_px: Option<u32>,
        ctx: &TaskCtx<'_>,
    ) -> Result<RgbImage, Error> {
        let frames = index..index.saturating_add(1);
        let request = DecodeRequest { frames, every: 1, pixels: PixelKind::Rgb, max_side_px };
        let missing = || Error::FrameMissing {
            frame: index,
            at: text::time_code(self.frames().get(index).map_or(f64::NAN, |f| f.t_s)),
        };
        match FrameStream::new(self, &request, true)?.next(ctx)? {
            Some(frame) if frame.time.index == index => Ok(frame.pixels.into_rgb()),
            _ => Err(missing()),
        }
    }
}

impl Inner {
    fn new(source: Source, probe: Probe, index: Index, sha256: String, bytes: Vec<u8>) -> Self {
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
        // Frames of animations build upon all before them, whatever the demuxer calls a key.
        let is_seekable = !matches!(source.demuxers, "gif" | "apng" | "");
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
        }
    }
}

/// The hash of a file, and its bytes if they are to be kept.
fn hash(
    path: &Path,
    size: u64,
    keeps: bool,
    ctx: &TaskCtx<'_>,
) -> Result<(String, Vec<u8>), Error> {
    let (file, _) = open_file(path)?;
    let (mut kept, mut n_read) = (Vec::new(), 0u64);
    // A file may grow while it is read.
    let sha256 = sha256_of_reader(file.take(size), |chunk| {
        if keeps {
            kept.extend_from_slice(chunk);
        }
        n_read = n_read.saturating_add(chunk.len() as u64);
        ctx.step(Phase::Reading, n_read, size).map_err(Error::from)
    })?;
    Ok((sha256, kept))
}
