//! From a path to a [`Video`].

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::Path;
use std::sync::Arc;

use super::file::VideoFile;
use super::index::{Regions, further, index, inner_files};
use super::probe::{Source, further_pictures, probe};
use super::{DecodeRequest, FrameStream, PixelKind, Tools, VideoLimits, webp};
use crate::base::{FrameTime, NotExamined, Phase, RgbImage, TaskCtx, VideoInfo, Warning, text};
use crate::files::{FileIdentity, sha256_of_reader};
use crate::media::Error;
use crate::media::container::{has_more_pictures, png_animation};
use crate::media::inside::{FoundPlaces, PlaceFinder};
use crate::media::open::{io, open_file, open_still_in_memory};
use crate::media::sniff::{Content, StillFormat, VideoFormat, content};
use crate::media::surplus::{MORE_ROWS_OF_FRAMES, of_animation};

/// Bytes read to recognize a video.
const HEAD_BYTES: u64 = 4096;
/// Bytes read to find out whether a second picture follows the first, and whether frames are larger
/// than they say.
const ANIMATION_BYTES: u64 = 32 << 20;

/// Whether a picture moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaKind {
    /// A still: [`open_still`](crate::media::open_still) reads it.
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
    Ok(match file_kind(&mut file)? {
        FileKind::Still(_) => MediaKind::Still,
        FileKind::Video(_) | FileKind::Apng(..) | FileKind::Webp => MediaKind::Video,
    })
}

enum FileKind {
    Still(StillFormat),
    Video(VideoFormat),
    /// An animated PNG file, whose first picture is none of its frames if it has a cover.
    Apng(VideoFormat, bool),
    Webp,
}

fn file_kind(file: &mut File) -> Result<FileKind, Error> {
    let mut head = Vec::new();
    file.by_ref().take(HEAD_BYTES).read_to_end(&mut head).map_err(io)?;
    let format = match content(&head)? {
        Content::Video(format) => return Ok(FileKind::Video(format)),
        Content::Still(format) => format,
    };
    let demuxers = match format {
        StillFormat::Gif => "gif",
        StillFormat::Png => "apng",
        StillFormat::WebP => "",
        StillFormat::Jpeg | StillFormat::Tiff | StillFormat::Bmp => {
            return Ok(FileKind::Still(format));
        }
    };
    file.by_ref().take(ANIMATION_BYTES).read_to_end(&mut head).map_err(io)?;
    Ok(match (has_more_pictures(format, &head), format) {
        (false, _) => FileKind::Still(format),
        (true, StillFormat::WebP) => FileKind::Webp,
        (true, StillFormat::Gif) => {
            FileKind::Video(VideoFormat { what: "a GIF animation", demuxers })
        }
        (true, _) => FileKind::Apng(
            VideoFormat { what: "a PNG animation", demuxers },
            png_animation(&head).has_cover,
        ),
    })
}

/// A video file that was opened, hashed and indexed. Cheap to clone; holds no file open.
#[derive(Debug, Clone)]
pub struct Video {
    pub(super) file: Arc<VideoFile>,
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
        let identity = FileIdentity::new(&file.metadata().map_err(io)?);
        let kind = file_kind(&mut file)?;
        let mut most = limits.file_bytes;
        let format = match &kind {
            FileKind::Still(format) => return Err(Error::NotAVideo { format: format.name() }),
            FileKind::Video(format) | FileKind::Apng(format, _) => Some(*format),
            FileKind::Webp => {
                most = most.min(webp::MAX_BYTES);
                None
            }
        };
        if size > most {
            return Err(Error::FileSize { bytes: size, limit: most });
        }
        // Without the programs there is no need to read gigabytes.
        let tools = if format.is_some() { Some(Tools::find()?) } else { None };
        let demuxers = format.map_or("", |f| f.demuxers);
        let regions = Regions::read(&mut file, size, demuxers);
        let behind = further(&mut file, size, &regions);
        file.rewind().map_err(io)?;
        let mut reread = file.try_clone().map_err(io)?;
        let HashedFile { sha256, bytes, places } = hash(file, size, format.is_none(), ctx)?;
        let source = Source {
            tools: tools.unwrap_or_else(Tools::none),
            path: std::path::absolute(path).map_err(io)?,
            identity,
            demuxers,
            limits: *limits,
        };
        let (probed, indexed) = if format.is_some() {
            let mut probed = probe(&source, ctx)?;
            let codec = (demuxers, probed.codec.as_str());
            let inner = inner_files(&mut reread, &places, &regions, codec, probed.n_covers);
            // What was found there says more than how it begins.
            let has_tail = !inner.is_behind || regions.has_second();
            probed.not_examined.extend(behind.not_examined.filter(|_| has_tail));
            probed.warnings.extend(behind.warning.filter(|_| has_tail));
            probed.not_examined.extend(inner.not_examined);
            probed.warnings.extend(inner.warnings);
            if matches!(kind, FileKind::Apng(_, true)) {
                probed.not_examined.push(NotExamined::new(
                    "the first picture of the file",
                    "before the animation",
                    "it is none of the frames: programs that know no animations show it; save it as a \
                     file of its own to examine it",
                ));
            }
            if matches!(source.demuxers, "gif" | "apng") {
                probed.not_examined.extend(hidden(&mut reread, source.demuxers)?);
            }
            let media_data = regions.has_boxes.then_some(regions.media_data);
            let indexed = index(&source, &probed, (size, media_data), ctx)?;
            let (further, warning) = further_pictures(&source, &probed, size, ctx)?;
            probed.not_examined.extend(further);
            // Of a file that is cut off it is said already.
            probed.warnings.extend(warning.filter(|_| indexed.warnings.is_empty()));
            (probed, indexed)
        } else {
            let (mut probed, indexed) = webp::describe(&bytes, limits)?;
            let inner = inner_files(&mut reread, &places, &regions, ("", "webp"), 0);
            probed.not_examined.extend(inner.not_examined);
            probed.warnings.extend(inner.warnings);
            probed.not_examined.extend(longer_frames(&bytes, limits, ctx)?);
            (probed, indexed)
        };
        source.check_unchanged()?;
        Ok(Self { file: Arc::new(VideoFile::new(source, probed, indexed, sha256, bytes)) })
    }

    /// The video stream as its container describes it.
    pub fn info(&self) -> &VideoInfo {
        &self.file.info
    }

    /// All frames that a player shows, in that order.
    pub fn frames(&self) -> &Arc<[FrameTime]> {
        &self.file.frames
    }

    /// Lower-case hex of the file's bytes.
    pub fn sha256(&self) -> &str {
        &self.file.sha256
    }

    /// Properties that limit the examination.
    pub fn warnings(&self) -> &[Warning] {
        &self.file.warnings
    }

    /// Parts of the file that are not among the frames.
    pub fn not_examined(&self) -> &[NotExamined] {
        &self.file.not_examined
    }

    /// Frames that are not listed because others have their time stamps.
    pub fn n_unlisted(&self) -> usize {
        self.file.n_unlisted
    }

    /// Whether another file lies under its name now, or it was changed.
    ///
    /// # Errors
    ///
    /// [`Error::Changed`].
    pub fn check_unchanged(&self) -> Result<(), Error> {
        self.file.source.check_unchanged()
    }

    /// Absolute path of the file.
    pub fn path(&self) -> &Path {
        &self.file.source.path
    }

    /// Frames in the order of showing. Starts a decoder process, which dropping the stream ends.
    ///
    /// # Errors
    ///
    /// [`Error::NoStart`].
    pub fn decode(&self, request: &DecodeRequest) -> Result<FrameStream, Error> {
        FrameStream::new(&self.file, request, false)
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
        match FrameStream::new(&self.file, &request, true)?.next(ctx)? {
            Some(frame) if frame.time.index == index => Ok(frame.pixels.into_rgb()),
            _ => Err(missing()),
        }
    }
}

/// Pixels of frames that no header announces, in as much of the file as is read for it.
fn hidden(file: &mut File, demuxers: &str) -> Result<Vec<NotExamined>, Error> {
    file.rewind().map_err(io)?;
    let mut bytes = Vec::new();
    file.take(ANIMATION_BYTES).read_to_end(&mut bytes).map_err(io)?;
    let format = if demuxers == "gif" { StillFormat::Gif } else { StillFormat::Png };
    Ok(of_animation(format, &bytes))
}

/// The same for an animated WebP file, whose frames have to be decoded for it.
fn longer_frames(
    bytes: &[u8],
    limits: &VideoLimits,
    ctx: &TaskCtx<'_>,
) -> Result<Vec<NotExamined>, Error> {
    match open_still_in_memory(bytes, &limits.of_frame(), ctx) {
        Ok(still) => Ok(still
            .not_examined
            .into_iter()
            .filter(|part| MORE_ROWS_OF_FRAMES.contains(&part.what.as_str()))
            .collect()),
        Err(error @ Error::Cancelled(_)) => Err(error),
        // Whoever decodes the frames tells what is wrong with them.
        Err(_) => Ok(Vec::new()),
    }
}

/// A file that was read to its end.
struct HashedFile {
    sha256: String,
    /// Empty where they are not to be kept.
    bytes: Vec<u8>,
    /// Where others may begin in it.
    places: FoundPlaces,
}

fn hash(file: File, size: u64, keeps: bool, ctx: &TaskCtx<'_>) -> Result<HashedFile, Error> {
    let (mut bytes, mut n_read, mut finder) = (Vec::new(), 0u64, PlaceFinder::default());
    // A file may grow while it is read.
    let sha256 = sha256_of_reader(file.take(size), |chunk| {
        finder.take(chunk);
        if keeps {
            bytes.extend_from_slice(chunk);
        }
        n_read = n_read.saturating_add(chunk.len() as u64);
        ctx.step(Phase::Reading, n_read, size).map_err(Error::from)
    })?;
    Ok(HashedFile { sha256, bytes, places: finder.finish() })
}
