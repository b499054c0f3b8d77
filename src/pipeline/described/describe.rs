//! Joins what a file says with what its pixels say.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::damaged::compare_rows;
use super::gray::Gray;
use super::repeats::{MAX_FRAMES, Repeats, SIDE, SmallFrame, find_repeats};
use super::thumbnail::{ThumbnailContent, ThumbnailMatch, compare};
use crate::base::{Cancelled, Frame, Limits, TaskCtx};
use crate::files::read_capped;
use crate::media::video::{DecodeRequest, MediaKind, PixelKind, Video, VideoLimits, kind};
use crate::media::{self, JpegDataEnd, jpeg_data_end, open_still, open_still_in_memory};
use crate::metadata::{self, Metadata, Thumbnail, TrustLists, read_metadata_with_lists};

/// Thumbnails that are compared, and bytes that one may have.
const MAX_THUMBNAILS: usize = 4;
const MAX_THUMBNAIL_BYTES: u64 = 4 << 20;

/// What a file says about itself, and what its pixels say to that.
#[derive(Debug, Clone)]
pub struct Description {
    /// What it says.
    pub metadata: Metadata,
    /// Where the coded data end, of a JPEG file without end mark; `None` for others, and where the coding
    /// is not read.
    pub data_end: Option<JpegDataEnd>,
    /// For each thumbnail of the metadata, whether it shows the picture.
    pub thumbnails: Vec<ThumbnailCheck>,
    /// Runs of frames that come again.
    pub repeats: RepeatCheck,
}

/// Whether a thumbnail shows the picture.
#[derive(Debug, Clone, PartialEq)]
pub enum ThumbnailCheck {
    /// Nobody asked.
    NotAsked,
    /// It was not compared, for this reason.
    NotCompared(String),
    Compared(ThumbnailMatch),
}

/// Whether runs of frames come again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RepeatCheck {
    /// Nobody asked, or it is no clip.
    NotAsked,
    /// The frames were not compared, for this reason.
    NotCompared(String),
    /// They were compared.
    Compared(Repeats),
}

/// Reads what a file says. No pixel is decoded.
///
/// # Errors
///
/// Those of [`read_metadata_with_lists`].
pub fn describe(
    path: &Path,
    limits: &Limits,
    lists: &TrustLists,
) -> Result<Description, metadata::Error> {
    let metadata = read_metadata_with_lists(path, limits, lists)?;
    let is_cut = metadata.jpeg.as_ref().is_some_and(|jpeg| jpeg.end.is_none());
    // Only a file without end mark is read again: counting blocks takes longer than reading headers.
    let bytes = if is_cut { read_capped(path, limits.file_bytes).ok().flatten() } else { None };
    let data_end = bytes.and_then(|bytes| jpeg_data_end(&bytes, limits));
    let thumbnails = vec![ThumbnailCheck::NotAsked; metadata.thumbnails.len()];
    Ok(Description { metadata, data_end, thumbnails, repeats: RepeatCheck::NotAsked })
}

impl Description {
    /// Compares what needs pixels: thumbnails with the picture, the frames of a clip with each other.
    /// Decodes the picture or the whole clip, in processes of their own.
    ///
    /// # Errors
    ///
    /// [`Cancelled`]. What cannot be decoded is a result.
    pub fn compare(&mut self, path: &Path, ctx: &TaskCtx<'_>) -> Result<(), Cancelled> {
        if matches!(kind(path), Ok(MediaKind::Video)) {
            self.repeats = match repeats_of_clip(path, ctx) {
                Ok(repeats) => RepeatCheck::Compared(repeats),
                Err(media::Error::Cancelled(cancelled)) => return Err(cancelled),
                Err(error) => RepeatCheck::NotCompared(error.to_string()),
            };
        } else if !self.thumbnails.is_empty() {
            match open_still(path, &Limits::default(), ctx) {
                Ok(still) => self.compare_thumbnails(path, &still.frame, ctx)?,
                Err(media::Error::Cancelled(cancelled)) => return Err(cancelled),
                Err(error) => {
                    let why = format!("the picture cannot be decoded: {error}");
                    self.thumbnails.fill(ThumbnailCheck::NotCompared(why));
                }
            }
        }
        Ok(())
    }

    /// Compares the thumbnails of a file with its picture.
    ///
    /// # Errors
    ///
    /// [`Cancelled`].
    pub fn compare_thumbnails(
        &mut self,
        path: &Path,
        frame: &Frame,
        ctx: &TaskCtx<'_>,
    ) -> Result<(), Cancelled> {
        self.thumbnails = check_thumbnails(path, &self.metadata.thumbnails, frame, ctx)?;
        Ok(())
    }
}

/// Compares the thumbnails in a file with its picture; the first ones.
///
/// # Errors
///
/// [`Cancelled`].
pub fn check_thumbnails(
    path: &Path,
    thumbnails: &[Thumbnail],
    frame: &Frame,
    ctx: &TaskCtx<'_>,
) -> Result<Vec<ThumbnailCheck>, Cancelled> {
    let mut checks = Vec::with_capacity(thumbnails.len());
    for (i, thumbnail) in thumbnails.iter().enumerate() {
        checks.push(if i < MAX_THUMBNAILS {
            check_thumbnail(path, thumbnail, frame, ctx)?
        } else {
            let why = "the file has more thumbnails than are compared";
            ThumbnailCheck::NotCompared(why.to_owned())
        });
    }
    Ok(checks)
}

fn check_thumbnail(
    path: &Path,
    thumbnail: &Thumbnail,
    picture: &Frame,
    ctx: &TaskCtx<'_>,
) -> Result<ThumbnailCheck, Cancelled> {
    let not_compared = |why: &str| Ok(ThumbnailCheck::NotCompared(why.to_owned()));
    if thumbnail.length > MAX_THUMBNAIL_BYTES {
        return not_compared("it has too many bytes");
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|mut file| {
        file.seek(SeekFrom::Start(thumbnail.offset))?;
        file.take(thumbnail.length).read_to_end(&mut bytes)
    });
    if let Err(error) = read {
        return Ok(ThumbnailCheck::NotCompared(error.to_string()));
    }
    match open_still_in_memory(&bytes, &Limits::default(), ctx) {
        Ok(still) => Ok(compared(picture, &still.frame)),
        Err(media::Error::Cancelled(cancelled)) => Err(cancelled),
        Err(error) => Ok(ThumbnailCheck::NotCompared(format!("it cannot be decoded: {error}"))),
    }
}

/// Compares what is there of both.
fn compared(picture: &Frame, thumbnail: &Frame) -> ThumbnailCheck {
    let rows = [picture, thumbnail].map(rows_there);
    let is_whole = rows.iter().all(|(n, all)| n == all);
    let found = if is_whole {
        compare(&picture.image, &thumbnail.image)
    } else {
        let shares = rows.map(|(n, all)| f64::from(n) / f64::from(all.max(1)));
        compare_rows(&picture.image, &thumbnail.image, shares)
    };
    match found {
        Some(found) if is_whole || found.content == ThumbnailContent::Same => {
            ThumbnailCheck::Compared(found)
        }
        None if is_whole => {
            ThumbnailCheck::NotCompared("one of the two pictures is flat".to_owned())
        }
        found => {
            let what =
                if rows[1].0 < rows[1].1 { ("it", rows[1]) } else { ("the picture", rows[0]) };
            let (what, (n, all)) = what;
            let outcome = match found {
                Some(found) => format!(
                    "what is there does not show the same (correlation of the details {:.2}), and \
                     the rest is not known",
                    found.correlation
                ),
                None => "that is too little, or flat".to_owned(),
            };
            let why =
                format!("{what} is damaged: {n} of its {all} rows can be relied on; {outcome}");
            ThumbnailCheck::NotCompared(why)
        }
    }
}

/// Rows of a picture that can be relied on, and all of them.
fn rows_there(frame: &Frame) -> (u32, u32) {
    let all = frame.image.height_px;
    (frame.damaged.map_or(all, |damaged| (damaged.y as u32).min(all)), all)
}

/// Decodes a clip to small gray frames and looks for runs that come again.
fn repeats_of_clip(path: &Path, ctx: &TaskCtx<'_>) -> Result<Repeats, media::Error> {
    let video = Video::open(path, &VideoLimits::default(), ctx)?;
    let n_all = video.frames().len();
    let request = DecodeRequest {
        frames: 0..MAX_FRAMES,
        every: 1,
        pixels: PixelKind::Rgb,
        max_side_px: Some(SIDE),
    };
    let mut stream = video.decode(&request)?;
    let mut frames = Vec::with_capacity(n_all.min(MAX_FRAMES));
    // Damaged frames are missing: runs are counted in frames that were decoded, and named by their own
    // numbers.
    let mut numbers = Vec::with_capacity(n_all.min(MAX_FRAMES));
    while let Some(frame) = stream.next(ctx)? {
        numbers.push(frame.time.index);
        frames.push(SmallFrame::new(&Gray::from_rgb(&frame.pixels.into_rgb())));
    }
    let mut repeats = find_repeats(&frames, ctx)?;
    repeats.is_cut |= n_all > MAX_FRAMES;
    let number = |at: usize| numbers.get(at).copied().unwrap_or(at);
    for span in &mut repeats.spans {
        for end in [&mut span.original, &mut span.copy] {
            *end = (number(end.0), number(end.1));
        }
    }
    Ok(repeats)
}
