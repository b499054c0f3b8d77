//! Why a picture cannot be opened or written, by cause.

use std::path::PathBuf;

use crate::base::Cancelled;

/// One sentence for a person each. Paths of files to be read are left to the caller.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing has that name.
    #[error("there is no such file")]
    Missing,
    /// A folder, not a file.
    #[error("this is a folder, not a file")]
    Folder,
    /// A device, a pipe or the like.
    #[error("this is not a regular file")]
    NotAFile,
    /// The system does not let us read it.
    #[error("the file cannot be read: permission denied")]
    Denied,
    /// Reading failed for another reason.
    #[error("the file cannot be read: {source}")]
    Io {
        /// The error of the system.
        #[from]
        source: std::io::Error,
    },
    /// Zero bytes.
    #[error("the file is empty")]
    Empty,
    /// More bytes than allowed; unread.
    #[error("the file has {bytes} bytes, more than the limit of {limit}")]
    FileSize { bytes: u64, limit: u64 },
    /// Not a picture that is known here.
    #[error("the content is neither a picture nor a video of a known format")]
    UnknownFormat,
    /// A known format, or a variant of one, that is not decoded here.
    #[error("this is {what}, which is not supported{advice}")]
    Unsupported {
        /// The format with its article.
        what: String,
        /// The remedy, beginning with its punctuation; may be empty.
        advice: String,
    },
    /// The header declares more pixels than allowed; nothing was decoded.
    #[error(
        "the picture has {width_px} x {height_px} pixels, more than the limit of {side_px} a side and {megapixels} megapixels in all"
    )]
    Dimensions {
        /// Columns.
        width_px: u32,
        /// Rows.
        height_px: u32,
        /// The limit for either.
        side_px: u32,
        /// The limit for their product.
        megapixels: u64,
    },
    /// Decoding needs more memory than allowed.
    #[error("decoding the picture would take more than the {limit_mib} MiB of memory allowed")]
    Memory { limit_mib: u64 },
    /// The file breaks the rules of its format.
    #[error("the {format} file is damaged: {what}")]
    Malformed {
        format: &'static str,
        /// The message of the decoder.
        what: String,
    },
    /// The picture cannot be encoded.
    #[error("the picture cannot be encoded: {what}")]
    Encode {
        /// The message of the encoder.
        what: String,
    },
    /// The file cannot be written.
    #[error("the file cannot be written: {source} {path:?}")]
    Write {
        /// The error of the system.
        source: std::io::Error,
        path: PathBuf,
    },
    /// A still picture was asked for.
    #[error("this is {what}, not a still picture")]
    Video {
        /// The format with its article.
        what: &'static str,
    },
    /// A video was asked for.
    #[error("this {format} picture is not animated: it is no video")]
    NotAVideo { format: &'static str },
    /// The file was written to or replaced after it was hashed.
    #[error(
        "the file changed while it was examined, so its hash and its frames may not belong together; copy it to a place where nothing writes, and examine it again"
    )]
    Changed,
    /// `ffmpeg` or `ffprobe` is not there.
    #[error(
        "videos are decoded by ffmpeg and ffprobe, which were not found; install them: {install}"
    )]
    NoFfmpeg {
        /// The command that installs them.
        install: &'static str,
    },
    /// `ffmpeg` is there, but too old.
    #[error(
        "videos need ffmpeg 5.1 or later, and this is {version}; install a newer one: {install}"
    )]
    OldFfmpeg {
        /// The version as `ffmpeg` prints it.
        version: String,
        /// The command that installs it.
        install: &'static str,
    },
    /// A child process did not start.
    #[error("the program that decodes the file cannot be started: {source}")]
    NoStart {
        /// The error of the system.
        source: std::io::Error,
    },
    /// The container holds no moving picture.
    #[error("the file has no video track")]
    NoPicture,
    /// The container or the whole of the stream cannot be decoded.
    #[error("the video cannot be decoded: {what}")]
    Undecodable {
        /// The message of the decoder.
        what: String,
    },
    /// A decoder that neither ended nor went on; it was killed.
    #[error("the decoder produced nothing for {secs} s and was stopped")]
    Stalled {
        /// The limit.
        secs: u64,
    },
    /// The system killed the decoder for exceeding its limits, or it crashed.
    #[error("the decoder was stopped by the system ({how}): it crashed or exceeded its limits")]
    Stopped {
        /// The status of the process.
        how: String,
    },
    /// One frame that was asked for does not come out of the decoder.
    #[error("frame {frame} at {at} cannot be decoded: the stream is damaged there")]
    FrameMissing {
        /// Its index.
        frame: usize,
        /// Its time, minutes and seconds.
        at: String,
    },
    /// A file is there already and is not written over.
    #[error("a file of that name exists already and is not overwritten {path:?}")]
    Exists { path: PathBuf },
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
